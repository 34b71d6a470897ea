"""The five packs against the lines of what they must hold: places, outside bodies, resources, meetings, figures, glossary."""

import pytest

from knowledge.schema import Town
from tests.whole import knowledge

TOWNS = knowledge().towns


@pytest.mark.parametrize(("town_id", "names"), [
    ("taiki", ("とがち生活あんしんセンター", "生活保護の実施機関", "教育委員会", "小中学校", "民生委員・児童委員")),
    ("nagaizumi", ("税務課", "企業局", "教育委員会", "学校", "生活保護の実施機関", "公共職業安定所", "民生委員・児童委員")),
    ("katsuyama", ("基幹相談支援センター",)),
    ("yokkaichi", ("指導課", "民生委員・児童委員", "四日市障害者就業・生活支援センター「ブラウ」")),
])
def test_bodies_that_a_plan_works_with_are_there_and_open_no_door_of_their_own(town_id: str, names: tuple[str, ...]) -> None:
    by_name = {window.name: window for window in TOWNS[town_id].windows}
    assert set(names) <= set(by_name)
    tax = by_name.get("税務課")
    assert tax is None or (tax.relation, tax.intake) == ("same_body", False)


@pytest.mark.parametrize(("town_id", "counts"), [
    ("taiki", {"koreisha": 1, "shakyo": 1, "shogai": 1, "kodomo": 1, "shushu": 1, "fukushi": 1, "suishin": 2}),
    ("itoman", {"hokatsu_kikan": 1, "hokatsu_chiiki": 1, "itaku_sodan": 0, "kurashi": 1}),
    ("nagaizumi", {"hokatsu": 2, "sodan": 5, "kikan": 1}),
    ("katsuyama", {"hokatsu": 1, "shogai": 1, "kodomo": 1, "komarigoto": 1}),
    ("yokkaichi", {"chiiki_hokatsu": 3, "zaitaku_kaigo": 26, "itaku_sodan": 5}),
])
def test_places_are_counted_where_the_plan_counts_them(town_id: str, counts: dict[str, int]) -> None:
    assert {name: TOWNS[town_id].window(name).count for name in counts} == counts


@pytest.mark.parametrize(("window", "desks"), [("taiki.shogai", 3), ("taiki.koreisha", 2), ("taiki.kodomo", 2)])
def test_desks_have_their_own_numbers_and_subjects(window: str, desks: int) -> None:
    found = TOWNS["taiki"].window(window).desks
    assert len(found) == desks
    assert any(desk.topics for desk in found)
    numbers = [desk.telephone for desk in found if desk.telephone]
    assert len(set(numbers)) == len(found)


@pytest.mark.parametrize(("town_id", "names"), [
    ("taiki", ("あいじゅカフェ", "サロン", "地域活動支援センター", "ボランティアセンター")), ("itoman", ("願寿館", "地域活動支援センター")),
    ("nagaizumi", ("みかんちゃん", "ちえりーぶらっさむ", "パルながいずみ")), ("katsuyama", ("地域活動支援センター", "地域子育て支援センター")),
    ("yokkaichi", ("サロン", "通いの場", "子育て支援センター")),
])
def test_places_to_belong_to_are_there_with_whom_they_are_for(town_id: str, names: tuple[str, ...]) -> None:
    resources = TOWNS[town_id].resources
    for name in names:
        found = [one for one in resources if name in one.name]
        assert found, name
        assert all(one.suits or one.fields for one in found), name


@pytest.mark.parametrize("town", TOWNS.values(), ids=lambda town: town.id)
def test_a_meeting_says_what_it_decides_on_what_ground_and_who_calls_it(town: Town) -> None:
    for one in town.meetings:
        assert one.decides, one.id
        if one.kind in ("plan", "support"):
            assert one.legal_basis, one.id
        if one.kind in ("plan", "support") and one.status == "running":
            assert one.convened_by, one.id
            assert one.triggers, one.id
            assert one.members, one.id


def test_regular_rounds_are_those_that_a_plan_counts() -> None:
    rounds = {(town.id, one.id): one.rounds for town in TOWNS.values() for one in town.meetings if one.rounds}
    assert rounds == {("nagaizumi", "ichiban_ii"): 2}


def test_no_town_has_a_support_meeting_that_its_plan_does_not_name() -> None:
    named = {town.id: [one.name for one in town.meetings if one.kind == "support"] for town in TOWNS.values()}
    assert named == {
        "taiki": ["地域ケア会議"], "itoman": [], "nagaizumi": ["支援会議"], "katsuyama": ["よこ系会議"], "yokkaichi": ["支援会議"],
    }


def test_figures_are_typed_and_a_town_without_any_has_none() -> None:
    kinds = {town.id: {one.kind for one in town.municipality.indicators} for town in TOWNS.values()}
    assert kinds == {
        "taiki": {"estimate"}, "itoman": set(), "nagaizumi": {"target", "result", "estimate"}, "katsuyama": {"target"}, "yokkaichi": set(),
    }
    results = [one for one in TOWNS["nagaizumi"].municipality.indicators if one.kind == "result"]
    assert {one.fiscal_year for one in results} == {2024}


def test_taikis_own_glossary_is_whole() -> None:
    terms = [one.term for one in TOWNS["taiki"].municipality.glossary]
    for term in ("アウトリーチ", "カウンセリング", "コーディネート", "サロンスタッフ", "ツール", "ニーズ", "8050", "マッチ", "ヤングケアラー"):
        assert any(term in one for one in terms), term


@pytest.mark.parametrize("town", TOWNS.values(), ids=lambda town: town.id)
def test_what_is_not_the_towns_own_says_so(town: Town) -> None:
    for window in town.windows:
        if window.form in ("consigned", "prefecture_consigned"):
            assert window.relation != "same_body", window.id


def test_a_private_person_is_never_public() -> None:
    for town in TOWNS.values():
        for one in town.resources:
            if one.run_by and one.run_by.startswith("代表 "):
                assert not one.public, one.id
