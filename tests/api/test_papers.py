"""帳票 over HTTP: filled from the case, empty where nothing is known, only for those who may see it, recorded."""

import io

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from handoff.forms.blocks import japanese_date
from handoff.forms.papers import PAPER_IDS, TITLES
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Contact
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from triage.types import Person

STORY = "=1+1 家賃が払えません。<b>母</b>は81歳です。"
HOUSE = (Person("parent", (81, 81), ("dementia",), ((0, 3),)),)


async def called(store: Store, name: str) -> None:
    """The writer has given a name."""
    async with store.town("taiki") as session:
        for contact in await session.scalars(select(Contact)):
            contact.name = name


def cells(data: bytes) -> list[str]:
    (sheet,) = load_workbook(io.BytesIO(data)).worksheets
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) == (9, 1)
    assert "f" not in {cell.data_type for row in sheet for cell in row}
    return [str(cell.value) for row in sheet for cell in row if cell.value is not None]


@pytest.mark.parametrize("paper", PAPER_IDS)
async def test_every_paper_on_screen_and_as_excel(officer: httpx.AsyncClient, store: Store, paper: str) -> None:
    number = await opened(store, STORY, household=HOUSE, about=("parent",), crisis=("lifeline_cut",))
    await called(store, "佐藤花子")
    screen = await officer.get(f"/staff/tickets/{number}/papers/{paper}")
    assert screen.status_code == 200
    assert "&lt;b&gt;母&lt;/b&gt;" in screen.text
    assert number in text_of(screen)
    file = await officer.get(f"/staff/tickets/{number}/papers/{paper}/file")
    assert file.headers["content-disposition"] == f'attachment; filename="{number}-{paper}.xlsx"'
    found = cells(file.content)
    assert found[0] == TITLES[paper]  # type: ignore[index]
    assert any("家賃が払えません" in cell for cell in found)
    assert not any(cell.startswith("=") for cell in found)
    async with store.reading("taiki") as session:
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert actions.count(f"paper_{paper}") == 2


async def test_what_is_known_is_filled_in_and_the_rest_stays_empty(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, STORY, household=HOUSE, about=("parent",), crisis=("lifeline_cut",))
    await called(store, "佐藤花子")
    told = text_of(await officer.get(f"/staff/tickets/{number}/papers/consented"))
    assert "受付日 令和8年11月21日（土）" in told or "受付日令和8年11月21日（土）" in told
    assert "◎ 税金や公共料金等の支払いについて" in told
    assert "○ 病気や健康、障害のこと" in told
    assert "本人署名" in told
    without = text_of(await officer.get(f"/staff/tickets/{number}/papers/unconsented"))
    assert "本人の同意がない事情" in without
    assert "本人署名" not in without
    sheet = text_of(await officer.get(f"/staff/tickets/{number}/papers/referral"))
    assert "決裁・供覧" in sheet
    assert "配慮を希望されること" in sheet
    assert "81" in sheet


@pytest.mark.parametrize(("about", "named"), [(("self",), True), (("parent",), True), (("neighbour",), False),
                                              (("unknown",), False), (("parent", "neighbour"), False)])
async def test_who_tells_of_others_is_named_on_no_paper_of_theirs(
    officer: httpx.AsyncClient, store: Store, about: tuple[str, ...], named: bool
) -> None:
    number = await opened(store, STORY, about=about)
    await called(store, "佐藤花子")
    shown = [(await officer.get(f"/staff/tickets/{number}/papers/{paper}")).text for paper in PAPER_IDS]
    assert ("佐藤花子" in "".join(shown)) is named
    referral = shown[PAPER_IDS.index("referral")]
    assert ("佐藤花子" in referral) is (about == ("self",)), "the person's own paper bears only their own name"


async def test_another_windows_case_and_an_auditor(browser: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "夫に殴られた", crisis=("dv",), urgency="urgent")
    await sign_in(browser, await hired(store, "staff", "taiki.kodomo"))
    for path in (f"{number}/papers/referral", f"{number}/papers/case/file", "taiki-2026-9999/papers/case"):
        answer = await browser.get(f"/staff/tickets/{path}")
        assert answer.status_code == 404
        assert "殴" not in answer.text
    assert (await browser.get(f"/staff/tickets/{number}/papers/nothing")).status_code == 422
    await sign_in(browser, await hired(store, "auditor"))
    assert (await browser.get(f"/staff/tickets/{number}/papers/referral")).status_code == 403


async def test_a_restricted_paper_says_so(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, "夫に殴られた", crisis=("dv",), urgency="urgent")
    answer = await officer.get(f"/staff/tickets/{number}/papers/case")
    assert "閲覧を限っている相談です" in text_of(answer)
    assert "閲覧を限っている相談です" in "".join(cells((await officer.get(f"/staff/tickets/{number}/papers/case/file")).content))


def test_dates_are_japanese() -> None:
    assert japanese_date(at_noon()) == "令和8年11月21日（土）"
    assert japanese_date(None) == ""
