"""「ちがう」 over HTTP: one click, the queue, a draft with what it would do, a case that a second person approves."""

import re
from collections.abc import AsyncIterator, Sequence
from typing import cast

import httpx
import pytest_asyncio
import yaml
from fastapi import FastAPI
from sqlalchemy import select

from api.proposing import NotProposed, Proposed, Sense, proposed
from api.routes.corrections import Propose, proposer
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Event, KnowledgeDraft, TriageCorrection
from knowledge.schema import Town
from knowledge.schema.extras import CaseFile
from tests.api.conftest import FROM_HERE, Clock, opened, sign_in
from tests.api.editing import filled
from tests.api.test_console import text_of
from tests.api.test_staff_api import OWN, hired
from tests.browser.serving import make_services, settings, whole_app
from tests.whole import knowledge

SAID = "ピリカの取り立てが毎晩来て、家賃の分まで持って行かれます。"


async def heard(texts: Sequence[str], town: Town, *, senses: bool = False) -> Proposed:
    """The other process, without one: ピリカ is new everywhere, ヒカリ looks like a name."""
    whole = "".join(texts)
    counted = Sense("取り立て", ("debt", "debt_pressed"), ("借金がある",), ("ピリカ~取り立て",))
    return Proposed(tuple(one for one in ("ピリカ", "取り立て") if one in whole), tuple(one for one in ("ヒカリ",) if one in whole), (counted,) if senses else ())


