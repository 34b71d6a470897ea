"""Knowledge once a session; stores of one engine for tests in which the other adds nothing."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from handoff.privacy.keys import KeyRing
from handoff.store.db import Store
from knowledge.loader import Knowledge
from tests import whole
from tests.databases import open_store


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return whole.knowledge()


@pytest_asyncio.fixture
async def light(sqlite_url: str, keys: KeyRing) -> AsyncIterator[Store]:
    """A store on SQLite."""
    async with open_store(sqlite_url, keys) as opened:
        yield opened


@pytest_asyncio.fixture
async def two_stores(postgres_url: str, keys: KeyRing) -> AsyncIterator[tuple[Store, Store]]:
    """Two workers' stores over one PostgreSQL database."""
    async with open_store(postgres_url, keys) as one, open_store(postgres_url, keys) as other:
        yield one, other
