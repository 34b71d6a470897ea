"""The boxes: the standard's sixteen word by word, every word of triage in one of them, ◎ for what presses most."""

import pytest

from handoff.forms.concerns import ALSO, EMPTY, MAIN, Read, boxes, marks
from knowledge.schema import CRISIS_KINDS
from tests.whole import knowledge

SIXTEEN = ["病気や健康、障害のこと", "住まいについて", "収入・生活費のこと", "家賃やローンの支払いのこと", "税金や公共料金等の支払いについて", "債務について", "仕事探し、就職について", "仕事上の不安やトラブル", "地域との関係について", "家族との関係について", "子育てのこと", "介護のこと", "ひきこもり・不登校", "DV・虐待", "食べるものがない", "その他"]


def ticked(read: Read, form: str = "application") -> dict[str, str]:
    return {name: mark for mark, name in marks(getattr(boxes(), form).items, read) if mark != EMPTY}


def test_the_sixteen_stand_as_the_standard_form_has_them() -> None:
    assert [item.name for item in boxes().application.items] == SIXTEEN
    assert len(boxes().referral.items) == 12


@pytest.mark.parametrize("form", ["application", "referral"])
def test_the_boxes_use_only_words_that_triage_has(form: str) -> None:
    glossary = knowledge().glossary
    for item in getattr(boxes(), form).items:
        assert set(item.needs) <= set(glossary.needs), item.name
        assert set(item.topics) <= set(glossary.topics), item.name
        assert set(item.crisis) <= set(CRISIS_KINDS), item.name


@pytest.mark.parametrize("form", ["application", "referral"])
@pytest.mark.parametrize("kind", CRISIS_KINDS)
def test_every_danger_has_a_box_of_its_own(form: str, kind: str) -> None:
    assert MAIN in ticked(Read(crisis=(kind,)), form).values()
    assert "その他" not in ticked(Read(crisis=(kind,)), form)


def test_what_presses_most_is_the_main_one_and_the_rest_is_ticked() -> None:
    read = Read(crisis=("lifeline_cut",), needs=("no_money", "debt"), topics=("work",))
    assert ticked(read) == {
        "税金や公共料金等の支払いについて": MAIN, "収入・生活費のこと": ALSO, "債務について": ALSO, "仕事探し、就職について": ALSO,
    }


def test_what_no_box_takes_is_the_last_one_and_nothing_read_is_nothing_ticked() -> None:
    assert ticked(Read(needs=("pet_hoarding",))) == {"その他": ALSO}
    assert ticked(Read()) == {}
