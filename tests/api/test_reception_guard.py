"""What staff take down of violence by somebody near is restricted in the transaction that stores it, before triage has read it.

What triage has not read yet is seen by whoever took it down and the coordinator alone.
"""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from handoff.desk.hours import TOKYO
from handoff.intake import inbox
from handoff.intake.dialogue import Dialogue
from handoff.store.db import Store
from handoff.store.models import AuditEntry
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_reception import judge, taken, ticket_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.handoff.intake.talk import ScriptedTriage
from tests.whole import engine, knowledge
from triage.types import Decision

BEATEN = "夫になぐられました。子どもは4歳です"
DULL = "ひとり暮らしの父の家賃が払えません"
HARMLESS = Decision(action="route", text="", fields=("poverty",))
BEYOND_WORDS = Decision(action="route", text="", fields=("elderly",), crisis=("elder_abuse",), urgency="urgent")


@pytest_asyncio.fixture
async def colleague(store: Store) -> str:
    """Somebody else of the window that takes it down."""
    return await hired(store, "admin", "taiki.fukushi")


async def meets(browser: httpx.AsyncClient, login: str, number: str, words: str) -> list[str]:
    """Where a member of staff comes upon a ticket."""
    await sign_in(browser, login)
    pages = {
        path: await browser.get(path) for path in (
            "/staff/tickets", "/staff/tickets?queue=all", "/staff/morning", "/staff/others", "/api/staff/tickets",
            f"/api/staff/tickets/{number}", f"/staff/tickets/{number}", f"/staff/tickets/{number}/papers/referral",
        )
    }
    pages["search"] = await browser.post("/staff/search", data={"query": words[:4]})
    return [
        path for path, page in pages.items()
        if words in page.text or (number in page.text and page.status_code == 200)
    ]


async def actions(store: Store) -> list[str]:
    async with store.reading("taiki") as session:
        return [row.action for row in await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))]


async def test_words_of_violence_restrict_before_anybody_has_read_them(
    officer: httpx.AsyncClient, store: Store, colleague: str
) -> None:
    number = await taken(officer, words=BEATEN)
    ticket = await ticket_of(store, number)
    assert (ticket.restricted, ticket.state.get("held_until_read")) == (True, None)
    assert "restricted" in await actions(store)
    assert await meets(officer, colleague, number, BEATEN) == []
    await judge(store)
    assert (await ticket_of(store, number)).restricted
    assert await meets(officer, colleague, number, BEATEN) == []


async def test_what_nobody_has_read_is_with_its_writer_until_triage_has(
    officer: httpx.AsyncClient, store: Store, colleague: str
) -> None:
    number = await taken(officer, words=DULL)
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "受けた人と調整役だけが見られます" in page
    assert "家族などから問い合わせがあっても" not in page, "it is not known to be such a matter"
    assert "こちらから電話・郵送・訪問はしないでください" not in page
    assert await meets(officer, colleague, number, DULL) == []
    assert number in (await sign_in(officer, await hired(store, "coordinator")) and await officer.get("/staff/tickets")).text
    await judge(store)
    assert not (await ticket_of(store, number)).restricted
    assert (await actions(store))[-1] == "hold_ended", "nothing is opened to others without a record"
    assert "/staff/tickets" in await meets(officer, colleague, number, DULL)


async def test_danger_that_only_reading_finds_was_never_open(
    officer: httpx.AsyncClient, store: Store, colleague: str
) -> None:
    number = await taken(officer, words=DULL)
    assert await meets(officer, colleague, number, DULL) == []
    await judge(store, ScriptedTriage([BEYOND_WORDS]))
    ticket = await ticket_of(store, number)
    assert (ticket.restricted, ticket.state.get("held_until_read")) == (True, None)
    assert await meets(officer, colleague, number, DULL) == []


@pytest.mark.parametrize("more", [
    {"words": BEATEN}, {"words": DULL, "guarded": "true"}, {"words": DULL, "how": "夫に殴られるので昼だけ"},
    {"words": DULL, "told": "夫の暴力から逃げる所を伝えました"},
])
async def test_triage_takes_no_restriction_away(
    officer: httpx.AsyncClient, store: Store, more: dict[str, str]
) -> None:
    number = await taken(officer, **more)
    await judge(store, ScriptedTriage([HARMLESS]))
    assert (await ticket_of(store, number)).restricted
    assert "hold_ended" not in await actions(store)


async def test_who_wants_to_die_because_of_blows_is_guarded_too(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer, words="夫に殴られて、もう死にたいです")
    ticket = await ticket_of(store, number)
    assert (ticket.restricted, ticket.state.get("held_until_read")) == (True, None)


async def test_staff_who_restrict_it_meanwhile_are_not_overruled(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer, words=DULL)
    done = await officer.post(f"/staff/tickets/{number}/restrict", data={"reason": "知り合いの職員がいる"})
    assert done.status_code == 303
    await judge(store)
    assert (await ticket_of(store, number)).restricted


@pytest.mark.parametrize("more", [{"heard": "じつは夫に殴られています"}, {"heard": "また来ます", "guarded": "true"}])
async def test_a_later_call_restricts_at_once(
    officer: httpx.AsyncClient, store: Store, colleague: str, more: dict[str, str]
) -> None:
    number = await taken(officer, words=DULL)
    await judge(store)
    assert not (await ticket_of(store, number)).restricted
    answer = await officer.post(f"/staff/tickets/{number}/call", data={
        "means": "telephone", "result": "reached", "once": str(uuid4()), **more,
    })
    assert answer.status_code == 303
    assert (await ticket_of(store, number)).restricted
    assert await meets(officer, colleague, number, more["heard"]) == []


async def test_what_nothing_could_read_stays_with_its_writer(officer: httpx.AsyncClient, store: Store) -> None:
    number = await taken(officer, words=DULL)
    claim = await inbox.claim(store, now=at_noon() + timedelta(seconds=2))
    assert claim is not None
    await Dialogue(store, knowledge(), engine(), {}, TOKYO).park(claim, error="ValueError", now=at_noon())
    assert (await ticket_of(store, number)).restricted
    await sign_in(officer, await hired(store, "coordinator"))
    assert (await officer.post(f"/staff/tickets/{number}/lift", data={"reason": "読んだ"})).status_code == 303
    assert not (await ticket_of(store, number)).restricted


def test_the_matcher_names_all_it_sees() -> None:
    assert engine().kinds("夫に殴られて、もう死にたいです") == ("suicide", "dv")
    assert engine().glance("夫に殴られて、もう死にたいです") == "suicide"


async def test_ties_are_not_proposed_from_what_is_not_read(
    officer: httpx.AsyncClient, store: Store, colleague: str
) -> None:
    other = await opened(store, DULL)
    number = await taken(officer, words=DULL)
    await sign_in(officer, colleague)
    assert number not in (await officer.get(f"/staff/tickets/{other}/ties")).text
