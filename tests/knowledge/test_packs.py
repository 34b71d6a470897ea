"""Facts that must hold of the five towns, as their plans print them. Knows the plans, not how packs are read."""

import json
import re
from datetime import date

import pytest
from pydantic import ValidationError

from knowledge.loader import ROOT, Knowledge
from knowledge.schema import CRISIS_KINDS, FIELDS, Meeting, Municipality, Town, Window
from tests import whole

TOWNS = ("itoman", "katsuyama", "nagaizumi", "taiki", "yokkaichi")
TELEPHONE = re.compile(r"0\d{1,4}-\d{1,4}-\d{4}")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return whole.knowledge()


@pytest.fixture(params=TOWNS)
def town(request: pytest.FixtureRequest, knowledge: Knowledge) -> Town:
    return knowledge.towns[request.param]


def pack_text(town: str) -> str:
    folder = ROOT / "municipalities" / town
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml")))


def telephones(text: str) -> set[str]:
    return set(TELEPHONE.findall(text))


def meeting(town: Town, meeting_id: str) -> Meeting:
    return next(item for item in town.meetings if item.id == meeting_id)


def windows(town: Town, *ids: str) -> list[Window]:
    return [town.window(window_id) for window_id in ids]


def test_five_towns_are_there(knowledge: Knowledge) -> None:
    assert set(TOWNS) <= set(knowledge.towns)


def test_every_field_crisis_and_topic_ends_at_a_window_that_takes_residents(town: Town, knowledge: Knowledge) -> None:
    own = town.municipality
    assert set(own.field_windows) == set(FIELDS)
    assert set(own.crisis_windows) == set(CRISIS_KINDS)
    assert set(own.topic_windows) == set(knowledge.glossary.topics)
    for field, ids in own.field_windows.items():
        assert all(field in window.fields for window in windows(town, *ids)), field
    for table in (own.field_windows, own.topic_windows):
        for key, ids in table.items():
            assert ids, key
            assert all(window.intake for window in windows(town, *ids)), key
    for kind, owners in own.crisis_windows.items():
        assert town.window(owners[0]).intake, kind


def test_a_crisis_is_owned_by_the_town_or_its_own_contractor(town: Town) -> None:
    for owners in town.municipality.crisis_windows.values():
        assert all(window.relation != "other_body" for window in windows(town, *owners))


def test_every_intake_window_is_reached_by_some_way(town: Town) -> None:
    own = town.municipality
    reached = {window for table in (own.field_windows, own.topic_windows, own.crisis_windows)
               for ids in table.values() for window in ids}
    assert {window.id for window in town.windows if window.intake} <= reached


def test_subjects_of_desks_are_subjects_of_their_window(town: Town) -> None:
    for window in town.windows:
        assert all(set(desk.topics) <= set(window.topics) for desk in window.desks), window.id


def test_every_fact_names_its_document_and_day(town: Town) -> None:
    own = town.municipality
    facts = [*town.windows, *town.meetings, *town.resources, *own.programmes, own.coordinator, own.plan,
             *own.indicators, *own.glossary, *town.faq]
    for fact in facts:
        assert "計画" in fact.source
        assert re.search(r"表紙|奥付|用語解説|\d", fact.source), fact.source
        assert fact.checked == date(2026, 11, 22)


def test_every_answer_leads_to_a_window_that_takes_residents(town: Town) -> None:
    assert len(town.faq) >= 9
    for entry in town.faq:
        assert entry.windows, entry.id
        assert all(window.intake for window in windows(town, *entry.windows)), entry.id


def test_each_town_speaks_japanese_easy_japanese_and_english(town: Town) -> None:
    assert town.municipality.languages == ("ja", "ja-easy", "en")


def test_what_no_plan_says_stays_unknown(town: Town) -> None:
    own = town.municipality
    assert (own.night, own.main_telephone, own.hours, own.retention_days) == (None, None, None, None)
    assert own.report_telephones == {}
    assert own.assumed_hours.confirmed is False
    assert all(window.hours is None or not window.hours.confirmed for window in town.windows)


