"""No request fills the memory or the disk: what is too large is refused while it comes in, and read no further."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.bodies import MOST
from tests.api.conftest import sign_in
from tests.api.test_chat import is_problem

PART = b"x" * 65_536
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=end"}
FILE = b'--end\r\nContent-Disposition: form-data; name="login"; filename="a.bin"\r\n\r\n'


class Flood:
    """A body without an end; `sent` says how much of it was asked for."""

    def __init__(self, first: bytes) -> None:
        self.first, self.sent = first, 0

    async def parts(self) -> AsyncIterator[bytes]:
        yield self.first
        while self.sent < 16 * MOST:
            self.sent += len(PART)
            yield PART


@pytest.mark.parametrize(("method", "path", "headers", "first"), [
    ("POST", "/api/chat/taiki/resume", {"Content-Type": "application/json"}, b'{"phrase": "'),
    ("POST", "/staff/login", BOUNDARY, FILE),
    ("POST", "/slips/taiki/00000000-0000-0000-0000-000000000000", BOUNDARY, FILE),
])
async def test_who_is_not_signed_in_sends_no_flood(
    browser: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], first: bytes
) -> None:
    flood = Flood(first)
    answer = await browser.request(
        method, path, content=flood.parts(), headers={**headers, "Accept": "application/json"}
    )
    assert is_problem(answer, 413)
    assert flood.sent <= MOST + len(PART)


async def test_an_officer_reads_why_in_plain_words(officer: httpx.AsyncClient) -> None:
    answer = await officer.post("/staff/search", content=Flood(FILE).parts(), headers=BOUNDARY)
    assert answer.status_code == 413
    assert "入力が長すぎます" in answer.text


async def test_the_longest_words_of_a_form_go_through(officer: httpx.AsyncClient) -> None:
    assert (await sign_in(officer, "nobody", "𠮷" * 1000)).status_code == 401, "not 413"
    form = {"words": "あ" * 30_000, "told": "い" * 30_000, "window": "taiki.fukushi", "once": "0" * 32}
    assert (await officer.post("/staff/reception", data=form)).status_code != 413
