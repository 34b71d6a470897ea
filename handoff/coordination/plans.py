"""支援プラン: drafted, approved by a meeting, final only as this town's plan says, drafted anew, ended.

Nothing is called final before it is: where a plan holds アウトリーチ等 or 参加支援 and the pack asks for it, the town
itself decides after the meeting. A row is one version; a newer draft leaves it standing until it takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import course, tasks
from handoff.coordination.access import Held, NotYours, of_the_town, person_of
from handoff.coordination.agenda import Moment, wanted_at
from handoff.coordination.eligibility import may_call
from handoff.desk.answers import LONGEST_NOTE, clean
from handoff.desk.staff import SignedIn
from handoff.privacy import audit
from handoff.store.ids import new_id
from handoff.store.models import Case, MeetingRecord, SupportPlan
from knowledge.schema import Finality, Meeting, Town

State = Literal["draft", "approved", "final", "replaced", "ended", "suspended"]
Holds = Literal["only_programmes", "programmes_and_more", "no_programmes"]
STATE_NAMES: dict[State, str] = {
    "draft": "プラン案", "approved": "会議で了承ずみ（町の支援決定を待っています。まだ確定していません）", "final": "確定",
    "replaced": "前の版", "ended": "終結", "suspended": "中断",
}
PROGRAMMES = {"outreach": "アウトリーチ等", "participation": "参加支援", "other": "ほかの支援"}
MOST_ACTIONS = 12


class NotReady(ValueError):
    """The step before is missing, or is another's to take. The text says which, for officials."""


@dataclass(frozen=True, slots=True)
class Action:
    """Who does what. programme: outreach | participation | other."""

    agency: str
    what: str
    programme: str = "other"


def holds_of(actions: Sequence[Action]) -> Holds:
    """What a plan holds of the town's two programmes: it decides how the plan becomes final."""
    own = [action.programme != "other" for action in actions]
    if all(own):
        return "only_programmes"
    return "programmes_and_more" if any(own) else "no_programmes"


def rule_for(meeting: Meeting | None, holds: str) -> Finality | None:
    """The pack's rule for such a plan; None where the meeting's approval is all."""
    rules = meeting.finality if meeting else ()
    return next((rule for rule in rules if rule.holds == holds), None)


def finality_of(town: Town) -> dict[str, str]:
    """How plans become final here, by what they hold, in the pack's words; empty where the pack says nothing."""
    kinds: tuple[Holds, ...] = ("only_programmes", "programmes_and_more", "no_programmes")
    meeting = next((one for one in town.meetings if one.kind == "plan" and one.status == "running"), None)
    return {holds: rule.label if (rule := rule_for(meeting, holds)) else "" for holds in kinds}


def after_approval(rule: Finality | None) -> State:
    """What a meeting's approval makes of a draft."""
    return "approved" if rule is not None and rule.final_after == "town_decision" else "final"


async def draft(
    session: AsyncSession, staff: SignedIn, held: Held, person_id: UUID, *, goal: str, actions: Sequence[Action],
    monitor_at: datetime, reason: str, town: Town, now: datetime,
) -> SupportPlan:
    """A new version; with a plan in force it is a 再プラン and needs its reason. NotYours, NotReady, BadText."""
    await person_of(session, held.case, person_id)
    before = await of_person(session, person_id)
    anew = any(plan.state == "final" for plan in before)
    _check_draft(actions, monitor_at, now)
    row = SupportPlan(
        id=new_id(now), municipality_id=held.case.municipality_id, created_at=now, data_key_id=held.case.data_key_id,
        data_key=held.case.data_key, case_id=held.case.id, person_id=person_id, state="draft",
        version=max((plan.version for plan in before), default=0) + 1, holds=holds_of(actions), monitor_at=monitor_at,
        staff_id=staff.id, body={
            "goal": clean(goal, longest=LONGEST_NOTE), "actions": [_kept(action) for action in actions],
            "reason": clean(reason, longest=LONGEST_NOTE) if anew else reason.strip(),
        },
    )
    for plan in before:
        plan.state = "replaced" if plan.state in ("draft", "approved") else plan.state
    session.add(row)
    await session.flush()
    course.advance(session, held.case, staff, to="plan_draft", now=now)
    _want_meeting(session, held.case, person_id, "changed" if anew else "drafted", town=town, now=now)
    await audit.record(session, action="plan_drafted", staff_id=staff.id, reason=held.case.number, now=now)
    return row


