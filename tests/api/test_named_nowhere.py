"""通告した人の名は出ない, 閲覧制限の人のことばは出ない: every page, print and export of the console is read for it.

A new GET route that is not in `every_page` fails here until somebody has thought about it.
"""

import re
from collections.abc import Mapping, Sequence

import pytest_asyncio
from fastapi import FastAPI

from api.commands.unheard import answer
from api.proposing import Proposed, asked, read
from api.routes.corrections import proposer
from handoff.store.db import Store
from knowledge.schema import Town
from tests.api.every_page import OFFICE, SECOND, TOWN, World, matter, pages, text_in, unknown
from tests.api.test_coordination import Desk, app, database_url, desk, hire, store, towns
from tests.handoff.coordination.conftest import Hire
from tests.whole import knowledge, lexicon

__all__ = ["app", "database_url", "desk", "hire", "store", "towns"]
NAME, NUMBER = "隣野通報子", "059-321-9876"
REPORT = f"となりに住む{NAME}です。電話は０５９（３２１）９８７６。70代のお父さんと息子さんが二人とも痩せてきました"
GONE = "これは、あなたには見えなくなりました"
"""What an open page is told instead of its parts."""
OWN_SCREEN = {
    "GET /staff/tickets": "the list of who has it", "GET /staff/rows": "the same",
    "GET /staff/tickets/{number}": "whoever has it has to thank and ask them", "GET /staff/tickets/{number}/messages": "the same",
    "GET /staff/morning": "the list of who has it", "GET /staff/tickets/{number}/disclosure": "where it is decided what goes out",
    "GET /staff/corrections/{correction}": "the words that were judged, read by a reviewer",
}
"""Screens of the desk that has the ticket; nothing of them is printed for anybody or goes anywhere."""


async def met(desk: Desk, login: str, world: World, told: re.Pattern[str]) -> tuple[set[str], set[str]]:
    """Routes that a person reaches, and those of them on which it stands."""
    client = await desk.of(login)
    reached, shown = set(), set()
    for name, paths in pages(world).items():
        for path in paths:
            answer = await client.get(path)
            reached |= {name} if answer.status_code == 200 and GONE not in text_in(answer.content) else set()
            shown |= {name} if told.search(text_in(answer.content)) else set()
    return reached, shown


async def proposed_here(texts: Sequence[str], town: Town, *, senses: bool = False) -> Proposed:
    """What the process that reads Japanese answers, over the words that this one has compiled already."""
    return read(answer(asked(texts, town, senses=senses), knowledge().lexicon, lexicon))


@pytest_asyncio.fixture
async def people(app: FastAPI, hire: Hire) -> None:
    app.dependency_overrides[proposer] = lambda: proposed_here
    await hire("somu", f"{TOWN}.fukushi_somu", role="coordinator")
    await hire("first", f"{TOWN}.{OFFICE}")
    await hire("beside", f"{TOWN}.{OFFICE}")
    await hire("second", f"{TOWN}.{SECOND}")
    await hire("far", f"{TOWN}.hogo")
    await hire("head", f"{TOWN}.{OFFICE}", role="admin")
    await hire("auditor", f"{TOWN}.{OFFICE}", role="auditor")


async def test_who_reported_stands_on_nothing_that_leaves_the_desk(
    desk: Desk, store: Store, towns: Mapping[str, Town], people: None
) -> None:
    world = await matter(
        desk, store, towns[TOWN], words=REPORT, name=NAME, number=NUMBER, about=("neighbour",), whose="told_of",
    )
    assert unknown(world) == set(), "new routes: may who reported stand there? Put them into tests/api/every_page.py"
    assert (await (await desk.of("far")).post("/staff/others", data={"number": world.number, "reason": "電話を受けた"})).status_code == 303
    told, everywhere = re.compile(r"通報子|3219876|321.{0,3}9876|３２１"), set()
    for login in ("somu", "first", "second", "far", "head", "auditor"):
        reached, shown = await met(desk, login, world, told)
        assert shown <= OWN_SCREEN.keys(), (login, shown - OWN_SCREEN.keys())
        everywhere |= reached
    missed = pages(world).keys() - everywhere
    assert missed <= {"GET /staff/own-cases/file", "GET /staff", "GET /staff/login"}, missed


async def test_a_reporters_words_are_no_paper_of_the_household(
    desk: Desk, store: Store, towns: Mapping[str, Town], people: None
) -> None:
    world = await matter(
        desk, store, towns[TOWN], words=REPORT, name=NAME, number=NUMBER, about=("neighbour",), whose="told_of",
    )
    for paper in ("papers/consented", "papers/unconsented", "papers/intake", f"referral/{world.ids['move']}"):
        page = await desk.get("first", f"/staff/tickets/{world.number}/{paper}")
        printed = re.sub(r'<p class="no-print">.*?</p>', "", page.split("<main")[1], flags=re.DOTALL)
        found = re.search(r".{0,30}(となり|近所|知らせ|夕方).{0,30}", printed)
        assert found is None, (paper, found[0])
        assert "知らせてくれた人の名前・電話・言葉は" in page, "staff are told why the box is empty"


async def test_a_restricted_matter_says_nothing_to_who_is_not_named(
    desk: Desk, store: Store, towns: Mapping[str, Town], people: None
) -> None:
    world = await matter(
        desk, store, towns[TOWN], words="夫になぐられ、あけびの箱に通帳をかくしました", name="朝霧あけび", number=NUMBER,
        about=("self",), crisis=("dv",), whose="writer",
    )
    assert unknown(world) == set(), "new routes: may a restricted matter stand there? Put them into tests/api/every_page.py"
    told = re.compile("あけび|通帳|なぐられ|321.{0,3}9876|食事がとれて|家で安心して|足が弱")
    for login in ("beside", "second", "far", "head", "auditor"):
        reached, shown = await met(desk, login, world, told)
        assert shown == set(), (login, shown)
        assert not any("{" in name for name in reached), (login, "its own pages are not there", reached)
    _, shown = await met(desk, "first", world, told)
    assert "GET /staff/tickets/{number}" in shown, "who has it reads it"
