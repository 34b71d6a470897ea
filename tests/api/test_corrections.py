"""「ちがう」 over HTTP: one click, the queue, a draft with what it would do, a case that a second person approves."""

from collections.abc import AsyncIterator, Sequence

import httpx
import pytest_asyncio
import yaml
from sqlalchemy import select

from api.proposing import Proposed, proposed
from api.routes.corrections import Propose, proposer
from handoff.store.db import Store
from handoff.store.models import KnowledgeDraft, TriageCorrection
from knowledge.schema import Town
from knowledge.schema.extras import CaseFile
from tests.api.conftest import FROM_HERE, Clock, opened, sign_in
from tests.api.test_console import text_of
from tests.api.test_staff_api import OWN, hired
from tests.browser.serving import make_services, settings, whole_app
from tests.whole import knowledge

SAID = "ピリカの取り立てが毎晩来て、家賃の分まで持って行かれます。"


async def heard(texts: Sequence[str], town: Town) -> Proposed:
    """The other process, without one: ピリカ is new everywhere, ヒカリ looks like a name."""
    whole = "".join(texts)
    return Proposed(tuple(one for one in ("ピリカ", "取り立て") if one in whole), tuple(one for one in ("ヒカリ",) if one in whole))


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
    assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/tickets/{number}#saved-wrong")
    async with store.reading("taiki") as session:
        return number, f"/staff/corrections/{(await session.scalars(select(TriageCorrection.id))).one()}"


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
    assert 'name="words" value="取り立て"' in page.text
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
    assert "最近の相談 40 件のうち、案内が変わるもの: 2 件" in text_of(await coordinator.get(path))
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
    found = await propose([SAID + "佐藤さん"], town)
    assert "ピリカ" in found.words
    assert found.names == ("佐藤",)
    assert await propose([], town) == Proposed()
