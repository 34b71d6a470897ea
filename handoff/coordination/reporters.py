"""What must not reach somebody who reported a household: a reply to them says nothing of the case.

Looks at what staff have written before it is sent: names, agencies, meetings, and the very words of plan and papers.
Must not know how replies are sent.
"""

import re
import unicodedata
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.store.models import Case, CaseAgency, CaseEntry, CasePerson, CaseTicket, SupportPlan, Ticket, TicketWindow

TOLD = (
    "この案件は、知らせてくれた人のものです。世帯の人の名前、かかわる機関、支援の中身を伝える言葉が入っています。"
    "消してから送ってください（知らせてくれたことへのお礼と、このあとのことは伝えられないことは書けます）"
    " / The reply would tell a reporter about the case"
)
RUN = 8
"""Signs in a row that are no chance: as many of a plan's or an assessment's words in a reply are quoted from it."""
WRITTEN = ("application", "assessment", "outreach", "participation", "monitoring")
SHORTEST_NAME = 2
COORDINATING = "調整"
"""The role of the desk that holds the threads: everybody may know that it is there."""
_BETWEEN_NAMES = re.compile(r"[\s・（）()、，]+")
_FORM = re.compile(r"^(公益|一般)?(財団|社団|社会福祉|医療|学校|特定非営利活動)法人")


async def would_tell(session: AsyncSession, ticket: Ticket, text: str) -> bool:
    """Whether a reply on this ticket tells a reporter something of the case behind it. False for all other tickets."""
    case = await case_behind(session, ticket.id)
    if case is None:
        return False
    plain = _close(text)
    names = [*await _people(session, case), *await _agencies(session, case, ticket)]
    if any(name in plain for name in names):
        return True
    return any(_quotes(plain, _close(words)) for words in await _words(session, case))


async def case_behind(session: AsyncSession, ticket_id: UUID) -> Case | None:
    """The case that a reporter's ticket has led to. None for all other tickets."""
    return await session.scalar(
        select(Case).join(CaseTicket, CaseTicket.case_id == Case.id)
        .where(CaseTicket.ticket_id == ticket_id, CaseTicket.reporter.is_(True))
    )


async def _people(session: AsyncSession, case: Case) -> list[str]:
    people = await session.scalars(select(CasePerson).where(CasePerson.case_id == case.id))
    return [part for person in people for part in _parts(person.body["name"])]


async def _agencies(session: AsyncSession, case: Case, ticket: Ticket) -> list[str]:
    own = set(await session.scalars(select(TicketWindow.window_id).where(TicketWindow.ticket_id == ticket.id)))
    rows = await session.scalars(select(CaseAgency).where(CaseAgency.case_id == case.id))
    others = [row.body for row in rows if row.window_id not in own]
    return [part for body in others if body["role"] != COORDINATING for part in _parts(_FORM.sub("", body["name"]))]


async def _words(session: AsyncSession, case: Case) -> list[str]:
    """What was written about the support: goals, actions, entries."""
    drafted = await session.scalars(select(SupportPlan).where(SupportPlan.case_id == case.id))
    written = await session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case.id, CaseEntry.kind.in_(WRITTEN))
    )
    found = [text for plan in drafted for text in (plan.body["goal"], *(one["what"] for one in plan.body["actions"]))]
    return [*found, *(text for entry in written for text in entry.body.values() if isinstance(text, str))]


def _parts(name: str) -> Iterator[str]:
    return (part for part in {*_BETWEEN_NAMES.split(name), _close(name)} if len(part) >= SHORTEST_NAME)


def _close(text: str) -> str:
    """Without spaces and in one form, so that a name is found however it is set."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _quotes(reply: str, words: str) -> bool:
    return any(words[at : at + RUN] in reply for at in range(len(words) - RUN + 1))
