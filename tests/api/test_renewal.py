"""The worker's part of editing: what a draft would change is worked out on real words, and what goes live is taken up."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from sqlalchemy import select

from api.judging import Judging
from api.renewal import Renewal, cases_of
from api.wiring import Services
from api.worker import build_worker
from handoff.desk.staff import SignedIn
from handoff.editing import drafts, own_cases, versions
from handoff.editing.drafts import Draft
from handoff.store.db import Store
from handoff.store.ids import new_id
from handoff.store.models import DecisionRecord, Ticket
from knowledge.overlay import Kind
from knowledge.source import Data
from tests.api.conftest import opened
from tests.browser.serving import make_services, settings
from tests.databases import at_noon
from tests.handoff.desk.conftest import Hire, hire
from tests.whole import judging, knowledge, serving

WORDS = "ピリカのことで困っています"
PIRIKA: dict[str, Data] = {
    "because": "この町の貸金の呼び名", "kind": "need", "words": ["ピリカ"], "need": "debt", "topic": "debt",
    "fields": {"poverty": 5}, "source": "町", "checked": "2026-11-21", "examples": ["ピリカに借りた"],
}


__all__ = ["hire"]
SHARE = 60
"""Of the cases one in so many: each draft judges them all twice."""

class House:
    """A worker's services with its renewal over some of the cases, and an admin."""

    def __init__(self, services: Services, staff: SignedIn) -> None:
        self.services, self.staff = services, staff
        self.taken: list[Judging] = []
        self.renewal = Renewal(services, judging(), self.taken.append, lambda serving, town: cases_of(serving, town)[::SHARE])

    async def draft(self, kind: Kind, key: str, values: dict[str, Data]) -> Draft:
        """A draft, looked at by the worker."""
        change = (await self.services.live.ground("taiki")).change((kind, key), values)
        async with self.services.store.town("taiki") as session:
            number = await drafts.write(session, self.staff, change, reason="試し", now=at_noon())
        assert await self.renewal.foresee_once() == 1
        async with self.services.store.reading("taiki") as session:
            return await drafts.read(session, number)

    async def publish(self, draft: Draft) -> None:
        ground = await self.services.live.ground("taiki")
        async with self.services.store.town("taiki") as session:
            await versions.publish(
                session, self.staff, draft.number, version=draft.version, upon=ground.sequence,
                edits=ground.after(draft.change), second=False, now=at_noon(),
            )


@pytest_asyncio.fixture
async def house(store: Store, hire: Hire) -> AsyncIterator[House]:
    services = make_services(store, settings(), at_noon)
    yield House(services, await hire("kanri", role="admin"))


async def judged(store: Store, words: str, **more: Any) -> str:
    """A matter that triage has judged; its ticket's number."""
    number = await opened(store, words)
    async with store.town("taiki") as session:
        ticket = (await session.scalars(select(Ticket).where(Ticket.number == number))).one()
        for name, value in more.items():
            setattr(ticket, name, value)
        session.add(DecisionRecord(
            id=new_id(at_noon()), data_key_id=ticket.data_key_id, data_key=ticket.data_key,
            conversation_id=ticket.conversation_id, upto_sequence=1, action="route", urgency="normal",
            knowledge="0" * 16, body={},
        ))
    return number


async def test_a_word_shows_which_messages_and_cases_it_would_change_without_their_words(
    house: House, store: Store
) -> None:
    number = await judged(store, WORDS)
    await judged(store, WORDS, restricted=True)
    await judged(store, "こんにちは")
    draft = await house.draft("word", "own_pirika", PIRIKA)
    found = draft.foresight
    assert (draft.foresight_state, draft.foresight_of) == ("done", "1.1@0")
    assert (found["messages"], found["messages_changed"]) == (2, 1)
    assert found["changed_messages"][0]["ticket"] == number
    assert "windows" in found["changed_messages"][0]["keys"]
    assert found["cases"] == len(cases_of(serving(), "taiki")[::SHARE])
    assert (found["cases_changed"], found["problems"]) == (0, [])
    assert WORDS not in str(found)


