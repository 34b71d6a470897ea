"""HTML pages: one Jinja environment, autoescaped, with the few filters that the console's pages need.

Names for closed vocabularies come from the glossary, times are Japanese time, evidence is marked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.settings import ROOT
from handoff.desk.hours import TOKYO, clock_text, day_text
from knowledge.loader import Knowledge

PAGES = Environment(
    loader=FileSystemLoader(ROOT / "api" / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)


def moment(when: datetime) -> Markup:
    """A time as people read it, and as machines do: 11月24日（火）8:30."""
    local = when.astimezone(TOKYO)
    text = f"{day_text(local.date())}{clock_text(local)}"
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


PAGES.filters |= {"moment": moment, "marked": marked, "ages": ages}


def names_of(knowledge: Knowledge) -> Any:
    """`name(vocabulary, id)` for templates: the glossary's Japanese, the id where it has none."""
    glossary = knowledge.glossary

    def name(vocabulary: str, value: str) -> str:
        if vocabulary == "need":
            return glossary.needs.get(value, value)
        return glossary.words.get(f"{vocabulary}_{value}", value)

    return name


def page(template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A rendered template. Every value is escaped unless a filter above made it."""
    return HTMLResponse(PAGES.get_template(template).render(**context), status)
