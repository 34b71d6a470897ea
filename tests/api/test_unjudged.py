"""What may tell of danger from somebody near stands in an open ticket as 「読み取り中」 until triage has read it, on every page."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from handoff.desk import confining
from handoff.desk.morning import morning
from handoff.desk.staff import find
from handoff.intake import inbox
from handoff.intake.dialogue import Dialogue
from handoff.store.db import Store
from handoff.store.models import Ticket
from tests.api.conftest import Clock, take
from tests.api.enclosing import Desk, ticket_on
from tests.api.test_chat import opened as chat_opened
from tests.api.test_console import text_of
from tests.databases import at_noon
from tests.handoff.intake.talk import TOKYO, ScriptedTriage
from tests.whole import knowledge
from triage.types import Decision, Reason

DANGER = "きのう夫に殴られました。だれにも言わないで"
CALM = Decision(action="chat", text="")
GRAVE = Decision(action="route", text="", crisis=("dv",), urgency="urgent", reasons=(Reason("dv", "暴力", ((0, 1),)),))


@pytest.fixture
async def desk(officer: httpx.AsyncClient, store: Store) -> Desk:
    chat, token = await chat_opened(officer)
    return Desk(officer, store, await ticket_on(store, chat, about=("self",)), chat, token)


async def writes(desk: Desk, text: str) -> None:
    body = {"text": text, "client_message_id": str(uuid4())}
    assert (await desk.browser.post(f"{desk.chat}/messages", json=body, headers=desk.token)).status_code == 202


async def read(desk: Desk, decision: Decision) -> None:
    claim = await inbox.claim(desk.store, now=at_noon() + timedelta(seconds=3))
    assert claim is not None
    await Dialogue(desk.store, knowledge(), ScriptedTriage([decision]), {}, TOKYO).take(claim, now=at_noon())


async def pages(desk: Desk) -> str:
    """Everything that could show it."""
    here = f"/staff/tickets/{desk.number}"
    shown = [await desk.browser.get(path) for path in (here, f"{here}/messages", "/staff/tickets", "/staff/rows", "/staff/morning", f"{here}/papers/case")]
    shown.append(await desk.browser.post("/staff/search", data={"query": "殴られ"}))
    return "\n".join(text_of(one) for one in shown)


async def test_it_is_held_until_it_has_been_read(desk: Desk) -> None:
    await desk.browser.post(f"/staff/tickets/{desk.number}/reply", data={"text": "こんにちは"})
    async with desk.store.town("taiki") as session:  # answered a while ago, so that the list shows their newest words
        (await session.scalars(select(Ticket))).one().last_staff_at = at_noon() - timedelta(hours=1)
    await writes(desk, "あの")
    await read(desk, CALM)
    await writes(desk, DANGER)
    before = await pages(desk)
    assert "読み取り中です" in before
    assert "夫に" not in before
    async with desk.store.reading("taiki") as session:
        staff = await find(desk.store, "taiki-staff")
        town, later = knowledge().towns["taiki"], at_noon() + timedelta(minutes=1)
        listed = await morning(session, staff, town=town, now=later)
        assert [one.words for one in listed.arrivals] == [""]
    assert (await desk.thread())[-1]["text"] == DANGER, "who wrote it sees it"
    await read(desk, CALM)
    assert DANGER in await pages(desk)
    assert "読み取り中です" not in await pages(desk)


async def test_what_is_grave_never_stands_open(desk: Desk, store: Store) -> None:
    await writes(desk, DANGER)
    await read(desk, GRAVE)
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(Ticket))).one().restricted


async def test_calm_words_are_there_at_once(desk: Desk) -> None:
    await writes(desk, "家賃はいつまでに払えばいいですか")
    assert "家賃はいつまでに払えばいいですか" in await pages(desk)


async def test_who_is_named_for_a_restricted_matter_reads_at_once(desk: Desk, store: Store) -> None:
    async with store.town("taiki") as session:
        (await session.scalars(select(Ticket))).one().restricted = True
    await writes(desk, DANGER)
    answer = await desk.browser.get(f"/staff/tickets/{desk.number}")
    assert "読み取り中です" not in text_of(answer)


SILENT = "自動の読み取りが止まっているようです"


async def test_with_the_worker_down_staff_read_since_when_and_whom_to_tell(desk: Desk, clock: Clock) -> None:
    """A while longer than any reading takes: on the list, and where the words should stand; what to say to whom."""
    await desk.browser.post(f"/staff/tickets/{desk.number}/reply", data={"text": "こんにちは"})
    await writes(desk, DANGER)
    here = f"/staff/tickets/{desk.number}"
    clock.now += timedelta(minutes=2)
    for path in ("/staff/tickets", here):
        assert SILENT not in text_of(await desk.browser.get(path)), "a busy worker is no silent one"
    clock.now += timedelta(minutes=3)
    for path in ("/staff/tickets", "/staff/rows", here, f"{here}/messages"):
        told = text_of(await desk.browser.get(path))
        assert SILENT in told, path
        assert "11月21日（土） 12:00 に届いたものが、5分たっても読まれていません" in told
        assert "運用担当（サーバーを見ている人）に、すぐ電話などで伝えてください" in told
        assert "tsunagu serve を動かしなおしてください" in told
        assert "夫に" not in told
    await read(desk, CALM)
    for path in ("/staff/tickets", here):
        assert SILENT not in text_of(await desk.browser.get(path))


async def test_what_staff_wrote_down_waits_with_the_same_words(desk: Desk, store: Store, clock: Clock) -> None:
    async with store.town("taiki") as session:
        confining.hold((await session.scalars(select(Ticket))).one())
    here = f"/staff/tickets/{desk.number}"
    await writes(desk, "家賃はいつまでに払えばいいですか")
    clock.now += timedelta(minutes=3)
    door = text_of(await desk.browser.get(here))
    assert "ふつうは数秒です" in door
    assert SILENT in door
    await take(desk.browser, desk.number)
    assert SILENT in text_of(await desk.browser.get(here))
    await read(desk, CALM)
    assert SILENT not in text_of(await desk.browser.get(here))


async def test_one_town_does_not_hear_of_another(desk: Desk, clock: Clock, store: Store) -> None:
    await writes(desk, "あの")
    async with store.reading("itoman") as session:
        assert await inbox.silent_since(session, now=clock.now + timedelta(hours=1)) is None
    async with store.reading("taiki") as session:
        assert await inbox.silent_since(session, now=clock.now + timedelta(hours=1)) == at_noon()
