"""How a change will look: the names of things, old and new field by field, and what a resident gets to see.

Pure. Knows no drafts' lives and no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.routes.editing_fields import DAYS, DESK_PARTS, KIND_NAMES, LANGUAGES, NIGHTS, TABLES, FormField
from bots.types import Card
from handoff.editing.ground import Change, Ground
from handoff.intake.answers import source_of
from handoff.intake.voice import Voice
from knowledge.overlay import Kind, Values
from knowledge.schema import Town, Window
from knowledge.source import Data
from knowledge.templates import FILLED_BY_TOWN
from knowledge.types import Knowledge, placeholders

SAMPLES = {
    "when": "11月24日（火）8:30以降", "start": "8:30", "end": "17:15", "days": "月・水・金", "month": "11", "day": "24",
    "time": "8:30", "weekday": "火", "source": "町のホームページ", "checked": "2026-11-22", "hours": "平日 8:30〜17:15",
}
"""For the holes of a reply, so that it reads as it will."""
COVERS = "covers"
NOT_CHOSEN = "{}は、役所全体のことの「住民に返す言葉」で選ばれていないので、いまは出ません。"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, old and new, as people read it."""

    label: str
    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a resident gets: cards or a text. note: for the official, why it may not go out."""

    cards: tuple[Card, ...] = ()
    text: str = ""
    note: str = ""


def name_of(about: tuple[Kind, str] | None, key: str, values: Values | None, base: Knowledge) -> str:
    """What people call a thing."""
    if about is None:
        return "ファイルだけの状態にもどす" if key == "0" else f"版{key}にもどす"
    kind, found = about[0], values or {}
    match kind:
        case "town":
            return TABLES.get(about[1], KIND_NAMES[kind])
        case "reply":
            language, _, reply = about[1].partition(".")
            return f"返事の文「{reply}」（{LANGUAGES.get(language, language)}）"
        case "window":
            return f"窓口「{found.get('name') or about[1]}」"
        case "faq":
            return f"質問「{found.get('question') or about[1]}」"
        case "word":
            words = found.get("words") or found.get("raw")
            first = words[0] if isinstance(words, list) and words else about[1]
            return f"言葉「{first}」"


def live_text(key: str, base: Knowledge, town: Town) -> str:
    """A reply as it is said now: the town's own words, else the common ones."""
    language, _, reply = key.partition(".")
    return town.replies.get(language, {}).get(reply) or base.replies.get(language, {}).get(reply, "")


def differences(change: Change, fields: Sequence[FormField], ground: Ground) -> list[Difference]:
    """Old and new of every field that the change touches; of a rollback the things that come back."""
    if change.about is None:
        older = {edit.about: edit for edit in ground.edits}
        newer = {edit.about: edit for edit in change.edits}
        return [
            Difference(name_of(about, "", ground.of(about), ground.shared), "", "版の内容" if about in older else "ファイル",
                       "版の内容" if about in newer else "ファイル")
            for about in {**older, **newer} if older.get(about) != newer.get(about)
        ]
    now = ground.of(change.about) or {}
    if change.removed:
        return [Difference("全部", "", "あり", "なし（取りのぞく）")]
    labels = {field.name: field for field in fields} | {COVERS: _covers(ground)}
    found = []
    for name, value in change.values.items():
        field = labels.get(name)
        if field and field.how == "table":
            found += _rows(field, now.get(name), value)
            continue
        label = field.label if field else {"checked": "確かめた日"}.get(name, name)
        found.append(Difference(label, name, said(field, now.get(name)), said(field, value)))
    return found


def _covers(ground: Ground) -> FormField:
    """What the form leaves alone: the entries that a way of speaking silences, by what they are about."""
    own = next((town.lexicon for town in (ground.shared.towns[ground.town],) if town.lexicon), None)
    files = (*ground.shared.lexicon, *((own,) if own else ()))
    return FormField(COVERS, "数えなくなる言葉", "lines", options={one.id: one.because for file in files for one in file.entries})


def _rows(field: FormField, old: Data, new: Data) -> list[Difference]:
    """Only the rows that differ."""
    before, after = (one if isinstance(one, dict) else {} for one in (old, new))
    rows = field.rows or {}
    return [
        Difference(f"{field.label}: {rows.get(row, row)}", field.name, said(field, before.get(row)), said(field, after.get(row)))
        for row in dict.fromkeys([*before, *after]) if before.get(row) != after.get(row)
    ]


def said(field: FormField | None, value: Data) -> str:
    """A value in words."""
    names = {**DAYS, **NIGHTS, **((field.options or {}) if field else {})}
    match value:
        case None | "" | []:
            return "（なし）"
        case bool():
            return "はい" if value else "いいえ"
        case list():
            joint = "\n" if any(isinstance(item, dict) for item in value) else "、"
            return joint.join(said(field, item) for item in value)
        case dict():
            if "start" in value and "days" in value:
                sure = "" if value.get("confirmed") else "（まだ確かめていない）"
                return f"{said(field, value['days'])} {value['start']}〜{value.get('end')}{sure}"
            if "start" in value:
                return f"{value['start']}〜{value.get('end')} {value.get('name')}"
            if "id" in value:
                return " ".join(str(value[part]) for part in DESK_PARTS if value.get(part))
            return "、".join(f"{names.get(key, key)}: {said(field, one)}" for key, one in value.items())
        case _:
            return names.get(str(value), str(value))


def seen(about: tuple[Kind, str] | None, town: Town, base: Knowledge, now: datetime) -> Seen | None:
    """What residents see of a thing in this town; None for what they never see as such."""
    if about is None:
        return None
    kind, key = about
    language = key.partition(".")[0] if kind == "reply" else "ja"
    voice = Voice(base, town, now, language)
    match kind:
        case "window":
            return Seen(cards=_cards(voice, next((one for one in town.windows if one.id == key), None)))
        case "town":
            return None if key in TABLES else Seen(text=voice.town_hours)
        case "reply":
            return _reply(language, key, town, base)
        case "faq":
            entry = next((one for one in town.faq if one.id == key), None)
            if entry is None:
                return Seen()
            return Seen(text="\n".join((voice.say("info_answer", answer=entry.answer), source_of(entry, voice))))
        case "word":
            return None


def _reply(language: str, key: str, town: Town, base: Knowledge) -> Seen | None:
    """A reply with its holes filled, also in a language that the town does not answer in: who wants to choose it must see it."""
    template, reply = live_text(key, base, town), key.partition(".")[2]
    if reply not in base.replies["ja"].keys() | base.replies.get(language, {}).keys():
        return None
    samples = {name: SAMPLES.get(name, f"（{name}）") for name in placeholders(template)}
    said = town.speaks(language) == language
    text = base.reply(reply, language=language, town=town, **_free(samples))
    return Seen(text=text, note="" if said else NOT_CHOSEN.format(LANGUAGES.get(language, language)))


def _free(samples: dict[str, str]) -> dict[str, str]:
    """Without what the town fills in by itself."""
    return {name: text for name, text in samples.items() if name not in FILLED_BY_TOWN}


def _cards(voice: Voice, window: Window | None) -> tuple[Card, ...]:
    """The card of the window, and those of its desks where a topic leads to them."""
    if window is None:
        return ()
    desks = [voice.window_card(window, desk.topics[:1]) for desk in window.desks if desk.topics]
    return tuple(dict.fromkeys([voice.window_card(window), *desks]))


__all__ = ["LANGUAGES", "Difference", "Seen", "differences", "live_text", "name_of", "said", "seen"]
