"""Which office of a window is the resident's, and when there is nothing to choose."""

from datetime import date

from handoff.desk.offices import answer_of, areas, office_for
from knowledge.schema import Window
from knowledge.schema.town import Office


def window(*found: tuple[str, str | None]) -> Window:
    offices = tuple(Office(id=f"o{at}", name=name, area=area) for at, (name, area) in enumerate(found))
    return Window(id="hokatsu", name="包括", relation="same_body", offices=offices, source="計画", checked=date(2026, 11, 22))


TWO = window(("包括（北）", "北"), ("包括（三重地区）", "三重地区"))


def test_areas_are_asked_only_where_they_decide() -> None:
    assert areas(TWO) == ("北", "三重地区")
    assert areas(window(("北", "北"), ("北の出張所", "北"))) == ()
    assert areas(window(("まえむき", None), ("なかせ", None))) == ()


def test_the_button_or_a_full_name_chooses_but_no_single_letter() -> None:
    chosen = office_for(TWO, f"母のことです\n{answer_of('北')}")
    assert chosen is not None
    assert chosen.name == "包括（北）"
    named = office_for(TWO, "三重地区に住んでいます")
    assert named is not None
    assert named.name == "包括（三重地区）"
    assert office_for(TWO, "北海道から来ました") is None
    assert office_for(window(("まえむき", None)), "まえむき") is None
