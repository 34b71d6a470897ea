"""HTML pages: one Jinja environment, autoescaped, with the few filters that the console's pages need.

Names for closed vocabularies come from the glossary, times are Japanese time, evidence is marked.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.console_files import place
from api.evidence import highlight_of
from api.settings import ROOT
from handoff.desk.hours import TOKYO, clock_text, day_text
from handoff.desk.quotes import Quote, shown
from handoff.desk.staff import SignedIn
from handoff.intake.inbox import OLDEST
from handoff.intake.spoken import SPOKEN
from knowledge.loader import Knowledge

PAGES = Environment(
    loader=FileSystemLoader(ROOT / "api" / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)
PAGES.globals["console_files"] = place()
Queue = Literal["all", "mine", "unassigned", "coordinator", "crisis", "follow", "resolved"]
QUEUES: dict[Queue, str] = {
    "all": "すべて", "mine": "自分の担当", "unassigned": "担当者なし", "crisis": "急ぎ・いますぐ",
    "coordinator": "調整役の旗", "follow": "連絡する日が来たもの", "resolved": "終わったもの",
}
CHANNELS = {"line": "LINE", "telegram": "Telegram", "web": "町のホームページ", "console": "端末", **SPOKEN}
QUOTED_IN_LISTS = 2
BODIES = "市町村区"
"""What a municipality calls itself: the last letter of its name."""
AGE = re.compile(r"[\d〇一二三四五六七八九十百]+(歳|才|代|さい)?(くらい|ぐらい|前後)?")


def moment(when: datetime) -> Markup:
    """A time as people read it, and as machines do: 11月24日（火）8:30."""
    local = when.astimezone(TOKYO)
    return _time(local, f"{day_text(local.date())} {clock_text(local)}")


def moment_of(iso: str) -> Markup:
    """The same for a kept ISO time."""
    return moment(datetime.fromisoformat(iso))


def day(when: datetime) -> Markup:
    """A date as people read it: 11月24日（火）."""
    local = when.astimezone(TOKYO)
    return Markup('<time datetime="{}">{}</time>').format(local.date().isoformat(), day_text(local.date()))


def day_and_hour(when: datetime) -> Markup:
    """A meeting's day, with its hour where one is set (midnight is none)."""
    local = when.astimezone(TOKYO)
    return moment(when) if (local.hour, local.minute) != (0, 0) else day(when)


def day_and_hour_of(iso: str) -> Markup:
    """The same of a moment that a sealed body keeps as text."""
    return day_and_hour(datetime.fromisoformat(iso))


def input_day(when: datetime) -> str:
    """As a date field takes it."""
    return when.astimezone(TOKYO).date().isoformat()


def input_clock(when: datetime) -> str:
    """As a time field takes it; empty where no hour is set."""
    local = when.astimezone(TOKYO)
    return f"{local:%H:%M}" if (local.hour, local.minute) != (0, 0) else ""


OPENING = range(7, 10)
"""Hours in which town halls open; what is due then is due first thing."""


def due(when: datetime, now: datetime) -> Markup:
    """A deadline as it reads now: 今日17:15まで, 明日 朝いちばん（8:30）, 11月27日（金） 17:15まで, 2027年1月12日（火） 17:15まで."""
    local = when.astimezone(TOKYO)
    at = f" 朝いちばん（{clock_text(local)}）" if local.hour in OPENING else f" {clock_text(local)}まで"
    return _time(local, _near(local.date(), now) + at)


def due_day(when: datetime, now: datetime) -> Markup:
    """The same for what has a day and no hour: 今日, 11月27日（金）."""
    local = when.astimezone(TOKYO).date()
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), _near(local, now))


def days_late(when: datetime, now: datetime) -> int:
    """How many days ago that day was; 0 for today and later."""
    return max((now.astimezone(TOKYO).date() - when.astimezone(TOKYO).date()).days, 0)


def _near(local: date, now: datetime) -> str:
    today = now.astimezone(TOKYO).date()
    near = {today - timedelta(days=1): "昨日", today: "今日", today + timedelta(days=1): "明日"}
    return near.get(local) or ("" if local.year == today.year else f"{local.year}年") + day_text(local)


def span(since: datetime, until: datetime) -> str:
    """How long, roughly, as people say it: 5分, 3時間, 2日."""
    minutes = max(int((until - since).total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes}分"
    return f"{minutes // 60}時間" if minutes < 48 * 60 else f"{minutes // (24 * 60)}日"


def unread_too_long(since: datetime, now: datetime) -> bool:
    """Whether what came then should have been read by now: else no worker is working."""
    return now - since > OLDEST


def _time(local: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="minutes"), text)


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """The text with evidence in <mark>, line breaks kept by the style sheet. Spans are merged and in order."""
    parts, at = [], 0
    for start, end in spans:
        parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def ages(pair: tuple[int, int] | None) -> str:
    """(80, 89) as 80〜89歳, (52, 52) as 52歳, unknown as nothing."""
    if pair is None:
        return ""
    return f"{pair[0]}歳" if pair[0] == pair[1] else f"{pair[0]}〜{pair[1]}歳"


def first_words(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """For lists: the weightiest quotes, in the order in which they were written."""
    return shown(quotes[:QUOTED_IN_LISTS])


def only_age(words: str) -> bool:
    """Whether the words say an age and nothing else: it stands beside them already."""
    return AGE.fullmatch(words.strip()) is not None


def besides(pieces: Sequence[str], quotes: Sequence[Quote]) -> tuple[str, ...]:
    """Those that are not read already in what is quoted."""
    return tuple(piece for piece in pieces if not any(piece in quote.text for quote in quotes))


PAGES.filters |= {
    "besides": besides,
    "moment": moment, "moment_of": moment_of, "day": day, "day_and_hour": day_and_hour, "day_and_hour_of": day_and_hour_of, "input_day": input_day, "input_clock": input_clock, "due": due, "due_day": due_day, "days_late": days_late, "span": span, "unread_too_long": unread_too_long, "marked": marked, "ages": ages, "first_words": first_words, "only_age": only_age,
}


def names_of(knowledge: Knowledge) -> Any:
    """`name(vocabulary, id)` for templates: the glossary's Japanese, the id where it has none."""
    glossary = knowledge.glossary

    def name(vocabulary: str, value: str) -> str:
        if vocabulary == "need":
            return glossary.needs.get(value, value)
        return glossary.words.get(f"{vocabulary}_{value}", value)

    return name


def shell(staff: SignedIn | None, knowledge: Knowledge) -> dict[str, Any]:
    """What every page of the console needs."""
    town = knowledge.towns.get(staff.municipality_id) if staff else None
    return {
        "staff": staff, "town": town, "name": names_of(knowledge), "worth": highlight_of(knowledge),
        "channels": CHANNELS, "body": town.name[-1] if town and town.name[-1] in BODIES else "町",
    }


def page(template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A rendered template. Every value is escaped unless a filter above made it."""
    return HTMLResponse(PAGES.get_template(template).render(**context), status)
