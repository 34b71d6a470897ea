"""Ids are UUIDv7: unique, in order of time, also within a millisecond; and clocks are aware."""

from __future__ import annotations

from datetime import timedelta

from handoff.store.ids import new_id
from tests.databases import at_noon


def test_ids_follow_time_and_are_unique() -> None:
    ids = [new_id(at_noon()) for _ in range(10_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert new_id(at_noon() + timedelta(milliseconds=1)) > ids[-1]
    assert new_id(at_noon() - timedelta(milliseconds=1)) < ids[0]


def test_ids_are_version_7() -> None:
    one = new_id(at_noon())
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert one.int >> 80 == int(at_noon().timestamp() * 1000)
