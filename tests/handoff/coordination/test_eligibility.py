"""Which meetings are offered, to whom, and why not: the packs' own rules, each read on its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from handoff.coordination.consent import Standing, Status
from handoff.coordination.eligibility import Offer, Situation, offers, only_convenience
from handoff.desk.staff import SignedIn
from knowledge.schema import Town
from tests.whole import knowledge

NOBODY = UUID(int=1)


def at(window: str) -> SignedIn:
    return SignedIn(NOBODY, window.split(".", maxsplit=1)[0], "x", "coordinator", frozenset({window}))


def share(status: Status) -> Standing:
    return Standing("share", status, datetime(2026, 11, 21, tzinfo=UTC))


WHOLE = Situation(share("given"), applied=True, assessed=True, drafted=True)
BARE = Situation(share("not_asked"))


def found(towns: Mapping[str, Town], window: str, situation: Situation) -> dict[str, Offer]:
    town = towns[window.split(".", maxsplit=1)[0]]
    return {offer.name: offer for offer in offers(town, knowledge().meetings, situation, staff=at(window))}


def test_nagaizumis_plan_meeting_needs_consent_application_assessment_and_draft(towns: Mapping[str, Town]) -> None:
    assert found(towns, "nagaizumi.fukkokai", WHOLE)["いちばんいい会議"].state == "call"
    empty = found(towns, "nagaizumi.fukkokai", BARE)["いちばんいい会議"]
    assert (empty.state, empty.missing) == (
        "closed", ("本人の同意（いまは「未確認」）", "利用申込", "アセスメント", "プラン案")
    )


@pytest.mark.parametrize("missing", ["applied", "assessed", "drafted"])
def test_each_paper_is_needed(towns: Mapping[str, Town], missing: str) -> None:
    without = replace(WHOLE, **{missing: False})  # type: ignore[arg-type]
    offer = found(towns, "nagaizumi.fukkokai", without)["いちばんいい会議"]
    assert (offer.state, len(offer.missing)) == ("closed", 1)


@pytest.mark.parametrize("status", ["not_asked", "refused", "cannot_decide", "unreachable", "withdrawn"])
def test_only_a_yes_is_a_yes(towns: Mapping[str, Town], status: Status) -> None:
    situation = Situation(share(status), applied=True, assessed=True, drafted=True)
    assert found(towns, "nagaizumi.fukkokai", situation)["いちばんいい会議"].state == "closed"


def test_nagaizumis_support_meeting_is_the_towns_to_call(towns: Mapping[str, Town]) -> None:
    theirs = found(towns, "nagaizumi.fukkokai", BARE)["支援会議"]
    assert (theirs.state, theirs.callers) == ("ask", ("福祉保険課",))
    assert found(towns, "nagaizumi.fukushi_hoken", BARE)["支援会議"].state == "call"
    assert found(towns, "nagaizumi.fukushi_hoken", WHOLE)["いちばんいい会議"].state == "ask", "復康会 calls this one"


def test_itoman_has_no_meeting_yet_and_says_so(towns: Mapping[str, Town]) -> None:
    offered = found(towns, "itoman.takikan", WHOLE)
    assert {offer.state for offer in offered.values()} == {"closed"}
    assert "準備中" in offered["重層的支援会議"].missing[0]
    assert offered["支援会議"].missing[0].startswith("市の要綱が登録されていません")


def test_the_town_that_calls_both_is_offered_both_under_their_own_names(towns: Mapping[str, Town]) -> None:
    for window, names in (
        ("katsuyama.takikan", {"よこ系会議", "重層的支援会議"}), ("taiki.suishin", {"地域ケア会議", "重層的支援会議"}),
        ("yokkaichi.fukushi_somu", {"支援会議", "重層的支援会議"}),
    ):
        assert set(found(towns, window, WHOLE)) == names
        assert {offer.state for offer in found(towns, window, WHOLE).values()} == {"call"}


def test_statutory_ones_stand_first_and_only_in_their_danger(towns: Mapping[str, Town]) -> None:
    danger = Situation(share("not_asked"), crisis=frozenset({"child_abuse"}), pressing=True)
    first = next(iter(found(towns, "yokkaichi.fukushi_somu", danger).values()))
    assert (first.kind, first.name, first.advised) == ("statutory", "要保護児童対策地域協議会", True)
    assert first.because[0].startswith("児童福祉法第25条の2（条文は要確認）。")
    elder = next(iter(found(towns, "taiki.suishin", Situation(BARE.share, crisis=frozenset({"elder_abuse"}))).values()))
    assert elder.name.startswith("高齢者虐待")
    assert all(offer.kind != "statutory" for offer in found(towns, "taiki.suishin", BARE).values())


def test_urgency_without_consent_advises_the_support_meeting(towns: Mapping[str, Town]) -> None:
    urgent = found(towns, "yokkaichi.fukushi_somu", Situation(share("not_asked"), pressing=True))["支援会議"]
    assert urgent.advised
    assert "未確認" in urgent.because[1], "not asked is not refused"
    assert not found(towns, "yokkaichi.fukushi_somu", BARE)["支援会議"].advised


@pytest.mark.parametrize(
    "purpose",
    [
        "事務を円滑にするため", "事務を円滑に行うため。", "手続きをスムーズに進めるため", "関係機関の連絡調整を効率よく行うため",
        "職員の負担軽減と業務の効率化のため", "一度に情報共有できて便利なため", "支援する側の手間を省くため", "会議を開くため", "",
    ],
)
def test_the_ease_of_those_who_help_is_no_purpose(purpose: str) -> None:
    assert only_convenience(purpose)


@pytest.mark.parametrize(
    "purpose",
    [
        "本人が衰弱しているおそれがあり、見守りと訪問の分担を決めるため", "家の中で暴力があるかもしれず、安全の守り方を話し合う",
        "20年ひきこもっている弟と会う道を探すため。事務も円滑になる", "食事がとれていない。だれが様子を見るかを決める",
        "家賃の滞納で住まいを失うおそれがある", "同意が得られず、受診につながっていない",
    ],
)
def test_a_purpose_about_a_life_is_one(purpose: str) -> None:
    assert not only_convenience(purpose)
