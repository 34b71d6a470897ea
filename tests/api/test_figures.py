"""数字 over HTTP: the page, the files, the JSON; an auditor sees numbers and no content."""

import io

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import AuditEntry
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import WORDS, hired

PAGE = "/staff/figures"


async def test_an_auditor_reads_numbers_and_no_words(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, fields=("elderly", "poverty"))
    await opened(store, "夫に殴られた", crisis=("dv",), urgency="urgent")
    await sign_in(browser, await hired(store, "auditor"))
    answer = await browser.get(PAGE)
    assert answer.status_code == 200
    told = text_of(answer)
    assert "大樹町 令和8年度の数字" in told
    assert "見込み" in told
    assert "計画に数字はありません" not in told
    assert number not in answer.text
    assert WORDS not in answer.text
    assert "殴" not in answer.text
    data = (await browser.get("/api/staff/figures?year=2026")).json()
    field = next(table for table in data["tables"] if table["id"] == "field")
    assert field["total"] == 1


async def test_what_is_to_be_published_withholds_small_numbers(officer: httpx.AsyncClient, store: Store) -> None:
    await opened(store)
    inside, outside = [(await officer.get(f"{PAGE}?public={public}")).text for public in ("false", "true")]
    assert "秘匿</td>" not in inside
    assert "秘匿</td>" in outside
    assert "（公表用）" in outside


@pytest.mark.parametrize(("form", "begins"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("json", b"{")])
async def test_files_are_named_without_names_and_recorded(
    officer: httpx.AsyncClient, store: Store, form: str, begins: bytes
) -> None:
    await opened(store)
    answer = await officer.get(f"{PAGE}/file?year=2026&form={form}&public=true")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f'attachment; filename="taiki-2026-public.{form}"'
    if form == "xlsx":
        assert "公表用" in str(load_workbook(io.BytesIO(answer.content)).worksheets[0]["A1"].value)
    async with store.reading("taiki") as session:
        assert "figures_exported" in list(await session.scalars(select(AuditEntry.action)))


@pytest.mark.parametrize("query", ["?year=26", "?year=x", "?year=99999", "?public=perhaps"])
async def test_years_that_are_none_are_one_clear_page(officer: httpx.AsyncClient, query: str) -> None:
    answer = await officer.get(PAGE + query)
    assert answer.status_code == 422
    assert "入力に足りないところ" in text_of(answer)


async def test_charts_stand_beside_tables(officer: httpx.AsyncClient, store: Store) -> None:
    for fields in (("elderly",), ("poverty",), ("poverty",)):
        await opened(store, fields=fields)
    answer = await officer.get(PAGE)
    assert 'role="img"' in answer.text
    assert "いちばん多いのは生活困窮の2件。数字は下の表にあります。" in answer.text
    assert "style=" not in answer.text