@pytest.mark.parametrize("name", ["retention_days", "case_retention_days"])
@pytest.mark.parametrize("days", [0, -365])
def test_a_slip_of_the_pen_removes_nothing(knowledge: Knowledge, name: str, days: int) -> None:
    """No days, or fewer, would be over for everything at once."""
    own = knowledge.towns["taiki"].municipality.model_dump(mode="json")
    with pytest.raises(ValidationError, match=name):
        Municipality.model_validate_json(json.dumps({**own, name: days}))


def test_the_five_programmes_are_all_there(town: Town) -> None:
    kinds = [programme.kind for programme in town.municipality.programmes]
    assert sorted(kinds) == ["community", "coordination", "intake", "outreach", "participation"]


def test_schools_and_commissioners_are_other_bodies(town: Town) -> None:
    for window in town.windows:
        if re.search(r"教育委員会|学校|指導課|民生委員|公共職業安定所|企業局|実施機関", window.name):
            assert window.relation == "other_body", window.id


@pytest.mark.parametrize(("town_id", "prefecture", "coordinator", "direct"), [
    ("taiki", "北海道", "suishin", False),
    ("itoman", "沖縄県", "takikan", False),
    ("nagaizumi", "静岡県", "fukkokai", False),
    ("katsuyama", "福井県", "takikan", False),
    ("yokkaichi", "三重県", "fukushi_somu", True),
])
def test_who_coordinates(knowledge: Knowledge, town_id: str, prefecture: str, coordinator: str, direct: bool) -> None:
    own = knowledge.towns[town_id].municipality
    assert own.prefecture == prefecture
    assert (own.coordinator.window, own.coordinator.direct) == (coordinator, direct)
    assert knowledge.towns[town_id].window(coordinator).intake is direct


@pytest.mark.parametrize(("town_id", "outreach"), [
    ("taiki", "保健福祉課"), ("nagaizumi", "社会福祉協議会"), ("katsuyama", "社会福祉法人"), ("yokkaichi", "福祉総務課"),
])
def test_who_reaches_out(knowledge: Knowledge, town_id: str, outreach: str) -> None:
    programmes = {item.kind: item for item in knowledge.towns[town_id].municipality.programmes}
    assert outreach in (programmes["outreach"].run_by or "")
    assert all(item.status == "running" for item in programmes.values())


@pytest.mark.parametrize(("town_id", "start", "end"), [
    ("taiki", date(2024, 4, 1), date(2029, 3, 31)),
    ("itoman", date(2024, 4, 1), date(2026, 3, 31)),
    ("nagaizumi", None, None),
    ("katsuyama", date(2026, 4, 1), date(2031, 3, 31)),
    ("yokkaichi", None, None),
])
def test_plan_periods(knowledge: Knowledge, town_id: str, start: date | None, end: date | None) -> None:
    plan = knowledge.towns[town_id].municipality.plan
    assert (plan.start, plan.end) == (start, end)


# Telephones


@pytest.mark.parametrize("town_id", ["itoman", "katsuyama", "nagaizumi"])
def test_no_telephone_where_the_plan_gives_none(town_id: str) -> None:
    assert telephones(pack_text(town_id)) == set()


def test_taiki_has_exactly_the_telephones_of_its_plan() -> None:
    subscribers = ("6-2200", "6-2500", "6-5121", "6-4130", "6-4120", "6-4833", "6-2272", "6-2700", "6-2100", "6-5875",
                   "6-5710", "6-4376", "6-2056")
    assert telephones(pack_text("taiki")) == {f"01558-{number}" for number in subscribers}


def test_yokkaichi_telephones_are_those_of_the_official_page() -> None:
    assert telephones(pack_text("yokkaichi")) == {
        "059-354-8466", "059-354-8166", "059-354-8167", "059-354-8327", "059-354-8076"}


def test_yokkaichi_telephones_name_the_official_page(knowledge: Knowledge) -> None:
    for window in knowledge.towns["yokkaichi"].windows:
        assert ("公式サイト" in window.source) == (window.telephone is not None), window.id


