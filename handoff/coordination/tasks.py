"""Dated tasks: what the pack's moments, a plan's monitoring and an open attempt ask for, on a day.

Ids and the pack's own words only; nothing here says who it is about.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination.access import coordinating, kept_out
from handoff.desk.hours import TOKYO, is_working_day
from handoff.desk.staff import SignedIn
from handoff.desk.tickets import fiscal_year
from handoff.store.ids import new_id
from handoff.store.models import Case, CaseAgency, CaseTask
from knowledge.schema import Meeting, Town

KIND_NAMES = {
    "meeting": "会議を開く", "monitoring": "モニタリング", "round": "定期の会議を開く", "report": "町に報告する",
    "decision": "町の支援決定を受ける", "outreach": "もう一度つながる", "participation": "参加の場のその後を聞く",
    "slip": "連絡票を返してもらう",
}
MEETING_WITHIN = timedelta(days=14)
CLOSES_AT = 12


def add(
    session: AsyncSession, *, kind: str, due_at: datetime, now: datetime, case: Case | None = None,
    person_id: UUID | None = None, meeting: Meeting | None = None, occasion: str | None = None, town: str | None = None,
) -> CaseTask:
    """town: where there is no case."""
    task = CaseTask(
        id=new_id(now), municipality_id=case.municipality_id if case else town, created_at=now,
        case_id=case.id if case else None, person_id=person_id, kind=kind,
        pack_meeting=meeting.id if meeting else None, occasion=occasion, due_at=due_at, details={},
    )
    session.add(task)
    return task


async def open_tasks(session: AsyncSession, staff: SignedIn, *, case: Case | None = None) -> list[CaseTask]:
    """By day. Of a case; else of the cases that the asker sees (`access.may_see`): a coordinator the whole town's."""
    wanted = select(CaseTask).where(CaseTask.done_at.is_(None)).order_by(CaseTask.due_at, CaseTask.id)
    if case is not None:
        return list(await session.scalars(wanted.where(CaseTask.case_id == case.id)))
    wanted = wanted.where(or_(CaseTask.case_id.is_(None), CaseTask.case_id.not_in(kept_out(staff))))
    if coordinating(staff):
        return list(await session.scalars(wanted))
    open_ones = and_(Case.restricted.is_(False), CaseAgency.window_id.in_(sorted(staff.windows)))
    own = select(CaseAgency.case_id).join(Case, Case.id == CaseAgency.case_id).where(
        or_(CaseAgency.staff_id == staff.id, open_ones)
    )
    return list(await session.scalars(wanted.where(CaseTask.case_id.in_(own))))


async def settle(
    session: AsyncSession, case: Case, *, kind: str, now: datetime, person_id: UUID | None = None,
    occasion: str | None = None,
) -> None:
    """What was waited for has come: such tasks of the case (of the person, of the occasion) are done."""
    wanted = select(CaseTask).where(CaseTask.case_id == case.id, CaseTask.kind == kind, CaseTask.done_at.is_(None))
    if person_id is not None:
        wanted = wanted.where(CaseTask.person_id == person_id)
    if occasion is not None:
        wanted = wanted.where(CaseTask.occasion == occasion)
    for task in await session.scalars(wanted):
        task.done_at = now


async def ensure_rounds(session: AsyncSession, town: Town, *, now: datetime) -> None:
    """The regular meetings that the plan counts by the year stand in the calendar, with or without cases."""
    year = fiscal_year(now)
    for meeting in town.meetings:
        if not meeting.rounds or meeting.status != "running":
            continue
        known = await session.scalars(
            select(CaseTask).where(CaseTask.kind == "round", CaseTask.pack_meeting == meeting.id)
        )
        there = {task.details.get("round") for task in known}
        for number in range(1, meeting.rounds + 1):
            mark = f"{year}-{number}"
            if mark not in there:
                task = add(
                    session, kind="round", due_at=_round_day(town, year, number, meeting.rounds), meeting=meeting,
                    occasion="事業の実施状況・実施方針の協議（ケースなし）", town=town.id, now=now,
                )
                task.details = {"round": mark}


async def settle_round(session: AsyncSession, town: Town, meeting: Meeting, *, now: datetime) -> None:
    """One such meeting without a case was held: one round is done, the longest due. A late one is made up for first."""
    await ensure_rounds(session, town, now=now)
    await session.flush()
    task = await session.scalar(
        select(CaseTask).where(
            CaseTask.kind == "round", CaseTask.pack_meeting == meeting.id, CaseTask.done_at.is_(None)
        ).order_by(CaseTask.due_at, CaseTask.id).limit(1)
    )
    if task is not None:
        task.done_at = now


def _round_day(town: Town, year: int, number: int, rounds: int) -> datetime:
    """The last working day of each equal part of the 年度, at noon; the day itself, people set."""
    months = 12 * number // rounds
    over = datetime(year + (3 + months) // 12, (3 + months) % 12 + 1, 1, CLOSES_AT, tzinfo=TOKYO)
    day = over - timedelta(days=1)
    while not is_working_day(town, day.date()):
        day -= timedelta(days=1)
    return day
