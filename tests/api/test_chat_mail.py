"""Mail that an answer has come, over HTTP: offered only where there is a mail server; the link in it ends it by a POST."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import AnswerMail
from tests.api.test_chat import OWN, is_problem, opened
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon
from tests.whole import knowledge

SMTP = SecretStr("smtp://127.0.0.1:2525")


@pytest_asyncio.fixture
async def client(store: Store, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(make_services(store, settings(public_url=OWN, smtp_url=getattr(request, "param", SMTP)), at_noon))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=OWN) as asked:
        yield asked


async def letter(store: Store) -> Any:
    async with store.reading("taiki") as session:
        row = await session.scalar(select(AnswerMail))
        return row.letter if row is not None else None


async def test_asked_for_and_ended(client: httpx.AsyncClient, store: Store) -> None:
    path, token = await opened(client)
    assert (await client.get(f"{path}/mail", headers=token)).json() == {"on": False, "failed": False, "held": False, "phrase": False}
    kept = await client.put(f"{path}/mail", json={"address": " hanako@example.jp "}, headers=token)
    assert kept.json() == {"on": True, "failed": False, "held": False, "phrase": False}
    await client.post(f"{path}/phrase", headers=token)
    assert (await client.get(f"{path}/mail", headers=token)).json()["phrase"]
    assert "hanako" not in (await client.get(f"{path}/mail", headers=token)).text, "it is shown to nobody"
    assert (await letter(store))["address"] == "hanako@example.jp"
    assert is_problem(await client.put(f"{path}/mail", json={"address": "hanako"}, headers=token), 422)
    assert is_problem(await client.put(f"{path}/mail", json={"address": "a@example.jp"}), 401)
    assert (await client.delete(f"{path}/mail", headers=token)).status_code == 204
    assert await letter(store) is None


async def test_who_wishes_only_answers_is_told_that_no_mail_goes(client: httpx.AsyncClient) -> None:
    path, token = await opened(client)
    await client.put(f"{path}/contact", json={"only_answers": True}, headers=token)
    assert not (await client.get(f"{path}/mail", headers=token)).json()["held"], "none was asked for"
    kept = await client.put(f"{path}/mail", json={"address": "hanako@example.jp"}, headers=token)
    assert kept.json() == {"on": True, "failed": False, "held": True, "phrase": False}
    assert (await client.get(f"{path}/mail", headers=token)).json() == kept.json()
    await client.put(f"{path}/contact", json={}, headers=token)
    assert not (await client.get(f"{path}/mail", headers=token)).json()["held"]


async def test_looking_at_the_link_ends_nothing(client: httpx.AsyncClient, store: Store) -> None:
    path, token = await opened(client)
    await client.put(f"{path}/mail", json={"address": "hanako@example.jp"}, headers=token)
    stop = f"/mail/stop/taiki.{(await letter(store))['stop']}"
    for wrong in ("taiki." + "x" * 43, "itoman" + stop[16:], "nowhere." + "x" * 43, "x"):
        assert (await client.post(f"/mail/stop/{wrong}")).status_code == 200, "no difference to be seen"
    page = await client.get(stop)
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert await letter(store) is not None
    assert "やめました" in (await client.post(stop)).text
    assert await letter(store) is None


@pytest.mark.parametrize("client", [None], indirect=True)
async def test_without_a_mail_server_nothing_is_offered(client: httpx.AsyncClient) -> None:
    path, token = await opened(client)
    assert is_problem(await client.put(f"{path}/mail", json={"address": "a@example.jp"}, headers=token), 404)
    assert "mail-form" not in (await client.get("/chat/taiki")).text


async def test_with_one_it_is(client: httpx.AsyncClient) -> None:
    assert "メールで知らせる" in (await client.get("/chat/taiki")).text


async def test_the_page_of_the_link_speaks_all_languages_of_the_town(client: httpx.AsyncClient) -> None:
    known = knowledge()
    for code, languages in ((f"taiki.{'x' * 43}", known.towns["taiki"].municipality.languages), ("nowhere.x", ("ja", "en"))):
        asked, ended = (await client.get(f"/mail/stop/{code}")).text, (await client.post(f"/mail/stop/{code}")).text
        for language in languages:
            assert f"<button type=\"submit\">{known.replies[language]['mail_end']}</button>" in asked
            assert known.replies[language]["mail_ended"] in ended