# 大樹町


@pytest.mark.parametrize(("window_id", "telephone", "form"), [
    ("koreisha", "01558-6-2200", "direct"), ("shakyo", "01558-6-4130", "consigned"),
    ("shogai", "01558-6-4833", "direct"), ("kodomo", "01558-6-2700", "direct"),
    ("shushu", "01558-6-5875", "consigned"), ("fukushi", "01558-6-4833", "direct"),
])
def test_taiki_windows(knowledge: Knowledge, window_id: str, telephone: str, form: str) -> None:
    window = knowledge.towns["taiki"].window(window_id)
    assert (window.telephone, window.form) == (telephone, form)
    assert (window.address or "").startswith("大樹町")


def test_taiki_disability_window_has_three_desks_with_own_telephones(knowledge: Knowledge) -> None:
    desks = {desk.name: desk.telephone for desk in knowledge.towns["taiki"].window("shogai").desks}
    assert desks == {"福祉係": "01558-6-4833", "高齢者支援係": "01558-6-2200", "療育推進係": "01558-6-2272"}


@pytest.mark.parametrize(("window_id", "topic", "telephone"), [
    ("koreisha", "care_insurance", "01558-6-2500"), ("koreisha", "dementia", "01558-6-2200"),
    ("kodomo", "pregnancy", "01558-6-2100"), ("kodomo", "childcare", "01558-6-2700"),
    ("shogai", "development", "01558-6-2272"), ("shogai", "mental", "01558-6-4833"),
])
def test_taiki_subject_chooses_the_desk(knowledge: Knowledge, window_id: str, topic: str, telephone: str) -> None:
    desk = knowledge.towns["taiki"].window(window_id).desk_for((topic,))
    assert desk is not None
    assert desk.telephone == telephone


def test_a_window_without_a_desk_for_the_subject_answers_as_a_whole(knowledge: Knowledge) -> None:
    assert knowledge.towns["taiki"].window("fukushi").desk_for(("tax",)) is None


def test_taiki_public_assistance_is_asked_of_the_town_and_decided_elsewhere(knowledge: Knowledge) -> None:
    taiki = knowledge.towns["taiki"]
    assert taiki.municipality.topic_windows["welfare_benefit"] == ("fukushi",)
    assert not taiki.window("seikatsuhogo").intake
    assert taiki.window("seikatsuhogo").relation == taiki.window("togachi_anshin").relation == "other_body"


def test_taiki_regional_care_meeting_is_its_support_meeting(knowledge: Knowledge) -> None:
    taiki = knowledge.towns["taiki"]
    assert {item.name: item.kind for item in taiki.meetings} == {"重層的支援会議": "plan", "地域ケア会議": "support"}
    assert "第106条の6" in (meeting(taiki, "chiiki_care").legal_basis or "")
    assert any("保健福祉課長" in who for who in meeting(taiki, "juso").convened_by)


def test_taiki_private_person_is_for_staff_only(knowledge: Knowledge) -> None:
    (private,) = (item for item in knowledge.towns["taiki"].resources if not item.public)
    person = (private.run_by or "").removeprefix("代表 ")
    assert (private.id, private.telephone) == ("donguri_staff", "01558-6-4376")
    assert person
    for item in (*knowledge.towns["taiki"].resources, *knowledge.towns["taiki"].windows):
        if item is not private:
            assert person not in item.model_dump_json()
            assert "6-4376" not in item.model_dump_json()


def test_taiki_ten_cases_are_an_estimate_and_no_target(knowledge: Knowledge) -> None:
    (figure,) = knowledge.towns["taiki"].municipality.indicators
    assert (figure.kind, figure.value, figure.unit) == ("estimate", 10, "件")


# 四日市市


def test_yokkaichi_has_all_kinds_of_windows(knowledge: Knowledge) -> None:
    yokkaichi = knowledge.towns["yokkaichi"]
    intake = next(item for item in yokkaichi.municipality.programmes if item.kind == "intake")
    assert len(intake.windows) == 22
    assert sum(window.intake for window in yokkaichi.windows) == 23


