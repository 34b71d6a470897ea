"""Which states refuse an act: state × act, cell by cell. `test_matrix` says whose role may use a route; this, when it is
refused all the same, and that the refusal says why. An act of the desk that is not in the table fails the build.

Nothing that is refused changes anything, so that all cells share one town.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from sqlalchemy import select

from api.routes import console_acts, coordination
from handoff.coordination import cases, meetings
from handoff.coordination.access import NotCoordinating, held_by
from handoff.coordination.buttons import NotUnplaced
from handoff.coordination.cases import AlreadyInCase, KeptPerson, NoGroundYet, NoSuchAgency, NotFlagged
from handoff.coordination.consent import Answer, NotTheirs
from handoff.coordination.course import NoSuchStage
from handoff.coordination.papers import NoSuchMember, NotConvening, SecrecyFirst, Stopped
from handoff.coordination.taxes import TaxSecret
from handoff.desk import closing, custody, handover
from handoff.desk.access import OnlyAsked
from handoff.desk.answers import BadText, Resolved, SendsNothing
from handoff.desk.closing import Ending, NoSuchAttempt
from handoff.desk.custody import AlreadyTaken, NoSuchOutcome
from handoff.desk.handover import NoOffer, NoSuchWindow, OfferOpen
from handoff.desk.introduction import NoGround, NothingToConfirm, OwnWindow
from handoff.desk.reception import NoSuchWay, Written
from handoff.desk.restriction import NoSuchColleague, NotAllowed
from handoff.desk.staff import SignedIn
from handoff.desk.unsent import NothingToDecide
from handoff.forms.assessment import NotShared
from handoff.store.db import Store
from handoff.store.models import Conversation, Ticket
from tests.api.test_coordination import Desk, app, desk
from tests.api.test_matrix import FOUND
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import NOW, Hire, Household, flagged
from tests.handoff.coordination.test_meetings import member, requested, support
from tests.handoff.coordination.test_plans import final

__all__ = ["app", "desk"]
database_url, towns, store, hire = room.database_url, room.towns, room.store, room.hire
fukkokai, official, shakyo, household = room.fukkokai, room.official, room.shakyo, room.household

NOBODY = "00000000-0000-7000-8000-000000000000"
T, C, M = "POST /staff/tickets/{number}", "POST /staff/cases/{number}", "POST /staff/meetings/{meeting}"
P = f"{C}/people/{{person}}"


@dataclass(frozen=True)
class Cell:
    """state: what the act is tried on (a key of `world`); who: login; says: a trouble's class, or a piece of the text."""

    state: str
    says: type[Exception] | str
    who: str = "shakyo"
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 409


def cell(state: str, says: type[Exception] | str, who: str = "shakyo", status: int = 409, /, **data: Any) -> Cell:
    return Cell(state, says, who, data, status)


def only_asked(**data: Any) -> Cell:
    return cell("asked", OnlyAsked, "fukuho", **data)


def resolved(**data: Any) -> Cell:
    return cell("done", Resolved, **data)


def not_coordinating(**data: Any) -> Cell:
    return cell("case", NotCoordinating, **data)


def first_promise(**data: Any) -> Cell:
    return cell("unpromised", SecrecyFirst, "fukko", **data)


TRY = {"means": "telephone", "result": "no_answer", "on": "2026-12-20"}
INTRODUCE = {"window": "nagaizumi.nobody", "reason": "家計", "basis": "telephone"}
ASK_BODY = {"window": "{other_body}", "items": ["words"], "own": "false"}
PLAN = {"goal": "家で暮らす", "at": "2026-12-20", "agency": "社協", "what": "訪ねる", "programme": "other"}

