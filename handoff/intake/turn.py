"""What one turn brought: the events of a claim read into texts, media, corrections and changes of reachability.

Pure; knows the channel only as a parser of raw events.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never
from uuid import UUID

from bots.choices import choice_by_id, chosen
from bots.raw import UNKNOWN_TIME
from bots.types import (
    Choice,
    Edited,
    Followed,
    Ignored,
    Incoming,
    InGroup,
    Media,
    MediaKind,
    Text,
    Unfollowed,
    Unsent,
)
from handoff.intake.agreeing import Agreed
from handoff.intake.taps import Tap, plain

LONGEST_TEXT = 20_000
_NUMBER = re.compile(r"(?:いま|今|まだ|もう|たしか|確か)?\s*(1?\d{1,2})\s*(?:です|だよ|だ|だと思います|くらい(?:です)?|ぐらい(?:です)?|になります|になりました|になった)?\s*[。.!]?")
NO_TAPS: Mapping[str, Tap] = {}


@dataclass(frozen=True, slots=True)
class Said:
    """A resident's message of this turn. meaning: what a typed number stands for. stored: the web chat's row.

    tap: the button or menu area that these words are; nothing for triage. agreed: what a tap of "pass" says.
    """

    text: str
    at: datetime
    media: MediaKind | None = None
    handle: str | None = None
    name: str | None = None
    external_id: str | None = None
    meaning: str | None = None
    edited: bool = False
    stored: UUID | None = None
    tap: Tap | Literal["pass"] | None = None
    agreed: Agreed | None = None

    @property
    def words(self) -> str:
        """What triage reads."""
        return self.meaning or self.text


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything of one claim. answerable False: the platform asks for silence.

    reply_token: the newest usable one; token_at: when we received it, which is what its life is counted from;
    upto: the sequence of the newest of them, where they are stored already (web chat); late: corrections that newer ones
    have overtaken, for the record only.
    """

    address: str | None = None
    said: tuple[Said, ...] = ()
    unsent: tuple[str, ...] = ()
    followed: bool = False
    unfollowed: bool = False
    reply_token: str | None = None
    token_at: datetime | None = None
    answerable: bool = True
    upto: int | None = None
    late: tuple[Said, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing of anybody: group talk, unknown events, a conversation that has gone."""
        return self == Turn()

    @property
    def heard(self) -> tuple[Said, ...]:
        """What has words: of a message that was corrected at once, the last wording."""
        newest = {said.external_id: said for said in self.said}
        return tuple(
            said for said in self.said
            if said.text and said.tap is None and (said.external_id is None or newest[said.external_id] is said)
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """What triage reads of this turn."""
        return tuple(said.words for said in self.heard)

    @property
    def tap(self) -> Tap | Literal["pass"] | None:
        """What was tapped, where nothing else was said or sent."""
        return self.said[-1].tap if self.said and all(said.tap for said in self.said) else None

    @property
    def agreed(self) -> tuple[Agreed, ...]:
        """Answers to what staff asked by button, beside whatever else was said."""
        return tuple(said.agreed for said in self.said if said.agreed is not None)

    def answering(self, taps: Mapping[str, Agreed]) -> "Turn":
        """The turn with the answers in it known for what they are."""
        return replace(self, said=tuple(_agreed(said, taps) for said in self.said)) if taps else self

    @property
    def media(self) -> tuple[MediaKind, ...]:
        return tuple(said.media for said in self.said if said.media is not None)


def read(
    events: Iterable[tuple[Incoming, datetime]], *, choices: tuple[Choice, ...] = (), offered: tuple[Choice, ...] = (),
    taps: Mapping[str, Tap] = NO_TAPS, of_age: bool = False,
) -> Turn:
    """Fold incoming events, oldest first, each with the time we received it, into a turn.

    choices: the buttons that a number or a label may stand for; offered: those that may still be tapped; taps: texts that are taps;
    of_age: the question that waits asks how old somebody is, so that a bare number is an age.
    """
    turn = Turn()
    for incoming, received_at in events:
        turn = _fold(turn, _untapped(incoming, offered), received_at, choices)
    turn = replace(turn, said=tuple(map(_aged, turn.said))) if of_age else turn
    tapped = tuple(_tapped(said, taps) for said in turn.said)
    # Beside other words it is one of them: 「いますぐ助けて」 and what happened are read together.
    return replace(turn, said=tapped) if all(said.tap for said in tapped) else turn


def _agreed(said: Said, taps: Mapping[str, Agreed]) -> Said:
    found = None if said.media or said.edited else taps.get(plain(said.words))
    return said if found is None else replace(said, tap="pass", agreed=found)


def _aged(said: Said) -> Said:
    """「13です」 to the question how old somebody is."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", said.text).strip())
    return said if found is None or said.meaning or said.media else replace(said, meaning=f"{found[1]}歳です")


