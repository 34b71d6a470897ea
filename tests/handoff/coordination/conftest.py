"""長泉町 and 糸満市 with their packs, the people who work there, and a case with an old mother and her son."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select

from handoff.coordination import cases, consent, documents, plans
from handoff.coordination.access import held_by
from handoff.coordination.consent import Answer
from handoff.coordination.plans import Action
from handoff.desk import tickets
from handoff.desk.staff import Role, SignedIn, add, find
from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from handoff.store.models import CasePerson, Conversation
from knowledge.schema import Town
from tests.databases import at_noon, open_store, sqlite_url
from tests.handoff.desk.conftest import PASSWORD, conversation_of, decision_on, hashed_once
from tests.whole import knowledge
from triage.types import Person

NOW = at_noon()
STORY = "実家の母82が足が弱って、弟55は20年家にいます。固定資産税も3年払っていません。"
HOUSEHOLD = (Person("parent", (82, 82)), Person("sibling", (55, 55)))
GIVEN = Answer("share", "given", "復康会、社会福祉協議会、福祉保険課", "telephone", "2026-11")
"""answered_by is set to the person's own id by `answer`."""
Hire = Callable[..., Awaitable[SignedIn]]


database_url = sqlite_url
"""One engine is enough for what is decided here; `test_storage` runs on both."""


@pytest.fixture(scope="session")
def towns() -> Mapping[str, Town]:
    return knowledge().towns


@pytest_asyncio.fixture
async def store(database_url: str, keys: KeyRing, towns: Mapping[str, Town]) -> AsyncIterator[Store]:
    """Knows all five towns."""
    names = {town.id: town.name for town in towns.values()}
    async with open_store(database_url, keys, towns=names) as opened:
        yield opened


@pytest.fixture
def hire(store: Store) -> Hire:
    """`await hire("suzuki", "nagaizumi.shakyo_sanka", role="staff")`"""

    async def make(login: str, *windows: str, role: Role = "staff") -> SignedIn:
        town = windows[0].split(".")[0] if windows else "nagaizumi"
        await add(
            store, municipality_id=town, login=login, role=role, windows=windows, password=PASSWORD, now=NOW,
            must_change=False, hashing=hashed_once,
        )
        return await find(store, login)

    return make


async def flagged(
    store: Store, town: Town, *windows: str, words: str = STORY, about: tuple[str, ...] = ("parent", "sibling"),
    household: tuple[Person, ...] = HOUSEHOLD, **more: object,
) -> str:
    """A ticket with the coordinator's flag; its number."""
    conversation = await conversation_of(store, words, town=town.id, now=NOW)
    given: dict[str, object] = {"patterns": ("8050",), "complex": True, "about": about, **more}
    async with store.town(town.id) as session:
        row = await session.get_one(Conversation, conversation)
        ticket = await tickets.open_or_update(
            session, row, decision_on(words, household=household, **given), town=town, windows=windows, why="triage",
            now=NOW,
        )
        return ticket.number


@dataclass
class Household:
    """A case and the ids of its two people."""

    store: Store
    town: Town
    number: str
    mother: UUID
    brother: UUID

    async def answer(self, staff: SignedIn, person: UUID, given: Answer = GIVEN, *, now: datetime = NOW) -> None:
        given = given if given.answered_by else replace(given, answered_by=str(person))
        async with self.store.town(self.town.id) as session:
            held = await held_by(session, staff, self.number)
            await consent.record(session, staff, held.case, person, answer=given, now=now)

    async def papers(self, staff: SignedIn, person: UUID, *programmes: str, now: datetime = NOW) -> UUID:
        """利用申込, アセスメント and プラン案; the plan's id."""
        actions = [Action("社会福祉協議会", "週に1回訪ねる", programme) for programme in programmes or ("other",)]
        async with self.store.town(self.town.id) as session:
            held = await held_by(session, staff, self.number)
            await documents.apply(session, staff, held.case, person, how="telephone", wishes="家で暮らしたい", now=now)
            await documents.assess(session, staff, held.case, person, text="足腰が弱り買い物に出られない", now=now)
            plan = await plans.draft(
                session, staff, held, person, goal="家で安心して暮らす", actions=actions,
                monitor_at=now + timedelta(days=60), reason="暮らしの様子が変わったため", town=self.town, now=now,
            )
            return plan.id


@pytest_asyncio.fixture
async def fukkokai(hire: Hire) -> SignedIn:
    """多機関協働事業者 of 長泉町."""
    return await hire("fukko", "nagaizumi.fukkokai", role="coordinator")


@pytest_asyncio.fixture
async def official(hire: Hire) -> SignedIn:
    """福祉保険課: the town itself."""
    return await hire("fukuho", "nagaizumi.fukushi_hoken")


@pytest_asyncio.fixture
async def shakyo(hire: Hire) -> SignedIn:
    """The officer of 社協 whose window took the matter in."""
    return await hire("shakyo", "nagaizumi.shakyo_sanka")


@pytest_asyncio.fixture
async def household(store: Store, towns: Mapping[str, Town], fukkokai: SignedIn) -> Household:
    town = towns["nagaizumi"]
    ticket = await flagged(store, town, "nagaizumi.shakyo_sanka")
    async with store.town(town.id) as session:
        case = await cases.open_from(session, fukkokai, ticket, town=town, now=NOW)
        people = list(await session.scalars(
            select(CasePerson).where(CasePerson.case_id == case.id).order_by(CasePerson.id)
        ))
        return Household(store, town, case.number, people[0].id, people[1].id)
