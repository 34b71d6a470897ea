"""What speaks for one household, and what does not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from handoff.desk.kinship import Trace, kin


def trace(name: str = "", number: str = "", *ages: int) -> Trace:
    household = [{"age": [age, age], "deceased": False} for age in ages]
    return Trace.of(uuid4(), name, number, household)


@pytest.mark.parametrize(("one", "other", "reason"), [
    (trace(number="01558-6-2200"), trace(number="０１５５８６２２００"), "電話番号が同じです"),
    (trace(number="+81 90 1234 5678"), trace(number="090-1234-5678"), "電話番号が同じです"),
    (trace("大樹 はな"), trace("大樹はな"), "名前が同じです"),
    (trace("", "", 81, 52), trace("", "", 52, 81, 20), "年齢の組み合わせが同じです（81歳・52歳）"),
])
def test_the_same_telephone_name_or_ages_side_by_side(one: Trace, other: Trace, reason: str) -> None:
    found = kin(one, other)
    assert found.likely
    assert found.reasons == (reason,)


@pytest.mark.parametrize(("one", "other"), [
    (trace(), trace()),
    (trace("", "", 81), trace("", "", 81)),
    (trace("", "", 81, 81), trace("", "", 81, 52)),
    (trace(number="110"), trace(number="110")),
    (trace("花"), trace("花")),
    (trace("大樹はな", "", 81, 52), trace("大樹太郎", "", 80, 51)),
])
def test_one_age_a_short_number_or_nothing_speaks_for_nothing(one: Trace, other: Trace) -> None:
    assert not kin(one, other).likely


def test_rough_ages_and_the_dead_do_not_count() -> None:
    rough: list[dict[str, Any]] = [{"age": [80, 89], "deceased": False}, {"age": [52, 52], "deceased": True}]
    rough.append({"age": None, "deceased": False})
    assert Trace.of(uuid4(), None, "", rough).ages == ()


def seen(**more: Any) -> Trace:
    """A report of somebody in their seventies."""
    told = Trace.of(uuid4(), None, "", [{"age": [70, 79], "deceased": False}, {"age": None, "deceased": False}])
    return replace(told, **{
        "report": True, "at": datetime(2026, 11, 24, tzinfo=UTC), "fields": frozenset({"elderly", "disability"}),
        "patterns": frozenset({"after_parents"}), **more,
    })


def test_a_report_that_sees_the_same_in_the_same_weeks_is_likely() -> None:
    found = kin(seen(), seen(patterns=frozenset({"after_parents", "outreach"})))
    assert found.likely
    assert found.reasons == ("近い日の知らせで、世帯のようすが似ています（70代、同じ重なり）",)
    assert kin(seen(), seen(report=False)).likely, "the household may have written itself"


@pytest.mark.parametrize("other", [
    {"at": datetime(2026, 12, 25, tzinfo=UTC)}, {"fields": frozenset({"elderly"})}, {"patterns": frozenset({"8050"})},
    {"decades": frozenset({80})}, {"at": None},
])
def test_weeks_apart_or_another_matter_is_not(other: dict[str, Any]) -> None:
    assert not kin(seen(), seen(**other)).likely


def test_two_households_that_write_themselves_are_not_likened() -> None:
    assert not kin(seen(report=False), seen(report=False)).likely
