"""「渡してよいかを本人に聞く」 over HTTP: from the form to the buttons on the town's page, the tap, and the sheet it is the ground of."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from handoff.intake import agreeing, inbox
from handoff.intake.dialogue import Dialogue
from handoff.store.db import Store
from handoff.store.models import Ticket
from tests.api.conftest import sign_in
from tests.api.enclosing import Desk, ticket_on
from tests.api.test_chat import opened as chat_opened
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.handoff.intake.talk import TOKYO, ScriptedTriage
from tests.whole import knowledge
from triage.types import Decision

NAME = "とかち若者サポートステーション"
ASK = {"other": NAME, "items": ["words"], "own": "true"}


@pytest.fixture
async def desk(officer: httpx.AsyncClient, store: Store) -> Desk:
    chat, token = await chat_opened(officer)
    return Desk(officer, store, await ticket_on(store, chat, about=("self",)), chat, token)


async def tap(desk: Desk, text: str) -> None:
    """A button of the page, and the worker that reads it."""
    body = {"text": text, "client_message_id": f"00000000-0000-4000-8000-{abs(hash(text)) % 10**12:012d}"}
    assert (await desk.browser.post(f"{desk.chat}/messages", json=body, headers=desk.token)).status_code == 202
    claim = await inbox.claim(desk.store, now=at_noon() + timedelta(seconds=3))
    assert claim is not None
    dialogue = Dialogue(desk.store, knowledge(), ScriptedTriage([Decision(action="chat", text="")]), {}, TOKYO)
    await dialogue.take(claim, now=at_noon())


async def test_from_the_form_to_the_sheet(desk: Desk) -> None:
    page = f"/staff/tickets/{desk.number}"
    before = await desk.browser.get(page)
    assert 'value="true" required checked' in before.text
    assert (await desk.browser.post(f"{page}/ask-body", data=ASK)).status_code == 303
    assert "聞いています。まだ返事がありません" in text_of(await desk.browser.get(page))
    asked = (await desk.thread())[-1]
    assert f"「{NAME}」に、書いてくださったことを伝えてもよいですか" in asked["text"]
    await tap(desk, asked["choices"][0]["value"])
    said = (await desk.thread())[-1]
    assert "職員に伝えます" in said["text"]
    assert NAME not in said["text"], "it may stand on a locked screen"
    assert "本人の同意あり" in text_of(await desk.browser.get(page))
    form = (await desk.browser.get(f"{page}/referral")).text
    assert f"渡してよい機関: {NAME}" in form
    ground = {"reason": "家計", "basis": "consent", "ground": "本人の同意の記録", "items": ["words"], "other": NAME}
    made = await desk.browser.post(f"{page}/referral", data=ground)
    assert made.status_code == 303
    assert NAME in text_of(await desk.browser.get(made.headers["location"]))
    await tap(desk, said["choices"][0]["value"])
    assert "本人が同意をやめました" in text_of(await desk.browser.get(page))
    assert (await desk.browser.get(made.headers["location"])).status_code == 409


async def test_the_body_stands_in_the_lists_from_then_on(desk: Desk) -> None:
    page = f"/staff/tickets/{desk.number}"
    assert NAME not in (await desk.browser.get(page)).text
    await desk.browser.post(f"{page}/ask-body", data=ASK)
    for form in (page, f"{page}/referral"):
        assert f">{NAME}</option>" in (await desk.browser.get(form)).text


@pytest.mark.parametrize(("role", "placed"), [("self", True), ("parent", False)])
async def test_a_yes_stands_on_the_page_of_the_case(desk: Desk, store: Store, role: str, placed: bool) -> None:
    """With the one who tapped; where it is not plain who that is, the coordinator says."""
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        ticket.coordinator = True
        ticket.summary = {**ticket.summary, "household": [{"role": role, "age": None, "needs": [], "deceased": False, "words": []}]}
    await desk.browser.post(f"/staff/tickets/{desk.number}/ask-body", data=ASK)
    await tap(desk, agreeing.VALUES["given"].format(body=NAME))
    await sign_in(desk.browser, await hired(store, "coordinator", "taiki.fukushi"))
    case = (await desk.browser.post("/staff/cases", data={"ticket": desk.number})).headers["location"]
    shown = await desk.browser.get(case)
    told = f"「{NAME}」に渡すこと（困りごと（書かれたまま））: あり"
    assert told in text_of(shown)
    assert ("だれの答えか決まっていない" in shown.text) is not placed
    if not placed:
        await tap(desk, agreeing.VALUES["unsure"].format(body=NAME))
        shown = await desk.browser.get(case)
        assert told.replace("あり", "わからない") in text_of(shown)
        form = re.search(rf'action="({case}/people/[^"]+/button)"><input type="hidden" name="question" value="([^"]+)"', shown.text)
        assert form is not None
        assert (await desk.browser.post(form[1], data={"question": form[2]})).status_code == 303
        shown = await desk.browser.get(case)
        assert "だれの答えか決まっていない" not in shown.text
        assert told.replace("あり", "撤回") in text_of(shown)
    assert "やりとりのボタンで" in shown.text
    assert NAME in text_of(await desk.browser.get(f"{case}/paper"))