def _tapped(said: Said, taps: Mapping[str, Tap]) -> Said:
    """A choice that was offered is an answer, whatever else its words may be."""
    if said.media or said.edited or said.meaning:
        return said
    return replace(said, tap=taps.get(plain(said.text)))


def _fold(turn: Turn, incoming: Incoming, received_at: datetime, choices: tuple[Choice, ...]) -> Turn:
    what = incoming.what
    if isinstance(what, InGroup | Ignored) or incoming.address is None:
        return turn
    turn = replace(turn, address=incoming.address, answerable=incoming.may_answer)
    if incoming.at == UNKNOWN_TIME:
        incoming = replace(incoming, at=received_at)
    if incoming.reply_token and not incoming.redelivered:
        turn = replace(turn, reply_token=incoming.reply_token, token_at=received_at)
    match what:
        case Text(body=body):
            return _say(turn, _text(incoming, body, choices))
        case Edited(message_id, body):
            said = replace(_text(incoming, body, choices), external_id=message_id, edited=True)
            return _say(turn, said)
        case Media(kind, handle, caption, name):
            # A sticker's text is the sticker maker's, not the resident's.
            words = caption if caption and kind != "sticker" else ""
            said = replace(_text(incoming, words, choices), media=kind, handle=handle, name=name)
            return _say(turn, said)
        case Unsent(message_id):
            kept = tuple(said for said in turn.said if said.external_id != message_id)
            return replace(turn, said=kept, unsent=(*turn.unsent, message_id))
        case Followed():
            return replace(turn, followed=True, unfollowed=False)
        case Unfollowed():
            return replace(turn, unfollowed=True, followed=False)
    assert_never(what)


def _untapped(incoming: Incoming, offered: tuple[Choice, ...]) -> Incoming:
    """A tapped button as the words it stands for: its value, else its label; else something that cannot be read."""
    what = incoming.what
    if not isinstance(what, Text) or what.choice is None:
        return incoming
    choice = choice_by_id(what.choice, offered)
    words = what.body if choice is None else choice.value
    return replace(incoming, what=Text(words) if words else Media("unknown"))


def _text(incoming: Incoming, body: str, choices: tuple[Choice, ...]) -> Said:
    body = body[:LONGEST_TEXT].replace("\x00", "")
    choice = chosen(body, choices)
    meaning = choice.value if choice is not None and choice.value != body else None
    return Said(body, incoming.at, external_id=incoming.message_id, meaning=meaning)


def _say(turn: Turn, said: Said) -> Turn:
    """Add it, unless it was taken back before it came or is only white space. Who writes has not blocked us."""
    if said.external_id is not None and said.external_id in turn.unsent:
        return turn
    if not said.media and not said.text.strip():
        return turn
    return replace(turn, said=(*turn.said, said), unfollowed=False)


def text_in(parse: Callable[[Mapping[str, Any]], Incoming], raw: Mapping[str, Any]) -> str | None:
    """The words of a raw event, a photo's caption too, for the glance; None when it has none."""
    what = parse(raw).what
    if isinstance(what, Media):
        return what.caption if what.kind != "sticker" else None
    return what.body if isinstance(what, Text | Edited) else None
