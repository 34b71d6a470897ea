"""Connections to PostgreSQL: trusted when they were used a moment ago, asked after a rest, replaced when their end has gone."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DisconnectionError

from handoff.privacy.keys import KeyRing
from handoff.store.models import MunicipalityRow
from handoff.store.postgres import TRUSTED, _is_there, _rests
from tests.databases import Postgres, open_store


@dataclass
class Connection:
    """One that counts how often it was asked. gone: its other end, as the loop knows it; dumb: no answer comes."""

    gone: bool = False
    dumb: bool = False
    asked: int = 0
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def driver_connection(self) -> "Connection":
        return self

    def is_closed(self) -> bool:
        return self.gone

    def ping(self) -> None:
        self.asked += 1
        if self.dumb:
            raise OSError


def test_it_is_asked_after_a_rest_only() -> None:
    one = Connection()
    _is_there(one, one, None)
    _rests(one, one)
    _is_there(one, one, None)
    assert one.asked == 0
    one.info["rests_since"] = monotonic() - TRUSTED - 1
    _is_there(one, one, None)
    assert one.asked == 1


@pytest.mark.parametrize("one", [Connection(gone=True), Connection(dumb=True)])
def test_one_without_another_end_is_made_anew(one: Connection) -> None:
    one.info["rests_since"] = monotonic() - TRUSTED - 1
    with pytest.raises(DisconnectionError):
        _is_there(one, one, None)


@pytest.mark.postgres
async def test_who_comes_after_the_server_hung_up_notices_nothing(
    postgres: Postgres, postgres_url: str, keys: KeyRing
) -> None:
    database = postgres_url.rsplit("/", 1)[1]
    async with open_store(postgres_url, keys) as store:
        async with store.reading("taiki") as session:
            assert await session.scalar(select(MunicipalityRow.id))
        ended = f"SELECT bool_and(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = '{database}'"
        assert await asyncio.to_thread(postgres.sql, ended) == "t\n", "the second argument waits until they are gone"
        await asyncio.sleep(0.01)  # the loop hears of it
        for _ in range(2):
            async with store.reading("taiki") as session:
                assert await session.scalar(select(MunicipalityRow.id))