REFUSED: dict[str, tuple[Cell, ...]] = {
    f"{T}/reply": (resolved(text="はい"), only_asked(text="はい"), cell("spoken", SendsNothing, text="はい")),
    f"{T}/suggestion": (only_asked(), cell("plain", "この文は、この案件では使えません", suggestion="x")),
    f"{T}/assign": (
        resolved(), only_asked(), cell("plain", AlreadyTaken, expected=NOBODY),
        cell("plain", NoSuchColleague, to=NOBODY),
    ),
    f"{T}/move": (
        resolved(window="nagaizumi.fukushi_hoken", reason="お金"), only_asked(window="nagaizumi.fukushi_hoken", reason="お金"),
        cell("asked", OfferOpen, window="nagaizumi.fukushi_hoken", reason="お金"),
        cell("plain", NoSuchWindow, window="x", reason="お金"),
    ),
    f"{T}/answer": (cell("plain", NoOffer, how="accept"),),
    f"{T}/withdraw": (only_asked(), cell("plain", NoOffer)),
    f"{T}/retold": (only_asked(),),
    f"{T}/introduce": (
        resolved(**INTRODUCE), only_asked(**INTRODUCE), cell("plain", "その機関はありません", **INTRODUCE),
        cell("asked", OfferOpen, **{**INTRODUCE, "window": "{other_body}"}),
        cell("plain", NoGround, **{**INTRODUCE, "window": "{other_body}", "basis": "x"}),
    ),
    f"{T}/ask-body": (
        resolved(**ASK_BODY), only_asked(**ASK_BODY), cell("plain", "その機関はありません", **{**ASK_BODY, "window": "x"}),
        cell("plain", "渡すものを", **{**ASK_BODY, "items": []}), cell("plain", "聞かなくても引き継げます", **{**ASK_BODY, "window": "{window}"}),
        cell("spoken", SendsNothing, **ASK_BODY),
    ),
    f"{T}/bodies/aside": (cell("plain", NoSuchWindow, window="x", reason="x"),),
    f"{T}/referral": (cell("plain", OwnWindow, window="{window}", reason="x", basis="telephone"),),
    f"{T}/moves/{{move_id}}/confirm": (only_asked(taken="true"), cell("plain", NothingToConfirm, taken="true")),
    f"{T}/resolve": (
        resolved(outcome="informed"), only_asked(outcome="informed"), cell("asked", OfferOpen, outcome="informed"),
        cell("plain", NoSuchOutcome, outcome="not_ours"), cell("grave", closing.WITHOUT["check"], outcome="informed"),
        cell("plain", closing.WITHOUT["check"], outcome="not_wanted"),
        cell("plain", closing.WITHOUT["date"], outcome="not_wanted", check="電話で本人に"),
        cell("plain", closing.WITHOUT["missing"], outcome="no_resource"),
        cell("plain", closing.WITHOUT["attempts"], outcome="unreachable"),
        cell("restricted", closing.WITHOUT["attempts_restricted"], outcome="unreachable", check="x"),
        cell("plain", closing.WITHOUT["confirmed"], outcome="other_body"),
    ),
    f"{T}/reopen": (only_asked(),),
    f"{T}/attempt": (
        only_asked(**TRY), cell("plain", NoSuchAttempt, **{**TRY, "means": "fax"}),
        cell("plain", closing.WITHOUT["date"], **{**TRY, "on": ""}),
    ),
    f"{T}/follow": (only_asked(on="2026-12-20"), cell("plain", closing.WITHOUT["date"], on="2020-01-01")),
    f"{T}/call": (
        cell("plain", Written, **TRY, once=NOBODY), only_asked(**TRY, once=NOBODY),
        cell("spoken_done", Resolved, **TRY, once=NOBODY),
    ),
    f"{T}/lift": (cell("restricted", NotAllowed, reason="もうよい"),),
    f"{T}/name": (cell("restricted", NoSuchColleague, colleague=NOBODY),),
    f"{T}/received": (cell("plain", "受け取"),),
    f"{T}/safety": (cell("plain", "この確認は", check="x", how="見た"),),
    f"{T}/ties": (
        cell("plain", "同じ案件です", other="{plain}"), cell("plain", "閲覧制限の案件は", other="{restricted}"),
        cell("plain", "終わった案件は", other="{done}", kind="same"), cell("plain", "つなぎ方を", other="{spoken}", kind="x"),
    ),
    f"{T}/ties/{{link_id}}/part": (cell("plain", "そのつながりは、もうありません"),),
    f"{T}/unsent/{{item}}": (only_asked(choice="again"), cell("plain", NothingToDecide, choice="again")),
    f"{T}/disclosure": (cell("plain", "だれからの請求か"),),
    f"{T}/disclosure/confirm": (cell("plain", "受けている開示請求はありません"),),
    f"{T}/disclosure/decide": (cell("plain", "受けている開示請求はありません"),),
    f"{T}/disclosure/close": (cell("plain", "受けている開示請求はありません", outcome="handed"),),
    "POST /staff/reception": (
        cell("plain", NoSuchWay, words="x", window="nagaizumi.fukushi_hoken", channel="fax", once=NOBODY),
        cell("plain", NoSuchWindow, words="x", window="x", once=NOBODY),
        cell("plain", closing.WITHOUT["date"], words="x", window="nagaizumi.fukushi_hoken", on="2020-01-01", once=NOBODY),
    ),
    "POST /staff/cases": (
        cell("plain", NotCoordinating, ticket="{grave}"), cell("plain", NotFlagged, "fukko", ticket="{plain}"),
        cell("plain", AlreadyInCase, "fukko", ticket="{cased}"),
    ),
    "POST /staff/cases/flags": (
        cell("plain", NotFlagged, ticket="{plain}", reason="足りる"),
        cell("plain", AlreadyInCase, ticket="{cased}", reason="足りる"),
    ),
    f"{C}/tickets": (
        not_coordinating(ticket="{grave}"), cell("case", NotFlagged, "fukko", ticket="{plain}"),
        cell("case", AlreadyInCase, "fukko", ticket="{cased}"),
    ),
    f"{C}/people": (not_coordinating(relation="姉"),),
    P: (not_coordinating(relation="姉"),),
    f"{P}/drop": (not_coordinating(), cell("case", KeptPerson, "fukko")),
    f"{C}/agencies": (
        not_coordinating(window="nagaizumi.kodomo"), cell("case", NoSuchAgency, "fukko", window="x"),
        cell("case", AlreadyInCase, "fukko", window="{window}"), cell("unsaid", NoGroundYet, "fukko", window="{outside}"),
    ),
    f"{C}/stage": (not_coordinating(to="review", reason="x"), cell("case", NoSuchStage, "fukko", to="ended", reason="x")),
    f"{C}/next": (not_coordinating(what="訪ねる"),),
    f"{P}/consent": (
        cell("case", NotTheirs, item="share", status="given", answered_by="{brother}", how="visit", wording="2026-11", to_whom="x"),
        cell("case", "一覧から選んで", "shakyo", 422, item="share", status="x"),
    ),
    f"{P}/button": (not_coordinating(question=NOBODY), cell("case", NotUnplaced, "fukko", question=NOBODY)),
    f"{P}/application": (cell("case", "どのように申し込んだか", "shakyo", 422, how="fax", wishes="x"),),
    f"{P}/sheet": (cell("closed", NotShared, text="x"),),
    f"{P}/meetings": (
        cell("closed", "本人の同意", "fukko", 422, meeting="ichiban_ii", occasion="プラン策定後の評価時"),
        cell("case", "だけが招集できます", "fukko", 422, meeting="shien", occasion="x", purpose="暮らしを守るため"),
        cell("case", "どの場面の会議か", "fukko", 422, meeting="ichiban_ii", occasion="x"),
    ),
    f"{P}/requests": (
        not_coordinating(meeting="shien", purpose="x"),
        cell("case", "事務を円滑", "fukko", 422, meeting="shien", purpose="情報共有を円滑に行うため"),
    ),
    f"{P}/no-meeting": (not_coordinating(reason="x"),),
    f"{P}/plans": (not_coordinating(**PLAN), cell("case", "今日より後", "fukko", 422, **{**PLAN, "at": "2020-01-01", "reason": "x"})),
    f"{C}/plans/{{plan}}/approve": tuple(cell("draft", "会議を開いたあとで", who, 422) for who in ("fukko", "shakyo")),
    f"{C}/plans/{{plan}}/decide": (cell("draft", "会議の了承のあとで", "fukko", 422),),
    f"{C}/plans/{{plan}}/report": (not_coordinating(), cell("draft", "確定したプランを報告", "fukko", 422)),
    f"{C}/plans/{{plan}}/monitoring": (
        not_coordinating(text="x", at="2026-12-20"), cell("draft", "確定したプランについて", "fukko", 422, text="x", at="2026-12-20"),
    ),
    f"{C}/plans/{{plan}}/consider": (
        not_coordinating(moment="ended"), cell("draft", "確定したプランだけ", "fukko", 422, moment="ended"),
        cell("case", "終結か中断か", "fukko", 422, moment="x"),
    ),
    f"{C}/plans/{{plan}}/end": (
        not_coordinating(reached="x", follow_up="x"), cell("draft", "確定したプランだけ", "fukko", 422, reached="x", follow_up="x"),
        cell("case", "先に", "fukko", 422, reached="x", follow_up="x"),
    ),
    f"{P}/suspend": (not_coordinating(reason="x"), cell("case", "連絡を試してから", "fukko", 422, reason="x")),
    f"{P}/outreach": (cell("case", "", "shakyo", 422, means="fax", result="met"),),
    f"{P}/participation": (cell("case", "", "shakyo", 422, resource="x", result="settled"),),
    f"{P}/slips": (
        not_coordinating(to="x", ground="consent", way="paper"),
        cell("closed", "本人の同意の記録がありません", "fukko", 422, to="民生委員", ground="consent", way="paper", at="2026-12-20", watch="雨戸", tell="電話"),
    ),
    f"{C}/slips/{{slip}}/end": (not_coordinating(how="returned"),),
    "POST /staff/meetings": (cell("plain", "招集できません", "shakyo", 422, meeting="ichiban_ii", agenda="x"),),
    f"{M}/members": (
        first_promise(agency="x", login="shakyo"), cell("plan_meeting", NotConvening, agency="x", login="fukuho"), cell("plan_meeting", NoSuchMember, "fukko", agency="x", login="nobody"),
    ),
    f"{M}/items": (
        first_promise(source="agency", text="x"), cell("support_meeting", TaxSecret, "fukuho", source="tax", text="x"),
        cell("stopped", Stopped, "fukko", source="agency", text="x"),
    ),
    f"{M}/copies": (
        first_promise(of="{support_meeting}"), cell("stopped", Stopped, "fukko", of="{stopped}"),
    ),
    f"{M}/held": (
        first_promise(minutes="x", decisions="x"), cell("held", "予定の会議を", "fukko", 422, minutes="x", decisions="x"),
        cell("plan_meeting", "まだ来ていない日", "fukko", 422, minutes="x", decisions="x", on="2027-01-01"),
        cell("plan_meeting", "予定の会議を", "shakyo", 422, minutes="x", decisions="x"),
    ),
    f"{M}/day": (
        first_promise(at="2026-12-20"), cell("held", "予定の会議を", "fukko", 422, at="2026-12-20"),
        cell("plan_meeting", "招集する窓口だけ", "shakyo", 422, at="2026-12-20"),
        cell("plan_meeting", "過ぎた日", "fukko", 422, at="2020-01-01"),
    ),
    f"{M}/possible": (
        first_promise(at="2026-12-20"), cell("held", "予定の会議を", "fukko", 422, at="2026-12-20"),
        cell("plan_meeting", "招集する窓口だけ", "shakyo", 422, at="2026-12-20"),
        cell("plan_meeting", "きょうより後", "fukko", 422, at="2020-01-01"),
    ),
    f"{M}/can": (
        first_promise(day="x", can="yes"), cell("plan_meeting", "いま候補の日がありません", "shakyo", 422, day="x", can="yes"),
    ),
    f"{M}/off": (
        first_promise(why="x"), cell("held", "予定の会議を", "fukko", 422, why="x"),
        cell("plan_meeting", "招集する窓口だけ", "shakyo", 422, why="x"),
    ),
    "POST /staff/gaps/agenda": (cell("plain", "", "fukko", 422, meeting="ichiban_ii"),),
}

