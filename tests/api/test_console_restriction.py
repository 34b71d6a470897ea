"""閲覧制限 over HTTP: neutral rows, a page for the named only, 知り合い, and an inquiry that is told nothing."""

from contextlib import suppress

import httpx
from sqlalchemy import select

from handoff.desk.access import NotYours, read_by
from handoff.desk.queue import readable
from handoff.desk.staff import signed_in
from handoff.store.db import Store
from handoff.store.models import AuditEntry, StaffMember, Ticket
from tests.api.conftest import opened, sign_in, take
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


async def test_who_is_not_named_sees_number_urgency_and_window_and_may_take_it(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await opened(store, HIT, crisis=("dv",), urgency="urgent", fields=("poverty",), patterns=("single_parent",))
    answer = await officer.get(f"/staff/tickets/{number}")
    door = text_of(answer)
    for piece in (number, "急ぎ", "福祉係", "担当して、読む"):
        assert piece in door, piece
    for piece in ("なぐられ", "寝て", "DV", "暴力", "ひとり親", "経済", "#8008", "お金", "書いた人", "本人が言った"):
        assert piece not in answer.text, piece
    assert (await officer.get(f"/staff/tickets/{number}/messages")).status_code == 404
    await take(officer, number)
    assert HIT in text_of(await officer.get(f"/staff/tickets/{number}"))
    assert HIT in (await officer.get(f"/staff/tickets/{number}/messages")).text


async def test_at_the_threshold_nothing_counts_as_read(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, HIT, crisis=("dv",))
    await officer.get(f"/staff/tickets/{number}")
    assert "未読" in text_of(await officer.get("/staff/tickets")).split("件（未読")[1]
    async with store.reading("taiki") as session:
        assert not (await session.scalars(select(AuditEntry.id).where(AuditEntry.action == "ticket_opened"))).all()


async def test_an_offered_window_answers_at_the_threshold(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, HIT, crisis=("dv",))
    await take(officer, number)
    moved = await officer.post(f"/staff/tickets/{number}/move", data={"window": "taiki.kodomo", "reason": "お子さんのことで"})
    assert moved.status_code == 303
    await sign_in(officer, await hired(store, "admin", "taiki.kodomo"))
    door = await officer.get(f"/staff/tickets/{number}")
    assert "お子さんのことで" in door.text
    assert "なぐられ" not in door.text
    assert (await officer.post(f"/staff/tickets/{number}/answer", data={"how": "accept", "text": ""})).status_code == 303
    assert HIT in text_of(await officer.get(f"/staff/tickets/{number}"))


async def test_that_somebody_asked_is_told_to_those_who_read_it(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, HIT, crisis=("dv",))
    asking = await opened(store, "妻がそちらに相談していませんか")
    assert (await officer.post(f"/staff/tickets/{asking}/inquiry")).status_code == 303
    assert "照会の知らせ" not in text_of(await officer.get("/staff/tickets"))
    await take(officer, number)
    assert "照会の知らせ" in text_of(await officer.get("/staff/tickets"))


async def test_the_json_list_names_no_field_of_what_a_colleague_took_down(
    officer: httpx.AsyncClient, store: Store
) -> None:
    number = await opened(store, HIT, crisis=("dv",), fields=("poverty",), patterns=("single_parent",))
    plain = await opened(store, "家賃が払えません", fields=("poverty",), patterns=("single_parent",))

    async def said() -> dict[str, tuple[list[str], list[str]]]:
        listed = (await officer.get("/api/staff/tickets")).json()["tickets"]
        one = (await officer.get(f"/api/staff/tickets/{number}")).json()
        assert set(one) == {*listed[0], "messages"}
        found = {ticket["number"]: (ticket["fields"], ticket["patterns"]) for ticket in listed}
        assert found[number] == (one["fields"], one["patterns"])
        assert bool(one["messages"]) == bool(one["fields"]), "who may not read it gets an empty thread, and no 404"
        return found

    assert await said() == dict.fromkeys((number, plain), (["poverty"], ["single_parent"])), "it waits for their window"
    async with store.town("taiki") as session:
        row = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        row.state = {**row.state, "caller": "self", "taken_by": "a colleague"}
    assert await said() == {number: ([], []), plain: (["poverty"], ["single_parent"])}
    await take(officer, number)
    assert await said() == dict.fromkeys((number, plain), (["poverty"], ["single_parent"]))
    await sign_in(officer, await hired(store, "coordinator"))
    assert (await said())[number] == (["poverty"], ["single_parent"])


async def test_the_condition_for_reading_is_the_rule_for_reading(store: Store, officer: httpx.AsyncClient) -> None:
    numbers = [await opened(store, HIT, crisis=("dv",)), await opened(store, HIT, crisis=("dv",)), await opened(store)]
    await take(officer, numbers[0])
    people = [await hired(store, "admin", "taiki.fukushi"), await hired(store, "coordinator")]
    async with store.town("taiki") as session:
        first = await session.scalar(select(Ticket).where(Ticket.number == numbers[1]))
        rows = {row.login: row for row in await session.scalars(select(StaffMember))}
        assert first is not None
        first.state = {**first.state, "taken_by": str(rows[people[0]].id)}
    async with store.reading("taiki") as session:
        for row in rows.values():
            staff = await signed_in(session, row)
            listed = set(await session.scalars(select(Ticket.number).where(readable(staff))))
            opened_by = set()
            for number in numbers:
                with suppress(NotYours):
                    await read_by(session, staff, number)
                    opened_by.add(number)
            assert listed == opened_by, (row.login, listed, opened_by)
