"""The manual: each picture that it shows is there and small, each that is there is shown, and it names what the pages say."""

import re

import pytest

from tests.browser.touring import MANUALS, PICTURES, TOUR, Stop

FOLDER = PICTURES.parent
LARGEST = 120_000
TEXTS = {name: (FOLDER / name).read_text(encoding="utf-8") for name in MANUALS}
SHOWN = re.compile(r"!\[([^\]]*)\]\((pictures/[^)]+)\)")


@pytest.mark.parametrize("name", MANUALS)
def test_every_picture_is_there_and_has_words_for_who_does_not_see_it(name: str) -> None:
    pictures = SHOWN.findall(TEXTS[name])
    assert pictures
    for alt, path in pictures:
        assert len(alt) >= 5, path
        assert (FOLDER / path).exists(), f"{path} is missing: run make manual"
        assert (FOLDER / path).stat().st_size <= LARGEST, path


def test_no_picture_is_left_over() -> None:
    shown = {path.removeprefix("pictures/") for text in TEXTS.values() for _, path in SHOWN.findall(text)}
    assert {path.name for path in PICTURES.glob("*")} == shown == {f"{stop.name}.png" for stop in TOUR}


@pytest.mark.parametrize("stop", TOUR, ids=lambda stop: stop.name)
def test_what_the_tour_looks_for_stands_in_the_manual(stop: Stop) -> None:
    words = stop.shows
    (text,) = [text for text in TEXTS.values() if f"pictures/{stop.name}.png" in text]
    assert [one for one in words if one not in text] == [], "the manual does not name it"


def test_links_lead_somewhere() -> None:
    for text in TEXTS.values():
        for path in re.findall(r"(?<!!)\[[^\]]+\]\(([^)]+)\)", text):
            assert (FOLDER / path).exists(), path
