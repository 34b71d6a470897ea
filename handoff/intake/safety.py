"""When and how a resident may be reached, and who must not know: understood, kept, honoured on every channel.

What is understood of a text is data (`knowledge/base/safe_contact.yaml`). The outbox holds what we send on our own in a
quiet time; an answer to what the resident has just written is never held, a crisis answer least of all.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from handoff.desk.confining import confine
from handoff.desk.hours import TOKYO
from handoff.privacy import audit
from handoff.store import ahead
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import Conversation, Message, OutboxItem, SafeContactWish, Ticket
from knowledge.schema.contact_ways import SafeContact

FOR_GOOD = timedelta(days=3650)
JUST_WRITTEN = timedelta(minutes=10)
"""An answer within this time of the resident's own message finds them at the screen."""
ONLY = "_only"
_CLAUSE = re.compile(r"[。．.！!？?\n、，,]+")
_SENTENCE = re.compile(r"[。．.！!？?\n]+")
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """quiet: ids of times (`night`), with `_only` for "nothing outside it"; avoid: ways; hide_from: who must not know;

    only_answers: nothing of our own accord, only answers to what the resident writes; known_staff: no member of staff who
    knows them is to see it; hides: they have gone from somebody near, or do not want them to know where they are.
    """

    quiet: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    hide_from: tuple[str, ...] = ()
    only_answers: bool = False
    known_staff: bool = False
    hides: bool = False

    def __bool__(self) -> bool:
        return self != Wish()

    def with_more(self, other: "Wish") -> "Wish":
        """Both: a later wish adds to an earlier one."""
        def joined(one: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
            return tuple(dict.fromkeys((*one, *more)))

        return Wish(
            joined(self.quiet, other.quiet), joined(self.avoid, other.avoid), joined(self.hide_from, other.hide_from),
            self.only_answers or other.only_answers, self.known_staff or other.known_staff, self.hides or other.hides,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Wish":
        return cls(
            tuple(data.get("quiet", ())), tuple(data.get("avoid", ())), tuple(data.get("hide_from", ())),
            bool(data.get("only_answers")), bool(data.get("known_staff")), bool(data.get("hides")),
        )


def understood(text: str, words: SafeContact) -> Wish:
    """What a text says about reaching its writer; an empty wish when it says nothing."""
    plain = unicodedata.normalize("NFKC", text)
    found = Wish(known_staff=any(_from_known_staff(sentence, words) for sentence in _SENTENCE.split(plain)))
    for clause in _CLAUSE.split(plain):
        if clause and not _has(clause, words.hearsay):
            found = found.with_more(_of_clause(clause, words))
    near = {person.label for person in words.people if person.near is not None}
    gone = any(_has(sentence, words.gone) and not _has(sentence, words.hearsay) for sentence in _SENTENCE.split(plain))
    return replace(found, hides=gone and not near.isdisjoint(found.hide_from))


def _from_known_staff(sentence: str, words: SafeContact) -> bool:
    """Its parts stand in one sentence, often with a comma between: who works there, how they are known, and the wish."""
    parts = (words.known_staff.offices, words.known_staff.known, words.known_staff.refused)
    return all(_has(sentence, part) for part in parts) and not _has(sentence, words.hearsay)


def _of_clause(clause: str, words: SafeContact) -> Wish:
    times = [entry.id for entry in words.times if _has(clause, entry.words)]
    times = [one for one in times if not (one == "evening" and "night" in times)]
    declined = _has(clause, words.declined)
    avoid = tuple(way.id for way in words.ways if _has(clause, way.words) and (declined or _has(clause, way.declined)))
    hide = _people(clause, words) if _has(clause, words.hidden) else ()
    own = _has(clause, words.own_initiative)
    quiet: tuple[str, ...] = ()
    about_us = avoid or _has(clause, ("送", "連絡", "返事", "返信", "電話", "LINE", "ライン", "メール"))
    if times and _has(clause, words.only) and about_us:
        quiet = tuple(one + ONLY for one in times)
        avoid = ()
    elif times and (avoid or (declined and (about_us or _bare(clause, words)))):
        quiet = tuple(times)
    return Wish(quiet, avoid if not own else (), hide, own)


def _bare(clause: str, words: SafeContact) -> bool:
    """A time and a refusal with next to nothing beside them (「朝は困ります」)."""
    rest = clause
    for word in sorted((*words.declined, *(one for entry in words.times for one in entry.words)), key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest.strip(" はがもに、")) <= 2


def _people(clause: str, words: SafeContact) -> tuple[str, ...]:
    """Who is named, the longest name first (元夫 is not 夫, 父親 not 親)."""
    found: dict[int, str] = {}
    pairs = sorted(((word, person.label) for person in words.people for word in person.words), key=lambda pair: -len(pair[0]))
    rest = clause
    for word, label in pairs:
        at = rest.find(word)
        if at >= 0:
            found.setdefault(at, label)
            rest = rest.replace(word, "\0" * len(word))
    return tuple(dict.fromkeys(found[at] for at in sorted(found)))


def _has(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def told(wish: Wish, words: SafeContact) -> str:
    """The wish in one line for staff, and for the resident to see that it was understood."""
    labels = {entry.id: (entry.label, entry.start, entry.end) for entry in words.times}
    parts = []
    if wish.only_answers:
        parts.append("本人から書いたときだけ")
    for one in wish.quiet:
        label, start, end = labels.get(one.removesuffix(ONLY), (one, "", ""))
        span = f"{label}（{start.lstrip('0')}〜{end.lstrip('0')}）"
        parts.append(f"{span}だけ" if one.endswith(ONLY) else f"{span}は送らない")
    ways = {way.id: way.label for way in words.ways}
    parts += [f"{ways[one]}はしない" for one in wish.avoid if one in ways]
    if wish.hide_from:
        parts.append(f"{'・'.join(wish.hide_from)}に知られないように")
    if wish.known_staff:
        parts.append("知り合いの職員には見せない")
    return "、".join(parts)


def allowed_at(wish: Wish, words: SafeContact, now: datetime) -> datetime | None:
    """When we may next write on our own: `now` itself, later, or None for never (only answers)."""
    if wish.only_answers or "message" in wish.avoid:
        return None
    minute = now
    for _ in range(2 * 24 * 4):  # quarters of an hour, two days
        if not any(_quiet(one, words, minute) for one in wish.quiet):
            return minute
        local = minute.astimezone(TOKYO)
        minute = minute + timedelta(minutes=15 - local.minute % 15, seconds=-local.second, microseconds=-local.microsecond)
    return None


def _quiet(one: str, words: SafeContact, at: datetime) -> bool:
    found = next((entry for entry in words.times if entry.id == one.removesuffix(ONLY)), None)
    if found is None:
        return False
    start, end, clock = time.fromisoformat(found.start), time.fromisoformat(found.end), at.astimezone(TOKYO).time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    return inside != one.endswith(ONLY)


# --- kept ---------------------------------------------------------------------------------------------------------


async def wish_of(session: AsyncSession, conversation_id: UUID) -> Wish:
    """What a resident has wished; an empty wish when nothing."""
    rows = await ahead.rows(session, of_conversations, conversation_id)
    return Wish.from_json(rows[0].wish) if rows else Wish()


def kept_apart(words: SafeContact | None) -> frozenset[str]:
    """What partners and parents are called: who names one of them is not to be brought together with them."""
    people = words.people if words is not None else ()
    return frozenset(one for person in people if person.near in ("partner", "parent") for one in (person.label, *person.words))


async def keeping_secret(
    session: AsyncSession, conversations: Sequence[UUID], *, people: frozenset[str]
) -> frozenset[UUID]:
    """Those whose residents have named one of these people as somebody that must not know."""
    rows = await session.scalars(of_conversations(conversations))
    return frozenset(row.conversation_id for row in rows if not people.isdisjoint(Wish.from_json(row.wish).hide_from))


async def keep(session: AsyncSession, conversation: Conversation, wish: Wish, *, now: datetime) -> None:
    """Put a wish in place of the one before. The caller holds the conversation."""
    short = replace(wish, hide_from=tuple(name[:LONGEST_NAME] for name in wish.hide_from))
    rows = await ahead.rows(session, of_conversations, conversation.id)
    if not rows:
        row = SafeContactWish(
            id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
            data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
            changed_at=now, wish=asdict(short),
        )
        session.add(row)
        rows.append(row)
    else:
        rows[0].wish, rows[0].changed_at = asdict(short), now
    await emit(session, kind="message", conversation_id=conversation.id)


HIDING = "hiding"
REASONS = {
    "wished_hidden": "本人の希望（知り合いの職員に見せない）",
    HIDING: "本人のことば（家を出た、または居場所を、身近な人に知られないようにしている）",
}


async def hide(session: AsyncSession, conversation_id: UUID, *, now: datetime) -> None:
    """閲覧制限 on the open ticket of who wished that no staff they know see it, or hides from somebody near.

    Once a ticket for each: a coordinator may lift it.
    """
    wish = await wish_of(session, conversation_id)
    wanted = [mark for mark, wished in (("wished_hidden", wish.known_staff), (HIDING, wish.hides)) if wished]
    if not wanted:
        return
    ticket = await session.scalar(
        select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.status != "resolved")
        .order_by(Ticket.created_at.desc()).limit(1).with_for_update(of=Ticket)
    )
    fresh = [] if ticket is None else [mark for mark in wanted if not ticket.state.get(mark)]
    if ticket is None or not fresh:
        return
    await confine(session, ticket)
    ticket.state = {**ticket.state, **dict.fromkeys(fresh, True)}
    for mark in fresh:
        await audit.record(session, action="restricted", staff_id=None, ticket_id=ticket.id, reason=REASONS[mark], now=now)
    await emit(session, kind="ticket_changed", conversation_id=conversation_id, ticket_id=ticket.id)


def of_conversations(conversations: Sequence[UUID]) -> Select[SafeContactWish]:
    """What their residents have wished; one row each."""
    return select(SafeContactWish).where(SafeContactWish.conversation_id.in_(conversations))


# --- honoured -----------------------------------------------------------------------------------------------------


async def going(
    session: AsyncSession, rows: Sequence[OutboxItem], words: SafeContact | None, *, now: datetime
) -> list[OutboxItem]:
    """The rows that may go out now. The others are set aside as `held` until they may (for good where never).

    A held row does not stand in the way of an answer to what the resident writes meanwhile.
    """
    if words is None or not rows:
        return list(rows)
    found = await session.scalars(
        select(SafeContactWish).where(SafeContactWish.conversation_id.in_({row.conversation_id for row in rows}))
    )
    wishes = {one.conversation_id: Wish.from_json(one.wish) for one in found}
    return [
        row for row in rows
        if row.conversation_id not in wishes
        or not await _held(session, row, wishes[row.conversation_id], words, now=now)
    ]


async def _held(session: AsyncSession, row: OutboxItem, wish: Wish, words: SafeContact, *, now: datetime) -> bool:
    allowed = allowed_at(wish, words, now)
    if allowed == now or await _answers(session, row, now=now):
        return False
    row.status, row.error = "held", "safe_contact"
    row.due_at = allowed or now + FOR_GOOD
    await emit(session, kind="delivery", conversation_id=row.conversation_id, municipality_id=row.municipality_id)
    return True


async def _answers(session: AsyncSession, row: OutboxItem, *, now: datetime) -> bool:
    """Whether the resident is at the screen for it: the bot answers what they have just written, they have written
    since it was set aside, or they have tapped for a fresh link just now (it stands for no message).
    """
    if row.first_sequence == 0:
        return now - row.created_at <= JUST_WRITTEN
    first = await session.scalar(
        select(Message.sender)
        .where(Message.conversation_id == row.conversation_id, Message.sequence == row.first_sequence)
    )
    written = await session.scalar(
        select(func.max(Message.created_at))
        .where(Message.conversation_id == row.conversation_id, Message.sender == "resident")
    )
    if written is None or now - written > JUST_WRITTEN:
        return False
    return first == "bot" or written >= row.created_at


async def release(session: AsyncSession, *, now: datetime) -> None:
    """Held rows whose time has come, or whose resident has come back to the screen, return to the queue.

    The latter only after what answers them: help does not wait behind a message about tomorrow.
    """
    back = (
        select(Message.id)
        .where(Message.conversation_id == OutboxItem.conversation_id, Message.sender == "resident")
        .where(Message.created_at >= OutboxItem.created_at, Message.created_at > now - JUST_WRITTEN)
        .exists()
    )
    answer = aliased(OutboxItem)
    answering = (
        select(answer.id)
        .where(answer.conversation_id == OutboxItem.conversation_id, answer.status.in_(["queued", "sending"]))
        .exists()
    )
    rows = await session.scalars(
        select(OutboxItem).where(OutboxItem.status == "held", or_(OutboxItem.due_at <= now, and_(back, ~answering)))
        .with_for_update(skip_locked=True, of=OutboxItem)
    )
    for row in rows:
        row.status, row.error, row.due_at = "queued", None, now
