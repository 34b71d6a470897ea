"""Loader, frame, neutral page and demo over HTTP: policies, caching, languages, unknown towns."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.routes.widget import embedding_origins
from bots.web import assets
from handoff.store.db import Store
from tests.browser.serving import make_app, make_services, settings
from tests.databases import at_noon
from tests.whole import knowledge

PUBLIC = "https://soudan.example.jp"


def visitor(store: Store, public_url: str, clock: Any = at_noon) -> httpx.AsyncClient:
    app = make_app(make_services(store, settings(public_url=public_url), clock))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=public_url)


@pytest_asyncio.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(store, PUBLIC) as opened:
        yield opened


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["content-security-policy"].split(";"))
    return {name: value for name, _, value in parts}


async def test_the_frame_allows_itself_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await client.get("/chat/taiki")
    assert answer.status_code == 200
    assert policy(answer) == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "img-src": "'self'",
        "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": f"'self' {PUBLIC}",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert "x-frame-options" not in answer.headers
    assert "set-cookie" not in answer.headers


async def test_on_ones_own_machine_any_local_port_may_show_the_frame(store: Store) -> None:
    async with visitor(store, "http://127.0.0.1:8000") as client:
        ancestors = policy(await client.get("/chat/taiki"))["frame-ancestors"]
    assert ancestors == "'self' http://127.0.0.1:8000 http://127.0.0.1:* http://localhost:*"


def test_a_town_names_the_sites_that_may_show_the_chat() -> None:
    town = knowledge().towns["taiki"]
    named = town.municipality.model_copy(update={"websites": ("https://www.town.example.jp",)})
    changed = town.model_copy(update={"municipality": named})
    assert embedding_origins(changed, settings(public_url=PUBLIC)) == [PUBLIC, "https://www.town.example.jp"]


@pytest.mark.parametrize("site", ["http://www.example.jp", "https://a.jp; script-src *", "*", "https://*", "https://a.jp/path"])
def test_a_site_that_would_open_the_policy_is_refused(site: str) -> None:
    municipality = knowledge().towns["taiki"].municipality
    with pytest.raises(ValueError, match="websites"):
        type(municipality).model_validate({**municipality.model_dump(), "websites": [site]})


@pytest.mark.parametrize("path", ["/chat/taiki", "/chat/taiki?lang=en", "/demo/taiki", "/calendar"])
async def test_pages_have_no_inline_script_or_style_and_no_foreign_address(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get(path)).text
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", page) == []
    assert re.findall(r"(?:src|href)=\"(?!/|tel:|#)", page) == []


async def test_every_file_that_a_page_names_is_there(client: httpx.AsyncClient) -> None:
    for path in ("/chat/taiki", "/demo/taiki", "/calendar"):
        for address in set(re.findall(r"(?:src|href)=\"(/[^\"]+)\"", (await client.get(path)).text)):
            assert (await client.get(address)).status_code == 200, address


async def test_files_are_kept_for_ever_under_their_version_only(client: httpx.AsyncClient) -> None:
    current = await client.get(f"/chat/assets/{assets.version()}/chat.css")
    assert "immutable" in current.headers["cache-control"]
    assert (await client.get("/chat/assets/old/chat.css")).headers["cache-control"] == "no-store"
    again = await client.get(f"/chat/assets/{assets.version()}/chat.css", headers={"If-None-Match": current.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_loader_is_kept_for_minutes_and_asked_about_by_its_own_bytes(client: httpx.AsyncClient) -> None:
    loader = await client.get("/widget.js")
    assert loader.headers["cache-control"] == "public, max-age=300"
    again = await client.get("/widget.js", headers={"If-None-Match": loader.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    known = {asset.tag for asset in assets.files().values()}
    assert len(known) == len(assets.files())
    assert assets.Asset(b"a", "").tag != assets.Asset(b"b", "").tag, "as long as each other"


@pytest.mark.parametrize("name", ["none.js", "..%2fassets.py", "texts.yaml", "%00", "chat.js%00.css"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/chat/assets/{assets.version()}/{name}")).status_code == 404


async def test_the_loader_may_be_used_by_any_site_and_comes_packed(client: httpx.AsyncClient) -> None:
    packed = await client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == assets.loader() == gzip.decompress(assets.Asset(assets.loader(), "").packed)
    assert plain.headers["cross-origin-resource-policy"] == "cross-origin"
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("query", ["", "?lang=en", "?lang=ja-easy"])
async def test_the_frame_and_all_it_loads_weigh_at_most_thirty_kilobytes(client: httpx.AsyncClient, query: str) -> None:
    """As it goes over the line: the answer's own bytes, packed."""
    async def weight(path: str) -> int:
        async with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert (answer.status_code, answer.headers.get("content-encoding")) == (200, "gzip"), path
            return sum([len(chunk) async for chunk in answer.aiter_raw()])

    page = (await client.get(f"/chat/taiki{query}")).text
    named = set(re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page))
    assert any(name.endswith("chat.js") for name in named)
    whole = await weight(f"/chat/taiki{query}") + sum([await weight(path) for path in named])
    assert whole <= 30_000, f"{whole} bytes"
    plain = await client.get(f"/chat/taiki{query}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == page


@pytest.mark.parametrize(("query", "language", "button"), [("", "ja", "送信"), ("?lang=ja-easy", "ja", "おくる"), ("?lang=en", "en", "Send"), ("?lang=%3Cb%3E", "ja", "送信")])
async def test_the_frame_speaks_the_wanted_language(client: httpx.AsyncClient, query: str, language: str, button: str) -> None:
    page = (await client.get(f"/chat/taiki{query}")).text
    assert f'<html lang="{language}">' in page
    assert f'id="send">{button}<' in page


async def test_the_frame_is_neutral_in_its_title_and_says_all_rules(client: httpx.AsyncClient) -> None:
    page = (await client.get("/chat/katsuyama")).text
    assert "<title>勝山市 窓口</title>" in page
    for part in ("AIではなく", "名前は書かなくて", "消したい", "通信料", "履歴は残る"):
        assert part in page


async def test_the_configuration_is_json_that_cannot_end_its_own_element(client: httpx.AsyncClient) -> None:
    page = (await client.get("/chat/taiki")).text
    found = re.search(r'<script type="application/json" id="config">(.*?)</script>', page, re.DOTALL)
    assert found
    config = json.loads(found[1])
    assert (config["municipality"], config["limit"], config["loopback"]) == ("taiki", 20_000, False)
    assert "<" not in found[1]


@pytest.mark.parametrize("path", ["/chat/nowhere", "/demo/nowhere", "/chat/%3Cscript%3E"])
async def test_an_unknown_town_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "<script>" not in answer.text


@pytest.mark.parametrize("town", sorted(knowledge().towns))
async def test_each_town_has_a_demo_that_says_what_it_is(client: httpx.AsyncClient, town: str) -> None:
    page = (await client.get(f"/demo/{town}")).text
    name = knowledge().towns[town].name
    assert f"{name}の公式ページではありません" in page
    assert f'data-municipality="{town}"' in page


async def test_the_neutral_page_is_this_month_in_japan(store: Store) -> None:
    async with visitor(store, PUBLIC, lambda: datetime(2026, 10, 31, 15, 30, tzinfo=UTC)) as client:
        page = await client.get("/calendar")
    assert "<title>2026年11月 カレンダー</title>" in page.text
    assert 'aria-current="date">1<' in page.text
    assert "勤労感謝の日" in page.text
    assert not re.search("相談|窓口|チャット", page.text)
    assert policy(page)["frame-ancestors"] == "'none'"
