"""Choices and links as inline buttons, and choices back. Pure; imports no SDK.

What a button carries stays with Telegram for as long as the message does, so it is a `choice_id`, which says nothing; who
keeps the conversation knows what was offered. Buttons of before carry their value (`=`) or their place on the keyboard (`#`,
read as the label that Telegram sends back with the message): they go on working.
"""

from collections.abc import Sequence

from bots import raw as json_in
from bots.choices import choice_id
from bots.measure import shorten
from bots.raw import Raw, storable
from bots.types import Button, Choice, Text

Json = dict[str, object]

_LABEL_GRAPHEMES = 60
_NAMED, _VALUE, _PLACE = "~", "=", "#"


def keyboard(choices: Sequence[Choice], links: Sequence[Button] = ()) -> Json | None:
    """The inline keyboard, one button a row, links last; None for none of both."""
    rows: list[list[Json]] = [
        [{"text": shorten(storable(choice.label), _LABEL_GRAPHEMES), "callback_data": _NAMED + choice_id(choice)}]
        for choice in choices
        if choice.label.strip()
    ]
    rows += [[{"text": shorten(storable(link.label), _LABEL_GRAPHEMES), "url": link.url}] for link in links if link.url]
    return {"inline_keyboard": rows} if rows else None


def said_by(query: Raw) -> Text | None:
    """What a tapped button says: which choice it is, its value or its label. None when nothing can be known."""
    data = json_in.text(query, "data") or ""
    label = _label(json_in.part(query, "message", "reply_markup"), data)
    if data.startswith(_NAMED):
        return Text(label or "", data.removeprefix(_NAMED))
    if data.startswith(_VALUE):
        return Text(data.removeprefix(_VALUE)) if data != _VALUE else None
    return Text(label) if label and data.startswith(_PLACE) else None


def _label(markup: Raw, data: str) -> str | None:
    rows = markup.get("inline_keyboard")
    buttons = [button for row in rows if isinstance(row, list) for button in row] if isinstance(rows, list) else []
    found = (button for button in buttons if isinstance(button, dict) and button.get("callback_data") == data)
    return json_in.text(next(found, {}), "text")
