"""The law of disclosure is data: screens and papers cite no number of their own, and the manual cites what the data say."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from knowledge.loader import ROOT
from knowledge.schema.disclosure import DisclosureLaw
from tests.whole import knowledge

CITED = re.compile(r"第?\d+条(?:第\d+項)?|[1-7]号")
PROJECT = ROOT.parent
SPEAKING = [*(PROJECT / "handoff" / "disclosure").glob("*.py"), *(PROJECT / "api" / "templates" / "console").glob("disclosure*.html"),
            PROJECT / "api" / "routes" / "console_disclosure.py"]


def law() -> DisclosureLaw:
    found = knowledge().disclosure
    assert found is not None
    return found


@pytest.mark.parametrize("path", SPEAKING, ids=lambda path: path.name)
def test_nobody_cites_a_number_of_their_own(path: Path) -> None:
    assert CITED.findall(path.read_text(encoding="utf-8")) == []


def test_the_manual_cites_what_the_data_say() -> None:
    cited = set(CITED.findall((PROJECT / "docs" / "ja" / "disclosure.md").read_text(encoding="utf-8")))
    known = {one.article for one in law().articles} | {one.item for one in law().grounds if one.item}
    assert {one for one in cited if not any(known_one.startswith(one) for known_one in known)} == set()
    assert law().item("third") in cited


def test_a_law_that_lacks_a_ground_is_refused() -> None:
    whole = law().model_dump(mode="json")
    with pytest.raises(ValidationError, match="once"):
        DisclosureLaw.model_validate({**whole, "grounds": whole["grounds"][1:]})
    with pytest.raises(ValidationError):
        DisclosureLaw.model_validate({**whole, "days": 31})