NO_STATE: dict[str, str] = {
    f"{T}/draft": "an answer in the making is anybody's who sees the ticket, also of one that has ended",
    f"{T}/note": "a note may stand on whatever one sees",
    f"{T}/restrict": "to hide is always open",
    f"{T}/known": "to say that one knows somebody is always open",
    f"{T}/inquiry": "the mark of an inquiry is always open",
    f"{T}/wrong": "to say that a reading is wrong is always open",
    f"{T}/wrong/undo": "one's own mark that waits, or none at all: test_corrections",
    "POST /staff/organisations": "whom somebody works for may be written at any time: test_organisations",
    "POST /staff/organisations/bodies/{body}": "a name in a list: test_organisations",
    f"{T}/enclosures": "a file's own refusals: test_enclosures",
    f"{T}/enclosures/{{attachment_id}}/remove": "one's own file or none at all: test_enclosures",
    f"{T}/enclosures/{{attachment_id}}/as-it-came": "one's own paper that was not cleaned or none at all: test_enclosures",
    f"{T}/files/{{attachment_id}}/take-back": "a file that was sent or none at all: test_enclosures",
    f"{P}/assessment": "what was found may be written down at any time",
    f"{C}/slips/{{slip}}/receipt": "a slip that came back came back",
    f"{M}/secrecy": "to take note of the secrecy is always open",
    "POST /staff/others": "looking with a reason: test_others",
}
"""Acts that no state of the thing refuses, and why."""

