"""People on the fake LINE: what they do becomes webhook events, with fresh ids and reply tokens.

Knows nothing of the product; events follow LINE's reference. A resident can see what reached them (`received`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Event = dict[str, Any]


class Platform(Protocol):
    """What residents need of the fake platform."""

    def event_head(self) -> Event: ...
    def new_message_id(self) -> str: ...
    def issue_reply_token(self, to: str) -> str: ...
    def keep_content(self, message_id: str, content: bytes, mime: str) -> None: ...
    def delivered_to(self, to: str) -> Sequence[Mapping[str, Any]]: ...
    def block(self, user_id: str, *, blocked: bool) -> None: ...


def user_id(name: str) -> str:
    """A LINE user id for a name: U and 32 hex digits."""
    return "U" + hashlib.sha256(name.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class LineResident:
    """One person, or with group set the same person in a group. Every method returns one event to post."""

    platform: Platform
    id: str
    group: str | None = None

    @property
    def received(self) -> list[dict[str, Any]]:
        """The message objects that LINE delivered here, in order."""
        return [dict(message) for message in self.platform.delivered_to(self.group or self.id)]

    @property
    def texts(self) -> list[str]:
        """The texts among them; of cards, their alternative text."""
        return [str(message.get("text") or message.get("altText")) for message in self.received]

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """The quick replies on screen: those of the last message only."""
        last = self.received[-1] if self.received else {}
        return [item["action"] for item in last.get("quickReply", {}).get("items", [])]

    def says(self, text: str, **extra: Any) -> Event:
        """A text message."""
        return self._message({"type": "text", "text": text, "quoteToken": "q" * 20, **extra})

    def sends(self, kind: str, *, content: bytes = b"\xff\xd8", mime: str = "image/jpeg", **extra: Any) -> Event:
        """An image, audio, video or file whose content can be fetched from the fake."""
        event = self._message({"type": kind, "contentProvider": {"type": "line"}, **extra})
        self.platform.keep_content(event["message"]["id"], content, mime)
        return event

    def sticker(self, **extra: Any) -> Event:
        """A sticker."""
        return self._message({"type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": "q" * 20,
                              "stickerResourceType": "STATIC", **extra})

    def location(self, **extra: Any) -> Event:
        """A place."""
        return self._message({"type": "location", "latitude": 42.4971, "longitude": 143.2794, **extra})

    def taps(self, action: Mapping[str, Any]) -> Event:
        """A tap on a button (an action object as the bot sent it)."""
        if action["type"] == "message":
            return self.says(action["text"])
        return self._event("postback", replyable=True, postback={"data": action["data"]})

    def unsends(self, message_id: str) -> Event:
        """Takes a message back."""
        return self._event("unsend", unsend={"messageId": message_id})

    def edits(self, message_id: str, text: str) -> Event:
        """Edits a message."""
        message = {"id": message_id, "type": "text", "text": text, "quoteToken": "q" * 20}
        return self._event("messageEdited", replyable=True, message=message)

    def follows(self) -> Event:
        """Adds the account as a friend, or unblocks it."""
        self.platform.block(self.id, blocked=False)
        return self._event("follow", replyable=True, follow={"isUnblocked": False})

    def blocks(self) -> Event:
        """Blocks the account: LINE answers 200 to pushes and delivers nothing."""
        self.platform.block(self.id, blocked=True)
        return self._event("unfollow")

    def in_group(self, name: str) -> "LineResident":
        """The same person in a group that the account was invited to."""
        return LineResident(self.platform, self.id, "C" + user_id(name)[1:])

    def invites(self) -> Event:
        """The account joins the group."""
        return self._event("join", replyable=True)

    def _message(self, message: Event) -> Event:
        return self._event("message", replyable=True, message={"id": self.platform.new_message_id(), **message})

    def _event(self, kind: str, *, replyable: bool = False, **body: Any) -> Event:
        source = {"type": "user", "userId": self.id}
        if self.group:
            source = {"type": "group", "groupId": self.group, "userId": self.id}
        token = {"replyToken": self.platform.issue_reply_token(self.group or self.id)} if replyable else {}
        return {"type": kind, **self.platform.event_head(), "source": source, **token, **body}
