"""つながり over HTTP: found by telephone, tied and parted by a press, nothing on a restricted ticket."""

import re
from uuid import uuid4

import httpx

from handoff.store.db import Store
from tests.api.conftest import opened
from tests.api.test_console import text_of
from tests.api.test_reception import judge, taken


async def test_the_same_telephone_is_found_tied_and_parted(officer: httpx.AsyncClient, store: Store) -> None:
    one = await taken(officer, words="母のことで", telephone="01558-0-0000", name="")
    two = await taken(officer, words="息子のことで", telephone="０１５５８０００００", name="")
    assert "読みとっています" in text_of(await officer.get(f"/staff/tickets/{one}/ties"))
    await judge(store)
    path = f"/staff/tickets/{one}"
    page = text_of(await officer.get(f"{path}/ties"))
    assert "電話番号が同じです" in page
    assert two in page
    done = await officer.post(f"{path}/ties", data={"other": two, "kind": "household"})
    assert (done.status_code, done.headers["location"]) == (303, f"{path}/ties#saved")
    ticket = text_of(await officer.get(path))
    assert f"{two} 同じ世帯" in ticket
    ties = await officer.get(f"/staff/tickets/{two}/ties")
    (press,) = re.findall(r'action="([^"]+/part)"', ties.text)
    assert (await officer.post(press)).status_code == 303
    assert f"{two} 同じ世帯" not in text_of(await officer.get(path))
    assert (await officer.post(press)).status_code == 409


async def test_a_restricted_ticket_has_no_ties_and_is_tied_to_nothing(officer: httpx.AsyncClient, store: Store) -> None:
    hidden, plain = await opened(store, "夫になぐられました", crisis=("dv",)), await opened(store)
    page = text_of(await officer.get(f"/staff/tickets/{hidden}/ties"))
    assert "ほかの案件とつなげません" in page
    assert plain not in page
    assert "つながり" not in text_of(await officer.get(f"/staff/tickets/{hidden}"))
    refused = await officer.post(f"/staff/tickets/{plain}/ties", data={"other": hidden})
    assert refused.status_code == 409
    assert "閲覧制限の案件は、ほかの案件とつなげません" in text_of(refused)
    unknown = await officer.post(f"/staff/tickets/{plain}/ties/{uuid4()}/part")
    assert unknown.status_code == 409
