"""Which national lines are named: open now, known well, not stale, and one without a telephone."""

from datetime import date, datetime

import pytest

from knowledge.contacts import is_open, open_contacts
from knowledge.schema import CRISIS_KINDS, CrisisKind, NationalContact, Urgency
from knowledge.schema.contacts import Audience
from knowledge.telephones import is_number
from tests.whole import knowledge as whole

CONTACTS = whole().contacts
NIGHT = datetime(2026, 11, 21, 2, 31)
AFTERNOON = datetime(2026, 11, 25, 17, 0)
LABOUR_DAY = date(2026, 11, 23)
TOWNS = [
    ("taiki", "北海道"),
    ("itoman", "沖縄県"),
    ("nagaizumi", "静岡県"),
    ("katsuyama", "福井県"),
    ("yokkaichi", "三重県"),
]


def holiday(day: date) -> bool:
    return day == LABOUR_DAY


def named(
    crisis: CrisisKind,
    when: datetime = NIGHT,
    town: str = "yokkaichi",
    prefecture: str = "三重県",
    urgency: Urgency = "emergency",
    audience: Audience = "anyone",
    language: str = "ja",
) -> list[str]:
    found = open_contacts(
        CONTACTS, crisis=crisis, prefecture=prefecture, town=town, when=when, holidays=holiday,
        urgency=urgency, audience=audience, language=language,
    )
    return [contact.id for contact in found]


def made(**values: object) -> NationalContact:
    given: dict[str, object] = {
        "id": "x",
        "name": "x",
        "reach": "telephone",
        "for_crises": ["suicide"],
        "certainty": "official",
        "source": "s",
        "checked": "2026-11-21",
        "review_by": "2027-02-28",
        "hours": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}],
    }
    return NationalContact.model_validate({**given, **values})


def only(contact: NationalContact, when: datetime = NIGHT, prefecture: str = "三重県", town: str = "yokkaichi") -> bool:
    return bool(
        open_contacts([contact], crisis="suicide", prefecture=prefecture, town=town, when=when, holidays=holiday)
    )


@pytest.mark.parametrize("crisis", CRISIS_KINDS)
@pytest.mark.parametrize(("town", "prefecture"), TOWNS)
@pytest.mark.parametrize("when", [NIGHT, AFTERNOON, datetime(2026, 12, 31, 23, 59)])
@pytest.mark.parametrize("urgency", ["emergency", "urgent"])
def test_every_crisis_has_one_to_three_open_ones_at_any_hour(
    crisis: CrisisKind, town: str, prefecture: str, when: datetime, urgency: Urgency
) -> None:
    found = named(crisis, when, town, prefecture, urgency=urgency)
    assert 1 <= len(found) <= 3
    if crisis != "medical":
        by_id = {contact.id: contact for contact in CONTACTS}
        assert any(by_id[contact].reach != "telephone" for contact in found)


def test_at_half_past_two_at_night_119_comes_first_and_closed_lines_stay_away() -> None:
    found = named("suicide")
    assert found[0] == "ambulance"
    assert "inochi_denwa" not in found
    assert len(found) == 3


def test_without_emergency_119_comes_last() -> None:
    assert named("suicide", urgency="urgent")[-1] == "ambulance"


def test_violence_names_the_police_and_the_line_for_it() -> None:
    assert named("dv")[:2] == ["police", "dv_plus"]
    assert "police" in named("dv", urgency="urgent")
    assert "child_abuse_189" in named("child_abuse")


def test_a_child_is_given_a_line_for_children_and_an_adult_is_not() -> None:
    assert "kodomo_sos" in named("suicide", audience="child")
    assert "kodomo_sos" not in named("suicide")


@pytest.mark.parametrize(
    ("town", "prefecture", "there"),
    [
        ("taiki", "北海道", False),
        ("itoman", "沖縄県", False),
        ("yokkaichi", "三重県", False),
        ("nagaizumi", "静岡県", True),
        ("katsuyama", "福井県", True),
    ],
)
def test_7119_only_where_it_exists(town: str, prefecture: str, there: bool) -> None:
    found = named("medical", NIGHT, town, prefecture)
    assert any(contact.startswith("q7119") for contact in found) is there
    assert found[0] == "ambulance"


