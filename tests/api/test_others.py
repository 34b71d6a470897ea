"""Other windows' tickets: number and field, a look for a reason that is kept, and no other way in: route by route."""

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from handoff.desk.looking import LASTS
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Ticket
from tests.api.conftest import Clock, opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_matrix import FOUND
from tests.api.test_staff_api import hired

CARE = "母の介護のことで相談したいです"
HIT = "夫になぐられました"
ANYTHING = {
    "text": "読みました", "reason": "わけ", "window": "taiki.kodomo", "how": "accept", "outcome": "informed",
    "means": "telephone", "result": "reached", "colleague": str(uuid4()), "basis": "law", "items": "words", "ground": "法",
    "to": "", "expected": "", "on": "2026-11-27", "once": str(uuid4()), "taken": "true", "heard": "はい", "number": "",
    "right": "window:taiki.kodomo", "word": "", "check": "call_check", "other": "taiki-2026-0001", "choice": "telephone",
}
"""A form that every act on a ticket accepts as a form: a new act whose fields are missing answers 422 below."""


async def entries(store: Store) -> list[tuple[str, str | None]]:
    async with store.reading("taiki") as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
        return [(row.action, row.reason) for row in rows if row.ticket_id is not None]


async def test_the_list_says_number_and_field_and_nothing_else(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, CARE, fields=("elderly",), urgency="urgent", patterns=("8050",))
    own = await opened(store)
    hidden = await opened(store, HIT, fields=("elderly",), crisis=("child_abuse",))
    page = text_of(await officer.get("/staff/others"))
    assert re.findall(r"taiki-2026-\d{4}（[^）]*）", page) == [f"{number}（高齢・介護）"]
    for word in ("介護のこと", "急ぎ", "8050", own, hidden):
        assert word not in page, word


async def test_another_body_looks_into_nothing_whatever_the_reason(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, CARE, fields=("elderly",))
    await sign_in(browser, await hired(store, "staff", "taiki.togachi_anshin"))
    assert number not in (await browser.get("/staff/others")).text
    assert (await browser.post("/staff/others", data={"number": number, "reason": "急ぎ"})).status_code == 404
    assert (await browser.get(f"/staff/others/{number}")).status_code == 404
    assert ("looked_in", "急ぎ") not in await entries(store)
    await sign_in(browser, await hired(store, "admin", "taiki.togachi_anshin", "taiki.kodomo"))
    asked = await browser.post("/staff/others", data={"number": number, "reason": "急ぎ"})
    assert asked.status_code == 303, "who sits in the town too is a colleague"


async def test_a_look_needs_a_reason_is_recorded_and_changes_nothing(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number = await opened(store, CARE, fields=("elderly",))
    assert (await officer.get(f"/staff/others/{number}")).headers["location"] == "/staff/others"
    assert (await officer.post("/staff/others", data={"number": number, "reason": " "})).status_code == 422
    assert await entries(store) == []
    asked = await officer.post("/staff/others", data={"number": number, "reason": "担当が休みで電話があった"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/staff/others/{number}")
    page = await officer.get(f"/staff/others/{number}")
    assert CARE in text_of(page)
    assert "<form" not in page.text.split("<main")[1], "a look has nothing to press"
    assert await entries(store) == [("looked_in", "担当が休みで電話があった"), ("ticket_opened", None)]
    async with store.reading("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        assert (ticket.first_read_at, ticket.state["unread"]) == (None, True), "it waits for its own window"
    clock.now += timedelta(minutes=29)
    assert (await officer.get(f"/staff/others/{number}")).status_code == 200
    clock.now += LASTS
    await sign_in(officer, "taiki-staff")
    assert (await officer.get(f"/staff/others/{number}")).status_code == 303, "the reason is old"


async def test_the_holder_sees_who_looked_and_why(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, CARE, fields=("elderly",))
    await officer.post("/staff/others", data={"number": number, "reason": "本人から電話があった"})
    await sign_in(officer, await hired(store, "coordinator"))
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "ほかの窓口から見た" in page
    assert "理由: 本人から電話があった" in page


async def test_restricted_known_and_own_tickets_cannot_be_looked_into(
    officer: httpx.AsyncClient, store: Store
) -> None:
    hidden = await opened(store, HIT, fields=("elderly",), crisis=("dv",))
    own, known = await opened(store), await opened(store, "友人の父のことです", fields=("poverty",))
    await officer.post(f"/staff/tickets/{known}/known")
    answers = set()
    for number in (hidden, own, known, "taiki-2026-9999", "x"):
        answer = await officer.post("/staff/others", data={"number": number, "reason": "わけ"})
        answers.add((answer.status_code, answer.text))
        assert (await officer.get(f"/staff/others/{number}")).status_code == 404
    assert len(answers) == 1, "what is not there and what may not be seen look the same"
    assert answers.pop()[0] == 404


async def test_a_look_ends_when_the_matter_becomes_restricted(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, CARE, fields=("elderly",))
    await officer.post("/staff/others", data={"number": number, "reason": "わけ"})
    async with store.town("taiki") as session:
        (await session.scalars(select(Ticket))).one().restricted = True
    assert (await officer.get(f"/staff/others/{number}")).status_code == 404


ON_A_TICKET = sorted(name for name in FOUND if "/staff/tickets/{number}" in name)


@pytest.mark.parametrize("role", ["staff", "admin", "auditor"])
async def test_no_other_route_opens_another_windows_ticket(
    browser: httpx.AsyncClient, store: Store, role: str
) -> None:
    """Even while a look is open: cell by cell, every route on a ticket."""
    number = await opened(store, CARE, fields=("elderly",))
    await sign_in(browser, await hired(store, role, *(() if role == "auditor" else ("taiki.fukushi",))))  # type: ignore[arg-type]
    if role != "auditor":
        assert (await browser.post("/staff/others", data={"number": number, "reason": "わけ"})).status_code == 303
    wanted = 403 if role == "auditor" else 404
    assert len(ON_A_TICKET) > 25
    for name in ON_A_TICKET:
        method, path = name.split(" ")
        parts = dict.fromkeys(("move_id", "link_id", "attachment_id", "item"), uuid4())
        for part, value in {**parts, "number": number, "paper": "case"}.items():
            path = path.replace(f"{{{part}}}", str(value))
        body = {"json": {"text": "読みました"}} if path.startswith("/api") else {"data": ANYTHING}
        answer = await browser.request(method, path, **(body if method == "POST" else {}))  # type: ignore[arg-type]
        assert answer.status_code == wanted, name
        assert CARE not in answer.text