ELSEWHERE = re.compile(r"POST /staff/(login|logout|password|own|log|links|night|knowledge|corrections|own-cases|search)\b")
"""Not acts on a consultation, a case or a meeting: their rooms' tests say what refuses them."""

UNREACHED = {BadText}
"""An error of the lists that is no state."""


def test_every_act_of_the_desk_stands_in_the_table() -> None:
    acts = {name for name in FOUND if name.startswith("POST /staff/") and not ELSEWHERE.match(name)}
    assert acts - REFUSED.keys() - NO_STATE.keys() == set(), "write down which states refuse these"
    assert (REFUSED.keys() | NO_STATE.keys()) - acts == set(), "the table names acts that are gone"
    assert REFUSED.keys() & NO_STATE.keys() == set()


def test_every_trouble_has_a_cell() -> None:
    said = {one.says for cells in REFUSED.values() for one in cells}
    troubles = {*console_acts.TROUBLES, *coordination.TROUBLES}
    assert troubles - said - UNREACHED == set(), "no state of the table comes to these"
    assert {*closing.WITHOUT.values()} <= said


class World(dict[str, str]):
    """What the cells are tried on: numbers and ids by name."""


@pytest_asyncio.fixture
async def world(
    desk: Desk, household: Household, fukkokai: SignedIn, shakyo: SignedIn, official: SignedIn, hire: Hire, store: Store
) -> AsyncIterator[World]:
    found = World(case=household.number, closed=household.number, brother=str(household.brother), window=min(shakyo.windows))
    async with store.reading("nagaizumi") as session:
        found["cased"] = (await session.scalars(select(Ticket))).one().number
    for name in ("plain", "done", "asked", "spoken", "spoken_done", "restricted"):
        found[name] = await flagged(store, household.town, found["window"], patterns=(), complex=False)
    found["grave"] = await flagged(store, household.town, found["window"])
    found["outside"] = next(f"nagaizumi.{one.id}" for one in household.town.windows if one.relation == "other_body")
    found["other_body"] = next(one.id for one in household.town.windows if one.relation == "other_body")
    await _tickets(store, household, shakyo, found)
    await _meetings(store, household, fukkokai, official, found)
    unasked = await flagged(store, household.town, found["window"])
    async with store.town("nagaizumi") as session:  # a case in which nobody has been asked anything yet
        found["unsaid"] = (await cases.open_from(session, fukkokai, unasked, town=household.town, now=NOW)).number
    yield found


