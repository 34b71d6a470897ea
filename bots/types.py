"""Messages between the product and a channel. Plain data; each channel turns them into its own API's shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ChannelKind = Literal["line", "telegram", "web", "console"]
MediaKind = Literal["image", "audio", "video", "file", "sticker", "location", "unknown"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text, or the value of a tapped choice. choice: the tapped button's `choice_id`, with body its label or ""."""

    body: str
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """Something that is not text. handle is the platform's id for fetching it; never the content.

    caption: the words that came with it (a photo's caption, a place's name and address): as much theirs as any text;
    name: what a file was called.
    """

    kind: MediaKind
    handle: str | None = None
    caption: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """A message of the resident changed; message_id names the one that it replaces."""

    message_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """The resident took a message back (LINE unsend); may arrive before the message itself."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Friend added / bot started."""


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """Blocked: nothing may be pushed any more."""


@dataclass(frozen=True, slots=True)
class InGroup:
    """An event from a group or room: consultations don't belong there."""

    leavable: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """Known or unknown event with nothing to answer; kind is the platform's own name, for counting."""

    kind: str


Happening = Text | Media | Edited | Unsent | Followed | Unfollowed | InGroup | Ignored


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event of one resident, read leniently from a platform's raw JSON.

    address: the platform's id of the person or chat, secret, None when the platform gave none;
    message_id: the platform's id of the message; at: when it happened by the platform's clock (UTC);
    may_answer False: the platform asks the bot to keep silent (LINE standby).
    """

    address: str | None
    what: Happening
    at: datetime
    message_id: str | None = None
    reply_token: str | None = None
    redelivered: bool = False
    may_answer: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. label is shown; value comes back as the resident's text."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A window card: what a resident needs in order to go or call. None = unknown, shown as such, never invented."""

    title: str
    lines: tuple[str, ...] = ()
    telephone: str | None = None
    telephone_label: str | None = None
    place: str | None = None
    hours: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A button that stays in a LINE talk. url opens a page; without one, value comes back as the resident's text."""

    label: str
    value: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One bubble to the resident: text, then cards, then choices (only the last bubble of a turn carries choices).

    LINE only: buttons, under the bubble; preview, all that a telephone's notification may show of it.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    preview: str | None = None

    def as_json(self) -> dict[str, object]:
        """The shape kept sealed in the database and given to the web chat; `from_json` reads it back."""
        only_line: dict[str, object] = {}
        if self.buttons:
            only_line["buttons"] = [{"label": b.label, "value": b.value, "url": b.url} for b in self.buttons]
        if self.preview is not None:
            only_line["preview"] = self.preview
        return {
            **only_line,
            "text": self.text,
            "choices": [{"label": c.label, "value": c.value} for c in self.choices],
            "cards": [
                {"title": c.title, "lines": list(c.lines), "telephone": c.telephone,
                 "telephone_label": c.telephone_label, "place": c.place, "hours": c.hours, "url": c.url}
                for c in self.cards
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Outgoing":
        """Read what `as_json` wrote. KeyError or TypeError when it is something else."""
        choices, cards, buttons = (data.get(key, []) for key in ("choices", "cards", "buttons"))
        assert isinstance(choices, list)
        assert isinstance(cards, list)
        assert isinstance(buttons, list)
        preview = data.get("preview")
        return cls(
            text=str(data["text"]),
            choices=tuple(Choice(c["label"], c["value"]) for c in choices),
            cards=tuple(Card(**{**c, "lines": tuple(c.get("lines", ()))}) for c in cards),
            buttons=tuple(Button(**b) for b in buttons),
            preview=None if preview is None else str(preview),
        )


@dataclass(frozen=True, slots=True)
class Address:
    """Where a send goes. reply_token only while it is young enough to be used; retry_key is the outbox id."""

    to: str
    retry_key: str
    reply_token: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A month's pushes. limit None: the plan has none."""

    limit: int | None
    used: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A platform accepted the bubbles (accepted, not read). message_ids are its ids, in order."""

    how: Literal["reply", "push", "already"]
    message_ids: tuple[str, ...] = ()
    request_id: str | None = None
