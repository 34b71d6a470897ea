"""What goes live reaches every process of a deployment over PostgreSQL, and one that is started later."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest

from tests.api.editing import filled
from tests.browser.desk import Account, first_day, hire
from tests.conftest import free_port
from tests.journeys.house import House, until
from tests.journeys.test_browser_journey import STORY

pytestmark = pytest.mark.postgres
WINDOW = "/staff/knowledge/things/window/koreisha"
OLD, NEW = "01558-6-2200", "01558-6-9998"


@pytest.fixture
def house(houses: Callable[[str], House]) -> House:
    return houses("postgresql")


@pytest.fixture
def neighbour(house: House) -> Iterator[House]:
    """A second web process with a worker of its own over the same database, started before the change."""
    made = replace(house, port=free_port(), _process=None).start()
    yield made
    made.stop()


def published(client: httpx.Client, where: str) -> None:
    """As soon as the worker has worked out what it would change."""
    def ready() -> bool:
        return "公開する</button>" in client.get(where).text

    until(ready, what="the effect to be worked out")
    assert client.post(f"{where}/publish", data={"version": 1}).status_code == 303


def changed(client: httpx.Client, old: str, new: str) -> str:
    """The form of the window sent back with another number everywhere; the draft's address."""
    form = filled(client.get(WINDOW))
    renewed = {name: value.replace(old, new) if isinstance(value, str) else value for name, value in form.items()}
    answer = client.post(WINDOW, data=renewed)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_two_houses_and_a_third_serve_what_is_live(house: House, neighbour: House) -> None:
    admin = Account("henshu-pg")
    with first_day(house, admin, hire(house, admin.login, role="admin")) as client:
        published(client, changed(client, OLD, NEW))
        try:
            for each in (house, neighbour):
                assert told_number(each, NEW)
        finally:
            back = client.post("/staff/knowledge/rollback", data={"to": 0, "reason": "試しの終わり"})
            published(client, back.headers["location"])
        for each in (house, neighbour):
            assert told_number(each, OLD)


def told_number(house: House, number: str) -> bool:
    """A resident who asks there is given this number, at the latest after a moment."""
    def asks() -> bool:
        resident = house.resident("taiki")
        said = resident.hears(resident.say(STORY))
        return number in str([message.get("cards") for message in said])

    return until(asks, what=f"{number} to be told")
