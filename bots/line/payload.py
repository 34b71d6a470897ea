"""Bubbles as LINE message objects, within LINE's limits. Pure: plain dicts, no SDK, no network.

Source of the limits: LINE Developers, Messaging API reference (text 5,000 UTF-16 units, 5 objects a call, 13 quick
replies with labels of 20 graphemes, postback data 300 characters).
"""

from collections.abc import Sequence

from bots.choices import numbered
from bots.line.flex import TEXT_IN_BUBBLE, flex_messages, text_bubble, usable, with_footer
from bots.measure import cut, graphemes, shorten, utf16_units
from bots.raw import storable
from bots.types import Button, Choice, Outgoing

Json = dict[str, object]

OBJECTS_A_CALL = 5
_TEXT_UNITS = 5000
_QUICK_REPLIES = 13
_LABEL_GRAPHEMES = 20
_POSTBACK_CHARACTERS = 300


def calls(bubbles: Sequence[Outgoing]) -> list[list[Json]]:
    """The message objects of a turn, in groups of at most five; one group wherever they can be joined to fit.

    Nothing is dropped. The choices of the last bubble hang on the very last object, where alone LINE shows them; every
    list of choices also stands in its text, numbered, for devices without buttons. A turn with a `preview` shows that
    alone in notifications. [] when there is nothing to say.
    """
    preview = next((storable(bubble.preview) for bubble in bubbles if bubble.preview and bubble.preview.strip()), None)
    longest = _TEXT_UNITS if preview is None else TEXT_IN_BUBBLE
    objects = _joined([item for bubble in bubbles for item in _objects(bubble, longest)], longest)
    if preview is not None:
        objects = [_quiet(item, preview) for item in objects]
    objects = _with_buttons(objects, usable([button for bubble in bubbles for button in bubble.buttons]), preview)
    if objects and bubbles[-1].choices:
        quick = _quick_reply(bubbles[-1].choices)
        objects[-1] = {**objects[-1], "quickReply": quick} if quick["items"] else objects[-1]
    return [objects[start : start + OBJECTS_A_CALL] for start in range(0, len(objects), OBJECTS_A_CALL)]


def _objects(bubble: Outgoing, longest: int) -> list[Json]:
    words = [storable(part) for part in (bubble.text, numbered(bubble.choices)) if part.strip()]
    texts: list[Json] = [{"type": "text", "text": piece} for piece in cut("\n\n".join(words), longest)]
    return texts + flex_messages(bubble.cards)


def _quiet(item: Json, preview: str) -> Json:
    """The same object, of which a notification shows nothing but the preview."""
    if item["type"] == "text":
        return text_bubble(str(item["text"]), (), alt=preview)
    return {**item, "altText": preview}


def _with_buttons(objects: list[Json], buttons: Sequence[Button], preview: str | None) -> list[Json]:
    """Buttons under the last object where it takes them, else under one of their own."""
    if not buttons or not objects:
        return objects
    last = objects[-1]
    if last["type"] == "text" and utf16_units(str(last["text"])) <= TEXT_IN_BUBBLE:
        last = text_bubble(str(last["text"]), (), alt=str(last["text"]))
    bigger = with_footer(last, buttons) if last["type"] == "flex" else None
    if bigger is not None:
        return [*objects[:-1], bigger]
    return [*objects, text_bubble(preview or buttons[0].label, buttons, alt=preview or buttons[0].label)]


def _joined(objects: list[Json], longest: int) -> list[Json]:
    """Neighbouring texts joined, first ones first, until five objects are left or nothing fits any more."""
    index = 0
    while len(objects) > OBJECTS_A_CALL and index < len(objects) - 1:
        both = _join(objects[index], objects[index + 1], longest)
        if both is None:
            index += 1
        else:
            objects = [*objects[:index], both, *objects[index + 2 :]]
    return objects


def _join(first: Json, second: Json, longest: int) -> Json | None:
    if first["type"] != "text" or second["type"] != "text":
        return None
    text = f"{first['text']}\n\n{second['text']}"
    return {"type": "text", "text": text} if utf16_units(text) <= longest else None


def _quick_reply(choices: Sequence[Choice]) -> Json:
    fitting = [choice for choice in choices if choice.label.strip() and 0 < len(choice.value) <= _POSTBACK_CHARACTERS]
    return {"items": [_button(choice) for choice in fitting[:_QUICK_REPLIES]]}


def _button(choice: Choice) -> Json:
    label = storable(choice.label)
    shown = "".join(graphemes(label)[:_POSTBACK_CHARACTERS])
    action = {"type": "postback", "label": shorten(label, _LABEL_GRAPHEMES), "data": storable(choice.value),
              "displayText": shown}
    return {"type": "action", "action": action}
