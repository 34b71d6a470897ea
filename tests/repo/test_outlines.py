"""A picture of the manual is held against its page by what a reader notices; and each was taken with its outline."""

import pytest

from tests.browser.outlines import Mark, kept, noticeable, picture_of
from tests.browser.touring import TOUR, Stop

PAGE = [
    Mark("h1", "", 0, 0, 4), Mark("section", "", 0, 8, 10), Mark("h2", "やりとり", 0, 0, 20), Mark("label", "住民への返事", 1, 0, 40),
    Mark("button", "返事を送る", 1, 0, 60), Mark("h2", "担当", 8, 0, 20), Mark("button", "メモを残す", 8, 0, 92),
]


def test_the_same_page_with_other_lines_between_is_the_same() -> None:
    assert noticeable(PAGE, PAGE) == []
    assert noticeable(PAGE, [mark._replace(low=mark.low + 3) for mark in PAGE]) == []
    assert noticeable(PAGE, PAGE[:-1]) == [], "what stands at the lower edge may be just out of the picture"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ([*PAGE[:4], *PAGE[5:]], "in the picture alone: button 返事を送る"),
        ([*PAGE[:2], Mark("button", "印刷", 0, 0, 15), *PAGE[2:]], "on the page alone: button 印刷"),
        ([mark._replace(words="送信") if mark.words == "返事を送る" else mark for mark in PAGE], "on the page alone: button 送信"),
        ([mark._replace(column=0) if mark.words == "担当" else mark for mark in PAGE], "on the page alone: h2 担当"),
        ([mark._replace(wide=12) if mark.kind == "section" else mark for mark in PAGE], "on the page alone: section"),
        ([*PAGE[:3], PAGE[4], PAGE[3], *PAGE[5:]], "in the picture alone"),
    ],
    ids=["gone", "new", "renamed", "another column", "wider", "another order"],
)
def test_what_a_reader_would_wonder_about_is_told(changed: list[Mark], told: str) -> None:
    assert any(told in one for one in noticeable(PAGE, changed))


@pytest.mark.parametrize("stop", TOUR, ids=lambda stop: stop.name)
def test_every_picture_was_taken_with_its_outline(stop: Stop) -> None:
    picture, marks = kept(stop.name)
    assert picture == picture_of(stop.name), "run make manual: it takes both"
    assert marks
