"""Lengths as the platforms count them; cutting loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.measure import cut, graphemes, shorten, shorten_units, utf16_units
from tests.bots.strategies import calm

FAMILY = "👨‍👩‍👧‍👦"
texts = st.text(alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("。、\n あ👨‍👩が\u3099\ufe0f")), max_size=120)


@pytest.mark.parametrize(("text", "units", "clusters"), [
    ("", 0, 0), ("abc", 3, 3), ("大樹町", 3, 3), ("😀", 2, 1), (FAMILY, 11, 1), ("か\u3099", 2, 1), ("葛\U000e0100", 3, 1)])
def test_units_and_graphemes(text: str, units: int, clusters: int) -> None:
    assert utf16_units(text) == units
    assert len(graphemes(text)) == clusters


def test_a_label_is_cut_between_graphemes() -> None:
    assert shorten("家" * 20, 20) == "家" * 20
    assert shorten("家" * 21, 20) == "家" * 19 + "…"
    assert shorten(FAMILY * 21, 20) == FAMILY * 19 + "…"
    assert shorten(" 二\n 行 ", 20) == "二 行"


def test_an_alternative_text_is_cut_within_its_units() -> None:
    assert shorten_units("あ" * 10, 10) == "あ" * 10
    assert shorten_units(FAMILY * 2, 13) == FAMILY + "…"


def test_texts_are_cut_at_the_end_of_a_sentence() -> None:
    assert cut("一つ目の文。二つ目の文。三つ目", 10) == ["一つ目の文。", "二つ目の文。三つ目"]
    assert cut("段落の一つ目。\n\n段落の二つ目。", 12) == ["段落の一つ目。\n\n", "段落の二つ目。"]
    assert cut("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_a_sentence_mark_with_its_variant_stays_whole() -> None:
    text = "あいうえおか。\ufe00きくけこ"
    assert cut(text, 10) == [text[:10], text[10:]]


def test_blank_pieces_are_left_out() -> None:
    assert cut(" " * 30, 10) == []
    assert cut("", 10) == []


def test_a_grapheme_longer_than_a_message_is_cut_all_the_same() -> None:
    tower = "か" + "\u0301" * 30
    assert "".join(cut(tower, 10)) == tower
    assert max(map(utf16_units, cut("😀" * 3, 1))) == 2


@calm
@given(texts, st.integers(12, 40))
def test_nothing_is_lost_nothing_is_too_long(text: str, limit: int) -> None:
    pieces = cut(text, limit)
    assert all(utf16_units(piece) <= limit and piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert utf16_units(shorten_units(text, limit)) <= limit
    assert len(graphemes(shorten(text, limit))) <= limit
