"""Choices and links as inline buttons, and choices back. Pure; imports no SDK.

Telegram gives a button 64 bytes of data. A value that fits travels in them; a longer one is named by its place on the
keyboard, and its label, which Telegram sends back with the message, is read instead: an old button can then never be
mistaken for the answer to a newer question. `bots.choices.chosen` knows labels.
"""

from collections.abc import Sequence

from bots import raw as json_in
from bots.measure import shorten
from bots.raw import Raw, storable
from bots.types import Button, Choice

Json = dict[str, object]

_DATA_BYTES = 64
_LABEL_GRAPHEMES = 60
_VALUE, _PLACE = "=", "#"


def keyboard(choices: Sequence[Choice], links: Sequence[Button] = ()) -> Json | None:
    """The inline keyboard, one button a row, links last; None for none of both."""
    rows: list[list[Json]] = [
        [{"text": shorten(storable(choice.label), _LABEL_GRAPHEMES), "callback_data": _data(choice, place)}]
        for place, choice in enumerate(choices)
        if choice.label.strip()
    ]
    rows += [[{"text": shorten(storable(link.label), _LABEL_GRAPHEMES), "url": link.url}] for link in links if link.url]
    return {"inline_keyboard": rows} if rows else None


def value_of(query: Raw) -> str | None:
    """What a tapped button says: its value, or its label. None when neither can be known."""
    data = json_in.text(query, "data") or ""
    if data.startswith(_VALUE):
        return data.removeprefix(_VALUE) or None
    return _label(json_in.part(query, "message", "reply_markup"), data) if data.startswith(_PLACE) else None


def _data(choice: Choice, place: int) -> str:
    data = _VALUE + storable(choice.value)
    return data if choice.value and len(data.encode()) <= _DATA_BYTES else f"{_PLACE}{place}"


def _label(markup: Raw, data: str) -> str | None:
    rows = markup.get("inline_keyboard")
    buttons = [button for row in rows if isinstance(row, list) for button in row] if isinstance(rows, list) else []
    found = (button for button in buttons if isinstance(button, dict) and button.get("callback_data") == data)
    return json_in.text(next(found, {}), "text")
