"""Opening a case to print it: what the papers are filled from. Who may, `desk.access` decides; it is recorded twice,

as a reading of the case and as a paper that was made. Knows no paper.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import consent, course, documents
from handoff.coordination.access import NotYours, seen_by
from handoff.coordination.cases import label
from handoff.desk.access import open_for, read_by
from handoff.desk.introduction import Sheet
from handoff.desk.queue import TicketLine
from handoff.desk.staff import SignedIn
from handoff.desk.thread import TicketView, look
from handoff.desk.veil import Veil, of_writer, reported
from handoff.forms.concerns import Read
from handoff.privacy import audit
from handoff.store.models import Case, CasePerson, CaseTicket, Contact, Conversation, DecisionRecord
from knowledge.schema import Town

FAMILY = frozenset({"parent", "grandparent", "child", "spouse", "sibling", "other_family"})
Name = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that a paper may need. writer: the name that the writer gave, where they did; assessed: what the case of this
    consultation says of each person who has agreed to share, by how they are called there; handed: what a つなぐシート
    may hold, to whom and why; veil: over who only reported.
    """

    view: TicketView
    read: Read
    writer: str
    town: Town
    made_by: str
    made_at: datetime
    name: Name
    assessed: tuple[tuple[str, str], ...] = ()
    handed: Sheet | None = None
    veil: Veil = Veil()

    @property
    def reported(self) -> bool:
        """Whether somebody outside the household told of it: neither they nor their words are the household's papers."""
        return reported(self.view.ticket)

    @property
    def about_writer(self) -> bool:
        """Whether the writer writes of themselves alone."""
        return self.view.ticket.summary.about == ("self",) and self.view.ticket.caller in (None, "self")

    @property
    def by_family(self) -> bool:
        """Whether the writer is of the family. Anybody else who tells of a household is named on none of its papers."""
        ticket = self.view.ticket
        if ticket.caller not in (None, "self"):
            return ticket.caller == "family"
        about = set(ticket.summary.about) - {"self"}
        return bool(about) and about <= FAMILY

    @property
    def how_to_reach(self) -> str:
        """What was told about being telephoned, as it was told; not by who told of somebody else, or did not say who they are."""
        if self.reported or self.view.ticket.caller == "unknown":
            return ""
        wish = self.view.ticket.wish
        return " ".join(part for part in (wish.number, wish.time) if part) if wish else ""


async def note_paper(
    session: AsyncSession, staff: SignedIn, number: str, *, paper: str, to: str | None = None, now: datetime
) -> None:
    """That the case is opened and this paper made of it, for good before anything is read. to: whom it goes to. NotYours."""
    held = await open_for(session, staff, number, now=now)
    await audit.record(session, action=f"paper_{paper}", staff_id=staff.id, ticket_id=held.ticket.id, reason=to, now=now)


async def read_file(
    session: AsyncSession, staff: SignedIn, number: str, *, town: Town, name: Name, now: datetime, handed: Sheet | None = None
) -> CaseFile:
    """A case for a paper that `note_paper` has recorded, in a reading session: nobody who writes waits for it. NotYours."""
    await read_by(session, staff, number)
    found = await look(session, staff, number)
    ticket = found.ticket
    writer = await session.scalar(
        select(Contact).join(Conversation, Conversation.contact_id == Contact.id)
        .where(Conversation.id == ticket.conversation_id)
    )
    return CaseFile(
        view=found, read=await _read(session, found), writer=(writer.name or "") if writer else "", town=town,
        made_by=staff.name or staff.login, made_at=now, name=name, handed=handed,
        assessed=await _assessed(session, staff, ticket.id), veil=await _veil(session, ticket),
    )


async def _assessed(session: AsyncSession, staff: SignedIn, ticket_id: UUID) -> tuple[tuple[str, str], ...]:
    """Nothing for a report, a restricted case, or who may not see the case: then it is as if there were none."""
    case = await session.scalar(
        select(Case).join(CaseTicket, CaseTicket.case_id == Case.id)
        .where(CaseTicket.ticket_id == ticket_id, CaseTicket.reporter.is_(False), Case.restricted.is_(False))
    )
    if case is None:
        return ()
    try:
        await seen_by(session, staff, case.number)
    except NotYours:
        return ()
    answers, entries = await consent.known(session, case), await course.entries(session, case, "assessment")
    people = await session.scalars(select(CasePerson).where(CasePerson.case_id == case.id).order_by(CasePerson.id))
    pairs = [
        (label(one, open_to=True), documents.newest(entries, one.id, "assessment")) for one in people
        if consent.holds(answers, one.id, "share").given
    ]
    return tuple((called, entry.body["text"]) for called, entry in pairs if entry is not None)


async def _veil(session: AsyncSession, ticket: TicketLine) -> Veil:
    """Who did not say who they are may have told of somebody else."""
    return await of_writer(session, ticket.conversation_id) if reported(ticket) or ticket.caller == "unknown" else Veil()


async def _read(session: AsyncSession, found: TicketView) -> Read:
    """Needs and topics of the newest judgement, dangers of the ticket, which keeps them all."""
    decision = await session.scalar(
        select(DecisionRecord).where(DecisionRecord.conversation_id == found.ticket.conversation_id)
        .order_by(DecisionRecord.upto_sequence.desc(), DecisionRecord.created_at.desc()).limit(1)
    )
    body = decision.body if decision is not None else {}
    of_household = (need for member in found.ticket.summary.household for need in member.needs)
    needs = dict.fromkeys((*body.get("needs", ()), *of_household))
    return Read(crisis=found.ticket.crisis, needs=tuple(needs), topics=tuple(body.get("topics", ())))
