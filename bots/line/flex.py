"""Window cards as Flex messages. Pure: plain dicts, no SDK.

Limits (LINE Developers, "Flex Message"): alt text 1,500, a bubble 30 KB, a carousel 12 bubbles and 50 KB, button
labels 40 graphemes. A card too big for a bubble goes as text: nothing is dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from bots.cards import CALL, OPEN, Row, card_text, rows, tel_uri, web_uri
from bots.measure import cut, shorten, shorten_units
from bots.raw import storable
from bots.types import Button, Card

Json = dict[str, object]

_ALT_UNITS = 1500
_BUBBLE_BYTES = 30_000
_CAROUSEL_BYTES = 50_000
_CAROUSEL_BUBBLES = 12
_LABEL_GRAPHEMES = 40
_TEXT_UNITS = 5000
TEXT_IN_BUBBLE = 4000
"""UTF-16 units of one text that surely fits a bubble, as the SDK escapes it."""
_POSTBACK_CHARACTERS = 300
_CARDS_KEPT = 256
"""Drawn cards: a town has some dozens of windows, and each answer names one or two of them."""
_INK, _MUTED, _ACCENT = "#1A1A1C", "#595959", "#0017C1"  # contrast ≥ 7:1 on white


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A card fit for LINE, its bubble and the bubble's size. Kept for all who are shown it: nobody changes the bubble."""

    card: Card
    bubble: Json
    size: int


def flex_messages(cards: Sequence[Card]) -> list[Json]:
    """The cards as message objects in their order: one bubble, or carousels of as many as fit."""
    messages: list[Json] = []
    group: list[_Drawn] = []
    for drawn in map(_drawn, cards):
        if drawn.size > _BUBBLE_BYTES:
            messages += [*_message(group), *_as_texts(drawn.card)]
            group = []
            continue
        if not _fits([*group, drawn]):
            messages += _message(group)
            group = []
        group.append(drawn)
    return [*messages, *_message(group)]


def text_bubble(text: str, buttons: Sequence[Button], *, alt: str) -> Json:
    """A text as a bubble, for what a notification must not show or what has buttons of its own."""
    body = _box([_text(text, size="md", color=_INK)], spacing="md")
    bubble: Json = {"type": "bubble", "size": "mega", "body": body}
    message: Json = {"type": "flex", "altText": shorten_units(alt, _ALT_UNITS), "contents": bubble}
    return (with_footer(message, buttons) if buttons else None) or message


def usable(buttons: Sequence[Button]) -> list[Button]:
    """Without those that LINE would refuse."""
    return [button for button in buttons if _own_button(button) is not None]


def with_footer(message: Mapping[str, Any], buttons: Sequence[Button]) -> Json | None:
    """A Flex message with more (usable) buttons under its one bubble; None where it has several bubbles or no room."""
    bubble = message["contents"]
    if bubble["type"] != "bubble":
        return None
    there = bubble["footer"]["contents"] if "footer" in bubble else []
    bigger = {**bubble, "footer": _box([*there, *(found for button in buttons if (found := _own_button(button)))], spacing="sm")}
    return {**message, "contents": bigger} if _size(bigger) <= _BUBBLE_BYTES else None


def _own_button(button: Button) -> Json | None:
    """A link, or a postback that comes back as the resident's text; None for what LINE would refuse."""
    label = storable(button.label)
    if button.url is not None:
        uri = web_uri(button.url)
        return _button(label, uri, style="primary") if uri and label.strip() else None
    if not label.strip() or not 0 < len(button.value) <= _POSTBACK_CHARACTERS:
        return None
    action = {"type": "postback", "label": shorten(label, _LABEL_GRAPHEMES), "data": storable(button.value),
              "displayText": label}
    return {"type": "button", "style": "secondary", "height": "md", "action": action}


@lru_cache(maxsize=_CARDS_KEPT)
def _drawn(card: Card) -> _Drawn:
    clean = _clean(card)
    bubble = _bubble(clean)
    return _Drawn(clean, bubble, _size(bubble))


def _message(group: Sequence[_Drawn]) -> list[Json]:
    if not group:
        return []
    alt = shorten_units("\n".join(_alt(drawn.card) for drawn in group), _ALT_UNITS)
    bubbles = [drawn.bubble for drawn in group]
    return [{"type": "flex", "altText": alt, "contents": bubbles[0] if len(bubbles) == 1 else _carousel(bubbles)}]


def _as_texts(card: Card) -> list[Json]:
    return [{"type": "text", "text": piece} for piece in cut(card_text(card), _TEXT_UNITS)]


def _carousel(bubbles: list[Json]) -> Json:
    return {"type": "carousel", "contents": bubbles}


def _fits(group: Sequence[_Drawn]) -> bool:
    inside = sum(drawn.size for drawn in group) + len(", ") * (len(group) - 1)
    return len(group) <= _CAROUSEL_BUBBLES and _size(_carousel([])) + inside <= _CAROUSEL_BYTES


def _bubble(card: Card) -> Json:
    body = [_text(card.title, weight="bold", size="lg", color=_INK), *map(_row, rows(card))]
    buttons = [button for button in (_call_button(card), _open_button(card)) if button]
    footer = {"footer": _box(buttons, spacing="sm")} if buttons else {}
    return {"type": "bubble", "size": "mega", "body": _box(body, spacing="md"), **footer}


def _row(row: Row) -> Json:
    if row.label is None:
        return _text(row.text, size="md", color=_INK)
    label = {**_text(row.label, size="sm", color=_MUTED), "flex": 1}
    value = {**_text(row.text, size="md", color=_INK), "flex": 4}
    return {"type": "box", "layout": "baseline", "spacing": "sm", "contents": [label, value]}


def _call_button(card: Card) -> Json | None:
    uri = tel_uri(card.telephone)
    return _button((card.telephone_label or "").strip() or CALL, uri, style="primary") if uri else None


def _open_button(card: Card) -> Json | None:
    uri = web_uri(card.url)
    return _button(OPEN, uri, style="link") if uri else None


def _button(label: str, uri: str, *, style: str) -> Json:
    action = {"type": "uri", "label": shorten(label, _LABEL_GRAPHEMES), "uri": uri}
    color = {"color": _ACCENT} if style == "primary" else {}
    return {"type": "button", "style": style, "height": "md", "action": action, **color}


def _box(contents: list[Json], *, spacing: str) -> Json:
    return {"type": "box", "layout": "vertical", "spacing": spacing, "contents": contents}


def _text(text: str, **look: object) -> Json:
    return {"type": "text", "text": text, "wrap": True, **look}


def _alt(card: Card) -> str:
    return f"{card.title} {card.telephone}" if card.telephone else card.title


def _size(value: Json) -> int:
    """Bytes of the JSON as the SDK writes it: non-ASCII escaped, so never less than what LINE counts."""
    return len(json.dumps(value))


def _clean(card: Card) -> Card:
    """Texts a Flex text component takes: no blank title, no blank rows, no lone surrogates."""
    lines = tuple(storable(line) for line in card.lines)
    optional = {key: storable(value) for key in ("telephone", "telephone_label", "place", "hours", "url")
                if (value := getattr(card, key))}
    return replace(card, title=storable(card.title).strip() or "窓口", lines=lines, **optional)
