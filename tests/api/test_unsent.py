"""届いていないもの over HTTP: what stands on the page, the way from the list and from the ticket, deciding, and who may not."""

import re

import httpx
import pytest
from sqlalchemy import select

from api.routes.console_unsent import STATES, WHY, WHY_UNKNOWN
from api.settings import ROOT
from bots.errors import Rejected, Uncertain
from handoff.desk import tickets
from handoff.desk.hours import TOKYO
from handoff.desk.staff import Role
from handoff.store.db import Store
from handoff.store.models import Conversation, OutboxItem, Ticket
from tests.api.conftest import sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.handoff.desk.conftest import decision_on
from tests.handoff.intake.outgoing import Resident, account, resident
from tests.handoff.intake.test_sender import Post, Scripted
from tests.whole import knowledge

ANSWER = "<b>あした</b>10時に、窓口でお待ちしています"


@pytest.fixture
async def who(store: Store) -> Resident:
    return await resident(store, await account(store))


async def ticket_of(store: Store, who: Resident, **more: object) -> str:
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, who.conversation_id)
        made = await tickets.open_or_update(
            session, row, decision_on("家賃が払えません", **more), town=knowledge().towns["taiki"], windows=("taiki.fukushi",),
            why="triage", now=at_noon(),
        )
        return made.number


async def goes_out(store: Store, who: Resident, fault: Exception, *, token: str | None = None) -> None:
    await who.told(ANSWER, by="staff", token=token)
    await Post(store, Scripted([fault])).drain()


async def row_of(store: Store) -> OutboxItem:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(OutboxItem))).one()


async def test_from_the_list_to_the_decision(officer: httpx.AsyncClient, store: Store, who: Resident) -> None:
    number = await ticket_of(store, who)
    assert "届いていない文が" not in text_of(await officer.get("/staff/tickets"))
    await goes_out(store, who, Uncertain("reply_timeout"), token="r1")
    for path in ("/staff/tickets", "/staff/rows"):
        assert "住民に届いていない文が1件あります" in text_of(await officer.get(path))
    assert "どうするか決める" in text_of(await officer.get(f"/staff/tickets/{number}"))
    answer = await officer.get("/staff/unsent#saved")
    page = text_of(answer)
    for piece in (number, "届いたか分かりません", ANSWER, "職員の返事", "同じ文が二度届くことがあります", "もう一度送る", "電話で伝える", "そのままにする"):
        assert piece in page, piece
    assert "<b>あした" not in answer.text
    item = (await row_of(store)).id
    done = await officer.post(f"/staff/tickets/{number}/unsent/{item}", data={"choice": "let_be"})
    assert (done.status_code, done.headers["location"]) == (303, "/staff/unsent#saved")
    page = text_of(await officer.get("/staff/unsent"))
    assert "いま、届いていないものはありません" in page
    assert "そのままにしました（届いたか分かりません）" in page
    assert "送らないことに決めました" in text_of(await officer.get(f"/staff/tickets/{number}"))
    assert (await officer.post(f"/staff/tickets/{number}/unsent/{item}", data={"choice": "again"})).status_code == 409


async def test_who_telephones_goes_on_to_where_the_call_is_written_down(
    officer: httpx.AsyncClient, store: Store, who: Resident
) -> None:
    number = await ticket_of(store, who)
    await goes_out(store, who, Rejected("bad_request"))
    item = (await row_of(store)).id
    done = await officer.post(f"/staff/tickets/{number}/unsent/{item}", data={"choice": "telephone"})
    assert (done.status_code, done.headers["location"]) == (303, f"/staff/tickets/{number}#attempts")
    assert 'id="attempts"' in (await officer.get(f"/staff/tickets/{number}")).text


async def test_a_restricted_ticket_shows_no_words_and_says_not_to_telephone(
    officer: httpx.AsyncClient, store: Store, who: Resident
) -> None:
    await ticket_of(store, who, crisis=("dv",))
    await goes_out(store, who, Rejected("bad_request"))
    page = text_of(await officer.get("/staff/unsent"))
    assert "あした" not in page
    assert "電話はしないでください" in page
    assert "電話で伝える" not in page


async def test_what_waits_for_a_time_says_when(officer: httpx.AsyncClient, store: Store, who: Resident) -> None:
    await ticket_of(store, who)
    await who.told(ANSWER, by="staff")
    async with store.town("taiki") as session:
        (row,) = await session.scalars(select(OutboxItem))
        row.status, row.error, row.due_at = "held", "safe_contact", at_noon().astimezone(TOKYO).replace(hour=18)
    page = text_of(await officer.get("/staff/unsent"))
    assert "本人の希望で待っています" in page
    assert "11月21日（土） 18:00に自動で送ります" in page
    assert "送るのをやめる" in page


@pytest.mark.parametrize(("role", "windows", "code"), [
    ("coordinator", (), 303), ("admin", ("taiki.kodomo",), 404), ("admin", ("taiki.fukushi",), 303), ("auditor", (), 403),
])
async def test_role_by_role(
    officer: httpx.AsyncClient, store: Store, who: Resident, role: Role, windows: tuple[str, ...], code: int
) -> None:
    number = await ticket_of(store, who)
    await goes_out(store, who, Rejected("bad_request"))
    await sign_in(officer, await hired(store, role, *windows))
    listed = await officer.get("/staff/unsent#saved")
    assert (listed.status_code == 200) is (role != "auditor")
    assert (number in listed.text) is (code == 303)
    item = (await row_of(store)).id
    answer = await officer.post(f"/staff/tickets/{number}/unsent/{item}", data={"choice": "let_be"})
    assert answer.status_code == code


async def test_odd_choices_and_items_are_refused(officer: httpx.AsyncClient, store: Store, who: Resident) -> None:
    number = await ticket_of(store, who)
    await goes_out(store, who, Rejected("bad_request"))
    item = (await row_of(store)).id
    for path, choice, code in (
        (item, "delete", 409), (item, "", 422), ("nothing", "let_be", 422), (who.conversation_id, "let_be", 409),
    ):
        answer = await officer.post(f"/staff/tickets/{number}/unsent/{path}", data={"choice": choice})
        assert answer.status_code == code, (path, choice)
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(Ticket.number))).all() == [number]


GENERAL = {
    "platform_fault", "timeout", "reply_timeout", "no_connection", "conflict", "unclear_answer", "empty", "group",
    "reply_token", "gone", "preparing", "refused",
}
"""Codes for which it is enough to say that the service or the line was at fault; the last three are of fetching files."""


def test_every_code_that_a_channel_gives_has_words() -> None:
    """Found in the sources: who adds a code, adds its words, or finds the general ones good enough."""
    raised = re.compile(r'(?:Rejected|Uncertain|Retryable|Unauthorised|ReplyExpired)\(([^)]*)\)')
    sources = [path.read_text() for kind in ("line", "telegram") for path in (ROOT / "bots" / kind).glob("*.py")]
    codes = {code for source in sources for call in raised.findall(source) for code in re.findall(r'"([a-z_]+)"', call)}
    assert len(codes) > 10
    assert codes - GENERAL <= set(WHY)
    assert set(WHY_UNKNOWN) == set(STATES)
    assert all(text.endswith("。") for text in WHY.values())
