"""Cards say what is known, and say of the rest that it is not."""

import pytest

from bots.cards import UNKNOWN_HOURS, UNKNOWN_TELEPHONE, card_text, rows, tel_uri, web_uri
from bots.types import Card


def test_a_whole_card() -> None:
    card = Card("福祉課", ("介護の相談", " "), "01558-6-2111", None, "東本通33", "平日 8:30〜17:15", "https://example.jp/")
    assert card_text(card) == (
        "■ 福祉課\n介護の相談\n場所：東本通33\n時間：平日 8:30〜17:15\n電話：01558-6-2111\nhttps://example.jp/")


def test_what_is_unknown_is_said_not_invented() -> None:
    assert [row.text for row in rows(Card("福祉課"))] == [UNKNOWN_HOURS, UNKNOWN_TELEPHONE]
    assert [row.text for row in rows(Card("福祉課", telephone="189", hours=" "))] == [UNKNOWN_HOURS, "189"]


def test_a_link_alone_misses_nothing() -> None:
    assert [row.text for row in rows(Card("くわしく", url="https://example.jp/"))] == ["https://example.jp/"]


@pytest.mark.parametrize(("telephone", "uri"), [
    ("01558-6-2100", "tel:0155862100"), ("01558（6）2100", "tel:0155862100"), ("(01558)6-2100", "tel:0155862100"),
    ("０３ー１２３４ー５６７８", "tel:0312345678"), ("+81-3-1234-5678", "tel:+81312345678"), ("#7119", "tel:%237119"),
    ("119番", "tel:119"), ("0120-279-338（24時間）", "tel:0120279338"), ("03-1234-5678 内線12", "tel:0312345678"),
    ("0120-279-338 24時間", None), ("0120 279 338", None), ("役場へ", None), ("12", None), ("", None), (None, None)])
def test_telephone_links(telephone: str | None, uri: str | None) -> None:
    assert tel_uri(telephone) == uri


@pytest.mark.parametrize(("url", "uri"), [
    ("https://example.jp/", "https://example.jp/"), (" http://example.jp/a?b=1#c ", "http://example.jp/a?b=1#c"),
    ("https://example.jp/ふくし", "https://example.jp/%E3%81%B5%E3%81%8F%E3%81%97"),
    ("https://example.jp/%E3%81%B5", "https://example.jp/%E3%81%B5"), ("javascript:alert(1)", None),
    ("data:text/html,x", None), ("//example.jp", None), ("https://", None), ("https://[", None), ("example.jp", None),
    ("https://例え.jp/", None), ("https://example.jp/" + "x" * 1000, None), ("", None), (None, None)])
def test_web_links(url: str | None, uri: str | None) -> None:
    assert web_uri(url) == uri
