"""The training town `demo`: the shape of a real pack, with invented names and no telephone, address or page of anybody.

A town of its own: its rows have their own municipality, so that nothing of it is ever counted or shown with a real
town's. Pure.
"""

from dataclasses import replace
from datetime import date
from typing import Any

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


def training_town(real: Town) -> Town:
    """The pack. Every fact in it says that it is invented."""
    made = Town.model_validate(_invented(real.model_dump(exclude={"replies", "lexicon", "faq", "resources"})))
    municipality = made.municipality.model_copy(update={
        "id": TOWN, "name": NAME, "kana": "かくうちょう", "websites": (), "report_telephones": {}, "glossary": (),
        "indicators": (_target("support_meetings", "支援会議の開催回数", 6, "回"),
                       _target("cross_field_consultations", "分野をまたぐ相談", 10, "件")),
    })
    return made.model_copy(update={"municipality": municipality})


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