async def test_the_towns_own_cases_are_tried_too(house: House, store: Store, hire: Hire) -> None:
    labels = {"action": "route", "urgency": "normal", "fields": ["poverty"], "crisis": [], "complex": False}
    async with store.town("taiki") as session:
        number = await own_cases.write(
            session, house.staff, "ピリカから借りた", labels=labels, of=(), names=(), sure=True, now=at_noon()
        )
    unread = (await house.draft("word", "own_pirika", PIRIKA)).foresight
    assert unread["cases_changed"] == 0, "what only one person has read does not count"
    second = await hire("cho", role="coordinator")
    async with store.town("taiki") as session:
        await own_cases.judge(session, second, number, good=True, now=at_noon())
    found = (await house.draft("word", "own_pirika", PIRIKA)).foresight
    assert (found["cases"], found["cases_changed"], found["better"]) == (unread["cases"] + 1, 1, 1)
    assert found["changed_cases"][0]["case"] == f"taiki_own_{number}"


def test_a_worker_tries_a_draft_on_all_cases(house: House) -> None:
    renewal = Renewal(house.services, judging(), house.taken.append)
    cases = renewal.cases(serving(), "taiki")
    assert len(cases) == len({case.id for case in cases}) > 2_000


async def test_a_word_that_sends_people_astray_is_told_as_worse(house: House) -> None:
    draft = await house.draft("word", "own_mother", {**PIRIKA, "words": ["母"], "examples": ["ピリカに借りた"]})
    assert draft.foresight["worse"] > draft.foresight["better"]
    assert draft.foresight["changed_cases"][0]["better"] < 0
    assert "例「ピリカに借りた」で見つかりません" in draft.foresight["problems"][0]


async def test_topics_of_a_window_and_questions_show_what_they_change(house: House, store: Store) -> None:
    await judged(store, "借金があって家賃が払えません")
    base = knowledge().towns["taiki"].window("fukushi")
    gone = await house.draft("window", "fukushi", {"fields": ["child"], "topics": [*base.topics[:1]]})
    assert set(gone.foresight["changed_messages"][0]["keys"] if gone.foresight["changed_messages"] else ["windows"]) == {"windows"}
    answer = {"question": "介護保険の電話番号を教えてください", "answer": "x", "source": "町", "checked": "2026-11-21"}
    await judged(store, "介護保険の電話番号を教えてください")
    asked = await house.draft("faq", "own_phone", {**answer})
    assert all(one["keys"] == ["answer"] for one in asked.foresight["changed_messages"])


async def test_what_goes_live_is_taken_up_and_only_what_differs_is_compiled(house: House) -> None:
    facts = await house.draft("window", "koreisha", {"telephone": "01558-6-9999"})
    await house.publish(facts)
    assert await house.renewal.renew_once()
    (first,) = house.taken
    assert first.knowledge.towns["taiki"].window("koreisha").telephone == "01558-6-9999"
    assert first.triage._reader is judging().triage._reader
    assert first.answers.indexes["taiki"] is judging().answers.indexes["taiki"]
    assert not await house.renewal.renew_once()
    await house.publish(await house.draft("word", "own_pirika", PIRIKA))
    assert await house.renewal.renew_once()
    assert "own_pirika" in house.taken[-1].triage.matched(WORDS, today=at_noon().date(), town="taiki")


async def test_a_word_of_danger_is_seen_at_the_first_look_from_the_moment_it_is_live(house: House) -> None:
    worker, channels, _ = build_worker(house.services, judging())
    word = {**PIRIKA, "kind": "crisis", "crisis": "suicide", "level": "emergency", "need": None, "topic": None, "fields": None}
    await house.publish(await house.draft("word", "own_bridge", word))
    assert not worker.is_crisis(WORDS, "taiki")
    assert await house.renewal.renew_once()
    worker.take_up(house.taken[-1])
    assert worker.is_crisis(WORDS, "taiki")
    assert not worker.is_crisis(WORDS, "itoman")
    await channels.close()