async def _tickets(store: Store, household: Household, shakyo: SignedIn, found: World) -> None:
    async with store.town("nagaizumi") as session:
        rows = {row.number: row for row in await session.scalars(select(Ticket))}
        for name in ("spoken", "spoken_done"):
            (await session.get_one(Conversation, rows[found[name]].conversation_id)).channel = "phone"
        rows[found["restricted"]].restricted, rows[found["restricted"]].assignee_id = True, shakyo.id
    async with store.town("nagaizumi") as session:
        await handover.offer(
            session, shakyo, found["asked"], to_window="nagaizumi.fukushi_hoken", reason="お金", town=household.town, now=NOW
        )
        for name in ("done", "spoken_done"):
            await custody.resolve(session, shakyo, found[name], outcome="informed", ending=Ending(), now=NOW)


async def _meetings(
    store: Store, household: Household, fukkokai: SignedIn, official: SignedIn, found: World
) -> None:
    """The mother's plan is final after a meeting, and another is planned; the brother has agreed to nothing any more."""
    found["plan"] = str(await final(household, fukkokai))
    async with store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        (over,) = await meetings.of_case(session, held.case)
        planned = await meetings.call(
            session, fukkokai, held, household.mother, meeting_id="ichiban_ii", occasion="再プラン策定時", purpose="", at=None,
            town=household.town, now=NOW,
        )
        found["held"], found["plan_meeting"] = str(over.id), str(planned.id)
    await member(household, fukkokai, planned.id, "shakyo")
    await household.answer(fukkokai, household.brother)
    found["draft"] = str(await household.papers(fukkokai, household.brother))
    async with store.town("nagaizumi") as session:
        held = await held_by(session, fukkokai, household.number)
        stopped = await meetings.call(
            session, fukkokai, held, household.brother, meeting_id="ichiban_ii", occasion="プラン策定後の評価時", purpose="",
            at=None, town=household.town, now=NOW,
        )
        found["stopped"] = str(stopped.id)
    await household.answer(fukkokai, household.brother, Answer("share", "withdrawn", how="visit"))
    await requested(household, fukkokai, household.brother)
    found["support_meeting"] = str(await support(household, official, household.brother))
    await member(household, official, UUID(found["support_meeting"]), "fukko", "復康会")
    found["unpromised"] = found["support_meeting"]