@pytest_asyncio.fixture
async def coordinator(store: Store, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The coordinator of taiki, signed in."""
    chosen = settings(public_url=OWN)
    made = whole_app(make_services(store, chosen, clock))
    made.dependency_overrides[proposer] = lambda: heard
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=made), base_url=OWN, headers=FROM_HERE) as client:
        await sign_in(client, await hired(store, "coordinator", "taiki.suishin"))
        yield client


async def review_of(client: httpx.AsyncClient, store: Store, word: str = "ピリカ") -> tuple[str, str]:
    """A ticket marked wrong; its number and the address of the review."""
    number = await opened(store, SAID)
    answer = await client.post(f"/staff/tickets/{number}/wrong", data={"right": "window:taiki.fukushi", "word": word})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/tickets/{number}#wrong")
    async with store.reading("taiki") as session:
        return number, f"/staff/corrections/{(await session.scalars(select(TriageCorrection.id))).one()}"


async def test_each_thing_that_can_be_right_is_one_button_on_the_ticket(officer: httpx.AsyncClient, store: Store) -> None:
    number = await opened(store, SAID, urgency="urgent")
    page = (await officer.get(f"/staff/tickets/{number}")).text
    box = page.partition('id="wrong"')[2].partition("</section>")[0]
    buttons = re.findall(r'<button class="plain" name="right" value="([^"]+)">', box.partition("<details")[0])
    assert {"window:taiki.kodomo", "flag:complex", "flag:danger", "flag:not_urgent", "flag:no_matter"} <= set(buttons)
    assert {"window:taiki.fukushi", "flag:urgent", "flag:not_complex"}.isdisjoint(buttons), "it stands there already, or cannot have been wrong"
    assert "<select" not in box
    assert (await officer.post(f"/staff/tickets/{number}/wrong", data={"right": "flag:danger"})).status_code == 303
    again = (await officer.get(f"/staff/tickets/{number}/messages")).text.partition('id="wrong"')[2].partition("</section>")[0]
    assert "「ちがう」と伝えました" in again, "an open page learns of it"
    assert 'action="/staff/tickets/' + number + '/wrong/undo"' in again


async def test_what_was_pressed_is_taken_back_by_who_pressed_it_until_somebody_has_dealt_with_it(
    coordinator: httpx.AsyncClient, store: Store
) -> None:
    number, path = await review_of(coordinator, store)
    undo, right = f"/staff/tickets/{number}/wrong/undo", {"right": "window:taiki.fukushi"}
    await hired(store, "staff", "taiki.fukushi")
    await sign_in(coordinator, "taiki-staff")
    other = await coordinator.get(f"/staff/tickets/{number}")
    assert "「ちがう」と伝えました" in other.text
    assert undo not in other.text
    assert (await coordinator.post(undo, data=right)).status_code == 409
    await sign_in(coordinator, "taiki-coordinator")
    assert (await coordinator.post(undo, data=right)).headers["location"] == f"/staff/tickets/{number}#wrong"
    assert (await coordinator.get(path)).status_code == 404
    assert "いまはありません" in text_of(await coordinator.get("/staff/corrections/rows"))
    await coordinator.post(f"/staff/tickets/{number}/wrong", data=right)
    async with store.reading("taiki") as session:
        again = (await session.scalars(select(TriageCorrection.id))).one()
        kinds = set(await session.scalars(select(Event.kind)))
    assert "correction" in kinds, "an open page of the queue learns of it"
    await coordinator.post(f"/staff/corrections/{again}/aside")
    assert (await coordinator.post(undo, data=right)).status_code == 409


SENSE = {
    "covers": ["debt debt_pressed"], "phrases": ["ピリカ~取り立て"], "more": "祭り~取り立て、", "because": "祭りの役のこと",
    "example": "祭りの役の取り立て役をやりました", "counterexample": "金貸しの取り立てがこわい",
}


async def test_a_word_in_another_sense_becomes_a_way_of_speaking_that_does_not_count(
    coordinator: httpx.AsyncClient, store: Store
) -> None:
    _, path = await review_of(coordinator, store)
    assert (await coordinator.get(f"{path}/proposals")).status_code == 404, "nobody reads of it without being on the record"
    await coordinator.get(path)
    page = await coordinator.get(f"{path}/proposals")
    assert "<html" not in page.text
    assert 'name="covers" value="debt debt_pressed"' in page.text
    assert "「取り立て」（借金がある）" in text_of(page)
    for wrong, told in (
        ({"covers": ["nothing"]}, "どの言葉が"), ({"phrases": [], "more": " "}, "どんな言い方で"), ({"because": " "}, "ほんとうは何のことだったか"),
        ({"counterexample": ""}, "1つずつ作ってください"), ({"example": SAID[:20]}, "住民の文がそのまま"),
        ({"example": "ヒカリの取り立て役"}, "名前に見えることば"), ({"phrases": ["あ" * 61]}, "60文字まで"),
    ):
        answer = await coordinator.post(f"{path}/sense", data={**SENSE, **wrong})
        assert answer.status_code == 422, wrong
        assert told in text_of(answer)
    assert 'value="祭り~取り立て、"' in answer.text, "what was typed is not lost"
    assert (await coordinator.post(f"{path}/sense", data=SENSE)).headers["location"] == path
    async with store.reading("taiki") as session:
        values = (await session.scalars(select(KnowledgeDraft))).one().content["values"]
    assert values["kind"] == "idiom"
    assert set(values["covers"]) <= {"debt", "debt_pressed"}
    assert "debt" in values["covers"]
    assert values["words"] == ["ピリカ~取り立て", "祭り~取り立て"]
    assert (values["examples"], values["counterexamples"]) == ([SENSE["example"]], [SENSE["counterexample"]])


async def test_one_click_a_queue_without_words_and_a_page_with_proposals(
    coordinator: httpx.AsyncClient, store: Store
) -> None:
    number, path = await review_of(coordinator, store)
    assert "「ちがう」と伝えました" in text_of(await coordinator.get(f"/staff/tickets/{number}"))
    listed = await coordinator.get("/staff/corrections")
    assert path in listed.text
    assert "ピリカ" not in listed.text, "a list shows nobody's words"
    page = await coordinator.get(path)
    assert SAID in page.text
    assert 'aria-busy="true"' in page.text, "it does not keep anybody waiting for what it may propose"
    whole = await coordinator.get(f"{path}?whole=true")
    for where in (whole, await coordinator.get(f"{path}/proposals")):
        assert 'name="words" value="取り立て"' in where.text
    assert 'aria-busy="true"' not in whole.text
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(KnowledgeDraft))).all() == [], "looking at it keeps nothing"


async def test_a_draft_is_made_of_it_and_waits_for_its_foresight(coordinator: httpx.AsyncClient, store: Store) -> None:
    _, path = await review_of(coordinator, store)
    empty = await coordinator.post(f"{path}/draft", data={"because": "貸金の呼び名"})
    assert empty.status_code == 422
    data = {"because": "貸金の呼び名", "words": ["ピリカ"], "more": "ピリカ貸し、 ", "need": "debt"}
    assert (await coordinator.post(f"{path}/draft", data=data)).headers["location"] == path
    async with store.town("taiki") as session:
        row = (await session.scalars(select(KnowledgeDraft))).one()
        values = row.content["values"]
        assert (row.kind, row.foresight_state, values["words"]) == ("word", "asked", ["ピリカ", "ピリカ貸し"])
        assert (values["fields"]["poverty"], values["need"]) == (3, "debt")
        row.foresight_state, row.foresight = "done", {
            "messages": 40, "messages_changed": 2, "cases": 900, "cases_changed": 1, "better": 1, "worse": 0,
        }
        row.foresight |= {
            "changed_messages": [{"message": "m", "ticket": "taiki-2026-0009", "keys": ["windows", "urgency"]}],
            "changed_cases": [{"case": "case-7", "keys": ["fields"], "better": -1}], "problems": ["語が、例で見つかりません"],
        }
    for where in (path, f"{path}/foresight"):
        seen = text_of(await coordinator.get(where))
        for piece in ("最近の相談 40 件のうち、案内が変わるもの: 2 件", "taiki-2026-0009 変わるもの: 窓口、急ぎ", "case-7 わるくなる: 分野", "例で見つかりません"):
            assert piece in seen, (where, piece)
    async with store.reading("taiki") as session:
        assert len(list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "correction_opened")))) == 3, "a look at the figures is no reading"
    assert path not in (await coordinator.get("/staff/corrections")).text
    assert (await coordinator.post(f"{path}/aside")).status_code == 409


async def test_one_is_set_aside(coordinator: httpx.AsyncClient, store: Store) -> None:
    _, path = await review_of(coordinator, store)
    assert (await coordinator.post(f"{path}/aside")).headers["location"] == "/staff/corrections"
    assert "見おくりました" in text_of(await coordinator.get(path))


async def test_a_case_holds_no_resident_and_two_people(coordinator: httpx.AsyncClient, store: Store) -> None:
    _, path = await review_of(coordinator, store)
    labels = {"action": "route", "urgency": "urgent", "fields": ["poverty"], "tangled": ""}
    as_it_was = await coordinator.post(f"{path}/case", data={"text": SAID, **labels})
    assert as_it_was.status_code == 422
    assert "住民の文がそのまま" in text_of(as_it_was)
    named = await coordinator.post(f"{path}/case", data={"text": "ヒカリが来る", **labels})
    assert "名前に見えることば" in text_of(named)
    good = {"text": "貸金の人がしつこくて、住まいのお金が払えない", **labels}
    assert (await coordinator.post(f"{path}/case", data=good)).headers["location"] == "/staff/own-cases"
    page = await coordinator.get("/staff/own-cases")
    assert "待っています" in text_of(page)
    assert (await coordinator.post("/staff/own-cases/1/approve")).status_code == 409
    await sign_in(coordinator, await hired(store, "admin"))
    assert (await coordinator.post("/staff/own-cases/1/approve")).status_code == 303
    assert (await coordinator.post("/staff/own-cases/1/refuse")).status_code == 404
    file = await coordinator.get("/staff/own-cases/file")
    (case,) = CaseFile.model_validate(yaml.safe_load(file.text)).cases
    assert (case.text, case.fields) == (good["text"], ("poverty",))
    assert (await coordinator.get(path)).status_code == 404, "an admin without that window reads no resident"


async def test_wrong_input_is_told(coordinator: httpx.AsyncClient, store: Store) -> None:
    number, path = await review_of(coordinator, store)
    assert (await coordinator.post(f"/staff/tickets/{number}/wrong", data={"right": "window:x"})).status_code == 409
    long = await coordinator.post(f"/staff/tickets/{number}/wrong", data={"right": "flag:urgent", "word": "あ" * 61})
    assert long.status_code == 422
    assert (await coordinator.get("/staff/corrections/00000000-0000-7000-8000-000000000000")).status_code == 404
    bad = await coordinator.post(f"{path}/case", data={"text": "ことば", "action": "fly", "urgency": "normal"})
    assert bad.status_code == 422


async def test_the_process_that_reads_japanese_answers() -> None:
    """The real one, once: the web process itself loads no dictionary."""
    town = knowledge().towns["taiki"]
    propose: Propose = proposed
    found = await propose([SAID + "佐藤さん"], town, senses=True)
    assert "ピリカ" in found.words
    assert "debt" in {entry for sense in found.senses for entry in sense.entries}
    assert any("取り立て" in sense.word for sense in found.senses)
    assert found.names == ("佐藤",)
    assert (await propose(["佐藤さん"], town)).senses == ()
    assert await propose([], town) == Proposed()


async def test_an_admin_who_mends_the_draft_keeps_what_it_silences_and_a_second_one_is_asked(
    coordinator: httpx.AsyncClient, store: Store
) -> None:
    _, path = await review_of(coordinator, store)
    await coordinator.post(f"{path}/sense", data=SENSE)
    await sign_in(coordinator, await hired(store, "admin"))
    form = filled(await coordinator.get("/staff/knowledge/drafts/1/edit"))
    assert form["kind"] == "idiom"
    answer = await coordinator.post("/staff/knowledge/drafts/1/edit", data={**form, "because": "祭りの役割"})
    assert answer.status_code == 303
    async with store.reading("taiki") as session:
        values = (await session.scalars(select(KnowledgeDraft))).one().content["values"]
    assert (values["because"], values["covers"]) == ("祭りの役割", ["debt"])
    seen = text_of(await coordinator.get("/staff/knowledge/drafts/1"))
    assert "数えなくなる言葉 いま （なし） これから 借金がある" in " ".join(seen.split())
    assert "書いた人でない管理者の確認がいります" in seen


async def test_where_nothing_can_read_japanese_the_page_says_so_and_keeps_no_text_unchecked(
    coordinator: httpx.AsyncClient, store: Store
) -> None:
    async def mute(texts: Sequence[str], town: Town, *, senses: bool = False) -> Proposed:
        raise NotProposed

    _, path = await review_of(coordinator, store)
    made = cast(FastAPI, cast(httpx.ASGITransport, coordinator._transport).app)
    made.dependency_overrides[proposer] = lambda: mute
    assert "候補を出せませんでした" in text_of(await coordinator.get(f"{path}?whole=true"))
    labels = {"action": "route", "urgency": "urgent", "fields": ["poverty"]}
    for where, data in ((f"{path}/sense", SENSE), (f"{path}/case", {"text": "書きなおした文です", **labels})):
        answer = await coordinator.post(where, data=data)
        assert answer.status_code == 422
        assert "しらべられませんでした" in text_of(answer)
