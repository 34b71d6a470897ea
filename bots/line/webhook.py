"""A LINE webhook body taken apart into raw events, for the web process. Imports no SDK and understands no message.

Source: LINE Developers, Messaging API reference, "Webhook event objects".
"""

import re
from datetime import datetime

from bots import raw as json_in
from bots.errors import Unreadable
from bots.raw import Raw, RawIncoming

_HEAD = re.compile(r'\s*\{\s*"destination"\s*:\s*"\w*"\s*,\s*"events"\s*:\s*\[\s*(?=\{)')
_NEXT = re.compile(r"\s*,\s*(?=\{)")
_TAIL = re.compile(r"\s*\]\s*\}\s*\Z")
_SOURCE_IDS = {"user": "userId", "group": "groupId", "room": "roomId"}


def read_events(body: bytes) -> list[RawIncoming]:
    """The events of a body whose signature was right; [] for LINE's connectivity check.

    Unreadable when the body is no JSON object with a list of events. What is no object inside the list is left out.
    """
    found = _as_line_writes(body) if json_in.plain(body) else None
    return _of_any_form(body) if found is None else found


def _of_any_form(body: bytes) -> list[RawIncoming]:
    events = json_in.read_object(body).get("events")
    if not isinstance(events, list):
        raise Unreadable("no list of events")
    return [_incoming(event) for event in events if isinstance(event, dict)]


def _as_line_writes(body: bytes) -> list[RawIncoming] | None:
    """Each event with its own bytes, from the form in which LINE sends them; None for any other."""
    try:
        text = body.decode("utf-8")
        begun, found = _HEAD.match(text), []
        while begun:
            start = begun.end()
            event, end = json_in.read_slice(text, start)
            assert isinstance(event, dict)  # it begins with a brace
            found.append(_incoming(event, text[start:end].encode()))
            if _TAIL.match(text, end):
                return found
            begun = _NEXT.match(text, end)
    except (ValueError, RecursionError):
        pass
    return None


def _incoming(event: dict[str, object], written: bytes | None = None) -> RawIncoming:
    return RawIncoming(event_id(event), conversation_address(event), event_time(event), event, written)


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
