"""「お返事があります」 to residents who asked for it: neutral words, no content, when and how they wished to be reached.

No transaction is open while sending. What is in doubt is not sent again: the answer waits on the page in any case.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import select

from bots.errors import Rejected, SendError, Uncertain
from handoff.clock import Clock
from handoff.intake import safety
from handoff.notices.calls import Post
from handoff.store.db import Store
from handoff.store.models import AnswerMail, Conversation
from knowledge.schema.contact_ways import SafeContact

AT_ONCE = 20
LEASE = timedelta(seconds=90)
FIRST_WAIT, TRIES = timedelta(minutes=1), 10
"""Doubling: the last try is some eight hours after the first."""


class Words(Protocol):
    """The mail's subject and body in a language. link: the town's page; stop: where the mails are ended."""

    def __call__(self, town: str, language: str, *, link: str, stop: str) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class _Letter:
    id: UUID
    town: str
    to: str
    stop: str
    language: str
    attempts: int


@dataclass(frozen=True)
class AnswerMails:
    """post None: no mail server is set, nothing is offered and nothing goes out. site: the public address.

    towns: those that are served now; another town's mails wait until it is.
    """

    store: Store
    clock: Clock
    post: Post | None
    site: str
    words: Words
    towns: Callable[[], Collection[str]]
    ways: Callable[[], SafeContact | None]

    async def drain(self) -> int:
        """Send what is due; how many were tried."""
        if self.post is None:
            return 0
        tried = 0
        for town, row_id in await self._due():
            letter = await self._claim(town, row_id)
            if letter is not None:
                tried += 1
                await self._record(letter, await self._send(self.post, letter))
        return tried

    async def _due(self) -> list[tuple[str, UUID]]:
        async with self.store.reading_everywhere() as session:
            rows = await session.execute(
                select(AnswerMail.municipality_id, AnswerMail.id)
                .where(AnswerMail.due_at <= self.clock(), AnswerMail.municipality_id.in_(list(self.towns())))
                .order_by(AnswerMail.due_at).limit(AT_ONCE)
            )
            return [(town, row_id) for town, row_id in rows]

    async def _claim(self, town: str, row_id: UUID) -> _Letter | None:
        """Lease a row. None when somebody else has it, or its resident does not wish to hear from us now."""
        now = self.clock()
        async with self.store.town(town) as session:
            row = await session.scalar(select(AnswerMail).where(AnswerMail.id == row_id).with_for_update(of=AnswerMail))
            if row is None or row.due_at is None or row.due_at > now:
                return None
            ways = self.ways()
            wish = await safety.wish_of(session, row.conversation_id)
            allowed = safety.allowed_at(wish, ways, now) if ways is not None else now
            if allowed != now:
                row.due_at = allowed  # later, or never
                return None
            row.due_at, row.attempts = now + LEASE, row.attempts + 1
            conversation = await session.get_one(Conversation, row.conversation_id)
            return _Letter(row.id, town, row.letter["address"], row.letter["stop"], conversation.language, row.attempts)

    async def _send(self, post: Post, letter: _Letter) -> SendError | None:
        stop = f"{self.site}/mail/stop/{letter.town}.{letter.stop}"
        subject, body = self.words(letter.town, letter.language, link=f"{self.site}/chat/{letter.town}", stop=stop)
        try:
            await post.send(
                letter.to, subject=subject, body=body, key=f"{letter.id.hex}.{letter.attempts}", at=self.clock(), unsubscribe=stop,
            )
        except SendError as why:
            return why
        return None

    async def _record(self, letter: _Letter, why: SendError | None) -> None:
        now = self.clock()
        async with self.store.town(letter.town) as session:
            row = await session.get(AnswerMail, letter.id)
            if row is None:
                return  # ended meanwhile
            if why is None or isinstance(why, Uncertain):
                row.due_at, row.sent_at, row.attempts = None, now, 0
            elif isinstance(why, Rejected) or letter.attempts >= TRIES:
                row.due_at, row.error = None, why.code[:80]
            else:
                row.due_at = now + FIRST_WAIT * 2.0 ** (letter.attempts - 1)