async def approve(
    session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, town: Town, now: datetime
) -> SupportPlan:
    """The meeting has approved it. Those who call the meeting write it down. NotReady."""
    held = await _held_meeting(session, plan)
    meeting = _in_pack(town, held.pack_meeting) if held else None
    if plan.state != "draft" or meeting is None:
        raise NotReady("会議を開いたあとで（「開催ずみ」にしてから）、了承を記録してください。")
    if not may_call(staff, town, meeting):
        raise NotReady(f"{meeting.name}を招集する窓口が記録します。")
    rule = rule_for(meeting, plan.holds)
    plan.approved_at = now
    if after_approval(rule) == "final":
        await _make_final(session, staff, case, plan, now=now)
    else:
        plan.state = "approved"
        tasks.add(session, kind="decision", case=case, person_id=plan.person_id, due_at=_soon(now), now=now)
    if rule is not None and rule.report_to_town:
        tasks.add(session, kind="report", case=case, person_id=plan.person_id, due_at=_soon(now), now=now)
    await audit.record(session, action="plan_approved", staff_id=staff.id, reason=case.number, now=now)
    return plan


async def decide(
    session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, confirmed_rest: bool, town: Town,
    now: datetime,
) -> SupportPlan:
    """町の支援決定: by the town's own staff; where the plan holds more, the rest is confirmed with it. NotReady."""
    if plan.state != "approved":
        raise NotReady("会議の了承のあとで決定します。")
    if not of_the_town(staff, town):
        raise NotReady(f"支援決定は{town.name}の職員だけができます。")
    if plan.holds == "programmes_and_more" and not confirmed_rest:
        raise NotReady("両事業の決定といっしょに、ほかの支援の内容も確認してください。")
    plan.decided_at = now
    await tasks.settle(session, case, kind="decision", person_id=plan.person_id, now=now)
    await _make_final(session, staff, case, plan, now=now)
    await audit.record(session, action="plan_decided", staff_id=staff.id, reason=case.number, now=now)
    return plan


async def report(session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, now: datetime) -> None:
    """Told to the town. NotReady."""
    if plan.state != "final":
        raise NotReady("確定したプランを報告します。")
    plan.reported_at = now
    await tasks.settle(session, case, kind="report", person_id=plan.person_id, now=now)
    await audit.record(session, action="plan_reported", staff_id=staff.id, reason=case.number, now=now)


async def monitor(
    session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, text: str, next_at: datetime, now: datetime
) -> None:
    """How it goes, and when to look again. NotReady, BadText."""
    if plan.state != "final" or next_at <= now:
        raise NotReady("確定したプランについて、次の日付（今日より後）といっしょに記録してください。")
    body = {"text": clean(text, longest=LONGEST_NOTE), "version": plan.version}
    course.add(session, case, staff, kind="monitoring", person_id=plan.person_id, body=body, next_at=next_at, now=now)
    plan.monitor_at = next_at
    await tasks.settle(session, case, kind="monitoring", person_id=plan.person_id, now=now)
    tasks.add(session, kind="monitoring", case=case, person_id=plan.person_id, due_at=next_at, now=now)
    course.advance(session, case, staff, to="review", now=now)


async def want_end(session: AsyncSession, case: Case, plan: SupportPlan, *, moment: Moment, town: Town, now: datetime) -> None:
    """Somebody thinks of an end or a pause: the meeting that the pack wants for it becomes a task. NotReady."""
    if plan.state != "final":
        raise NotReady("確定したプランだけを終結・中断できます。")
    _want_meeting(session, case, plan.person_id, moment, town=town, now=now)


async def end(
    session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, reached: str, follow_up: str, town: Town,
    now: datetime,
) -> None:
    """終結: the goal is reached; said by the meeting where the pack wants it. NotReady, BadText."""
    if plan.state != "final":
        raise NotReady("確定したプランだけを終結できます。")
    await check_meeting(session, plan, "ended", town=town)
    body = {"reached": clean(reached, longest=LONGEST_NOTE), "follow_up": clean(follow_up, longest=LONGEST_NOTE)}
    course.add(session, case, staff, kind="ended", person_id=plan.person_id, body=body, now=now)
    await close(session, staff, case, plan, state="ended", reason=body["reached"], now=now)


