"""職員の所属: an admin sees who says nothing, sets everybody in one form, and overwrites nobody else's change. And the list of
other bodies, which the coordinator keeps too.
"""

import re

import httpx
import pytest
from sqlalchemy import select

from handoff.coordination import partners
from handoff.coordination.partners import NoSuchBody
from handoff.desk.staff import find
from handoff.store.db import Store
from handoff.store.models import StaffMember
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_console_ticket import actions
from tests.api.test_staff_api import hired
from tests.databases import at_noon
from tests.whole import knowledge

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


async def test_the_coordinator_keeps_the_list_of_bodies(browser: httpx.AsyncClient, store: Store) -> None:
    await hired(store, "coordinator", "taiki.fukushi")
    keeper = await find(store, "taiki-coordinator")
    async with store.town("taiki") as session:
        town = knowledge().towns["taiki"]
        body = (await partners.picked(session, keeper, "", "こども食堂わわ", town=town, now=at_noon())).id
    await sign_in(browser, "taiki-coordinator")
    act = f"{PATH}/bodies/{body}"
    page = (await browser.get(PATH)).text
    assert "こども食堂わわ" in page
    assert 'name="organisation"' not in page, "who works for whom is for admins"
    assert "こども食堂わわ" in (await browser.get("/staff/tickets/" + await opened(store, "家賃が払えません"))).text
    assert (await browser.post(act, data={"act": "name", "name": "こども食堂わ", "was": "こども食堂わわ"})).status_code == 303
    assert "前の名前: こども食堂わわ" in text_of(await browser.get(PATH))
    for refused, status in (
        ({"act": "name", "name": "x", "was": "こども食堂わわ"}, 409), ({"act": "x"}, 409), ({"act": "back"}, 409),
        ({"act": "name", "name": "a\x1b", "was": "こども食堂わ"}, 422), ({"act": "name", "name": town.windows[0].name, "was": "こども食堂わ"}, 422),
    ):
        assert (await browser.post(act, data=refused)).status_code == status
    assert (await browser.post(f"{PATH}/bodies/partner:x", data={"act": "off"})).status_code == 422
    assert (await browser.post(act, data={"act": "off"})).status_code == 303
    assert "一覧からはずした機関（1）" in text_of(await browser.get(PATH))
    assert (await browser.post(act, data={"act": "back"})).status_code == 303
    assert "一覧からはずした機関" not in text_of(await browser.get(PATH))
    for action in ("partner_renamed", "partner_unlisted", "partner_listed"):
        assert await actions(store, action) == 1


async def test_another_town_does_not_know_the_body(browser: httpx.AsyncClient, store: Store) -> None:
    await hired(store, "admin")
    keeper = await find(store, "taiki-admin")
    async with store.town("taiki") as session:
        found = await partners.picked(session, keeper, "", "こども食堂わわ", town=knowledge().towns["taiki"], now=at_noon())
    async with store.town("itoman") as session:
        assert await partners.named(session) == []
        with pytest.raises(NoSuchBody):
            await partners.unlist(session, keeper, found.id, now=at_noon())