def path_of(act: str, tried: Cell, world: World, household: Household) -> str:
    """The address of an act on what the cell names; ids that are not the state's own are nobody's."""
    person = household.brother if tried.state == "closed" else household.mother
    plan = world["draft"] if tried.state == "draft" else world["plan"]
    number = world.get(tried.state, "") if tried.state == "unsaid" or not act.startswith(C) else household.number
    parts = {"number": number, "person": person, "plan": plan, "meeting": world.get(tried.state, ""), "slip": NOBODY}
    return re.sub(r"\{(\w+)\}", lambda name: str(parts.get(name[1], NOBODY)), act.removeprefix("POST "))


def text_of(says: type[Exception] | str) -> str:
    if isinstance(says, str):
        return says
    return {**console_acts.TROUBLES, **coordination.TROUBLES}[says]


async def test_cell_by_cell(desk: Desk, world: World, household: Household) -> None:
    wrong = {}
    for act, cells in REFUSED.items():
        for tried in cells:
            data = {key: _named(value, world) for key, value in tried.data.items()}
            answer = await (await desk.of(tried.who)).post(path_of(act, tried, world, household), data=data)
            if answer.status_code != tried.status or text_of(tried.says) not in answer.text:
                wrong[f"{act} {tried.state} {tried.who} {data}"] = f"{answer.status_code} {_told(answer)}"
    assert not wrong, "\n".join(f"{key} -> {told}" for key, told in wrong.items())


def _named(value: Any, world: World) -> Any:
    found = re.fullmatch(r"\{(\w+)\}", value) if isinstance(value, str) else None
    return world[found[1]] if found else value


def _told(answer: httpx.Response) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    return f"{answer.headers.get('location', '')} {text[-300:]}"
