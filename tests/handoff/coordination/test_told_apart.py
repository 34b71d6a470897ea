"""A neighbour who is called as the household is: what leaves names the household's person in full, and the neighbour nowhere."""

from collections.abc import Mapping
from uuid import UUID

import pytest_asyncio
from sqlalchemy import select

from handoff.coordination import cases
from handoff.coordination.cases import Persona
from handoff.desk import introduction
from handoff.desk.staff import SignedIn
from handoff.desk.veil import of_writer
from handoff.store.db import Store
from handoff.store.models import Case, CasePerson, Contact, Conversation
from knowledge.schema import Town
from tests.handoff.coordination.conftest import NOW, flagged
from triage.types import Person

WORDS = "隣の佐藤花子です。佐藤太郎さん70代が痩せてきました。佐藤さんから聞いたとは言わないで"
VEILED = "隣の■■■です。佐藤太郎さん70代が痩せてきました。■■■さんから聞いたとは言わないで"
BEFORE = "隣の■■■です。■■■太郎さん70代が痩せてきました。■■■さんから聞いたとは言わないで"


@pytest_asyncio.fixture
async def report(store: Store, towns: Mapping[str, Town], fukkokai: SignedIn) -> str:
    """The ticket's number; its case is open, its people are not called anything yet."""
    town = towns["nagaizumi"]
    number = await flagged(
        store, town, "nagaizumi.shakyo_sanka", words=WORDS, about=("neighbour",), household=(Person("neighbour", (70, 79)),),
    )
    async with store.town(town.id) as session:
        contact = (await session.scalars(select(Contact))).one()
        contact.name = "佐藤 花子"
        await cases.open_from(session, fukkokai, number, town=town, now=NOW)
    return number


async def over(store: Store, text: str = WORDS) -> str:
    async with store.reading("nagaizumi") as session:
        return (await of_writer(session, (await session.scalars(select(Conversation.id))).one())).over(text)


async def name(store: Store, called: str) -> UUID:
    async with store.town("nagaizumi") as session:
        person = (await session.scalars(select(CasePerson))).one()
        cases.name_person(person, Persona("本人", "70代", called))
        return person.id


async def test_once_the_case_names_its_person_in_full(store: Store, report: str) -> None:
    assert await over(store) == BEFORE
    await name(store, "佐藤 太郎")
    assert await over(store) == VEILED
    for no_full_name in ("佐藤", "太郎", "佐藤花子"):
        await name(store, no_full_name)
        assert await over(store) == BEFORE


async def test_on_the_sheet_that_leaves(store: Store, report: str, shakyo: SignedIn, towns: Mapping[str, Town]) -> None:
    await name(store, "佐藤太郎")
    async with store.town("nagaizumi") as session:
        move = await introduction.introduce(
            session, shakyo, report, to_window="", other="見守りの会", reason="見守り", basis="law", ground="法令",
            items=["thread"], town=towns["nagaizumi"], now=NOW,
        )
        move_id = move.id
    async with store.reading("nagaizumi") as session:
        sheet = await introduction.handed(session, shakyo, report, move_id=move_id, town=towns["nagaizumi"])
    assert [one.text for one in sheet.messages] == [VEILED]


async def test_a_case_that_is_gone_tells_nobody_apart(store: Store, report: str) -> None:
    await name(store, "佐藤太郎")
    async with store.town("nagaizumi") as session:
        store.keys.destroy((await session.scalars(select(Case))).one().data_key, now=NOW)
    assert await over(store) == BEFORE
