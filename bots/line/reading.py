"""What a LINE event means. Pure and lenient over raw JSON: LINE adds event types and values without notice.

The SDK's own parser is not used: it drops what it does not know, the sender included, and one odd event costs the
whole batch. Source: LINE Developers, Messaging API reference, "Webhook event objects".
"""

from collections.abc import Mapping

from bots import raw as json_in
from bots.errors import Unreadable
from bots.line.webhook import conversation_address, event_time
from bots.raw import UNKNOWN_TIME, Raw
from bots.types import (
    Edited,
    Followed,
    Happening,
    Ignored,
    Incoming,
    InGroup,
    Media,
    MediaKind,
    Text,
    Unfollowed,
    Unsent,
)

_MEDIA: dict[str, MediaKind] = {
    "image": "image", "video": "video", "audio": "audio", "file": "file", "sticker": "sticker", "location": "location",
}
_FETCHABLE = ("image", "video", "audio", "file")
_UNANSWERABLE_IN_GROUPS = ("leave", "memberLeft", "unsend")


def read(raw: Raw) -> Incoming:
    """One webhook event as an Incoming. Unreadable only when it is no JSON object."""
    if not isinstance(raw, Mapping):
        raise Unreadable("not a JSON object")
    return Incoming(
        address=conversation_address(raw),
        what=_happening(raw),
        at=event_time(raw) or UNKNOWN_TIME,
        message_id=json_in.identifier(json_in.part(raw, "message"), "id"),
        reply_token=json_in.text(raw, "replyToken"),
        redelivered=json_in.part(raw, "deliveryContext").get("isRedelivery") is True,
        may_answer=raw.get("mode") != "standby",
    )


def _happening(raw: Raw) -> Happening:
    kind = json_in.kind_of(raw.get("type"))
    if json_in.part(raw, "source").get("type") in ("group", "room"):
        return Ignored(kind) if kind in _UNANSWERABLE_IN_GROUPS else InGroup(leavable=True)
    match kind:
        case "message":
            return _message(json_in.part(raw, "message"))
        case "messageEdited":
            return _edited(json_in.part(raw, "message"))
        case "postback":
            data = json_in.text(json_in.part(raw, "postback"), "data")
            return Text(data) if data else Ignored(kind)
        case "unsend":
            message_id = json_in.identifier(json_in.part(raw, "unsend"), "messageId")
            return Unsent(message_id) if message_id else Ignored(kind)
        case "follow":
            return Followed()
        case "unfollow":
            return Unfollowed()
        case _:
            return Ignored(kind)


def _message(message: Raw) -> Happening:
    kind = message.get("type")
    if kind == "text":
        return Text(json_in.text(message, "text") or "")
    if not isinstance(kind, str) or kind not in _MEDIA:
        return Media("unknown", caption=json_in.text(message, "text"))
    return Media(_MEDIA[kind], handle=_handle(message, kind), caption=_caption(message, kind),
                 name=json_in.text(message, "fileName"))


def _handle(message: Raw, kind: str) -> str | None:
    """The message id where the content can be fetched from LINE: not for what another server provides."""
    elsewhere = json_in.part(message, "contentProvider").get("type") == "external"
    return json_in.identifier(message, "id") if kind in _FETCHABLE and not elsewhere else None


def _caption(message: Raw, kind: str) -> str | None:
    if kind == "location":
        named = [found for key in ("title", "address") if (found := json_in.text(message, key))]
        return " ".join(named) or _coordinates(message)
    return json_in.text(message, "text") if kind == "sticker" else None


def _coordinates(message: Raw) -> str | None:
    found = [message.get("latitude"), message.get("longitude")]
    numbers = [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    return "緯度 {} 経度 {}".format(*numbers) if len(numbers) == 2 else None


def _edited(message: Raw) -> Happening:
    message_id, body = json_in.identifier(message, "id"), json_in.text(message, "text")
    return Edited(message_id, body) if message_id and body is not None else Ignored("messageEdited")