def test_a_language_goes_before_order() -> None:
    assert named("suicide", language="vi")[1] == "yorisoi"


def test_stale_old_and_unknown_are_never_shown() -> None:
    assert only(made())
    assert not only(made(), when=datetime(2027, 3, 1, 2, 0))
    assert not only(made(certainty="old"))
    assert not only(made(hours=None))
    assert not only(made(not_in=["yokkaichi"]))
    assert not only(made(prefectures=["福井県"]))
    assert only(made(prefectures=["福井県"]), prefecture="福井県")
    assert not only(made(audience="child"))


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        (datetime(2026, 11, 24, 8, 29), False),
        (datetime(2026, 11, 24, 8, 30), True),
        (datetime(2026, 11, 24, 17, 14), True),
        (datetime(2026, 11, 24, 17, 15), False),
        (datetime(2026, 11, 21, 12, 0), False),
        (datetime(2026, 11, 23, 12, 0), False),
    ],
)
def test_hours_know_weekends_and_holidays(when: datetime, open_: bool) -> None:
    contact = made(
        hours=[{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:30", "end": "17:15", "on_holidays": False}]
    )
    assert is_open(contact, when, holidays=holiday) is open_


def test_midnight_belongs_to_the_day() -> None:
    assert is_open(made(), datetime(2026, 11, 21, 23, 59), holidays=holiday)
    assert is_open(made(), datetime(2026, 11, 21, 0, 0), holidays=holiday)


def test_every_contact_can_be_reached_and_is_dated() -> None:
    for contact in CONTACTS:
        if contact.reach == "telephone":
            assert contact.telephone
            assert is_number(contact.telephone)
        elif contact.certainty != "old":
            assert contact.url
            assert contact.url.startswith("https://")
        assert contact.review_by > contact.checked


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("01558-6-2200", True),
        ("0120-279-338", True),
        ("119", True),
        ("#8008", True),
        ("6-2200", False),
        ("01558-6-22O0", False),
        ("０１５５８-6-2200", False),
        ("", False),
        ("0155862200", False),
        ("01558--6-2200", False),
        ("+81-3-1234-5678", False),
        ("0-0-0", False),
    ],
)
def test_numbers(text: str, good: bool) -> None:
    assert is_number(text) is good


def test_the_best_without_telephone_takes_the_last_place() -> None:
    lines = [made(id=f"line_{number}", order=number) for number in range(1, 5)]
    chat = made(id="chat", reach="chat", url="https://example.org/", order=90)
    found = open_contacts(
        [*lines, chat], crisis="suicide", prefecture="三重県", town="yokkaichi", when=NIGHT, holidays=holiday
    )
    assert [contact.id for contact in found] == ["line_1", "line_2", "chat"]
    first = made(id="ambulance", emergency=True, order=1)
    found = open_contacts(
        [first, *lines, chat], crisis="suicide", prefecture="三重県", town="yokkaichi", when=NIGHT, holidays=holiday
    )
    assert [contact.id for contact in found] == ["ambulance", "line_1", "chat"]


@pytest.mark.parametrize(
    ("contact", "when", "open_then"),
    [
        ("childline", datetime(2026, 12, 28, 17), True), ("childline", datetime(2026, 12, 29, 17), False),
        ("childline", datetime(2027, 1, 3, 17), False), ("childline", datetime(2027, 1, 4, 17), True),
        ("inochi_denwa", datetime(2026, 12, 10, 3), False), ("inochi_denwa", datetime(2026, 12, 10, 9), True),
        ("inochi_denwa", datetime(2026, 12, 11, 3), True), ("inochi_denwa", datetime(2026, 12, 11, 9), False),
    ],
)
def test_closures_of_a_year_and_days_of_a_month_are_kept(contact: str, when: datetime, open_then: bool) -> None:
    found = next(one for one in CONTACTS if one.id == contact)
    assert is_open(found, when, holidays=holiday) is open_then


def test_half_a_closure_is_refused() -> None:
    with pytest.raises(ValueError, match="belong together"):
        made(hours=[{"days": ["mon"], "start": "09:00", "end": "17:00", "except_from": "12-29"}])
