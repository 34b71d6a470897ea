"""A typed number is an answer; everything else stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.choices import choice_by_id, choice_by_number, choice_id, chosen, mark, numbered
from bots.types import Choice
from tests.bots.strategies import calm

CHOICES = tuple(Choice(label, f"{label}です") for label in ("自分", "家族", "近所の人"))
SELF, FAMILY, NEIGHBOUR = CHOICES


def test_choices_as_lines() -> None:
    assert numbered(CHOICES) == "① 自分\n② 家族\n③ 近所の人\n（番号でも選べます）"
    assert numbered(()) == ""
    assert [mark(number) for number in (1, 20, 21)] == ["①", "⑳", "21."]


@pytest.mark.parametrize("text", [
    "2", "２", "②", "2️⃣", "⑵", "⒉", "2番", "２番です", "2番目", "二", "二番", "(2)", "（２）", "2.", "2、", "2。", " 2\n", "No.2",
    "2です", "2でお願いします", "２でお願いします。", "2つ目", "2を選びます", "「2」"])
def test_a_number_means_the_choice(text: str) -> None:
    assert choice_by_number(text, CHOICES) == FAMILY


@pytest.mark.parametrize("text", [
    "", "2人", "2歳です", "80", "0", "4", "2月", "22", "2 3", "2か3", "-2", "2.5", "2年前から", "二人", "二人です", "十",
    "いいえ", "1番つらいのは夜です", "母は2階です", "2020-11-21", "119", "死にたい"])
def test_anything_else_does_not(text: str) -> None:
    assert choice_by_number(text, CHOICES) is None


def test_a_button_has_a_name_of_its_own_that_says_nothing() -> None:
    names = [choice_id(choice) for choice in CHOICES]
    assert len(set(names)) == 3
    assert all(name.isascii() and len(name) == 16 for name in names)
    assert [choice_by_id(name, CHOICES) for name in names] == list(CHOICES)
    assert choice_by_id(names[0], (FAMILY, NEIGHBOUR)) is None
    assert choice_id(Choice("自分", "自分です")) == "TA3zP1NVVzCWDsui", "buttons in people's chats outlive a release"


def test_labels_and_values_are_answers_too() -> None:
    assert chosen("近所の人", CHOICES) == NEIGHBOUR
    assert chosen(" 自分です ", CHOICES) == SELF
    assert chosen("３", CHOICES) == NEIGHBOUR
    assert chosen("自分の家族", CHOICES) is None
    assert chosen("1", ()) is None


def test_a_label_that_is_a_number_beats_its_place() -> None:
    people = (Choice("3", "3人です"), Choice("2", "2人です"), Choice("1", "1人です"))
    assert chosen("3", people) == people[0]


@calm
@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    assert chosen(text, CHOICES) in {None, *CHOICES}