@pytest.mark.parametrize(("window_id", "count"), [
    ("chiiki_hokatsu", 3), ("zaitaku_kaigo", 26), ("itaku_sodan", 5), ("concierge", 4), ("kosodate_shien", 23),
])
def test_yokkaichi_counts_places_without_inventing_names(knowledge: Knowledge, window_id: str, count: int) -> None:
    window = knowledge.towns["yokkaichi"].window(window_id)
    assert (window.count, window.offices) == (count, ())


@pytest.mark.parametrize("window_id", ["chiiki_hokatsu", "zaitaku_kaigo", "itaku_sodan", "minsei"])
def test_yokkaichi_unknown_district_is_no_dead_end(knowledge: Knowledge, window_id: str) -> None:
    assert "福祉総務課で受けます" in (knowledge.towns["yokkaichi"].window(window_id).about or "")


@pytest.mark.parametrize(("topic", "first"), [
    ("mental", "hoken_yobo"), ("suicide_prevention", "hoken_yobo"), ("intractable", "hoken_yobo"),
    ("physical", "shogai_fukushi"), ("intellectual", "shogai_fukushi"), ("bullying_school", "shido"),
    ("bullying_outside", "seishonen"), ("pregnancy", "kodomo_hoken"), ("child_abuse", "kodomo_katei"),
    ("single_parent", "kodomo_katei"), ("welfare_benefit", "hogo"), ("livelihood", "seikatsu_shien"),
    ("foreign", "kokusai"), ("human_rights", "jinken"), ("women", "danjo"), ("general", "fukushi_somu"),
])
def test_yokkaichi_subjects_go_where_the_table_says(knowledge: Knowledge, topic: str, first: str) -> None:
    assert knowledge.towns["yokkaichi"].municipality.topic_windows[topic][0] == first


@pytest.mark.parametrize(("fields", "topics", "named"), [
    (("elderly", "disability"), ("dementia", "intellectual"),
     {"zaitaku_kaigo", "chiiki_hokatsu", "itaku_sodan", "shogai_fukushi"}),
    (("disability", "poverty"), ("mental", "withdrawn", "neighbour"),
     {"fukushi_somu", "itaku_sodan", "seikatsu_shien", "minsei", "hoken_yobo"}),
])
def test_yokkaichi_case_examples_reach_the_windows_of_the_plan(
    knowledge: Knowledge, fields: tuple[str, ...], topics: tuple[str, ...], named: set[str]
) -> None:
    own = knowledge.towns["yokkaichi"].municipality
    by_topic = {window for topic in topics for window in own.topic_windows[topic]}
    by_field = {window for key, ids in own.field_windows.items() if key in fields for window in ids}
    assert named <= by_topic
    assert by_field - by_topic <= {"shogai_fukushi", "itaku_sodan"}, "no window that the case does not name"


def test_yokkaichi_suicide_has_its_office_and_the_coordinator(knowledge: Knowledge) -> None:
    owners = knowledge.towns["yokkaichi"].municipality.crisis_windows
    assert owners["suicide"] == owners["self_harm"] == ("hoken_yobo", "fukushi_somu")
    assert owners["child_abuse"] == ("kodomo_katei",)


def test_yokkaichi_consent_chooses_the_meeting(knowledge: Knowledge) -> None:
    yokkaichi = knowledge.towns["yokkaichi"]
    assert meeting(yokkaichi, "shien").needs_consent is False
    assert meeting(yokkaichi, "juso").needs_consent is True
    assert meeting(yokkaichi, "shien").secretariat == meeting(yokkaichi, "juso").secretariat == "福祉総務課"
    assert meeting(yokkaichi, "juso").triggers == ("プラン策定時", "プラン見直し時", "支援の終結判断時", "支援の中断決定時")


# 長泉町


