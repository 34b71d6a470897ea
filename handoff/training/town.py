"""The training town `demo`: the shape of a real pack, with invented names and no telephone, address or page of anybody.

A town of its own: its rows have their own municipality, so that nothing of it is ever counted or shown with a real
town's. Pure.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import yaml
from pydantic import BaseModel

from knowledge.loader import File, Serving
from knowledge.schema import Indicator, Town
from knowledge.types import Knowledge

TOWN, NAME = "demo", "架空町（れんしゅう用）"
LIKE = "taiki"
"""Whose windows and ways of routing it borrows."""
SOURCE = "架空（れんしゅう用。どの自治体の事実でもありません）"
INVENTED = {
    "大樹町": "架空町", "大樹": "架空", "しゅしゅ": "ひだまり", "ほっと": "こもれび", "たいき": "かくう", "とがち": "かくう",
    "十勝": "かくう", "北海道": "架空県", "道の": "県の",
}
OF_REAL_PEOPLE = frozenset({"telephone", "fax", "address", "main_telephone", "area", "people"})
MADE_ON = date(2026, 11, 22)


def with_training(knowledge: Knowledge) -> Knowledge:
    """The same knowledge with the training town beside the real ones."""
    return replace(knowledge, towns={**knowledge.towns, TOWN: training_town(knowledge.towns[LIKE])})


def with_training_files(serving: Serving) -> Serving:
    """The same to be served, with the training town's knowledge and its files."""
    knowledge = with_training(serving.knowledge)
    return replace(serving, knowledge=knowledge, files=(*serving.files, *training_files(knowledge.towns[TOWN])))


def training_town(real: Town) -> Town:
    """The pack. Every fact in it says that it is invented."""
    made = Town.model_validate(_invented(real.model_dump(exclude={"replies", "lexicon", "faq", "resources"})))
    municipality = made.municipality.model_copy(update={
        "id": TOWN, "name": NAME, "kana": "かくうちょう", "websites": (), "report_telephones": {}, "glossary": (),
        "indicators": (_target("support_meetings", "支援会議の開催回数", 6, "回"),
                       _target("cross_field_consultations", "分野をまたぐ相談", 10, "件")),
    })
    return made.model_copy(update={"municipality": municipality})


def training_files(town: Town) -> tuple[File, ...]:
    """The pack as the files that it would be read from, so that its admins practise editing as in a real town."""
    parts: dict[str, Any] = {
        "municipality.yaml": town.municipality.model_dump(mode="json", exclude_defaults=True),
        "windows.yaml": {"windows": _listed(town.windows)}, "meetings.yaml": {"meetings": _listed(town.meetings)},
    }
    return tuple(
        File(f"municipalities/{town.id}/{name}", yaml.safe_dump(data, allow_unicode=True, sort_keys=False).encode())
        for name, data in parts.items()
    )


def _listed(entries: Iterable[BaseModel]) -> list[dict[str, Any]]:
    return [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]


def _target(name: str, label: str, value: int, unit: str) -> Indicator:
    return Indicator(id=name, name=f"{label}（架空）", kind="target", value=value, unit=unit, source=SOURCE, checked=MADE_ON)


def _invented(part: Any, key: str = "") -> Any:
    """The same shape: names exchanged, whatever reaches real people left out, every source the invented one."""
    if key in OF_REAL_PEOPLE:
        return None
    if key == "source":
        return SOURCE
    if isinstance(part, dict):
        return {name: _invented(value, name) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return tuple(_invented(value) for value in part)
    if isinstance(part, str):
        for real, made in INVENTED.items():
            part = part.replace(real, made)
    return part
