"""What a year's work on tangled cases comes to: meetings, cases talked over, plans, ends, places to take part.

Counted from the records of `handoff.coordination`, by the plans' own figures and as tables. Restricted cases stand in
no figure. No resident's words are read; of a place to take part only which place of the pack, or which company, it is,
of meetings and plans only which agencies were there and have something to do.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from handoff.coordination.participation import COMPANY
from handoff.desk.hours import TOKYO
from handoff.desk.search import plain
from handoff.figures.year import FiscalYear
from handoff.store.models import Case, CaseEntry, MeetingMember, MeetingRecord, SupportPlan
from knowledge.schema import Town

TAKES_PART = ("goes_on", "settled")
"""Results of a place to take part that say: this person has come to it."""
TOGETHER = 2
"""Agencies from which on a case is worked on together (関係機関との支援連携、協働ケース, 長泉町 5(5)①)."""
PLAN_NAMES = {
    "first": "はじめてのプラン", "anew": "再プラン", "ended": "終結", "suspended": "中断",
}


@dataclass(frozen=True, slots=True)
class Work:
    """A year's. meetings: by id of the pack, several matters of one day are one; reviews: matters talked over, by the
    same; plans: by `PLAN_NAMES`; cases: taken on in the year; together: cases that several agencies worked on in it, which
    is: sat together in a meeting on it that was held, or have something to do in a plan that was in force. That several
    stand on its list says nothing: whoever took a case in stands there beside the coordinator.
    """

    meetings: Mapping[str, int] = field(default_factory=dict)
    reviews: Mapping[str, int] = field(default_factory=dict)
    plans: Mapping[str, int] = field(default_factory=dict)
    cases: int = 0
    together: int = 0
    attempts: int = 0
    people_in_places: int = 0
    places_of_work: int = 0


async def work_of(session: AsyncSession, year: FiscalYear, town: Town) -> Work:
    """Read a year. A query or two a kind of record."""
    hidden = frozenset(await session.scalars(select(Case.id).where(Case.restricted.is_(True))))
    held = [one for one in await _held(session, year) if one.case_id not in hidden]
    entries = [one for one in await _entries(session, year) if one.case_id not in hidden]
    taken = await session.scalars(select(Case.id).where(_within(Case.created_at, year), Case.restricted.is_(False)))
    places = [one for one in entries if one.kind == "participation" and one.result in TAKES_PART]
    return Work(
        meetings=dict(Counter(pack for pack, _ in {(one.pack_meeting, _day(one.held_at)) for one in held})),
        reviews=dict(Counter(one.pack_meeting for one in held if one.case_id is not None)),
        plans=await _plans(session, year, hidden), cases=len(list(taken)),
        together=len((await _sat_together(session, held)) | (await _planned_together(session, year, hidden))),
        attempts=sum(one.kind == "outreach" for one in entries),
        people_in_places=len({one.person_id for one in places}), places_of_work=_of_work(places, town),
    )


async def counts(session: AsyncSession, year: FiscalYear, town: Town) -> Mapping[str, int]:
    """The same by the ids of the packs' `indicators`."""
    work = await work_of(session, year, town)
    kinds = {meeting.id: meeting.kind for meeting in town.meetings}
    of_kind = {kind: sum(n for one, n in work.meetings.items() if kinds.get(one) == kind) for kind in ("plan", "support")}
    return {
        "plan_meetings": of_kind["plan"], "support_meetings": of_kind["support"],
        "case_reviews": sum(work.reviews.values()), "joint_cases": work.together,
        "plans": work.plans["first"] + work.plans["anew"], "replans": work.plans["anew"],
        "closed_cases": work.plans["ended"], "suspended_cases": work.plans["suspended"],
        "participation_people": work.people_in_places, "participation_partners": work.places_of_work,
    }


async def _held(session: AsyncSession, year: FiscalYear) -> Sequence[MeetingRecord]:
    wanted = select(MeetingRecord).where(MeetingRecord.state == "held", _within(MeetingRecord.held_at, year))
    return list(await session.scalars(wanted.order_by(MeetingRecord.held_at)))


async def _entries(session: AsyncSession, year: FiscalYear) -> Sequence[CaseEntry]:
    return list(await session.scalars(select(CaseEntry).where(_within(CaseEntry.at, year), CaseEntry.kind != "stage")))


async def _plans(session: AsyncSession, year: FiscalYear, hidden: frozenset[UUID]) -> dict[str, int]:
    """Plans that became final in the year, and those that ended in it. 再プラン: an earlier one of the person was final."""
    finals = select(SupportPlan).where(SupportPlan.final_at.is_not(None)).order_by(SupportPlan.final_at)
    found: Counter[str] = Counter(dict.fromkeys(PLAN_NAMES, 0))
    had: set[UUID] = set()
    for plan in await session.scalars(finals):
        if plan.case_id in hidden:
            continue
        if plan.final_at is not None and year.start <= plan.final_at < year.end:
            found["anew" if plan.person_id in had else "first"] += 1
        if plan.state in ("ended", "suspended") and plan.ended_at and year.start <= plan.ended_at < year.end:
            found[plan.state] += 1
        had.add(plan.person_id)
    return dict(found)


async def _sat_together(session: AsyncSession, held: Sequence[MeetingRecord]) -> set[UUID]:
    """Cases with a meeting of the year to which people of several agencies came."""
    of = {one.id: one.case_id for one in held if one.case_id is not None}
    came = defaultdict[UUID, list[str]](list)
    wanted = select(MeetingMember).where(MeetingMember.meeting_id.in_(list(of)), MeetingMember.attended.is_(True))
    for member in await session.scalars(wanted):
        came[member.meeting_id].append(member.body["agency"])
    return {of[meeting] for meeting, names in came.items() if _different(names) >= TOGETHER}


async def _planned_together(session: AsyncSession, year: FiscalYear, hidden: frozenset[UUID]) -> set[UUID]:
    """Cases with a final plan, in force at some time of the year, in which several agencies have something to do."""
    finals = select(SupportPlan).where(SupportPlan.final_at.is_not(None), SupportPlan.final_at < year.end)
    followed: dict[UUID, datetime | None] = {}
    found = set()
    for plan in await session.scalars(finals.order_by(SupportPlan.version.desc())):
        over = plan.ended_at or (followed.get(plan.person_id) if plan.state == "replaced" else None)
        followed[plan.person_id] = plan.final_at
        does = [action["agency"] for action in plan.body["actions"]]
        if plan.case_id not in hidden and (over is None or over >= year.start) and _different(does) >= TOGETHER:
            found.add(plan.case_id)
    return found


def _different(names: Sequence[str]) -> int:
    """Agencies by name, however written: 社会福祉協議会 and 長泉町社会福祉協議会 are one."""
    plainly = {plain("".join(name.split())) for name in names if name.strip()}
    return sum(not any(name != other and name in other for other in plainly) for name in plainly)


def _of_work(places: Sequence[CaseEntry], town: Town) -> int:
    """Places of work of the pack, and companies that staff wrote down: each once, however its name is spaced."""
    working = {resource.id for resource in town.resources if resource.kind == "work"}
    named = {plain("".join(one.body["name"].split())) for one in places if one.body["resource"] == COMPANY}
    return len({one.body["resource"] for one in places} & working) + len(named)


def _within(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], year: FiscalYear
) -> ColumnElement[bool]:
    return and_(column >= year.start, column < year.end)


def _day(when: datetime | None) -> str:
    return when.astimezone(TOKYO).date().isoformat() if when else ""
