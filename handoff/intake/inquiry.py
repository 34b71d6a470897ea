"""Somebody asks whether another person was here, or where they are: recognised, answered like anything else, and told to
those who hold restricted matters, and to nobody else.

The answer must say nothing by its words nor by its time. So the turn only leaves an event, whoever asks and whether there
is anybody to warn or not; the warning is written some seconds later, when the answer has gone out.
"""

import asyncio
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.clock import Clock
from handoff.desk import restriction
from handoff.store.db import Busy, Store
from handoff.store.events import emit
from handoff.store.models import Conversation, Counter, Event, Ticket
from knowledge.schema.contact_ways import Inquiry

log = structlog.get_logger()
KIND = "inquiry"
"""Of the event, and the name of the counter that says up to where warnings have been written."""
AFTER = timedelta(seconds=4)
"""By then the answer is out: the warning's own work can't be felt in it."""
LOOK_SECONDS = 60.0
"""How long a lost wake-up may go unnoticed."""
_SENTENCE = re.compile(r"[。．\n]+|(?<=[！!？?])")


def asks(text: str, words: Inquiry | None) -> bool:
    """Whether a text asks about somebody else's being here, or about their whereabouts."""
    if words is None:
        return False
    return any(_asks(sentence, words) for sentence in _SENTENCE.split(unicodedata.normalize("NFKC", text)) if sentence)


def _asks(sentence: str, words: Inquiry) -> bool:
    if not _has(sentence, words.people) or _has(sentence, words.own):
        return False
    came = _has(sentence, words.came) and _has(sentence, words.asked)
    return came or (_has(sentence, words.whereabouts) and _has(sentence, words.wanted))


def _has(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


async def note(session: AsyncSession, conversation: Conversation) -> None:
    """Leave the event, and the mark on the asker's own ticket, in the turn's transaction: the same work for everybody."""
    ticket = await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation.id, Ticket.status != "resolved")
        .order_by(Ticket.created_at.desc()).limit(1)
    )
    if ticket is not None:
        ticket.state = {**ticket.state, "asks_about_others": True}
    await emit(session, kind=KIND, conversation_id=conversation.id)


async def warn_once(store: Store, *, now: datetime) -> int:
    """Write the warnings of inquiries that have been answered; how many there were. Safe from many workers at once."""
    done = (Counter.municipality_id == Event.municipality_id) & (Counter.name == KIND)
    async with store.reading_everywhere() as session:  # who finds nothing new keeps nobody from writing
        rows = await session.execute(
            select(Event.municipality_id).outerjoin(Counter, done)
            .where(Event.kind == KIND, Event.created_at <= now - AFTER, Event.sequence > func.coalesce(Counter.value, 0))
            .distinct()
        )
        towns = [town for (town,) in rows]
    warned = 0
    for town in towns:
        async with store.town(town) as session:
            warned += await _warn(session, town, now=now)
    return warned


async def follow(store: Store, clock: Clock) -> None:
    """Warn whenever somebody has asked, for as long as the worker runs; what a crash left is found on the next look."""
    with store.wake.subscribe(kinds=(KIND,)) as bell:
        while True:
            try:
                await warn_once(store, now=clock())
            except Busy:
                log.warning("inquiries_wait")
            if await bell.wait(LOOK_SECONDS):
                await asyncio.sleep(AFTER.total_seconds())


async def _warn(session: AsyncSession, town: str, *, now: datetime) -> int:
    done = await _upto(session, town)
    rows = list(await session.scalars(
        select(Event).where(Event.kind == KIND, Event.sequence > done.value, Event.created_at <= now - AFTER)
        .order_by(Event.sequence)
    ))
    for row in rows:
        await restriction.warn(session, asking=row.conversation_id, at=row.created_at)
        done.value = row.sequence
    return len(rows)


async def _upto(session: AsyncSession, town: str) -> Counter:
    """The counter's row, locked; made where there is none."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(insert(Counter).values(municipality_id=town, name=KIND, value=0).on_conflict_do_nothing())
    own = select(Counter).where(Counter.municipality_id == town, Counter.name == KIND)
    return (await session.scalars(own.with_for_update())).one()