async def close(
    session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, state: Literal["ended", "suspended"],
    reason: str, now: datetime,
) -> None:
    """The plan rests; the case too when no other person's goes on."""
    plan.state, plan.ended_at = state, now
    for kind in ("monitoring", "meeting", "report", "decision"):
        await tasks.settle(session, case, kind=kind, person_id=plan.person_id, now=now)
    if not [one for one in await of_case(session, case) if one.state in ("draft", "approved", "final")]:
        course.go_to(session, case, staff, to=state, reason=reason, now=now)
    await audit.record(session, action=f"plan_{state}", staff_id=staff.id, reason=case.number, now=now)


async def of_person(session: AsyncSession, person_id: UUID) -> list[SupportPlan]:
    """The newest version first."""
    wanted = select(SupportPlan).where(SupportPlan.person_id == person_id).order_by(SupportPlan.version.desc())
    return list(await session.scalars(wanted))


async def of_case(session: AsyncSession, case: Case) -> list[SupportPlan]:
    wanted = select(SupportPlan).where(SupportPlan.case_id == case.id)
    return list(await session.scalars(wanted.order_by(SupportPlan.person_id, SupportPlan.version.desc())))


async def plan_of(session: AsyncSession, case: Case, plan_id: UUID) -> SupportPlan:
    """A plan of this case, locked. NotYours."""
    plan = await session.scalar(select(SupportPlan).where(SupportPlan.id == plan_id).with_for_update(of=SupportPlan))
    if plan is None or plan.case_id != case.id:
        raise NotYours
    return plan


async def check_meeting(session: AsyncSession, plan: SupportPlan, moment: Moment, *, town: Town) -> None:
    """NotReady where the pack wants a meeting at this moment and none was held since the plan became final."""
    wanted = wanted_at(town, moment)
    if wanted is None:
        return
    meeting, name = wanted
    there = await session.scalar(select(func.count()).select_from(MeetingRecord).where(
        MeetingRecord.person_id == plan.person_id, MeetingRecord.state == "held", MeetingRecord.occasion == name,
        MeetingRecord.created_at >= plan.created_at,
    ))
    if not there:
        raise NotReady(f"先に{meeting.name}（{name}）を開いてください。")


async def _make_final(
    session: AsyncSession, staff: SignedIn, case: Case, plan: SupportPlan, *, now: datetime
) -> None:
    for other in await of_person(session, plan.person_id):
        if other.id != plan.id and other.state == "final":
            other.state = "replaced"
            await tasks.settle(session, case, kind="monitoring", person_id=plan.person_id, now=now)
    plan.state, plan.final_at = "final", now
    tasks.add(session, kind="monitoring", case=case, person_id=plan.person_id, due_at=plan.monitor_at, now=now)
    course.advance(session, case, staff, to="support", now=now)


async def _held_meeting(session: AsyncSession, plan: SupportPlan) -> MeetingRecord | None:
    """The plan meeting on this person that was held after the draft was written."""
    return await session.scalar(
        select(MeetingRecord).where(
            MeetingRecord.person_id == plan.person_id, MeetingRecord.kind == "plan", MeetingRecord.state == "held",
            MeetingRecord.created_at >= plan.created_at,
        ).order_by(MeetingRecord.created_at.desc()).limit(1)
    )


def _in_pack(town: Town, meeting_id: str) -> Meeting | None:
    return next((meeting for meeting in town.meetings if meeting.id == meeting_id), None)


def _want_meeting(
    session: AsyncSession, case: Case, person_id: UUID, moment: Moment, *, town: Town, now: datetime
) -> None:
    wanted = wanted_at(town, moment)
    if wanted is not None:
        meeting, name = wanted
        tasks.add(
            session, kind="meeting", case=case, person_id=person_id, meeting=meeting, occasion=name,
            due_at=now + tasks.MEETING_WITHIN, now=now,
        )


def _check_draft(actions: Sequence[Action], monitor_at: datetime, now: datetime) -> None:
    if not 0 < len(actions) <= MOST_ACTIONS:
        raise NotReady(f"だれが何をするかを、1つから{MOST_ACTIONS}まで書いてください。")
    if monitor_at <= now:
        raise NotReady("モニタリングの日は、今日より後にしてください。")


def _kept(action: Action) -> dict[str, str]:
    programme = action.programme if action.programme in PROGRAMMES else "other"
    return {
        "agency": clean(action.agency, longest=LONGEST_NOTE), "what": clean(action.what, longest=LONGEST_NOTE),
        "programme": programme,
    }


def _soon(now: datetime) -> datetime:
    return now + tasks.MEETING_WITHIN
