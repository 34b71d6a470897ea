"""A Telegram webhook body (one Update) as a raw event, for the web process. Imports no SDK, understands no message.

Source: Telegram Bot API, "Update".
"""

from datetime import datetime

from bots import raw as json_in
from bots.raw import Raw, RawIncoming

MESSAGE_KEYS = ("message", "edited_message", "channel_post", "edited_channel_post", "my_chat_member", "chat_member",
                "chat_join_request", "message_reaction", "business_message", "edited_business_message")


def read_events(body: bytes) -> list[RawIncoming]:
    """The one update of a body, as a list like the other channels'. Unreadable when it is no JSON object."""
    return [as_event(json_in.read_object(body), body if json_in.as_it_came(body) else None)]


def as_event(update: dict[str, object], written: bytes | None = None) -> RawIncoming:
    """One update as a raw event."""
    return RawIncoming(event_id(update), conversation_address(update), event_time(update), update, written)


def event_id(raw: Raw) -> str:
    """update_id; after a quiet week the next one may be smaller, so compare for equality only."""
    return json_in.dedupe_id(json_in.identifier(raw, "update_id"), raw)


def conversation_address(raw: Raw) -> str | None:
    """The chat's id; for a tapped button the chat its message is in, else the person who tapped."""
    for key in MESSAGE_KEYS:
        if found := json_in.identifier(json_in.part(raw, key, "chat"), "id"):
            return found
    query = json_in.part(raw, "callback_query")
    return json_in.identifier(json_in.part(query, "message", "chat"), "id") or json_in.identifier(
        json_in.part(query, "from"), "id")


def event_time(raw: Raw) -> datetime | None:
    """When it happened by Telegram's clock (seconds). A tapped button carries no time of its own."""
    for key in MESSAGE_KEYS:
        happened = json_in.part(raw, key)
        for name in ("edit_date", "date"):
            if found := json_in.moment(happened, name, per_second=1):
                return found
    return None
