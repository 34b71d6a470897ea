"""The HSDS 3 export: stable, complete, nothing invented, nothing that residents must not see; judged by its schemas."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from knowledge.hsds import Thing, export
from knowledge.schema import Hours, Office, Town, Window
from tests.knowledge import light

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "hsds"
TODAY = date(2026, 11, 22)
TOWNS = ("itoman", "katsuyama", "nagaizumi", "taiki", "yokkaichi")
JUDGES = (
    ("organizations", "organization.json"),
    ("services", "service.json"),
    ("services", "service_with_definitions.json"),
    ("taxonomies", "taxonomy.json"),
    ("taxonomy_terms", "taxonomy_term.json"),
)


def exported(town: Town | str) -> dict[str, list[Thing]]:
    found = light.bundle().towns[town] if isinstance(town, str) else town
    return export(found, glossary=light.glossary(), today=TODAY)


def changed(town_id: str, window_id: str, **values: Any) -> Town:
    """A town with one window changed."""
    town = light.bundle().towns[town_id]
    windows = [window.model_copy(update=values) if window.id == window_id else window for window in town.windows]
    return town.model_copy(update={"windows": tuple(windows)})


def service(town: Town, window_id: str) -> Thing:
    name = town.window(window_id).name
    return next(one for one in exported(town)["services"] if one["name"] == name)


def things(value: Any) -> list[Thing]:
    """Every object in the export, however deep."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value] if isinstance(value, dict) and "id" in value else []
    return [*own, *(one for part in inner for one in things(part))]


def validator(name: str) -> Draft202012Validator:
    resources = [
        (path.name, DRAFT202012.create_resource(json.loads(path.read_text(encoding="utf-8"))))
        for path in SCHEMAS.glob("*.json")
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="HSDS schemas (../shared/hsds) are not here")
@pytest.mark.parametrize(("key", "schema"), JUDGES)
def test_every_object_fits_the_schemas(key: str, schema: str) -> None:
    judge = validator(schema)
    rich = changed(
        "nagaizumi", "hokatsu", hours=Hours(lunch=("12:00", "13:00"), confirmed=True), telephone="055-989-5500",
        offices=(Office(id="kita", name="北", area="北", telephone="055-989-5501", address="静岡県長泉町中土狩828"),),
    )
    for town in (*TOWNS, rich):
        found = [(error.message, list(error.path)) for one in exported(town)[key] for error in judge.iter_errors(one)]
        assert found == []


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="HSDS schemas (../shared/hsds) are not here")
def test_the_schemas_really_judge() -> None:
    one = exported("taiki")["services"][0]
    judge = validator("service_with_definitions.json")
    assert not judge.is_valid({**one, "status": "open"})
    assert not judge.is_valid({**one, "phones": [{"id": one["id"]}]})


@pytest.mark.parametrize("town", TOWNS)
def test_ids_are_stable_and_each_names_one_thing(town: str) -> None:
    first, second = exported(town), exported(town)
    assert first == second
    seen: dict[str, Thing] = {}
    for thing in things(first):
        assert UUID(thing["id"]).version == 5
        assert seen.setdefault(thing["id"], thing) == thing
    others = {thing["id"] for other in TOWNS if other != town for thing in exported(other)["services"]}
    assert not others & seen.keys()


@pytest.mark.parametrize("town", TOWNS)
def test_references_lead_somewhere(town: str) -> None:
    found = exported(town)
    organizations = {one["id"] for one in found["organizations"]}
    terms = {one["id"] for one in found["taxonomy_terms"]}
    for one in found["services"]:
        assert one["organization_id"] in organizations
        assert one["organization"]["id"] == one["organization_id"]
        assert {attribute["taxonomy_term"]["id"] for attribute in one.get("attributes", [])} <= terms
        for place in one.get("service_at_locations", []):
            assert place["location"]["id"] == place["location_id"]
            assert place["service_id"] == one["id"]


@pytest.mark.parametrize("town_id", TOWNS)
def test_only_what_residents_may_see_and_go_to(town_id: str) -> None:
    town = light.bundle().towns[town_id]
    names = [one["name"] for one in exported(town)["services"]]
    expected = [window.name for window in town.windows if window.intake]
    assert names == [*expected, *(resource.name for resource in town.resources if resource.public)]


