"""A case's page is read in a transaction that may neither write nor lock: PostgreSQL refuses both, SQLite only the first."""

from tests import databases
from tests.api.test_coordination import Desk, app, desk, plain
from tests.handoff.coordination import conftest as room
from tests.handoff.coordination.conftest import Household

__all__ = ["app", "desk"]
database_url, towns, store, hire = databases.postgres_url, room.towns, room.store, room.hire
fukkokai, shakyo, household = room.fukkokai, room.shakyo, room.household


async def test_a_case_with_all_that_stands_on_its_page(desk: Desk, household: Household, fukkokai: object) -> None:
    page = plain(await desk.get("fukko", f"/staff/cases/{household.number}"))
    assert household.number in page
    assert "招集できるのは福祉保険課だけです" in page
