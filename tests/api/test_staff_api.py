"""The staff JSON API and the session behind it: the contract's shapes, the role × route matrix, other sites, tokens."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import select

from api.session import cookie_name, roles_of
from api.settings import Settings
from handoff.desk import sessions, staff, tickets
from handoff.desk.routing import windows_for
from handoff.desk.staff import ROLES, Role
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Conversation, Message, Ticket
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD, conversation_of, decision_on, hashed_once
from tests.whole import knowledge

OWN = "http://desk.test"
WORDS = "家賃が払えません。"

READERS: frozenset[Role] = frozenset({"staff", "coordinator", "admin"})
API_MATRIX: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/api/staff/figures"): frozenset(ROLES),
    ("GET", "/api/staff/tickets"): READERS,
    ("GET", "/api/staff/tickets/{number}"): READERS,
    ("POST", "/api/staff/tickets/{number}/replies"): READERS,
}
"""The cells of the JSON API, written by hand; the generated test below compares and tries each."""
WITHOUT_SIGN_IN = {("GET", "/staff"), ("GET", "/staff/login"), ("POST", "/staff/login"), ("POST", "/staff/logout")}


@pytest.fixture
def chosen() -> Settings:
    return settings(public_url=OWN)


@pytest_asyncio.fixture
async def app(store: Store, chosen: Settings) -> FastAPI:
    return whole_app(make_services(store, chosen, at_noon))


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as opened:
        yield opened


async def hired(store: Store, role: Role, *windows: str, must_change: bool = False) -> str:
    """A login of that role."""
    name = f"taiki-{role}"
    await staff.add(
        store, municipality_id="taiki", login=name, role=role, windows=windows, password=PASSWORD, now=at_noon(),
        must_change=must_change, hashing=hashed_once,
    )
    return name


async def bearer(store: Store, role: Role, *windows: str) -> dict[str, str]:
    member = await staff.find(store, await hired(store, role, *windows))
    return {"Authorization": f"Bearer {await sessions.new_token(store, member, now=at_noon())}"}


async def cookie(store: Store, chosen: Settings, role: Role, *windows: str, must_change: bool = False) -> dict[str, str]:
    name = await hired(store, role, *windows, must_change=must_change)
    issued = await sessions.login(store, name, password=PASSWORD, address="192.0.2.7", now=at_noon())
    return {"Cookie": f"{cookie_name(chosen)}={issued.token}"}


async def ticket(store: Store, words: str = WORDS, **more: Any) -> str:
    """An open ticket of taiki in which a resident has written these words; the number."""
    town = knowledge().towns["taiki"]
    conversation = await conversation_of(store, words, now=at_noon())
    decision = decision_on(words, **more)
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, conversation)
        made = await tickets.open_or_update(
            session, row, decision, town=town, windows=windows_for(decision, town), why="triage", now=at_noon()
        )
        return made.number


def staff_routes(app: FastAPI) -> list[tuple[str, str, APIRoute]]:
    """Every method and path for staff in the route table."""
    return [
        (method, route.path, route)
        for route in flat(app.routes) if route.path.startswith(("/api/staff", "/staff"))
        for method in sorted(route.methods or ())
    ]


def flat(routes: Any) -> list[APIRoute]:
    found = []
    for route in routes:
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        found += flat(inner) if inner else [route] if isinstance(route, APIRoute) else []
    return found


async def test_each_staff_route_asks_for_a_sign_in_and_the_api_for_the_roles_of_the_matrix(app: FastAPI) -> None:
    routes = staff_routes(app)
    open_ones = {(method, path) for method, path, route in routes if roles_of(route) is None}
    assert open_ones <= WITHOUT_SIGN_IN
    api = {(method, path): roles_of(route) for method, path, route in routes if path.startswith("/api/")}
    assert api == API_MATRIX


@pytest.mark.parametrize("role", [*ROLES, None])
async def test_every_cell_of_the_matrix(app: FastAPI, client: httpx.AsyncClient, store: Store, role: Role | None) -> None:
    await ticket(store)  # something has happened, so that the route that waits for it answers at once
    headers = await bearer(store, role) if role else {}
    for method, path, route in staff_routes(app):
        allowed = roles_of(route)
        if allowed is None:
            continue
        url = path.replace("{number}", "taiki-2026-0001")
        status = (await client.request(method, url, headers=headers)).status_code
        if role is None:
            assert status == 401, (method, path)
        else:
            assert (status == 403) == (role not in allowed), (method, path, status)


async def test_the_list_has_exactly_the_shape_of_the_contract(client: httpx.AsyncClient, store: Store) -> None:
    number = await ticket(store, complex=True, patterns=("8050",), urgency="urgent")
    answer = await client.get("/api/staff/tickets", headers=await bearer(store, "coordinator"))
    assert answer.status_code == 200
    (line,) = answer.json()["tickets"]
    async with store.reading("taiki") as session:
        conversation = (await session.scalars(select(Conversation.id))).one()
    summary = line.pop("summary")
    assert line == {
        "number": number, "municipality": "taiki", "windows": ["taiki.fukushi", "taiki.shakyo", "taiki.suishin"],
        "coordinator": True, "urgency": "urgent", "fields": ["poverty"], "patterns": ["8050"], "status": "open",
        "conversation": str(conversation),
    }
    assert summary.endswith(f"「{WORDS}」")


async def test_an_opened_ticket_adds_the_messages_and_is_recorded(client: httpx.AsyncClient, store: Store) -> None:
    number = await ticket(store)
    answer = await client.get(f"/api/staff/tickets/{number}", headers=await bearer(store, "staff", "taiki.fukushi"))
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) == {
        "number", "municipality", "windows", "coordinator", "urgency", "fields", "patterns", "status", "summary",
        "conversation", "messages",
    }
    (message,) = found["messages"]
    assert (message["sequence"], message["from"], message["text"]) == (1, "resident", WORDS)
    assert set(message) == {"sequence", "from", "text", "choices", "cards", "at", "file"}
    async with store.reading("taiki") as session:
        actions = list(await session.scalars(select(AuditEntry.action).where(AuditEntry.ticket_id.is_not(None))))
    assert actions == ["ticket_opened"]


async def test_an_answer_is_taken_and_stored(client: httpx.AsyncClient, store: Store) -> None:
    number, headers = await ticket(store), await bearer(store, "staff", "taiki.fukushi")
    answer = await client.post(f"/api/staff/tickets/{number}/replies", json={"text": "明日10時に"}, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"sequence": 2})
    async with store.reading("taiki") as session:
        said = (await session.scalars(select(Message).where(Message.sequence == 2))).one()
    assert (said.sender, said.payload["text"]) == ("staff", "明日10時に")
    listed = await client.get("/api/staff/tickets?status=in_progress&mine=true", headers=headers)
    assert [line["number"] for line in listed.json()["tickets"]] == [number]


async def test_what_is_not_theirs_does_not_exist(client: httpx.AsyncClient, store: Store) -> None:
    number = await ticket(store)
    headers = await bearer(store, "staff", "taiki.kodomo")
    assert (await client.get("/api/staff/tickets", headers=headers)).json() == {"tickets": []}
    theirs = await client.get(f"/api/staff/tickets/{number}", headers=headers)
    none = await client.get("/api/staff/tickets/taiki-2026-9999", headers=headers)
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() == none.json()
    refused = await client.post(f"/api/staff/tickets/{number}/replies", json={"text": "x"}, headers=headers)
    assert refused.status_code == 404
    async with store.reading("taiki") as session:
        refusals = list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "ticket_refused")))
    assert len(refusals) == 3


@pytest.mark.parametrize(
    "body",
    ["", "{}", '{"text": ""}', '{"text": " \\n"}', '{"text": 5}', '{"text": "a\\u0000"}', '{"text": "\\ud800"}',
     '{"text": "x", "sender": "bot"}', "[]", '{"text": "' + "あ" * 5001 + '"}'],
)
async def test_bad_answers_get_a_problem_document(client: httpx.AsyncClient, store: Store, body: str) -> None:
    number, headers = await ticket(store), await bearer(store, "staff", "taiki.fukushi")
    answer = await client.post(
        f"/api/staff/tickets/{number}/replies", content=body, headers={**headers, "Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["urgency=high", "status=gone", "window=%00", "limit=0", "limit=501", "mine=perhaps"])
async def test_bad_filters_are_named(client: httpx.AsyncClient, store: Store, query: str) -> None:
    answer = await client.get(f"/api/staff/tickets?{query}", headers=await bearer(store, "coordinator"))
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer wrong", "Basic dGVzdDp0ZXN0", "Bearer taiki." + "x" * 43, ""])
async def test_a_wrong_token_is_401_even_beside_a_good_cookie(
    client: httpx.AsyncClient, store: Store, chosen: Settings, header: str
) -> None:
    good = await cookie(store, chosen, "coordinator")
    answer = await client.get("/api/staff/tickets", headers={**good, "Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Sec-Fetch-Site": "none"}, 202),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, 403),
        ({"Origin": OWN}, 202),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://desk.test.evil.example"}, 403),
        ({"Origin": "http://evil.example/desk.test"}, 403),
        ({}, 403),
    ],
)
async def test_a_cookie_answers_only_from_our_own_pages(
    client: httpx.AsyncClient, store: Store, chosen: Settings, headers: dict[str, str], status: int
) -> None:
    number = await ticket(store)
    signed_in = await cookie(store, chosen, "staff", "taiki.fukushi")
    assert (await client.get("/api/staff/tickets", headers={**signed_in, **headers})).status_code == 200
    answer = await client.post(
        f"/api/staff/tickets/{number}/replies", json={"text": "明日10時に"}, headers={**signed_in, **headers}
    )
    assert answer.status_code == status


async def test_a_one_time_password_opens_nothing_but_its_own_change(
    client: httpx.AsyncClient, store: Store, chosen: Settings
) -> None:
    signed_in = await cookie(store, chosen, "coordinator", must_change=True)
    answer = await client.get("/api/staff/tickets", headers=signed_in)
    assert answer.status_code == 403
    assert "password" in answer.json()["title"]


def test_the_cookie_is_bound_to_the_host_where_there_is_https() -> None:
    assert cookie_name(settings(public_url="https://tsunagu.example")) == "__Host-sid"
    assert cookie_name(settings(public_url=OWN)) == "sid"


async def test_a_restricted_ticket_is_read_by_its_windows_key_until_somebody_has_it(client: httpx.AsyncClient, store: Store) -> None:
    number = await ticket(store, "夫になぐられます。" + WORDS, crisis=("dv",), urgency="urgent")
    key = await bearer(store, "staff", "taiki.fukushi")
    (listed,) = (await client.get("/api/staff/tickets", headers=key)).json()["tickets"]
    assert (listed["number"], listed["fields"]) == (number, ["poverty"])
    opened = (await client.get(f"/api/staff/tickets/{number}", headers=key)).json()
    assert "なぐられます" in opened["messages"][0]["text"]
    async with store.town("taiki") as session:
        assert [one.action for one in await session.scalars(select(AuditEntry).where(AuditEntry.ticket_id.is_not(None)))].count("ticket_opened") == 1
        row = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        assert row.restricted
        row.state = {**row.state, "taken_by": "a colleague, on the telephone"}
    shut = (await client.get(f"/api/staff/tickets/{number}", headers=key)).json()
    assert (shut["fields"], shut["patterns"], shut["messages"]) == ([], [], [])
    colleague = await staff.find(store, await hired(store, "admin", "taiki.fukushi"))
    async with store.town("taiki") as session:
        row = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        row.assignee_id = colleague.id
    assert (await client.get(f"/api/staff/tickets/{number}", headers=key)).status_code == 404
