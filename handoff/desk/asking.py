"""Asking the resident in the chat whether a body may hear something: exactly which body, exactly which items, by button.

Their tap is kept by `intake.agreeing`; here is who may ask, whether who writes can say yes at all, and what became of it.
A yes of somebody else than the person concerned is shown as what it is, and never counts as consent (`recipients.of_chat`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.coordination import partners, reporters
from handoff.desk.access import hold_conversation
from handoff.desk.answers import LONGEST_ANSWER, BadText, SendsNothing, clean, note_answer
from handoff.desk.handover import unresolved
from handoff.desk.introduction import ON_REFERRAL, Item, named
from handoff.desk.outsiders import UNKNOWN, is_report
from handoff.desk.staff import SignedIn
from handoff.intake import agreeing, outbox
from handoff.intake.crisis import LIVELIHOOD
from handoff.intake.spoken import SPOKEN
from handoff.intake.state import State
from handoff.intake.voice import JAPANESE, Voice
from handoff.privacy import audit
from handoff.store.events import emit
from handoff.store.ids import new_id
from handoff.store.models import BodyQuestion, Conversation, Ticket
from knowledge.schema import Town

Writer = Literal["self", "other", "unclear"]
ITEMS: tuple[Item, ...] = (*ON_REFERRAL, "thread")
OPEN = ("waiting", "unsure", "refused")
REPORTS = "知らせてくれた人には、本人のことを渡してよいかを聞けません。本人に、電話や訪問で聞いてください。"
INSIDE = "町の窓口と委託先には、聞かなくても引き継げます。「ほかの窓口に引き継ぎを相談する」を使ってください。"
NO_ITEM = "渡すものを、一つ以上えらんでください。"
NO_WRITER = "このやりとりを書いている人が、渡す話の本人かどうかをえらんでください。"
NOT_THEIRS = "書いている人は、別の人のことを書いています。書いた人の考えとして聞くことはできますが、本人の同意にはなりません。"


class NotAsked(ValueError):
    """This cannot be asked in the chat. The text says why and what to do, for officials."""


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """What was asked and what became of it. status: as `BodyQuestion`; own: a yes of theirs is consent."""

    id: UUID
    body: str
    items: tuple[str, ...]
    own: bool
    status: str
    at: datetime
    answered_at: datetime | None


def writer_is(ticket: Ticket) -> Writer:
    """Whether who writes is the person concerned, as far as triage has read it; staff say where it is not clear."""
    about = set((ticket.summary or {}).get("about", ())) - {UNKNOWN}
    if about == {"self"}:
        return "self"
    return "unclear" if "self" in about or not about else "other"


async def ask(
    session: AsyncSession, staff: SignedIn, number: str, *, body: str, other: str, items: Sequence[str], own: bool | None,
    words: str, town: Town, speak: Callable[[str], Voice], now: datetime,
) -> int:
    """Send the question with its buttons; the sequence of the message. body, other: as `partners.picked`; words: of their own,
    before it; own: whether who writes is the person concerned; speak: the town's voice in a language.

    NotYours, OnlyAsked, Resolved, SendsNothing, NotAsked, NoSuchBody, BadText.
    """
    conversation = await hold_conversation(session, number)
    ticket = (await unresolved(session, staff, number)).ticket
    if conversation.channel in SPOKEN:
        raise SendsNothing
    if is_report(ticket) or await reporters.case_behind(session, ticket.id) is not None:
        raise NotAsked(REPORTS)
    _check(ticket, items, own)
    found = await partners.picked(session, staff, body, other, town=town, now=now)
    if found.own:
        raise NotAsked(INSIDE)
    voice = speak(conversation.language)
    ordered = [one for one in ITEMS if one in items]
    question = _worded(voice, found.name, ordered)
    text = f"{clean(words, longest=LONGEST_ANSWER)}\n\n{question}" if words.strip() else question
    if len(text.encode("utf-16-le")) // 2 > LONGEST_ANSWER:
        raise BadText("文が長すぎます。短くしてください / The text is too long")
    await _close_older(session, conversation, found.id)
    session.add(BodyQuestion(
        id=new_id(now), municipality_id=ticket.municipality_id, created_at=now, data_key_id=conversation.data_key_id,
        data_key=conversation.data_key, conversation_id=conversation.id, ticket_id=ticket.id, staff_id=staff.id, body_id=found.id,
        items=ordered, own=bool(own), status="waiting",
        body={"name": found.name, "text": question, "what": named(ordered), "answers": []},
    ))
    said = Outgoing(text, choices=agreeing.asked(voice, found.name))
    sequence = await _send(session, staff, conversation, ticket, said, now=now)
    await audit.record(session, action="passing_asked", staff_id=staff.id, ticket_id=ticket.id, reason=found.id, now=now)
    return sequence


def _check(ticket: Ticket, items: Sequence[str], own: bool | None) -> None:
    if not items or not set(items) <= set(ITEMS):
        raise NotAsked(NO_ITEM)
    if own is None:
        raise NotAsked(NO_WRITER)
    if own and writer_is(ticket) == "other":
        raise NotAsked(NOT_THEIRS)


def _worded(voice: Voice, body: str, items: Sequence[Item]) -> str:
    between = "、" if voice.language in (*JAPANESE, "zh") else ", "
    return voice.say("pass_ask", body=body, items=between.join(voice.say(f"pass_{one}") for one in items))


async def _close_older(session: AsyncSession, conversation: Conversation, body: str) -> None:
    """What was asked about this body and not answered with yes is asked anew; a yes stands until it is taken back."""
    for row in await session.scalars(select(BodyQuestion).where(
        BodyQuestion.conversation_id == conversation.id, BodyQuestion.body_id == body, BodyQuestion.status.in_(OPEN)
    )):
        row.status = "closed"


async def _send(
    session: AsyncSession, staff: SignedIn, conversation: Conversation, ticket: Ticket, said: Outgoing, *, now: datetime
) -> int:
    conversation.holder = "staff"
    quiet = bool(set(ticket.crisis) - LIVELIHOOD) or ticket.restricted
    (message,) = await outbox.enqueue(session, conversation, [said], sender="staff", staff_id=staff.id, quiet=quiet, now=now)
    state = State.from_json(conversation.dialogue or {})
    conversation.dialogue = state.noting(agreeing.NOTED).as_json()
    note_answer(ticket, staff, now=now)
    await emit(session, kind="ticket_changed", conversation_id=conversation.id, ticket_id=ticket.id)
    return message.sequence


async def lines(session: AsyncSession, ticket_id: UUID) -> tuple[QuestionLine, ...]:
    """What was asked on a ticket, the newest first."""
    rows = await session.scalars(select(BodyQuestion).where(BodyQuestion.ticket_id == ticket_id).order_by(BodyQuestion.id.desc()))
    return tuple(
        QuestionLine(row.id, row.told["name"], tuple(row.items), row.own, row.status, row.created_at, row.answered_at) for row in rows
    )
