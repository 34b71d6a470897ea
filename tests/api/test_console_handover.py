"""Passing a ticket on over HTTP: what the asked window sees and answers, and the sheet for another body."""

from uuid import uuid4

import httpx
from sqlalchemy import select

from handoff.desk import roster
from handoff.desk.seating import name_on
from handoff.store.db import Store
from handoff.store.models import Ticket, TicketMove
from tests.api.conftest import Clock, opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import hired
from tests.databases import at_noon

BODY = "taiki.togachi_anshin"


async def test_an_offer_is_asked_answered_and_shown(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    for window, reason, status in (
        ("taiki.kodomo", " ", 422), ("taiki.nowhere", "子どものこと", 409), ("taiki.kodomo", "子どものこと", 303),
    ):
        answer = await officer.post(f"/staff/tickets/{number}/move", data={"window": window, "reason": reason})
        assert answer.status_code == status
    waiting = text_of(await officer.get(f"/staff/tickets/{number}"))
    assert "福祉係 → 児童保育係・健康係 返事を待っています" in waiting
    assert "もとの窓口が担当する" in text_of(await officer.get("/staff/tickets"))
    await sign_in(officer, await hired(store, "admin", "taiki.kodomo"))
    page = await officer.get(f"/staff/tickets/{number}")
    assert "福祉係から引き継ぎの相談が来ています" in text_of(page)
    assert 'id="reply"' not in page.text
    early = await officer.post(f"/staff/tickets/{number}/reply", data={"text": "こんにちは"})
    assert early.status_code == 409
    assert "先に引き継ぎの返事をしてください" in text_of(early)
    assert (await officer.post(f"/staff/tickets/{number}/answer", data={"how": "decline"})).status_code == 422
    done = await officer.post(f"/staff/tickets/{number}/answer", data={"how": "decline", "text": "乳幼児だけのため"})
    assert (done.status_code, done.headers["location"]) == (303, "/staff/tickets#saved")
    assert (await officer.get(f"/staff/tickets/{number}")).status_code == 404
    await sign_in(officer, "taiki-staff")
    back = text_of(await officer.get(f"/staff/tickets/{number}"))
    for piece in ("引き受けませんでした", "返事: 乳幼児だけのため", "断られた回数 1", "窓口を移った回数 0", "調整役の旗"):
        assert piece in back, piece


async def test_another_body_that_was_named_is_asked_for_first(officer: httpx.AsyncClient, store: Store) -> None:
    """Its staff see nothing; the page says what to ask, the text to ask with lies ready, and the form knows the body."""
    number = await opened(store)
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket))).one()
        name_on(session, ticket, [BODY], now=at_noon())
    page = await officer.get(f"/staff/tickets/{number}")
    said = text_of(page)
    assert "とがち生活あんしんセンターも相談先ですが、町とは別の機関なので、この案件はまだ開いていません" in said
    assert "「別の機関に話してよいかを聞く」を下書きに入れる" in said
    assert f'<option value="{BODY}" selected>' in page.text
    path = f"/staff/tickets/{number}/bodies/aside"
    assert (await officer.post(path, data={"window": BODY, "reason": " "})).status_code == 422
    assert (await officer.post(path, data={"window": "taiki.gakko", "reason": "いらない"})).status_code == 409
    await sign_in(officer, await hired(store, "coordinator", "taiki.suishin"))
    (line,) = (await officer.get("/api/staff/tickets", params={"window": BODY})).json()["tickets"]
    assert line["windows"] == ["taiki.fukushi", "taiki.shakyo", BODY], "the decision's windows are named, whoever may open it"
    await sign_in(officer, await hired(store, "admin", BODY))
    assert (await officer.get(f"/staff/tickets/{number}")).status_code == 404
    assert (await officer.get(f"/api/staff/tickets/{number}")).status_code == 404
    await sign_in(officer, "taiki-staff")
    assert (await officer.post(path, data={"window": BODY, "reason": "本人が望まない"})).status_code == 303
    assert "まだ開いていません" not in text_of(await officer.get(f"/staff/tickets/{number}"))


async def test_another_body_gets_a_sheet_with_what_was_chosen(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store)
    asked = {"window": "taiki.seikatsuhogo", "reason": "申請に付き添ってほしい", "basis": "consent"}
    refused = await officer.post(f"/staff/tickets/{number}/introduce", data={**asked, "items": "words"})
    assert refused.status_code == 409
    assert "同意か法令の根拠" in text_of(refused)
    data = {**asked, "ground": "本人、窓口で", "items": ["words"]}
    assert (await officer.post(f"/staff/tickets/{number}/introduce", data=data)).status_code == 303
    await officer.post(f"/staff/tickets/{number}/note", data={"text": "内部だけの話"})
    async with store.reading("taiki") as session:
        move = (await session.scalars(select(TicketMove))).one().id
    sheet = await officer.get(f"/staff/tickets/{number}/moves/{move}/sheet")
    said = text_of(sheet)
    for piece in ("生活保護の実施機関", "申請に付き添ってほしい", "本人、窓口で", "困りごと（書かれたまま）"):
        assert piece in said
    assert "内部だけの話" not in said
    assert "やりとり" not in said
    assert (await officer.get(f"/staff/tickets/{number}/moves/{uuid4()}/sheet")).status_code == 409
    path = f"/staff/tickets/{number}/moves/{move}/confirm"
    assert (await officer.post(path, data={"taken": "false"})).status_code == 422
    assert (await officer.post(path, data={"taken": "true"})).status_code == 303
    assert "引き受けました" in text_of(await officer.get(f"/staff/tickets/{number}"))


async def test_whoever_works_for_another_body_is_shown_with_it_wherever_they_are_named(
    officer: httpx.AsyncClient, store: Store, clock: Clock
) -> None:
    number = await opened(store)
    await officer.get(f"/staff/tickets/{number}")
    await roster.move(store, "taiki-staff", windows=None, role=None, organisation="大樹町社会福祉協議会", now=clock())
    await officer.post(f"/staff/tickets/{number}/move", data={"window": "taiki.kodomo", "reason": "子どものこと"})
    called = "taiki-staff（大樹町社会福祉協議会）"
    assert f'<span class="who">{called}</span>' in (await officer.get(f"/staff/tickets/{number}")).text
    await sign_in(officer, await hired(store, "coordinator", "taiki.suishin"))
    page = await officer.get(f"/staff/tickets/{number}")
    assert f">{called}</option>" in page.text, "who is given a matter is seen with the body it goes to"
    assert called in text_of(page).partition("窓口のうつりかわり")[2].partition("終わりにする")[0]
    await sign_in(officer, await hired(store, "auditor"))
    assert f"{called} 引き継ぎを相談した" in text_of(await officer.get("/staff/log"))
    assert "taiki-staff,引き継ぎを相談した" in (file := await officer.get("/staff/log/file")).text
    assert ",大樹町社会福祉協議会" in file.text
