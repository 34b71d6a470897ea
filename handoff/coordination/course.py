"""支援経過 and the stages of a case: what was done is added, never changed; a stage goes on as the work goes on."""

from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.staff import SignedIn
from handoff.store.ids import new_id
from handoff.store.models import Case, CaseEntry

Stage = Literal[
    "intake", "application", "assessment", "plan_draft", "meeting", "support", "review", "ended", "suspended"
]
STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_NAMES: dict[Stage, str] = {
    "intake": "受付", "application": "利用申込", "assessment": "アセスメント", "plan_draft": "プラン案", "meeting": "会議",
    "support": "支援中", "review": "評価", "ended": "終結", "suspended": "中断",
}
CLOSED: tuple[Stage, ...] = ("ended", "suspended")


class NoSuchStage(ValueError):
    """Not in the closed list, or one that is reached another way: an end by a plan's end, a pause by attempts."""


def add(
    session: AsyncSession, case: Case, staff: SignedIn, *, kind: str, body: dict[str, Any], now: datetime,
    person_id: UUID | None = None, means: str | None = None, result: str | None = None, next_at: datetime | None = None,
) -> CaseEntry:
    """Write an entry."""
    entry = CaseEntry(
        id=new_id(now), municipality_id=case.municipality_id, created_at=now, data_key_id=case.data_key_id,
        data_key=case.data_key, case_id=case.id, person_id=person_id, kind=kind, means=means, result=result, at=now,
        next_at=next_at, staff_id=staff.id, body=body,
    )
    session.add(entry)
    return entry


async def entries(session: AsyncSession, case: Case, *kinds: str) -> list[CaseEntry]:
    """The newest first; of these kinds, of all where none is named."""
    wanted = select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.at.desc(), CaseEntry.id.desc())
    return list(await session.scalars(wanted.where(CaseEntry.kind.in_(kinds)) if kinds else wanted))


def advance(session: AsyncSession, case: Case, staff: SignedIn, *, to: Stage, now: datetime) -> None:
    """Go on to a stage that the work has reached; never back, and never out of an end."""
    if case.stage in CLOSED or STAGES.index(to) <= list[str](STAGES).index(case.stage):
        return
    go_to(session, case, staff, to=to, reason=None, now=now)


def go_to(
    session: AsyncSession, case: Case, staff: SignedIn, *, to: Stage, reason: str | None, now: datetime
) -> None:
    """Change the stage and write down from where, and why where somebody chose it."""
    body = {"from": case.stage, "to": to, "reason": reason}
    add(session, case, staff, kind="stage", body=body, now=now)
    case.stage = to
    case.closed_at = now if to in CLOSED else None


def choose(session: AsyncSession, case: Case, staff: SignedIn, *, to: str, reason: str, now: datetime) -> None:
    """A person sets the stage by hand. NoSuchStage, BadText. Ends are `plans.end`, `plans.suspend`."""
    found = next((stage for stage in STAGES if stage == to and stage not in CLOSED), None)
    if found is None or found == case.stage:
        raise NoSuchStage(to)
    go_to(session, case, staff, to=found, reason=clean(reason, longest=LONGEST_NOTE), now=now)
