"""Bubbles as LINE message objects, within LINE's limits. Pure: plain dicts, no SDK, no network.

Source of the limits: LINE Developers, Messaging API reference (text 5,000 UTF-16 units, 5 objects a call, 13 quick
replies with labels of 20 graphemes, postback data 300 characters).
"""

from collections.abc import Sequence

from bots.choices import numbered
from bots.line.flex import flex_messages
from bots.measure import cut, graphemes, shorten, utf16_units
from bots.raw import storable
from bots.types import Choice, Outgoing

Json = dict[str, object]

OBJECTS_A_CALL = 5
_TEXT_UNITS = 5000
_QUICK_REPLIES = 13
_LABEL_GRAPHEMES = 20
_POSTBACK_CHARACTERS = 300


def calls(bubbles: Sequence[Outgoing]) -> list[list[Json]]:
    """The message objects of a turn, in groups of at most five; one group wherever they can be joined to fit.

    Nothing is dropped. The buttons of the last bubble hang on the very last object, where alone LINE shows them; every
    list of choices also stands in its text, numbered, for devices without buttons. [] when there is nothing to say.
    """
    objects = _joined([item for bubble in bubbles for item in _objects(bubble)])
    if objects and bubbles[-1].choices:
        buttons = _quick_reply(bubbles[-1].choices)
        objects[-1] = {**objects[-1], "quickReply": buttons} if buttons["items"] else objects[-1]
    return [objects[start : start + OBJECTS_A_CALL] for start in range(0, len(objects), OBJECTS_A_CALL)]


def _objects(bubble: Outgoing) -> list[Json]:
    words = [storable(part) for part in (bubble.text, numbered(bubble.choices)) if part.strip()]
    texts: list[Json] = [{"type": "text", "text": piece} for piece in cut("\n\n".join(words), _TEXT_UNITS)]
    return texts + flex_messages(bubble.cards)


def _joined(objects: list[Json]) -> list[Json]:
    """Neighbouring texts joined, first ones first, until five objects are left or nothing fits any more."""
    index = 0
    while len(objects) > OBJECTS_A_CALL and index < len(objects) - 1:
        both = _join(objects[index], objects[index + 1])
        if both is None:
            index += 1
        else:
            objects = [*objects[:index], both, *objects[index + 2 :]]
    return objects


def _join(first: Json, second: Json) -> Json | None:
    if first["type"] != "text" or second["type"] != "text":
        return None
    text = f"{first['text']}\n\n{second['text']}"
    return {"type": "text", "text": text} if utf16_units(text) <= _TEXT_UNITS else None


def _quick_reply(choices: Sequence[Choice]) -> Json:
    fitting = [choice for choice in choices if choice.label.strip() and 0 < len(choice.value) <= _POSTBACK_CHARACTERS]
    return {"items": [_button(choice) for choice in fitting[:_QUICK_REPLIES]]}


def _button(choice: Choice) -> Json:
    label = storable(choice.label)
    shown = "".join(graphemes(label)[:_POSTBACK_CHARACTERS])
    action = {"type": "postback", "label": shorten(label, _LABEL_GRAPHEMES), "data": storable(choice.value),
              "displayText": shown}
    return {"type": "action", "action": action}
