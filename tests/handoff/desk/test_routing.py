"""Which windows: the plan's own cases, the order, and that no danger stays without an owner."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from handoff.desk.routing import coordinator_window, needs_coordinator, windows_for
from knowledge.schema import CRISIS_KINDS, FIELDS, CrisisKind, Town
from triage.types import Decision

IDS = ("itoman", "katsuyama", "nagaizumi", "taiki", "yokkaichi")
ROUTE = Decision(action="route", text="")

Towns = Mapping[str, Town]


def local(decision: Decision, town: Town) -> tuple[str, ...]:
    return tuple(window.removeprefix(f"{town.id}.") for window in windows_for(decision, town))


def test_case_1_of_yokkaichi_names_the_windows_of_its_plan(towns: Towns) -> None:
    decision = replace(
        ROUTE, fields=("elderly", "disability"), complex=True, patterns=("after_parents", "outreach"),
        topics=("dementia", "intellectual"), needs=("dementia", "sheltered_work", "wasting"),
    )
    assert local(decision, towns["yokkaichi"]) == (
        "chiiki_hokatsu", "zaitaku_kaigo", "shogai_fukushi", "itaku_sodan", "fukushi_somu"
    )


def test_case_2_of_yokkaichi_names_the_windows_of_its_plan(towns: Towns) -> None:
    decision = replace(
        ROUTE, fields=("disability", "poverty"), complex=True, patterns=("hikikomori", "outreach"),
        topics=("mental", "neighbour"), needs=("withdrawn", "neighbour_trouble"),
    )
    named = local(decision, towns["yokkaichi"])
    assert {"fukushi_somu", "itaku_sodan", "seikatsu_shien", "minsei", "hoken_yobo"} <= set(named)


def test_who_owns_the_danger_comes_first(towns: Towns) -> None:
    decision = replace(ROUTE, fields=("child", "poverty"), crisis=("dv",), urgency="urgent", complex=True)
    named = local(decision, towns["yokkaichi"])
    assert named[0] == "danjo"
    assert "fukushi_somu" in named


def test_the_main_field_comes_before_the_others(towns: Towns) -> None:
    there = local(replace(ROUTE, fields=("child", "poverty")), towns["taiki"])
    back = local(replace(ROUTE, fields=("poverty", "child")), towns["taiki"])
    assert (there[0], back[0]) == ("kodomo", "fukushi")


def test_a_subject_goes_before_its_field(towns: Towns) -> None:
    decision = replace(ROUTE, fields=("disability",), topics=("mental",))
    assert local(decision, towns["yokkaichi"]) == ("hoken_yobo", "itaku_sodan")


def test_a_subject_without_a_field_still_finds_its_window(towns: Towns) -> None:
    assert local(replace(ROUTE, topics=("human_rights",)), towns["yokkaichi"]) == ("jinken",)


def test_anything_else_counts_only_where_nothing_else_is_named(towns: Towns) -> None:
    taiki = towns["taiki"]
    assert local(replace(ROUTE, topics=("general",)), taiki) == ("fukushi",)
    assert local(replace(ROUTE, fields=("elderly",), topics=("general", "dementia")), taiki) == ("koreisha",)
    assert local(replace(ROUTE, topics=("general", "dementia")), taiki) == ("koreisha",)


def test_a_window_of_many_offices_is_named_once(towns: Towns) -> None:
    decision = replace(ROUTE, fields=("elderly",), topics=("dementia", "care_insurance", "elder_life"))
    named = local(decision, towns["yokkaichi"])
    assert named.count("zaitaku_kaigo") == 1


def test_windows_that_take_no_residents_are_not_named(towns: Towns) -> None:
    plain = towns["taiki"]
    other_body = plain.municipality.model_copy(update={"topic_windows": {"welfare_benefit": ("seikatsuhogo", "fukushi")}})
    town = plain.model_copy(update={"municipality": other_body})
    assert not town.window("seikatsuhogo").intake
    decision = replace(ROUTE, fields=("poverty",), topics=("welfare_benefit",))
    assert local(decision, town) == ("fukushi",)


@pytest.mark.parametrize("town", IDS)
def test_no_pack_sends_residents_where_they_are_not_taken(towns: Towns, town: str) -> None:
    coordinator = towns[town].municipality.coordinator.window
    for field in FIELDS:
        decision = replace(ROUTE, fields=(field,), topics=("welfare_benefit", "tax", "school_refusal"))
        for window in local(decision, towns[town]):
            assert window == coordinator or towns[town].window(window).intake


@pytest.mark.parametrize("town", IDS)
@pytest.mark.parametrize("kind", CRISIS_KINDS)
def test_no_danger_is_without_an_owner(towns: Towns, town: str, kind: CrisisKind) -> None:
    decision = Decision(action="clarify", text="", crisis=(kind,), urgency="urgent")
    assert windows_for(decision, towns[town])


@pytest.mark.parametrize("town", IDS)
def test_a_route_without_field_or_subject_goes_to_the_coordinator(towns: Towns, town: str) -> None:
    assert windows_for(ROUTE, towns[town]) == (coordinator_window(towns[town]),)


@pytest.mark.parametrize("town", IDS)
def test_a_tangled_case_always_reaches_the_coordinator(towns: Towns, town: str) -> None:
    decision = replace(ROUTE, fields=("elderly", "poverty"), complex=True)
    assert coordinator_window(towns[town]) in windows_for(decision, towns[town])
    assert needs_coordinator(decision, towns[town])


def test_a_danger_that_the_pack_puts_before_the_coordinator_flags_them(towns: Towns) -> None:
    decision = Decision(action="clarify", text="", crisis=("suicide",), urgency="emergency")
    assert needs_coordinator(decision, towns["taiki"])
    assert local(decision, towns["taiki"]) == ("shogai", "suishin")


def test_what_is_not_welfare_goes_to_the_general_desk_or_nowhere(towns: Towns) -> None:
    other = Decision(action="other", text="")
    plain = towns["taiki"]
    with_desk = plain.model_copy(
        update={"municipality": plain.municipality.model_copy(update={"general_desk_window": "fukushi"})}
    )
    assert windows_for(other, with_desk) == ("taiki.fukushi",)
    assert windows_for(Decision(action="chat", text=""), with_desk) == ()