def test_nagaizumi_meetings_have_their_own_names(knowledge: Knowledge) -> None:
    kinds = {item.name: item.kind for item in knowledge.towns["nagaizumi"].meetings}
    assert kinds == {"いちばんいい会議": "plan", "支援会議": "support", "包括的相談支援連絡会": "other",
                     "重層的支援体制整備事業推進会議": "other"}


def test_nagaizumi_only_the_town_calls_a_support_meeting(knowledge: Knowledge) -> None:
    nagaizumi = knowledge.towns["nagaizumi"]
    assert all(who.startswith("長泉町") for who in meeting(nagaizumi, "shien").convened_by)
    assert "復康会" in meeting(nagaizumi, "ichiban_ii").convened_by[0]
    assert "地方税法第22条" in (meeting(nagaizumi, "shien").note or "")


def test_nagaizumi_agenda_follows_the_four_occasions(knowledge: Knowledge) -> None:
    best = meeting(knowledge.towns["nagaizumi"], "ichiban_ii")
    occasions = [line.split("：")[0] for line in best.agenda]
    assert len(best.triggers) == 4
    assert [occasions.count(trigger) for trigger in best.triggers] == [3, 3, 2, 1]


def test_nagaizumi_places(knowledge: Knowledge) -> None:
    nagaizumi = knowledge.towns["nagaizumi"]
    assert [office.area for office in nagaizumi.window("hokatsu").offices] == ["北", "南"]
    assert [office.name for office in nagaizumi.window("sodan").offices] == [
        "まえむき", "なかせ", "つむぎ", "リベルテ", "ふがく"]
    assert nagaizumi.window("fukushi_hoken").staffed_days == "事務職1人で週2日勤務、2人で週4日勤務"
    council = nagaizumi.window("shakyo")
    assert (council.form, council.relation) == ("prefecture_consigned", "other_body")


def test_nagaizumi_targets_and_results_are_told_apart(knowledge: Knowledge) -> None:
    figures = {item.id: (item.kind, item.value) for item in knowledge.towns["nagaizumi"].municipality.indicators}
    targets = {"participation_people": 3, "participation_partners": 2, "outreach_new": 5, "case_reviews": 5, "joint_cases": 5}
    results = {"plan_meetings": 5, "plans": 7, "replans": 2, "closed_cases": 1, "support_meetings": 14}
    assert {key: figures[key] for key in targets} == {key: ("target", value) for key, value in targets.items()}
    assert {key: figures[key] for key in results} == {key: ("result", value) for key, value in results.items()}


# 勝山市


def test_katsuyama_windows_and_meetings(knowledge: Knowledge) -> None:
    katsuyama = knowledge.towns["katsuyama"]
    assert {window.name: window.form for window in katsuyama.windows if window.intake} == {
        "地域包括支援センター": "direct", "障害者生活支援センター": "consigned", "こども家庭センター": "direct",
        "困りごと支援センター": "consigned"}
    assert {item.name: item.kind for item in katsuyama.meetings} == {"よこ系会議": "support", "重層的支援会議": "plan"}


def test_katsuyama_targets(knowledge: Knowledge) -> None:
    figures = knowledge.towns["katsuyama"].municipality.indicators
    assert {item.name: (item.kind, item.value, item.at_least) for item in figures} == {
        "支援会議の開催回数": ("target", 12, True), "事例検討件数": ("target", 100, True)}


# 糸満市


def test_itoman_says_that_it_has_no_consigned_consultation_office(knowledge: Knowledge) -> None:
    itoman = knowledge.towns["itoman"]
    none = itoman.window("itaku_sodan")
    assert (none.count, none.intake) == (0, False)
    assert "障害者基幹相談支援センター" in (none.about or "")
    assert itoman.municipality.field_windows["disability"] == ("shogai_kikan",)


def test_itoman_is_still_preparing(knowledge: Knowledge) -> None:
    itoman = knowledge.towns["itoman"]
    status = {item.kind: item.status for item in itoman.municipality.programmes}
    assert status == {"intake": "running", "community": "running", "coordination": "planned", "outreach": "planned",
                      "participation": "planned"}
    assert [item.status for item in itoman.meetings] == ["planned"]
