"""Whose a mark is: worked out where rules or code ask it of persons, and nowhere else; needs and dangers are always somebody's."""

from tests.triage.conftest import TODAY
from triage import crisis, fallback
from triage.engine import Engine
from triage.people import Teller
from triage.rules import marks_of_persons

TEXT = "息子は3年引きこもりで、食事は部屋の前に置いています"
MARK = "mark_tray_at_door"


def test_a_mark_is_given_to_whom_it_is_told_of_only_where_it_is_asked_for(engine: Engine) -> None:
    _, readings = engine.hear([TEXT], today=TODAY)
    (son,) = Teller(readings, frozenset((MARK,))).tell().people
    assert MARK in son.marks
    (son,) = Teller(readings, frozenset()).tell().people
    assert MARK not in son.marks
    assert "withdrawn" in son.needs


def test_what_conditions_ask_of_persons_is_found_however_deep() -> None:
    when = {"any": [{"none": [{"person": {"lacks": ["a"]}}]}, {"two": [{"has": ["b"]}, {"every": ["c"]}]}], "count": {"has": ["d"], "least": 2}}
    assert set(marks_of_persons(when)) == {"a", "b", "c", "d"}


def test_what_code_asks_of_persons_is_given_to_them(engine: Engine) -> None:
    picture, readings = engine.hear(["母の認知症が進んで、赤ちゃんの夜泣きで眠れません"], today=TODAY)
    found = {name for reading in readings for one in reading.found if one.weakened is None for name in one.entry.names}
    borne = {name for someone in picture.living() for name in someone.marks}
    assert found & (crisis.BORNE | fallback.GROWN) <= borne
