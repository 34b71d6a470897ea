"""閲覧制限 over HTTP: neutral rows, a page for the named only, 知り合い, and an inquiry that is told nothing."""


import httpx

from handoff.store.db import Store
from tests.api.conftest import opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired

HIT = "夫になぐられました。いま寝てます。"


async def test_a_row_says_nothing_and_the_page_says_who_read_it(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, HIT, crisis=("dv",), fields=("poverty",), patterns=("single_parent",))
    row = text_of(await officer.get("/staff/tickets"))
    assert "閲覧制限の案件です。開くと記録されます" in row
    for piece in ("なぐられ", "DV", "暴力", "ひとり親"):
        assert piece not in row.split("件（未読")[1], piece
    await officer.post(f"/staff/tickets/{number}/reply", data={"text": "読みました。"})
    page = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert HIT in page
    assert "ひらいた人の記録（1件）" in page


async def test_another_windows_officer_finds_nothing_and_an_inquiry_is_told_nothing(
    officer: httpx.AsyncClient, store: Store
) -> None:
    hers = await opened(store, HIT, crisis=("dv",), fields=("poverty",))
    his = await opened(store, "妻がそちらに相談していませんか。子どもをつれて出ました", fields=("child",))
    await officer.post(f"/staff/tickets/{hers}/reply", data={"text": "読みました。"})
    await sign_in(officer, await hired(store, "admin", "taiki.kodomo"))
    for path in ("/staff/tickets", "/staff/tickets?queue=crisis", "/staff/tickets?window=taiki.fukushi", "/staff/gaps"):
        page = await officer.get(path)
        assert hers not in page.text, path
        assert "なぐられ" not in page.text
    assert (await officer.get(f"/staff/tickets/{hers}")).status_code == 404
    answer = await officer.post(f"/staff/tickets/{his}/inquiry")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/tickets/{his}#saved-restriction")
    assert hers not in (await officer.get(f"/staff/tickets/{his}")).text
    await sign_in(officer, "taiki-staff")
    warned = text_of(await officer.get(f"/staff/tickets/{hers}"))
    assert "反対側かもしれない照会がありました" in warned
    assert his not in warned
    assert "ひらこうとして断られた" in warned


async def test_who_knows_the_resident_is_led_away(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    done = await officer.post(f"/staff/tickets/{number}/known")
    assert (done.status_code, done.headers["location"]) == (303, "/staff/tickets#saved")
    assert (await officer.get(f"/staff/tickets/{number}")).status_code == 404
    assert number not in (await officer.get("/staff/tickets")).text


async def test_only_the_coordinator_lifts_it(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    assert (await officer.post(f"/staff/tickets/{number}/restrict", data={"reason": "本人の希望"})).status_code == 303
    refused = await officer.post(f"/staff/tickets/{number}/lift", data={"reason": "もうよい"})
    assert refused.status_code == 409
    assert "調整役だけ" in text_of(refused)
    await sign_in(officer, await hired(store, "coordinator", "taiki.suishin"))
    assert (await officer.post(f"/staff/tickets/{number}/lift", data={"reason": "本人がよいと言った"})).status_code == 303
