"""Files beside an answer, over HTTP: from the officer's choice to the resident's device, and everything that must not happen."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from bots.channel import Channel, Platform
from bots.errors import Uncertain
from bots.types import Outgoing
from handoff.desk import enclosures, staff, tickets
from handoff.intake import entrance, upload
from handoff.intake.entrance import Doors
from handoff.intake.media import Collector
from handoff.intake.scanner import Verdict
from handoff.intake.sender import Sender
from handoff.privacy import retention
from handoff.privacy.erasures import Erasures
from handoff.store import chunks
from handoff.store.db import Store
from handoff.store.models import (
    Attachment,
    AttachmentChunk,
    Case,
    CaseTicket,
    ChannelAccount,
    Conversation,
    Enclosure,
    OutboxItem,
    Ticket,
)
from tests.api.conftest import sign_in
from tests.api.test_chat import opened as chat_opened
from tests.api.test_console import text_of
from tests.api.test_console_ticket import actions
from tests.api.test_staff_api import hired
from tests.api.test_unsent import ticket_of
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD, decision_on, hashed_once
from tests.handoff.intake import files
from tests.handoff.intake.outgoing import account, resident
from tests.handoff.intake.test_entrance import Line
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


@pytest.fixture
async def desk(officer: httpx.AsyncClient, store: Store) -> Desk:
    chat, token = await chat_opened(officer)
    return Desk(officer, store, await ticket_on(store, chat), chat, token)


async def test_a_paper_goes_from_the_officer_to_the_residents_device(desk: Desk) -> None:
    answer = await desk.lays(files.PDF, "../../C:\\申請 <b>書.exe")
    assert answer.status_code == 200
    assert "調べています" in text_of(answer)
    (row,) = await desk.rows()
    assert (row.status, row.source, row.message_id) == ("waiting", "staff", None)
    before = len(await desk.thread())
    await desk.looked_through()
    page = await desk.browser.get(f"/staff/tickets/{desk.number}")
    assert "［書類］ 申請 <b>書.pdf" in text_of(page)
    assert "<b>書" not in page.text
    assert len(await desk.thread()) == before, "nothing is told before it is sent"
    assert (await desk.replies()).status_code == 303
    words, file = (await desk.thread())[-2:]
    assert (words["text"], words["from"], "file" in words) == (WORDS, "staff", False)
    assert (file["media"], file["from"], file["text"]) == ("file", "staff", "")
    assert file["file"] == {"id": str(row.id), "name": "申請 <b>書.pdf", "size": len(files.PDF), "kept": True}
    got = await desk.fetches(file["file"]["id"])
    assert (got.status_code, got.content) == (200, files.PDF)
    assert got.headers["content-disposition"] == f'attachment; filename="file-{row.id.hex[-6:]}.pdf"'
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (got.headers["cache-control"], got.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert [await actions(desk.store, act) for act in ("file_enclosed", "file_sent", "replied")] == [1, 1, 1]
    async with desk.store.reading("taiki") as session:
        assert list(await session.scalars(select(Enclosure.id))) == []


async def test_a_photo_loses_its_place_and_its_name_gets_the_right_ending(desk: Desk) -> None:
    shown = await desk.sends(files.photo(), "現地.heic")
    assert shown["name"] == "現地.jpg"
    body = (await desk.fetches(shown["id"])).content
    assert body.startswith(b"\xff\xd8")
    assert files.SECRET.encode() not in body
    async with desk.store.reading("taiki") as session:
        (row,) = await desk.rows()
        assert await chunks.read(session, row.id, "raw") == b""


async def test_nothing_is_kept_in_clear(desk: Desk) -> None:
    await desk.lays(files.PDF)
    async with desk.store.reading("taiki") as session:
        row = (await session.scalars(select(Attachment))).one()
        piece = (await session.scalars(select(AttachmentChunk))).one()
        assert (row.name, await chunks.read(session, row.id, "raw")) == ("申請書.pdf", files.PDF)
        assert "申請書".encode() not in (row.name_sealed or b"")
        assert files.PDF[:8] not in piece.body_sealed


@pytest.mark.parametrize(("data", "status"), [
    (files.HTML, 415), (files.SVG, 415), (files.DOCX, 415), (files.PROGRAM, 415), (b"", 422),
    (b"\xff\xd8" + b"x" * upload.LONGEST, 413),
], ids=["html", "svg", "docx", "program", "empty", "large"])
async def test_what_is_not_taken_leaves_nothing(desk: Desk, data: bytes, status: int) -> None:
    answer = await desk.lays(data, "写真.jpg")
    assert answer.status_code == status
    assert await desk.rows() == []


async def test_what_cannot_be_sent_holds_the_answer_and_the_resident_hears_nothing(desk: Desk) -> None:
    before = await desk.thread()
    await desk.lays(files.PDF)
    refused = await desk.replies()
    assert refused.status_code == 409
    assert "調べています" in text_of(refused)
    await desk.looked_through("infected")
    refused = await desk.replies()
    assert refused.status_code == 409
    assert "送れないファイル" in text_of(refused)
    page = text_of(await desk.browser.get(f"/staff/tickets/{desk.number}/enclosures"))
    assert "ウイルスが見つかった" in page
    assert await desk.thread() == before
    (row,) = await desk.rows()
    answer = await desk.browser.post(f"/staff/tickets/{desk.number}/enclosures/{row.id}/remove")
    assert answer.status_code == 200
    assert await desk.rows() == []
    assert (await desk.replies()).status_code == 303
    assert "file" not in (await desk.thread())[-1]


async def test_it_survives_logout_and_is_nobody_elses(desk: Desk, browser: httpx.AsyncClient) -> None:
    await desk.lays(files.PDF)
    await desk.looked_through()
    (row,) = await desk.rows()
    assert (await desk.browser.get(f"/staff/tickets/{desk.number}/files/{row.id}")).content == files.PDF
    await browser.post("/staff/logout")
    await sign_in(browser, await hired(desk.store, "coordinator"))
    page = await browser.get(f"/staff/tickets/{desk.number}")
    assert "申請書" not in page.text
    assert (await browser.get(f"/staff/tickets/{desk.number}/files/{row.id}")).status_code == 404
    assert (await browser.post(f"/staff/tickets/{desk.number}/enclosures/{row.id}/remove")).status_code == 404
    assert (await desk.replies("調整役から")).status_code == 303
    assert "file" not in (await desk.thread())[-1], "the other's file stays where it lies"
    await browser.post("/staff/logout")
    await sign_in(browser, "taiki-staff")
    assert "申請書.pdf" in (await browser.get(f"/staff/tickets/{desk.number}")).text


async def test_only_the_conversations_own_token_fetches_and_only_what_staff_sent(desk: Desk) -> None:
    await desk.browser.post(
        f"{desk.chat}/files", params={"client_message_id": str(uuid4())}, content=files.PDF, headers=desk.token
    )
    await desk.looked_through()
    (own,) = await desk.rows()
    await desk.lays(files.PDF)
    await desk.looked_through()
    waiting = (await desk.rows())[-1]
    assert (await desk.fetches(str(own.id))).status_code == 404, "a resident's own photo is not handed back to whoever sits there"
    assert (await desk.fetches(str(waiting.id))).status_code == 404, "not sent yet"
    erased = await desk.browser.post(f"/staff/tickets/{desk.number}/files/{own.id}/take-back")
    assert erased.status_code == 404, "what a resident sent is theirs to take back"
    await desk.replies()
    file = (await desk.thread())[-1]["file"]["id"]
    chat, token = await chat_opened(desk.browser)
    far, far_token = await chat_opened(desk.browser, "itoman")
    assert (await desk.fetches(file)).status_code == 200
    assert (await desk.fetches(file, token={})).status_code == 401
    assert (await desk.fetches(file, token=token)).status_code == 401
    assert (await desk.fetches(file, chat=chat, token=token)).status_code == 404
    assert (await desk.fetches(file, chat=far, token=far_token)).status_code == 404
    assert (await desk.fetches(str(uuid4()))).status_code == 404
    foreign = await desk.fetches(file, token={**desk.token, "Origin": "https://evil.example"})
    assert foreign.status_code == 403


async def test_a_file_sent_by_mistake_is_taken_back(desk: Desk) -> None:
    shown = await desk.sends(files.PDF, "別の人の通知.pdf")
    assert "まちがえて送ったとき" in (await desk.browser.get(f"/staff/tickets/{desk.number}")).text
    done = await desk.browser.post(f"/staff/tickets/{desk.number}/files/{shown['id']}/take-back")
    assert (done.status_code, done.headers["location"]) == (303, f"/staff/tickets/{desk.number}#saved-files")
    assert (await desk.fetches(shown["id"])).status_code == 404
    assert (await desk.thread())[-1]["file"] == {"id": shown["id"], "name": "", "size": 0, "kept": False}
    page = await desk.browser.get(f"/staff/tickets/{desk.number}")
    assert "職員が取り消しました" in text_of(page)
    assert "別の人の通知" not in page.text
    async with desk.store.reading("taiki") as session:
        assert await chunks.read(session, UUID(shown["id"]), "whole") == b""
    assert await actions(desk.store, "file_taken_back") == 1
    again = await desk.browser.post(f"/staff/tickets/{desk.number}/files/{shown['id']}/take-back")
    assert again.status_code == 404


async def test_so_many_and_no_more(desk: Desk) -> None:
    statuses = [(await desk.lays(files.PDF)).status_code for _ in range(enclosures.MOST + 1)]
    assert statuses == [200] * enclosures.MOST + [409]


async def test_another_window_may_neither_lay_nor_fetch(desk: Desk, browser: httpx.AsyncClient) -> None:
    shown = await desk.sends(files.PDF)
    await browser.post("/staff/logout")
    await hired_at(desk.store, browser, "taiki.kodomo")
    path = f"/staff/tickets/{desk.number}"
    assert (await desk.lays(files.PDF)).status_code == 404
    assert (await browser.get(f"{path}/enclosures")).status_code == 404
    assert (await browser.get(f"{path}/files/{shown['id']}")).status_code == 404
    assert (await browser.post(f"{path}/files/{shown['id']}/take-back")).status_code == 404
    assert len(await desk.rows()) == 1


async def hired_at(store: Store, browser: httpx.AsyncClient, window: str) -> None:
    """A second member of staff, signed in."""
    await staff.add(
        store, municipality_id="taiki", login="next-door", role="staff", windows=(window,), password=PASSWORD,
        now=at_noon(), must_change=False, hashing=hashed_once,
    )
    await sign_in(browser, "next-door")


async def test_a_program_that_answers_with_somebodys_token_sends_none_of_their_files(desk: Desk) -> None:
    await desk.lays(files.PDF)
    answer = await desk.browser.post(f"/api/staff/tickets/{desk.number}/replies", json={"text": "受けつけました"})
    assert answer.status_code == 202
    assert "file" not in (await desk.thread())[-1]
    assert [row.message_id for row in await desk.rows()] == [None]


async def test_a_restricted_matter_obeys_the_same_rules(desk: Desk) -> None:
    done = await desk.browser.post(f"/staff/tickets/{desk.number}/restrict", data={"reason": "本人の希望"})
    assert done.status_code == 303
    shown = await desk.sends(files.PDF)
    assert (await desk.fetches(shown["id"])).status_code == 200


async def test_who_reported_somebody_is_sent_no_file(desk: Desk) -> None:
    async with desk.store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        case = Case(
            number="taiki-c-1", data_key_id=ticket.data_key_id, data_key=ticket.data_key, stage="reception",
            body={"household": "", "why": [], "next": ""},
        )
        session.add(case)
        await session.flush()
        session.add(CaseTicket(case_id=case.id, ticket_id=ticket.id, reporter=True))
    page = await desk.browser.get(f"/staff/tickets/{desk.number}")
    assert "写真・PDFをそえる" not in page.text
    answer = await desk.lays(files.PDF)
    assert answer.status_code == 409
    assert "知らせてくれた人" in text_of(answer)
    assert await desk.rows() == []


@pytest.mark.parametrize(("channel", "mode"), [("line", "entrance"), ("line", "conversation"), ("telegram", "conversation")])
async def test_a_platform_hears_that_there_is_a_file_and_gets_the_way_in(
    officer: httpx.AsyncClient, store: Store, channel: str, mode: str
) -> None:
    account_id = await account(store, channel)
    async with store.town("taiki") as session:
        (await session.get_one(ChannelAccount, account_id)).mode = mode
    who = await resident(store, account_id, channel=channel)
    desk = Desk(officer, store, await ticket_of(store, who), "", {})
    await desk.lays(files.PDF, "生活保護の通知.pdf")
    await desk.looked_through()
    assert (await desk.replies()).status_code == 303
    line = Line()

    async def channel_of(account_id: UUID) -> Channel | None:
        return cast(Channel, line)

    sender = Sender(store, at_noon, channel_of, Random(1), doors=Doors("https://soudan.example.jp", knowledge()))
    assert await sender.drain() == 1, "one push: each costs"
    told = line.last()
    assert "生活保護" not in told
    assert (WORDS in told) == (mode == "conversation")
    assert ("写真か書類" in told) == (mode == "conversation")
    async with store.town("taiki") as session:
        entered = await entrance.enter(session, line.links()["ひらく"], now=at_noon())
    assert "/open/taiki?openExternalBrowser=1#" in told, "LINE's own browser saves no file"
    assert entered is not None
    desk.chat, desk.token = f"/api/chat/conversations/{entered.conversation_id}", {"Authorization": f"Bearer {entered.token}"}
    shown = (await desk.thread())[-1]["file"]
    assert (await desk.fetches(shown["id"])).content == files.PDF
    async with store.reading("taiki") as session:
        (row,) = await session.scalars(select(OutboxItem))
        assert (row.status, row.first_sequence + 1) == ("sent", row.last_sequence)
    assert "送信ずみ" in text_of(await officer.get(f"/staff/tickets/{desk.number}"))


async def test_an_answer_with_a_file_that_did_not_arrive_is_sent_again_with_a_fresh_way_in(
    officer: httpx.AsyncClient, store: Store
) -> None:
    who = await resident(store, await account(store, "telegram"), channel="telegram")
    desk = Desk(officer, store, await ticket_of(store, who), "", {})
    await desk.lays(files.PDF)
    await desk.looked_through()
    await desk.replies()
    line = Line([Uncertain("timeout")])

    async def channel_of(account_id: UUID) -> Channel | None:
        return cast(Channel, line)

    sender = Sender(store, at_noon, channel_of, Random(1), doors=Doors("https://soudan.example.jp", knowledge()))
    await sender.drain()
    first = line.links()["ひらく"]
    page = text_of(await officer.get("/staff/unsent"))
    assert f"{WORDS} ［ファイル］" in page
    (row,) = await who.rows()
    done = await officer.post(f"/staff/tickets/{desk.number}/unsent/{row.id}", data={"choice": "again"})
    assert done.status_code == 303
    await sender.drain()
    assert line.links()["ひらく"] != first
    assert [status for status, _ in await who.status()] == ["failed", "sent"]


async def test_the_way_outside_opens_the_same_conversation_once_and_shuts_the_page_before_it(desk: Desk) -> None:
    shown = await desk.sends(files.PDF)
    assert (await desk.browser.post(f"{desk.chat}/outside")).status_code == 401
    answer = await desk.browser.post(f"{desk.chat}/outside", headers=desk.token)
    assert answer.status_code == 201
    way, _, code = answer.json()["url"].partition("#")
    assert way == "/open/taiki?openExternalBrowser=1"
    opened = await desk.browser.post("/api/entrance/taiki/open", json={"code": code})
    assert opened.json()["conversation"] == desk.chat.rsplit("/", 1)[-1]
    assert (await desk.fetches(shown["id"])).status_code == 401
    fresh = {"Authorization": f"Bearer {opened.json()['token']}"}
    assert (await desk.fetches(shown["id"], token=fresh)).status_code == 200
    assert (await desk.browser.post("/api/entrance/taiki/open", json={"code": code})).status_code == 410


async def test_files_that_were_never_sent_go_with_the_traces(desk: Desk, tmp_path: Path) -> None:
    await desk.lays(files.PDF)
    await desk.looked_through()
    late = at_noon() + retention.TRACES + timedelta(days=1)
    await retention.purge(desk.store, "taiki", days=None, erasures=Erasures(tmp_path / "erasures"), now=late)
    assert await desk.rows() == []
