"""What a Telegram update means. Pure and lenient over raw JSON; imports no SDK.

Source: Telegram Bot API, "Update", "Message", "CallbackQuery", "ChatMemberUpdated".
"""

from collections.abc import Mapping

from bots import raw as json_in
from bots.errors import Unreadable
from bots.raw import UNKNOWN_TIME, Raw
from bots.telegram.buttons import said_by
from bots.telegram.webhook import conversation_address, event_time
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
)

_MEDIA: dict[str, MediaKind] = {  # animation before document: Telegram sends both for one GIF
    "photo": "image", "voice": "audio", "audio": "audio", "video": "video", "video_note": "video",
    "animation": "video", "document": "file", "sticker": "sticker", "venue": "location", "location": "location",
}
_FETCHABLE: tuple[MediaKind, ...] = ("image", "audio", "video", "file")
_GROUPS = ("group", "supergroup")
_PRESENT = ("creator", "administrator", "member", "restricted")
_SERVICE = ("new_chat_members", "left_chat_member", "pinned_message", "message_auto_delete_timer_changed",
            "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created", "write_access_allowed",
            "chat_background_set", "successful_payment", "migrate_to_chat_id", "migrate_from_chat_id")


def read(raw: Raw) -> Incoming:
    """One update as an Incoming. Unreadable only when it is no JSON object.

    reply_token: the id of a tapped button's query, which wants an answer within seconds or the button keeps turning.
    at: for a tapped button, the time of the message the button is on.
    """
    if not isinstance(raw, Mapping):
        raise Unreadable("not a JSON object")
    query = json_in.part(raw, "callback_query")
    shown_at = json_in.moment(json_in.part(query, "message"), "date", per_second=1)
    message = json_in.part(raw, "message") or json_in.part(raw, "edited_message")
    return Incoming(
        address=conversation_address(raw),
        what=_happening(raw),
        at=event_time(raw) or shown_at or UNKNOWN_TIME,
        message_id=json_in.identifier(message, "message_id"),
        reply_token=json_in.text(query, "id"),
    )


def _happening(raw: Raw) -> Happening:
    kind = next((json_in.kind_of(key) for key in raw if key != "update_id"), "unknown")
    if "my_chat_member" in raw:
        return _membership(json_in.part(raw, "my_chat_member"))
    message = _message_of(raw)
    if json_in.part(message, "chat").get("type") in _GROUPS:
        return Ignored("left_chat_member") if "left_chat_member" in message else InGroup(leavable=True)
    if "message" in raw:
        return _message(message)
    if "edited_message" in raw:
        return _edited(message)
    if "callback_query" in raw:
        query = json_in.part(raw, "callback_query")
        unread: Happening = Media("unknown") if "data" in query else Ignored("callback_query")  # a tap wants some answer
        return said_by(query) or unread
    return Ignored(kind)


def _message_of(raw: Raw) -> Raw:
    for key in ("message", "edited_message"):
        if key in raw:
            return json_in.part(raw, key)
    return json_in.part(raw, "callback_query", "message")


def _message(message: Raw) -> Happening:
    words = json_in.text(message, "text")
    if words is not None:
        return Followed() if words.split(" ", 1)[0] == "/start" else Text(words)
    for key, kind in _MEDIA.items():
        if key in message:
            return Media(kind, handle=_handle(message, key, kind), caption=_caption(message),
                         name=json_in.text(json_in.part(message, key), "file_name"))
    service = next((key for key in _SERVICE if key in message), None)
    return Ignored(service) if service else Media("unknown", caption=_caption(message))


def _handle(message: Raw, key: str, kind: MediaKind) -> str | None:
    if kind not in _FETCHABLE:
        return None
    found = message.get(key)
    if isinstance(found, list):  # a photo's sizes, the largest last
        found = found[-1] if found else None
    return json_in.text(found, "file_id") if isinstance(found, dict) else None


def _caption(message: Raw) -> str | None:
    """The caption; for a place its name and address, else where it is."""
    place = json_in.part(message, "venue")
    named = [found for key in ("title", "address") if (found := json_in.text(place, key))]
    return json_in.text(message, "caption") or " ".join(named) or _coordinates(json_in.part(message, "location"))


def _coordinates(location: Raw) -> str | None:
    found = [location.get("latitude"), location.get("longitude")]
    numbers = [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    return "緯度 {} 経度 {}".format(*numbers) if len(numbers) == 2 else None


def _edited(message: Raw) -> Happening:
    message_id = json_in.identifier(message, "message_id")
    body = json_in.text(message, "text") or json_in.text(message, "caption")
    return Edited(message_id, body) if message_id and body is not None else Ignored("edited_message")


def _membership(change: Raw) -> Happening:
    present = json_in.part(change, "new_chat_member").get("status") in _PRESENT
    match json_in.part(change, "chat").get("type"):
        case "private":
            return Followed() if present else Unfollowed()
        case "group" | "supergroup" if present:
            return InGroup(leavable=True)
        case _:
            return Ignored("my_chat_member")
