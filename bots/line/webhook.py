"""A LINE webhook body taken apart into raw events, for the web process. Imports no SDK and understands no message.

Source: LINE Developers, Messaging API reference, "Webhook event objects".
"""

from datetime import datetime

from bots import raw as json_in
from bots.errors import Unreadable
from bots.raw import Raw, RawIncoming

_SOURCE_IDS = {"user": "userId", "group": "groupId", "room": "roomId"}


def read_events(body: bytes) -> list[RawIncoming]:
    """The events of a body whose signature was right; [] for LINE's connectivity check.

    Unreadable when the body is no JSON object with a list of events. What is no object inside the list is left out.
    """
    events = json_in.read_object(body).get("events")
    if not isinstance(events, list):
        raise Unreadable("no list of events")
    return [
        RawIncoming(event_id(event), conversation_address(event), event_time(event), event)
        for event in events
        if isinstance(event, dict)
    ]


def event_id(raw: Raw) -> str:
    """webhookEventId (a ULID), the same in a redelivery; a fingerprint where it is missing."""
    return json_in.dedupe_id(json_in.text(raw, "webhookEventId"), raw)


def conversation_address(raw: Raw) -> str | None:
    """The user id, or the id of the group or room; None when LINE gives no source (a failed accountLink)."""
    source = json_in.part(raw, "source")
    key = _SOURCE_IDS.get(str(source.get("type")))
    if key is not None:
        return json_in.text(source, key)
    return next((found for name in ("groupId", "roomId", "userId") if (found := json_in.text(source, name))), None)


def event_time(raw: Raw) -> datetime | None:
    """When it happened by LINE's clock (timestamp, milliseconds)."""
    return json_in.moment(raw, "timestamp", per_second=1000)
