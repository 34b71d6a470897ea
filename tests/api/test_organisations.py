"""職員の所属: an admin sees who says nothing, sets everybody in one form, and overwrites nobody else's change."""

import re

import httpx
from sqlalchemy import select

from handoff.store.db import Store
from handoff.store.models import StaffMember
from tests.api.conftest import sign_in
from tests.api.test_console import text_of
from tests.api.test_console_ticket import actions
from tests.api.test_staff_api import hired

PATH = "/staff/organisations"


async def bodies(store: Store) -> dict[str, str | None]:
    async with store.reading("taiki") as session:
        return {row.login: row.organisation for row in await session.scalars(select(StaffMember))}


def columns(page: str) -> dict[str, list[str]]:
    """What the form would send as it stands."""
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("member", "was", "organisation")}


async def test_everybody_in_one_form(browser: httpx.AsyncClient, store: Store) -> None:
    await hired(store, "admin")
    await hired(store, "staff", "taiki.shakyo")
    await hired(store, "coordinator", "taiki.fukushi")
    async with store.town("taiki") as session:
        for row in await session.scalars(select(StaffMember)):
            row.organisation = None
    await sign_in(browser, "taiki-admin")
    shown = await browser.get(PATH)
    assert "所属がまだの人が1人います" in text_of(shown)
    form = columns(shown.text)
    assert form["organisation"][0], "what the windows say is filled in, those who say nothing first"
    assert form["organisation"][1:] == ["", ""]
    assert (await browser.post(PATH, data=form)).status_code == 303
    assert await bodies(store) == {"taiki-admin": None, "taiki-staff": form["organisation"][0], "taiki-coordinator": None}
    assert await actions(store, "staff_placed") == 1
    assert "所属がまだの人はいません" in text_of(await browser.get(PATH))


async def test_an_older_page_overwrites_nothing(browser: httpx.AsyncClient, store: Store) -> None:
    await hired(store, "admin")
    await hired(store, "staff", "taiki.shakyo")
    await sign_in(browser, "taiki-admin")
    old = columns((await browser.get(PATH)).text)
    async with store.town("taiki") as session:
        for row in await session.scalars(select(StaffMember).where(StaffMember.login == "taiki-staff")):
            row.organisation = "大樹町社会福祉協議会 本所"
    await browser.post(PATH, data={**old, "organisation": ["x"] * len(old["member"])})
    assert (await bodies(store))["taiki-staff"] == "大樹町社会福祉協議会 本所"


async def test_what_is_no_name_changes_nothing(browser: httpx.AsyncClient, store: Store) -> None:
    await hired(store, "admin")
    await sign_in(browser, "taiki-admin")
    form = columns((await browser.get(PATH)).text)
    for wrong in ({**form, "organisation": ["あ" * 101]}, {**form, "organisation": ["a\x1bb"]}, {**form, "was": []}):
        assert (await browser.post(PATH, data=wrong)).status_code == 422
    assert await bodies(store) == {"taiki-admin": None}
