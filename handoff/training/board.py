"""The coordinator's board of the training town: a case in every stage, made by the coordinator's own acts, in the past.

Nothing is written here that the room of coordination would refuse: the cases get to their stages as real ones do.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.coordination import cases, consent, documents, meetings, outreach, participation, plans
from handoff.coordination.access import Held, coordinated_by
from handoff.coordination.agenda import Moment, occasion
from handoff.coordination.consent import Answer
from handoff.coordination.course import STAGES, Stage
from handoff.coordination.plans import Action
from handoff.desk.staff import SignedIn
from handoff.store.db import Store
from handoff.store.models import Case, CasePerson, SupportPlan, Ticket
from knowledge.schema import Meeting, Town

COMPANY = "架空製作所（れんしゅう用）"
IN_VAIN = (("visit", "留守だった。メモを残した。"), ("around", "民生委員にたずねた。"), ("letter", "手紙を送った。返事はまだない。"))


@dataclass(frozen=True, slots=True)
class Scene:
    """One case on its way: whose, by whom, when. today: dates to come are counted from it."""

    session: AsyncSession
    staff: SignedIn
    held: Held
    person: CasePerson
    town: Town
    now: datetime
    today: datetime

    @property
    def meeting(self) -> Meeting:
        return next(one for one in self.town.meetings if one.kind == "plan" and one.status == "running")

    async def plan(self) -> SupportPlan:
        return (await plans.of_person(self.session, self.person.id))[-1]


async def ensure_board(store: Store, town: Town, *, staff: SignedIn, now: datetime) -> int:
    """Make the cases where the town has none yet; how many were made. staff: the training town's coordinator."""
    async with store.town(town.id) as session:
        if await session.scalar(select(func.count(Case.id))):
            return 0
        found = await _fit(session)
        for stage, ticket in zip(reversed(STAGES), found, strict=False):
            await _bring(session, staff, ticket, to=stage, town=town, today=now)
        return min(len(STAGES), len(found))


async def _fit(session: AsyncSession) -> list[Ticket]:
    """Flagged tickets, the oldest first, which go furthest: those with somebody in their household."""
    rows = await session.scalars(
        select(Ticket).where(
            Ticket.coordinator.is_(True), Ticket.restricted.is_(False), Ticket.status != "resolved"
        ).order_by(Ticket.created_at)
    )
    return [row for row in rows if any(not one.get("deceased") for one in (row.summary or {}).get("household", ()))]


async def _bring(
    session: AsyncSession, staff: SignedIn, ticket: Ticket, *, to: Stage, town: Town, today: datetime
) -> None:
    steps = WAY[to]
    began = ticket.first_answer_at or ticket.created_at
    each = (today - began) / (len(steps) + 2)
    case = await cases.open_from(session, staff, ticket.number, town=town, now=began + each)
    await session.flush()
    person = (await session.scalars(select(CasePerson).where(CasePerson.case_id == case.id).order_by(CasePerson.id))).first()
    assert person is not None
    for place, step in enumerate(steps, start=2):
        held = await coordinated_by(session, staff, case.number)
        await step(Scene(session, staff, held, person, town, began + each * place, today))
        await session.flush()


async def _apply(scene: Scene) -> None:
    answer = Answer("share", "given", "町、社会福祉協議会", "telephone", "2026-11", str(scene.person.id))
    await consent.record(scene.session, scene.staff, scene.held.case, scene.person.id, answer=answer, now=scene.now)
    await documents.apply(
        scene.session, scene.staff, scene.held.case, scene.person.id, how="visit", wishes="いまの暮らしを続けたい",
        now=scene.now,
    )


async def _assess(scene: Scene) -> None:
    text = "暮らしの様子を、本人といっしょに確かめた。困っていることは、ひとつの窓口では足りない。（れんしゅう用）"
    await documents.assess(scene.session, scene.staff, scene.held.case, scene.person.id, text=text, now=scene.now)


async def _draft(scene: Scene) -> None:
    actions = [Action("社会福祉協議会", "週に1回たずねる", "other"), Action("福祉係", "手つづきにつきそう", "other")]
    await plans.draft(
        scene.session, scene.staff, scene.held, scene.person.id, goal="安心して暮らしを続ける", actions=actions,
        monitor_at=scene.today + timedelta(days=20), reason="", town=scene.town, now=scene.now,
    )


async def _call(scene: Scene, moment: Moment = "drafted") -> None:
    await meetings.call(
        scene.session, scene.staff, scene.held, scene.person.id, meeting_id=scene.meeting.id,
        occasion=occasion(scene.meeting, moment) or scene.meeting.triggers[0], purpose="", at=None, town=scene.town,
        now=scene.now,
    )


async def _hold(scene: Scene) -> None:
    row = (await meetings.of_case(scene.session, scene.held.case))[0]
    await meetings.hold(
        scene.session, scene.staff, row, minutes="それぞれの役割を確かめた。", decisions="案のとおり進める。", present=[],
        town=scene.town, now=scene.now,
    )


async def _support(scene: Scene) -> None:
    await _hold(scene)
    await plans.approve(scene.session, scene.staff, scene.held.case, await scene.plan(), town=scene.town, now=scene.now)


async def _review(scene: Scene) -> None:
    await participation.follow(
        scene.session, scene.staff, scene.held, scene.person.id, resource_id=participation.COMPANY, result="goes_on",
        words="", next_at=scene.today + timedelta(days=10), town=scene.town, company=COMPANY, now=scene.now,
    )
    await plans.monitor(
        scene.session, scene.staff, scene.held.case, await scene.plan(), text="約束の日に会えている。",
        next_at=scene.today + timedelta(days=30), now=scene.now,
    )


async def _end(scene: Scene) -> None:
    await _call(scene, "ended")
    await scene.session.flush()
    await _hold(scene)
    await plans.end(
        scene.session, scene.staff, scene.held.case, await scene.plan(), reached="自分で窓口に来られるようになった。",
        follow_up="季節の変わり目に電話する。", town=scene.town, now=scene.now,
    )


async def _suspend(scene: Scene) -> None:
    for place, (means, words) in enumerate(IN_VAIN):
        await outreach.attempt(
            scene.session, scene.staff, scene.held, scene.person.id, means=means, result="no_contact", words=words,
            next_at=scene.today + timedelta(days=place + 1), now=scene.now,
        )
        await scene.session.flush()
    await _call(scene, "suspended")
    await scene.session.flush()
    await _hold(scene)
    await outreach.suspend(
        scene.session, scene.staff, scene.held, scene.person.id, reason="三つのやり方で連絡をとったが、会えていない。",
        town=scene.town, now=scene.now,
    )


Step = Callable[[Scene], Awaitable[None]]
_LINE: tuple[Step, ...] = (_apply, _assess, _draft, _call, _support, _review)
WAY: dict[Stage, Sequence[Step]] = {
    **{stage: _LINE[:place] for place, stage in enumerate(STAGES[: len(_LINE) + 1])},
    "ended": (*_LINE, _end), "suspended": (*_LINE[:-1], _suspend),
}
"""What brings a case to each stage."""
