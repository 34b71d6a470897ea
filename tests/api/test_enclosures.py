"""Files beside an answer, over HTTP: from the officer's choice to the resident's device, and everything that must not happen."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from handoff.desk import enclosures, staff
from handoff.intake import upload
from handoff.privacy import retention
from handoff.privacy.erasures import Erasures
from handoff.store import chunks
from handoff.store.db import Store
from handoff.store.models import (
    Attachment,
    AttachmentChunk,
    Case,
    CaseTicket,
    Enclosure,
    Ticket,
)
from tests.api.conftest import sign_in
from tests.api.enclosing import WORDS, Desk, ticket_on
from tests.api.test_chat import opened as chat_opened
from tests.api.test_console import text_of
from tests.api.test_console_ticket import actions
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.handoff.desk.conftest import PASSWORD, hashed_once
from tests.handoff.intake import files, leaving


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


async def test_files_that_were_never_sent_go_with_the_traces(desk: Desk, tmp_path: Path) -> None:
    await desk.lays(files.PDF)
    await desk.looked_through()
    late = at_noon() + retention.TRACES + timedelta(days=1)
    await retention.purge(desk.store, "taiki", days=None, erasures=Erasures(tmp_path / "erasures"), now=late)
    assert await desk.rows() == []


async def test_a_paper_that_still_says_who_made_it_goes_only_by_choice(desk: Desk) -> None:
    signed = leaving.signed_pdf()
    await desk.lays(signed, "契約書.pdf")
    await desk.looked_through()
    (row,) = await desk.rows()
    refused = await desk.replies()
    assert refused.status_code == 409
    assert "作った人の名前などを消せなかった書類" in text_of(refused)
    listed = await desk.browser.get(f"/staff/tickets/{desk.number}/enclosures")
    assert "電子署名がこわれるため" in text_of(listed)
    assert "data-let-go" in listed.text
    chosen = await desk.browser.post(f"/staff/tickets/{desk.number}/enclosures/{row.id}/as-it-came")
    assert "このまま送ります" in text_of(chosen)
    assert "data-let-go" not in chosen.text
    assert (await desk.replies()).status_code == 303
    file = (await desk.thread())[-1]["file"]
    assert (await desk.fetches(file["id"])).content == signed
    assert await actions(desk.store, "enclosure_let_go") == 1


async def test_a_cleaned_paper_says_so_and_has_nothing_to_decide(desk: Desk) -> None:
    await desk.lays(leaving.pdf(within=True))
    await desk.looked_through()
    (row,) = await desk.rows()
    listed = await desk.browser.get(f"/staff/tickets/{desk.number}/enclosures")
    assert "中に入っていた別のファイルは消してあります" in text_of(listed)
    assert "data-let-go" not in listed.text
    assert (await desk.browser.post(f"/staff/tickets/{desk.number}/enclosures/{row.id}/as-it-came")).status_code == 404
    assert (await desk.replies()).status_code == 303
    body = (await desk.fetches((await desk.thread())[-1]["file"]["id"])).content
    assert leaving.AUTHOR.encode() not in body
