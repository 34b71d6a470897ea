"""A town's admins at work on its knowledge over HTTP: what the tests of editing share."""

import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio
from sqlalchemy import select

from api.wiring import Services
from handoff.desk import staff
from handoff.desk.staff import Role
from handoff.store.db import Store
from handoff.store.models import KnowledgeDraft
from knowledge.schema import Town as Pack
from tests.api.conftest import FROM_HERE, Clock, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import OWN, hired
from tests.browser.serving import make_services, settings, whole_app
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD, hashed_once

ROOT = "/staff/knowledge"


@dataclass
class Town:
    """A town's admins at work, and the services behind."""

    store: Store
    services: Services
    client: httpx.AsyncClient

    async def foresee(self) -> None:
        """What the worker does for waiting drafts, without words to judge."""
        async with self.store.everywhere() as session:
            for row in await session.scalars(select(KnowledgeDraft).where(KnowledgeDraft.foresight_state == "asked")):
                sequence = (await self.services.live.ground(row.municipality_id)).sequence
                row.foresight_state, row.foresight_of = "done", f"{row.number}.{row.version}@{sequence}"
                row.foresight = FOUND

    async def pack(self) -> Pack:
        """The town as it is served now."""
        return (await self.services.knowledge()).towns["taiki"]

    async def telephone(self) -> str | None:
        return (await self.pack()).window("koreisha").telephone


FOUND: dict[str, Any] = {
    "messages": 3, "messages_changed": 1, "cases": 928, "cases_changed": 2, "better": 1, "worse": 1,
    "changed_messages": [{"message": "0", "ticket": "taiki-2026-0001", "keys": ["windows"]}],
    "changed_cases": [{"case": "c1", "keys": ["fields"], "better": -2}], "problems": [],
}


@pytest_asyncio.fixture
async def town(store: Store, clock: Clock) -> AsyncIterator[Town]:
    """An admin of taiki, signed in."""
    chosen = settings(public_url=OWN)
    services = make_services(store, chosen, clock)
    transport = httpx.ASGITransport(app=whole_app(services))
    async with httpx.AsyncClient(transport=transport, base_url=OWN, headers=FROM_HERE) as client:
        await sign_in(client, await hired(store, "admin"))
        yield Town(store, services, client)


async def another(town: Town, role: Role = "admin", *, of: str = "taiki") -> httpx.AsyncClient:
    """Somebody else's browser on the same house."""
    client = httpx.AsyncClient(transport=town.client._transport, base_url=OWN, headers=FROM_HERE)
    login = f"{role}-{secrets.token_hex(4)}"
    await staff.add(
        town.store, municipality_id=of, login=login, role=role, windows=(), password=PASSWORD, now=at_noon(),
        must_change=False, hashing=hashed_once,
    )
    await sign_in(client, login)
    return client


def filled(answer: httpx.Response, /, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the page's main form, with changes."""
    assert answer.status_code in (200, 409, 422), answer.status_code
    form = re.search(r'<form method="post" class="box edit">(.*?)</form>', answer.text, re.S)
    assert form is not None
    found: dict[str, Any] = {}
    for tag in re.finditer(r"<input[^>]*>", form[1]):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag[0]))
        if given.get("type") == "checkbox":
            if " checked" in tag[0]:
                found.setdefault(given["name"], []).append(given["value"])
        else:
            found[given["name"]] = given.get("value", "")
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form[1], re.S):
        found[name] = inner
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form[1], re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = chosen[1] if chosen else ""
    return {**found, "reason": "番号が変わった", **changes}


async def drafted(client: httpx.AsyncClient, path: str, /, **changes: Any) -> str:
    """A draft from the form at `path`; where the browser is led."""
    answer = await client.post(path, data=filled(await client.get(path), **changes))
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["location"]


def number_of(location: str) -> int:
    return int(location.split("/")[4])


async def press(client: httpx.AsyncClient, number: int, what: str, version: int = 1) -> httpx.Response:
    return await client.post(f"{ROOT}/drafts/{number}/{what}", data={"version": version})


async def live(town: Town, location: str, version: int = 1) -> None:
    """Looked at by the worker, approved by somebody else where it must be, and published."""
    number = number_of(location)
    await town.foresee()
    if "確認した。公開してよい" in (await (second := await another(town)).get(f"{ROOT}/drafts/{number}")).text:
        assert (await press(second, number, "approve", version)).status_code == 303
    answer = await press(town.client, number, "publish", version)
    assert answer.status_code == 303, text_of(answer)
