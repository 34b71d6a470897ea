"""What is our own fault: logged without a word of anybody's, told as a problem document or as a page, with all headers."""

import httpx
import pytest
from structlog.testing import capture_logs

from api.app import create_app
from api.security import DEFAULTS
from handoff.store.errors import Busy
from tests.browser.serving import settings

WORDS = "夫になぐられました"
PLAIN = {"Accept": "application/json"}
PAGE = {"Accept": "text/html"}


def broken(why: Exception) -> httpx.AsyncClient:
    """The whole application, whose services fail as soon as they are asked for."""
    class Broken:
        @property
        def services(self) -> None:
            raise why

    app = create_app(settings())
    app.state = Broken()  # type: ignore[assignment]
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://desk.test")


@pytest.mark.parametrize("path", ["/api/staff/tickets", "/staff/tickets", "/readyz"])
async def test_programs_get_a_problem_document(path: str) -> None:
    async with broken(RuntimeError(WORDS)) as client:
        with capture_logs() as logged:
            answer = await client.get(path, headers=PLAIN)
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert dict(DEFAULTS).items() <= dict(answer.headers).items()
    assert WORDS not in answer.text
    (line,) = logged
    assert (line["event"], line["method"], line["route"]) == ("request_failed", "GET", path)


@pytest.mark.parametrize(("path", "why", "status", "says"), [
    ("/staff/tickets", RuntimeError(WORDS), 500, "こちらの不具合"),
    ("/staff/tickets", Busy("locked"), 503, "少し待って"),
    ("/duty/taiki.00000000000000000000", Busy("locked"), 503, "少し待って"),
])
async def test_people_get_a_page_that_says_what_to_do(path: str, why: Exception, status: int, says: str) -> None:
    async with broken(why) as client:
        with capture_logs():
            answer = await client.get(path, headers=PAGE)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in answer.text
    assert WORDS not in answer.text
    assert ("案件の一覧</a></li>" in answer.text) == path.startswith("/staff"), "who has no account is not sent to sign in"
    assert dict(DEFAULTS).items() <= dict(answer.headers).items()
