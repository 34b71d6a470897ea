"""世帯の図: who and how old, in generations, nothing supposed; said in words too; for a restricted matter only the named."""

import re

import httpx

from api.family import picture
from api.pages import ages
from handoff.desk.summary import Member
from handoff.store.db import Store
from tests.api.conftest import opened, sign_in
from tests.api.test_staff_api import hired
from triage.types import Person

NAMES = {"self": "書いた人", "child": "子", "parent": "親", "spouse": "配偶者", "client": "支援している人"}
SELF, CHILD = Member("self", (81, 81), ("frail",)), Member("child", (52, 52), ("withdrawn",))


def drawn(*household: Member) -> str:
    return str(picture(household, lambda role: NAMES.get(role, role), ages))


def places(svg: str) -> dict[str, tuple[float, float]]:
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle">([^<]+)</text>', svg)
    return {text: (float(x), float(y)) for x, y, text in found}


def test_generations_stand_one_above_the_other() -> None:
    svg = drawn(CHILD, SELF, Member("parent", None, ()), Member("spouse", (79, 79), ()))
    at = places(svg)
    assert at["親"][1] < at["書いた人"][1] < at["子"][1]
    assert at["書いた人"][1] == at["配偶者"][1]
    assert at["書いた人"][0] < at["配偶者"][0]
    assert svg.count("<line") == 3, "down to the next generation twice, and between the two of one"


def test_its_words_say_what_it_shows_and_nothing_supposed() -> None:
    svg = drawn(SELF, CHILD, Member("parent", (99, 99), (), deceased=True))
    (said,) = re.findall(r'aria-label="([^"]+)"', svg)
    assert said == "世帯の図（書いた人から見た続柄）。親 99歳（亡くなった）、書いた人 81歳、子 52歳"
    assert 'role="img"' in svg
    for need in ("frail", "withdrawn"):
        assert need not in svg


def test_who_is_no_relative_stands_apart_and_one_alone_makes_no_picture() -> None:
    assert drawn(SELF) == ""
    svg = drawn(Member("client", (82, 82), ()), Member("somebody", None, ()), SELF)
    assert "<line" not in svg
    assert {"支援している人", "somebody"} <= set(places(svg))


def test_names_cannot_break_out() -> None:
    assert "<b>" not in drawn(SELF, Member("<b>", None, ()))


async def test_a_restricted_household_is_drawn_for_the_named_only(officer: httpx.AsyncClient, store: Store) -> None:
    people = (Person("self", None, ()), Person("spouse", None, ()), Person("child", (4, 4), ()))
    number = await opened(store, "夫になぐられました", crisis=("dv",), household=people, fields=("poverty",))
    path = f"/staff/tickets/{number}"
    for page in (path, f"{path}/messages"):
        assert 'class="family"' not in (await officer.get(page)).text, "of its window, but not named"
    await officer.post(f"{path}/assign", data={"to": (await me(officer, path))})
    for page in (path, f"{path}/messages"):
        assert 'class="family"' in (await officer.get(page)).text
    await sign_in(officer, await hired(store, "coordinator"))
    assert 'class="family"' in (await officer.get(path)).text


async def me(officer: httpx.AsyncClient, path: str) -> str:
    """The id behind 「自分が担当する」."""
    found = re.search(r'name="to" value="([^"]+)"', (await officer.get(path)).text)
    assert found is not None
    return found[1]
