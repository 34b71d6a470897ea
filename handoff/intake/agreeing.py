"""A resident's tap on what staff asked in the chat: may this body hear these things. Theirs alone, and theirs to take back.

The buttons carry the body's name, so that an old one still says what it is about. Whether a yes is consent hangs on who
writes, which staff said when they asked; what is said back names nobody, for it may stand on a locked screen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Choice, Outgoing
from handoff.coordination import buttons
from handoff.intake.taps import plain
from handoff.intake.voice import Voice
from handoff.privacy import audit
from handoff.store.models import BodyQuestion, Conversation

Answer = Literal["given", "refused", "unsure", "withdrawn"]
LABELS: dict[Answer, str] = {"given": "pass_yes", "refused": "pass_no", "unsure": "pass_unsure", "withdrawn": "pass_stop"}
VALUES: dict[Answer, str] = {
    "given": "渡していい（{body}）", "refused": "やめておく（{body}）", "unsure": "わからない（{body}）", "withdrawn": "渡すのをやめる（{body}）",
}
"""What a button sends, in every language: staff read it in the thread."""
TAKEN_BACK = ("やっぱりやめる", "渡すのをやめる", "渡すのをやめたい")
"""Written by hand where one yes stands: it can mean nothing else."""
ASKED: tuple[Answer, ...] = ("given", "refused", "unsure")
STOPS: frozenset[Answer] = frozenset({"refused", "withdrawn"})
OVER = ("withdrawn", "closed")
NOTED = "body_asked"
"""In the dialogue's state: something was asked here, so taps may be answers. It stays when a matter ends."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A tap on the buttons of one question."""

    question: UUID
    answer: Answer


async def taps_of(session: AsyncSession, conversation_id: UUID) -> Mapping[str, Agreed]:
    """The texts that answer what was asked in a conversation; of two questions about one body, the newer one."""
    rows = (await session.scalars(
        select(BodyQuestion).where(BodyQuestion.conversation_id == conversation_id).order_by(BodyQuestion.id)
    )).all()
    found = {
        plain(VALUES[answer].format(body=row.told["name"])): Agreed(row.id, answer) for row in rows for answer in VALUES
    }
    given = [row for row in rows if row.status == "given"]
    if len(given) == 1:
        found |= {plain(text): Agreed(given[0].id, "withdrawn") for text in TAKEN_BACK}
    return found


def asked(voice: Voice, body: str) -> tuple[Choice, ...]:
    """The buttons under the question."""
    return voice.choices((LABELS[one], VALUES[one].format(body=body)) for one in ASKED)


async def record(
    session: AsyncSession, conversation: Conversation, taps: Sequence[Agreed], *, voice: Voice, now: datetime
) -> tuple[Outgoing, ...]:
    """Keep what was tapped, in order; what is said to it. The caller holds the conversation's row."""
    said = []
    for tap in taps:
        row = await session.get(BodyQuestion, tap.question)
        if row is not None and row.conversation_id == conversation.id:
            said.append(await _one(session, row, tap.answer, voice=voice, now=now))
    return tuple(dict.fromkeys(said))


async def _one(session: AsyncSession, row: BodyQuestion, answer: Answer, *, voice: Voice, now: datetime) -> Outgoing:
    case = await buttons.hold(session, row.ticket_id)
    if case is not None:  # staff may have written down a no meanwhile
        await session.refresh(row)
    if row.status in OVER:
        return Outgoing(voice.say("pass_over"))
    if answer in STOPS:
        await _stop_others(session, row, now=now)
    buttons.answer(row, _becomes(row.status, answer), now=now)
    await buttons.note(session, case, row, now=now)
    await audit.record(session, action=f"passing_{row.status}", staff_id=None, ticket_id=row.ticket_id, now=now)
    match row.status:
        case "given":
            again = voice.choices([(LABELS["withdrawn"], VALUES["withdrawn"].format(body=row.told["name"]))])
            return Outgoing(voice.say("pass_yes_told" if row.own else "pass_writer_told"), choices=again)
        case "withdrawn":
            return Outgoing(voice.say("pass_stop_told"))
        case "refused":
            return Outgoing(voice.say("pass_no_told"))
    return Outgoing(voice.say("pass_unsure_told"))


def _becomes(status: str, answer: Answer) -> Answer:
    """A no after a yes takes it back; taking back what was never given is a no."""
    if answer in STOPS:
        return "withdrawn" if status == "given" else "refused"
    return answer


async def _stop_others(session: AsyncSession, row: BodyQuestion, *, now: datetime) -> None:
    """A no to a body is a no to all that was said of it before."""
    for other in await session.scalars(select(BodyQuestion).where(
        BodyQuestion.conversation_id == row.conversation_id, BodyQuestion.body_id == row.body_id,
        BodyQuestion.status == "given", BodyQuestion.id != row.id,
    )):
        buttons.answer(other, "withdrawn", now=now)
        await buttons.note(session, await buttons.hold(session, other.ticket_id), other, now=now)
