"""What residents sent, over HTTP: always a download in a sandbox, each opening recorded, nothing for who may not see it."""

import io
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from handoff.intake.media import expect
from handoff.intake.pictures import redrawn
from handoff.store import chunks
from handoff.store.db import Store
from handoff.store.models import Conversation, Message
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_console_ticket import actions
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.handoff.intake import files


async def with_file(store: Store, body: bytes, media_type: str, *, name: str | None = None, **more: object) -> UUID:
    """An attachment on the one message of the one conversation; its id."""
    now = at_noon()
    async with store.town("taiki") as session:
        message = (await session.scalars(select(Message).where(Message.sender == "resident"))).one()
        message.media = "file"
        conversation = await session.get_one(Conversation, message.conversation_id)
        row = expect(
            session, conversation, message, kind="file", source="line", account_id=None, handle="h", name=name, now=now
        )
        await session.flush()
        row.status, row.media_type, row.size = "kept", media_type, len(body)
        await chunks.write(session, row, "whole", body, now=now)
        if media_type == "image/jpeg":
            await chunks.write(session, row, "preview", redrawn(body).preview, now=now)
        for field, value in more.items():
            setattr(row, field, value)
        return row.id


async def test_a_paper_is_a_download_and_its_opening_is_written_down(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    file = await with_file(store, files.PDF, "application/pdf", name='滞納"通知\r\nX: y.pdf')
    page = await officer.get(f"/staff/tickets/{number}")
    assert "滞納&#34;通知" in page.text
    assert "ウイルス検査なし" in text_of(page)
    answer = await officer.get(f"/staff/tickets/{number}/files/{file}")
    assert (answer.status_code, answer.content) == (200, files.PDF)
    headers = answer.headers
    assert headers["content-disposition"] == f'attachment; filename="{number}-{file.hex[-6:]}.pdf"'
    assert (headers["x-content-type-options"], headers["content-type"]) == ("nosniff", "application/pdf")
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["cache-control"] == "no-store"
    assert "x" not in headers
    assert await actions(store, "attachment_opened") == 1


async def test_a_photo_has_a_preview(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    file = await with_file(store, files.photo(), "image/jpeg", scan="clean")
    page = await officer.get(f"/staff/tickets/{number}")
    assert f"/staff/tickets/{number}/files/{file}/preview" in page.text
    assert "ウイルス検査ずみ" in text_of(page)
    answer = await officer.get(f"/staff/tickets/{number}/files/{file}/preview")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert max(image.size) <= 640
    assert await actions(store, "attachment_previewed") == 1
    assert await actions(store, "attachment_opened") == 0


@pytest.mark.parametrize(("status", "error", "told"), [
    ("waiting", None, "取りこみ中です"), ("failed", "too_large", "大きすぎます"), ("failed", "odd", "もう一度送れるか"),
    ("erased", None, "本人が取り消しました"), ("withheld", None, "封をして残しています"),
])
async def test_what_is_not_kept_says_why_and_cannot_be_opened(
    officer: httpx.AsyncClient, store: Store, status: str, error: str | None, told: str
) -> None:
    number = await opened(store)
    file = await with_file(store, files.PDF, "application/pdf", name="秘密.pdf", status=status, error=error)
    page = await officer.get(f"/staff/tickets/{number}")
    assert told in text_of(page)
    assert "秘密" not in page.text
    assert (await officer.get(f"/staff/tickets/{number}/files/{file}")).status_code == 404


async def test_who_may_not_see_the_ticket_gets_nothing(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    file = await with_file(store, files.PDF, "application/pdf")
    await sign_in(browser, await hired(store, "staff", "taiki.kodomo"))
    answer = await browser.get(f"/staff/tickets/{number}/files/{file}")
    assert answer.status_code == 404
    assert await actions(store, "ticket_refused") == 1


async def test_a_file_opens_only_on_its_own_ticket(officer: httpx.AsyncClient, store: Store) -> None:
    await opened(store)
    file = await with_file(store, files.PDF, "application/pdf")
    other = await opened(store)
    assert (await officer.get(f"/staff/tickets/{other}/files/{file}")).status_code == 404
    assert (await officer.get(f"/staff/tickets/{other}/files/{uuid4()}")).status_code == 404


async def test_a_piece_that_was_taken_out_is_noticed(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    file = await with_file(store, files.PDF, "application/pdf", size=len(files.PDF) + 1)
    assert (await officer.get(f"/staff/tickets/{number}/files/{file}")).status_code == 404


async def test_signed_out_nothing(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    file = await with_file(store, files.PDF, "application/pdf")
    answer = await browser.get(f"/staff/tickets/{number}/files/{file}")
    assert answer.status_code in (303, 401)
    assert files.PDF not in answer.content


async def test_what_was_corrected_shows_its_first_wording(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    async with store.town("taiki") as session:
        message = (await session.scalars(select(Message).where(Message.sender == "resident"))).one()
        message.payload = {**message.payload, "text": "やっぱり大丈夫です", "earlier": ["たたかれました"]}
    page = await officer.get(f"/staff/tickets/{number}")
    assert "書きなおす前の文（1）" in text_of(page)
    assert "たたかれました" in text_of(page)
