"""An officer who lays files beside an answer, a resident on the town's page, and the worker between them."""

from dataclasses import dataclass
from random import Random
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

import httpx
from sqlalchemy import select

from bots.channel import Platform
from bots.types import Outgoing
from handoff.desk import tickets
from handoff.intake.media import Collector
from handoff.intake.scanner import Verdict
from handoff.store.db import Store
from handoff.store.models import Attachment, Conversation
from tests.databases import at_noon
from tests.handoff.desk.conftest import decision_on
from tests.whole import knowledge

WORDS = "申請の紙を送ります"


@dataclass
class Desk:
    """An officer, a resident on the town's page, and the worker between them."""

    browser: httpx.AsyncClient
    store: Store
    number: str
    chat: str
    token: dict[str, str]

    async def lays(self, data: bytes, name: str = "申請書.pdf", *, number: str | None = None) -> httpx.Response:
        return await self.browser.post(
            f"/staff/tickets/{number or self.number}/enclosures", content=data, headers={"X-File-Name": quote(name)}
        )

    async def looked_through(self, verdict: Verdict = "clean") -> None:
        async def none(account_id: UUID) -> Platform | None:
            return None

        async def scan(data: bytes) -> Verdict:
            return verdict

        collector = Collector(self.store, at_noon, none, Random(1), lambda town, language: Outgoing("開けません"), scan)
        while await collector.drain():
            pass

    async def replies(self, text: str = WORDS) -> httpx.Response:
        return await self.browser.post(f"/staff/tickets/{self.number}/reply", data={"text": text})

    async def sends(self, data: bytes, name: str = "申請書.pdf") -> dict[str, Any]:
        """The whole way; what the resident's page shows of the file."""
        assert (await self.lays(data, name)).status_code == 200
        await self.looked_through()
        assert (await self.replies()).status_code == 303
        return cast(dict[str, Any], (await self.thread())[-1]["file"])

    async def thread(self) -> list[dict[str, Any]]:
        answer = await self.browser.get(f"{self.chat}/messages", headers=self.token)
        return cast(list[dict[str, Any]], answer.json()["messages"])

    async def fetches(self, file: str, *, chat: str | None = None, token: dict[str, str] | None = None) -> httpx.Response:
        return await self.browser.get(f"{chat or self.chat}/files/{file}", headers=self.token if token is None else token)

    async def rows(self) -> list[Attachment]:
        async with self.store.reading("taiki") as session:
            return list(await session.scalars(select(Attachment).order_by(Attachment.id)))


async def ticket_on(store: Store, chat: str, **more: Any) -> str:
    async with store.town("taiki") as session:
        row = await session.get_one(Conversation, UUID(chat.rsplit("/", 1)[-1]))
        made = await tickets.open_or_update(
            session, row, decision_on("家賃が払えません", **more), town=knowledge().towns["taiki"],
            windows=("taiki.fukushi",), why="triage", now=at_noon(),
        )
        return made.number
