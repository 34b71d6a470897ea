"""電話・来庁・訪問 as staff take them down: the same triage, ticket and figures as what comes in writing, and nothing sent."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from handoff.desk.hours import TOKYO
from handoff.figures.facts import facts_of
from handoff.figures.year import FiscalYear
from handoff.intake import inbox
from handoff.intake.dialogue import Dialogue
from handoff.store.db import Store
from handoff.store.models import AuditEntry, CaseTicket, Conversation, Message, OutboxItem, Ticket
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_papers import referred
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.whole import engine, knowledge
from triage.types import Triage

STORY = "81歳の母です。52歳の息子が20年家にいて、わたしの年金でふたり暮らしています"
FORM: dict[str, Any] = {
    "channel": "phone", "words": STORY, "caller": "self", "name": "大樹はな", "telephone": "01558-0-0000",
    "how": "14時ごろ。息子に知られたくない", "window": "taiki.fukushi",
}


async def taken(officer: httpx.AsyncClient, **more: Any) -> str:
    answer = await officer.post("/staff/reception", data={**FORM, "once": str(uuid4()), **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[1].removesuffix("#saved")


async def judge(store: Store, triage: Triage | None = None) -> int:
    """What the worker does, with the real triage unless told otherwise; how many claims it worked off."""
    dialogue = Dialogue(store, knowledge(), triage or engine(), {}, TOKYO)
    done = 0
    while (claim := await inbox.claim(store, now=at_noon() + timedelta(seconds=2))) is not None:
        await dialogue.take(claim, now=at_noon() + timedelta(seconds=2))
        done += 1
    return done


async def ticket_of(store: Store, number: str) -> Ticket:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(Ticket).where(Ticket.number == number))).one()


async def test_the_form_has_ten_fields_and_one_that_must_be_filled_in(officer: httpx.AsyncClient) -> None:
    page = await officer.get("/staff/reception")
    names = set(re.findall(r'name="([a-z]+)"', page.text)) - {"once", "mine", "viewport"}
    names.remove("guarded")  # a button: who may see it
    assert names == {"channel", "words", "caller", "name", "telephone", "how", "urgency", "told", "on", "window"}
    required = re.findall(r'<(?:textarea|input|select)[^>]*name="([a-z]+)"[^>]*required', page.text)
    assert required == ["words", "window"], "the window of an officer with one is chosen already"
    assert page.text.count("<option value=\"taiki.") == 1


async def test_what_is_heard_is_judged_like_what_is_written(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer)
    assert await judge(store) == 1
    ticket = await ticket_of(store, number)
    written = engine().decide([STORY], today=at_noon().date())
    assert (ticket.fields, ticket.patterns) == (list(written.fields), list(written.patterns))
    assert (ticket.urgency, ticket.coordinator) == (written.urgency, True)
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    for told in ("電話で、本人から（大樹はな）", "01558-0-0000", "14時ごろ。息子に知られたくない", "息子に知られないように", STORY):
        assert told in page, told
    assert "自分の担当" in text_of(await officer.get("/staff/tickets"))
    assert number in (await officer.get("/staff/tickets?queue=mine")).text


async def test_nothing_is_ever_sent_and_the_bot_is_silent(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer, told="明日10時に、窓口で待っています")
    await judge(store)
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(OutboxItem))).all() == []
        said = [row.sender for row in await session.scalars(select(Message).order_by(Message.sequence))]
    assert said == ["resident", "staff"]
    refused = await officer.post(f"/staff/tickets/{number}/reply", data={"text": "こんにちは"})
    assert refused.status_code == 409
    assert "電話などで伝えて" in text_of(refused)
    ticket = await ticket_of(store, number)
    assert (ticket.first_answer_at, ticket.status) == (at_noon(), "in_progress")
    assert "返事ずみ" in text_of(await officer.get("/staff/tickets"))
    assert "口頭で伝えました" in text_of(await officer.get(f"/staff/tickets/{number}"))


async def test_the_window_that_heard_it_stays_responsible_and_the_others_come_to_it(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await taken(officer, words="母の物忘れがひどくなって、介護のことを相談したいです")
    await officer.get(f"/staff/tickets/{number}")
    assert not (await ticket_of(store, number)).state["unread"]
    await judge(store)
    api = (await officer.get(f"/api/staff/tickets/{number}")).json()
    assert api["windows"][0] == "taiki.fukushi"
    assert "taiki.koreisha" in api["windows"]
    await sign_in(officer, await hired(store, "admin", "taiki.koreisha"))
    assert "未読" not in text_of(await officer.get("/staff/tickets")), "the page above was opened again by its window"


async def test_who_comes_to_it_sees_it_unread(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer, words="母の物忘れがひどくなって、介護のことを相談したいです")
    await officer.get(f"/staff/tickets/{number}")
    await judge(store)
    assert (await ticket_of(store, number)).state["unread"]


async def test_a_second_click_makes_no_second_ticket(officer: httpx.AsyncClient, store: Store) -> None:
    once = str(uuid4())
    assert await taken(officer, once=once) == await taken(officer, once=once)
    assert await judge(store) == 1


async def test_danger_by_telephone_is_restricted_and_its_first_step_needs_no_chat(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await taken(officer, words="夫になぐられました。子どもは4歳です", mine="false", urgency="emergency")
    await judge(store)
    ticket = await ticket_of(store, number)
    assert (ticket.urgency, ticket.restricted, ticket.assignee_id) == ("emergency", True, None)
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "本人が言った方法と時間だけで連絡する" in page
    assert "この会話の中だけで" not in page


async def test_a_later_call_is_heard_told_and_counted_as_an_attempt(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer)
    await judge(store)
    path = f"/staff/tickets/{number}"
    await officer.post(f"{path}/draft", data={"text": "書きかけ"})
    empty = {"means": "telephone", "result": "no_answer", "once": str(uuid4())}
    assert "次に連絡する日" in text_of(await officer.post(f"{path}/call", data=empty))
    assert (await officer.post(f"{path}/call", data={**empty, "on": "2026-11-25"})).status_code == 303
    assert (await ticket_of(store, number)).first_answer_at is None, "nobody was reached"
    nothing = await officer.post(f"{path}/call", data={**empty, "result": "reached"})
    assert nothing.status_code == 422
    done = await officer.post(f"{path}/call", data={
        "means": "telephone", "result": "reached", "heard": "もう死にたいと言っている", "text": "明日うかがいます",
        "once": str(uuid4()),
    })
    assert done.status_code == 303
    assert await judge(store) == 1
    ticket = await ticket_of(store, number)
    assert "suicide" in ticket.crisis
    assert ticket.first_answer_at == at_noon()
    page = text_of(await officer.get(path))
    assert "明日うかがいます" in page
    assert "書きかけ" not in page


async def test_what_came_in_writing_takes_no_call_note(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    refused = await officer.post(f"/staff/tickets/{number}/call", data={
        "means": "telephone", "result": "reached", "text": "はい", "once": str(uuid4()),
    })
    assert refused.status_code == 409
    assert "書いて届いた相談です" in text_of(refused)


@pytest.mark.parametrize("wrong", [
    {"channel": "pigeon"}, {"caller": "king"}, {"urgency": "soon"}, {"window": "itoman.hogo"}, {"window": "taiki.nowhere"},
    {"words": " 　"}, {"on": "2026-11-01"}, {"once": "x"}, {"name": "\x00"},
])
async def test_nonsense_is_refused_and_leaves_nothing(
    officer: httpx.AsyncClient, store: Store, wrong: dict[str, str]
) -> None:
    answer = await officer.post("/staff/reception", data={**FORM, "once": str(uuid4()), **wrong})
    assert answer.status_code in (409, 422), answer.text
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(Conversation))).all() == []


async def test_the_figures_count_the_way_and_the_record_who_took_it_down(officer: httpx.AsyncClient, store: Store) -> None:
    await taken(officer, channel="visit", told="またうかがいます")
    await judge(store)
    async with store.reading("taiki") as session:
        facts = await facts_of(session, FiscalYear(2026))
        actions = [row.action for row in await session.scalars(select(AuditEntry))]
    assert [(case.channel, case.window) for case in facts.opened] == [("visit", "taiki.fukushi")]
    assert [(talk.channel, talk.action, talk.handed_over) for talk in facts.talks] == [("visit", "route", True)]
    assert "taken_down" in actions


@pytest.mark.parametrize(("caller", "named"), [
    ("self", True), ("family", True), ("neighbour", False), ("supporter", False), ("unknown", False),
])
async def test_who_told_of_somebody_else_is_named_on_no_paper(
    officer: httpx.AsyncClient, store: Store, caller: str, named: bool
) -> None:
    number = await taken(officer, caller=caller, words="お金がなくて、家賃が払えません", name="隣野たろう")
    await judge(store)
    for paper in ("consented", "referral"):
        path = await referred(officer, number) if paper == "referral" else f"/staff/tickets/{number}/papers/{paper}"
        page = text_of(await officer.get(path))
        assert ("隣野たろう" in page) == (named and (paper, caller) != ("referral", "family")), (paper, caller)
    intake = text_of(await officer.get(f"/staff/tickets/{number}/papers/intake"))
    assert [one in intake for one in ("14時ごろ", "01558-0-0000")] == [named, named], "nor how they are reached"


async def test_a_neighbours_call_is_a_report_for_the_coordinator(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer, caller="neighbour", words="お金がなくて、家賃が払えません", mine="false")
    await judge(store)
    async with store.town("taiki") as session:
        (await session.scalars(select(Ticket))).one().coordinator = True
    await sign_in(officer, await hired(store, "coordinator"))
    assert (await officer.post("/staff/cases", data={"ticket": number})).status_code == 303
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(CaseTicket))).one().reporter


async def test_what_cannot_be_judged_is_read_by_a_person_and_answered_by_none(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await taken(officer)
    claim = await inbox.claim(store, now=at_noon() + timedelta(seconds=2))
    assert claim is not None
    await Dialogue(store, knowledge(), engine(), {}, TOKYO).park(claim, error="ValueError", now=at_noon())
    async with store.reading("taiki") as session:
        assert [row.sender for row in await session.scalars(select(Message))] == ["resident"]
    assert (await ticket_of(store, number)).status == "open"