def test_a_private_persons_name_and_number_stay_at_home() -> None:
    text = json.dumps(exported("taiki"), ensure_ascii=False)
    private = [resource for resource in light.bundle().towns["taiki"].resources if not resource.public]
    assert private
    for resource in private:
        assert str(resource.run_by) not in text
        assert str(resource.telephone) not in text


def test_who_vouches_and_when() -> None:
    town = light.bundle().towns["taiki"]
    for one, window in zip(exported(town)["services"], [w for w in town.windows if w.intake], strict=False):
        assert one["assured_date"] == window.checked.isoformat()


def test_each_number_once_with_the_desk_it_belongs_to() -> None:
    phones = service(light.bundle().towns["taiki"], "shogai")["phones"]
    numbers = [(phone["type"], phone["number"]) for phone in phones]
    assert len(numbers) == len(set(numbers))
    assert ("voice", "01558-6-2272") in numbers
    assert ("fax", "01558-6-5121") in numbers
    assert next(phone for phone in phones if phone["number"] == "01558-6-2272")["description"] == "療育推進係"


def test_only_confirmed_hours_are_a_schedule() -> None:
    told = Hours(start="09:00", end="17:00", lunch=("12:00", "13:00"), confirmed=True)
    assert "schedules" not in service(light.bundle().towns["taiki"], "koreisha")
    guessed = told.model_copy(update={"confirmed": False})
    assert "schedules" not in service(changed("taiki", "koreisha", hours=guessed), "koreisha")
    first, second = service(changed("taiki", "koreisha", hours=told), "koreisha")["schedules"]
    assert (first["freq"], first["byday"], first["timezone"]) == ("WEEKLY", "MO,TU,WE,TH,FR", 9)
    assert (first["opens_at"], first["closes_at"]) == ("09:00+09:00", "12:00+09:00")
    assert (second["opens_at"], second["closes_at"]) == ("13:00+09:00", "17:00+09:00")


def test_the_town_halls_hours_hold_for_its_own_windows_only() -> None:
    town = light.bundle().towns["taiki"]
    open_ = town.municipality.model_copy(update={"hours": Hours(confirmed=True), "main_telephone": "01558-6-2111"})
    town = town.model_copy(update={"municipality": open_})
    assert service(town, "koreisha")["schedules"]
    assert "schedules" not in service(town, "shakyo")
    own = exported(town)["organizations"][0]
    assert own["phones"][0]["number"] == "01558-6-2111"


def test_an_address_is_split_and_nothing_is_guessed() -> None:
    place = service(light.bundle().towns["taiki"], "koreisha")["service_at_locations"][0]["location"]["addresses"][0]
    assert (place["state_province"], place["city"], place["address_1"]) == ("北海道", "大樹町", "暁町8番地1")
    assert place["postal_code"] == ""
    assert "service_at_locations" not in service(light.bundle().towns["itoman"], "hokatsu_kikan")


def test_offices_are_places_of_one_service() -> None:
    places = service(light.bundle().towns["nagaizumi"], "hokatsu")["service_at_locations"]
    assert [place["location"]["description"] for place in places] == ["担当地区: 北", "担当地区: 南"]


@pytest.mark.parametrize(
    ("valid", "status"),
    [
        (None, "active"),
        ((date(2026, 4, 1), date(2027, 3, 31)), "active"),
        ((date(2024, 4, 1), date(2026, 3, 31)), "inactive"),
        ((date(2027, 4, 1), date(2028, 3, 31)), "inactive"),
    ],
)
def test_out_of_its_period_a_window_is_inactive(valid: tuple[date, date] | None, status: str) -> None:
    assert service(changed("taiki", "koreisha", valid=valid), "koreisha")["status"] == status


def test_a_legal_form_is_no_organization() -> None:
    for town in TOWNS:
        names = {one["name"] for one in exported(town)["organizations"]}
        assert not [name for name in names if name.startswith(("直営", "委託1", "社会福祉法人", "株式会社"))]


def test_windows_of_one_body_share_it() -> None:
    town = light.bundle().towns["nagaizumi"]
    found = [service(town, window)["organization"]["name"] for window in ("fukushi_hoken", "kodomo_katei")]
    assert found == ["長泉町", "長泉町"]
    extra = Window.model_validate({"id": "x", "name": "受託", "relation": "consigned", "run_by": "長泉町社会福祉協議会（委託）",
                                   "source": "s", "checked": "2026-04-01"})
    assert service(town.model_copy(update={"windows": (*town.windows, extra)}), "x")["organization_id"] == \
        service(town, "shakyo")["organization_id"]
