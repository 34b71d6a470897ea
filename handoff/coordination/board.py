"""The board: a town's cases by stage, as one member of staff may see them, and the flags that wait for a case.

Plain lines; reads only what the asker may see. Knows no screens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import tasks
from handoff.coordination.access import kept_out, may_see
from handoff.coordination.course import STAGES, Stage
from handoff.desk.queue import Filters, TicketLine, list_for
from handoff.desk.staff import SignedIn
from handoff.store.models import Case, CaseAgency, CaseTask, CaseTicket

MOST = 500
LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case on the board. agencies: name and role; next_at: the earlier of what was planned and what is due."""

    number: str
    stage: str
    restricted: bool
    household: str
    next_step: str
    next_at: datetime | None
    agencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DueLine:
    """A dated task. case: None where it belongs to none, or to one that is not theirs."""

    task: CaseTask
    case: CaseLine | None


async def board(session: AsyncSession, staff: SignedIn) -> Mapping[Stage, list[CaseLine]]:
    """Every stage, in order, with its cases by next date."""
    wanted = select(Case).where(Case.id.not_in(kept_out(staff))).order_by(Case.created_at.desc()).limit(MOST)
    rows = list(await session.scalars(wanted))
    agencies: dict[UUID, list[CaseAgency]] = {row.id: [] for row in rows}
    for agency in await session.scalars(select(CaseAgency).where(CaseAgency.case_id.in_(list(agencies)))):
        agencies[agency.case_id].append(agency)
    due = await _due(session, list(agencies))
    found: dict[Stage, list[CaseLine]] = {stage: [] for stage in STAGES}
    for row in rows:
        if may_see(staff, row, agencies[row.id]):
            stage = next(stage for stage in STAGES if stage == row.stage)
            found[stage].append(line_of(row, agencies[row.id], due.get(row.id)))
    for lines in found.values():
        lines.sort(key=lambda line: (line.next_at or LAST, line.number))
    return found


def line_of(case: Case, agencies: Sequence[CaseAgency], due: datetime | None) -> CaseLine:
    dates = [date for date in (case.next_at, due) if date is not None]
    body = case.body
    return CaseLine(
        number=case.number, stage=case.stage, restricted=case.restricted, household=body["household"],
        next_step=body["next"], next_at=min(dates, default=None),
        agencies=tuple((agency.body["name"], agency.body["role"]) for agency in sorted(agencies, key=lambda one: one.id)),
    )


async def due(session: AsyncSession, staff: SignedIn, cases: Sequence[CaseLine]) -> list[DueLine]:
    """The dated tasks that concern them, by day, with the case on their board that each belongs to."""
    by_number = {line.number: line for line in cases}
    found = await tasks.open_tasks(session, staff)
    wanted = {task.case_id for task in found}
    rows = await session.execute(select(Case.id, Case.number).where(Case.id.in_(wanted)))
    lines = {row.id: by_number.get(row.number) for row in rows}
    return [DueLine(task, lines.get(task.case_id) if task.case_id else None) for task in found]


async def flagged(session: AsyncSession, staff: SignedIn) -> list[TicketLine]:
    """Tickets with the coordinator's flag that no case holds yet."""
    lines = await list_for(session, staff, Filters(coordinator=True, limit=MOST))
    taken = set(await session.scalars(select(CaseTicket.ticket_id)))
    return [line for line in lines if line.id not in taken]


async def _due(session: AsyncSession, cases: Sequence[UUID]) -> dict[UUID, datetime]:
    """The first open date of each case."""
    found: dict[UUID, datetime] = {}
    rows = await session.scalars(select(CaseTask).where(CaseTask.case_id.in_(cases), CaseTask.done_at.is_(None)))
    for task in rows:
        if task.case_id is not None:
            found[task.case_id] = min(task.due_at, found.get(task.case_id, task.due_at))
    return found
