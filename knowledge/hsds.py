"""Windows and resources in the shape of Open Referral HSDS 3, for directories beyond the town.

Only what residents may see and may go to: entries with `public: false` and windows with `intake: false` stay at home.
Nothing is invented: no address, no telephone and no schedule where the pack has none, and hours that nobody confirmed
are no schedule. The same pack gives the same ids (UUIDv5), so that a reader can follow an entry over the years. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from knowledge.schema import FIELDS, Hours, Office, Resource, Town, Window
from knowledge.schema.contacts import Weekday
from knowledge.spreadsheet import RESOURCE_KINDS
from knowledge.types import Glossary

Thing = dict[str, Any]

NAMESPACE = UUID("6f0c7a52-9f0e-4d0b-8c37-0a1d7b0e5c11")
"""Of all ids of this export. Never changes."""
JAPAN = 9
"""Hours ahead of UTC; Japan has no summer time."""
_BYDAY: dict[Weekday, str] = {
    "mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU",
}
_IN_BRACKETS = re.compile(r"（[^（）]*）$")
_ONLY_A_FORM = re.compile(
    r"(直営|委託|補助|社会福祉法人|医療法人|株式会社|一般社団法人|公益財団法人|登録した団体|地域の団体)(等|\d.*|または.*)?"
)
_OWN_DIVISION = re.compile(r".*(課|係|室)(など)?")
_TAXONOMIES = {
    "field": ("分野", "社会福祉の四つの分野（高齢・介護、障がい、子ども、生活困窮）"),
    "topic": ("話題", "窓口が受ける相談の話題"),
    "resource": ("活動の種類", "地域づくり・参加支援の場の種類"),
}


def export(town: Town, *, glossary: Glossary, today: date) -> dict[str, list[Thing]]:
    """`organizations`, `services` (nested, as the HSDS API gives them), `taxonomies` and `taxonomy_terms`.

    today: windows out of their period become `inactive`.
    """
    terms = _Terms(glossary)
    organizations = _Organizations(town)
    services = [
        *(_window(town, window, organizations, terms, today) for window in town.windows if window.intake),
        *(_resource(town, resource, organizations, terms) for resource in town.resources if resource.public),
    ]
    return {
        "organizations": list(organizations.found.values()),
        "services": services,
        "taxonomies": list(terms.taxonomies.values()),
        "taxonomy_terms": list(terms.found.values()),
    }


def _id(*parts: str) -> str:
    return str(uuid5(NAMESPACE, "/".join(parts)))


def _filled(**pairs: Any) -> Thing:
    """Without the keys that nothing is known for."""
    return {key: value for key, value in pairs.items() if value not in (None, "", [], ())}


class _Organizations:
    """The town itself and whoever runs something for it, each once."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.found: dict[str, Thing] = {}

    def own(self) -> Thing:
        municipality = self.town.municipality
        made = self._one(
            municipality.name, municipality.name, f"{municipality.prefecture}の自治体。出典: {municipality.source}"
        )
        if municipality.main_telephone and "phones" not in made:
            owner = ("organization_id", made["id"])
            made["phones"] = [_phone(self.town.id, "main", municipality.main_telephone, owner=owner)]
        return made

    def of(self, run_by: str | None, name: str, source: str) -> Thing:
        """Of a window or resource that another body runs; one known by a legal form only goes by the window's name."""
        runner = _IN_BRACKETS.sub("", run_by or "").strip()
        if runner == self.town.name or _OWN_DIVISION.fullmatch(runner):
            return self.own()
        known = runner and not _ONLY_A_FORM.fullmatch(runner)
        called = runner if known else name
        return self._one(called, called, f"{self.town.name}の相談や地域の活動を担う機関・団体。出典: {source}")

    def _one(self, key: str, name: str, description: str) -> Thing:
        made = {"id": _id(self.town.id, "organization", key), "name": name, "description": description}
        return self.found.setdefault(key, made)


class _Terms:
    """Taxonomy terms in use, each once."""

    def __init__(self, glossary: Glossary) -> None:
        fields: dict[str, str] = {field: glossary.words.get(f"field_{field}", field) for field in FIELDS}
        self.names: dict[str, Mapping[str, str]] = {
            "field": fields, "topic": glossary.topics, "resource": RESOURCE_KINDS,
        }
        self.found: dict[str, Thing] = {}
        self.taxonomies: dict[str, Thing] = {}

    def attributes(self, service: str, kind: str, codes: Iterable[str]) -> Iterator[Thing]:
        for code in codes:
            yield {
                "id": _id(service, "attribute", kind, code), "link_id": service, "link_entity": "service",
                "link_type": kind, "value": code, "taxonomy_term": self._term(kind, code),
            }

    def _term(self, kind: str, code: str) -> Thing:
        title, about = _TAXONOMIES[kind]
        taxonomy = self.taxonomies.setdefault(
            kind, {"id": _id("taxonomy", kind), "name": f"つなぐ窓口 {title}", "description": about}
        )
        name = self.names[kind].get(code, code)
        made = {
            "id": _id("taxonomy", kind, code), "code": code, "name": name, "description": f"{title}: {name}",
            "taxonomy": taxonomy["name"], "taxonomy_id": taxonomy["id"], "language": "ja",
        }
        return self.found.setdefault(made["id"], made)


def _window(town: Town, window: Window, organizations: _Organizations, terms: _Terms, today: date) -> Thing:
    service = _id(town.id, "window", window.id)
    same = window.relation == "same_body"
    organization = organizations.own() if same else organizations.of(window.run_by, window.name, window.source)
    standing = window.valid is None or window.valid[0] <= today <= window.valid[1]
    hours = window.hours or (town.municipality.hours if same else None)
    return _filled(
        id=service, organization_id=organization["id"], name=window.name, alternate_name=window.short,
        description=window.about, status="active" if standing else "inactive", assured_date=str(window.checked),
        organization=organization, phones=list(_phones(window, service)),
        schedules=[*_schedules(hours, service), *_staffed(window.staffed_days, service)],
        service_areas=[_filled(id=_id(service, "area"), service_id=service, name=town.name, description=window.area)],
        service_at_locations=list(_places(town, window, service, organization)),
        attributes=[
            *terms.attributes(service, "field", window.fields), *terms.attributes(service, "topic", window.topics),
        ],
    )


def _resource(town: Town, resource: Resource, organizations: _Organizations, terms: _Terms) -> Thing:
    service = _id(town.id, "resource", resource.id)
    organization = organizations.of(resource.run_by, resource.name, resource.source)
    phones = [_phone(service, "voice", resource.telephone, owner=("service_id", service))] if resource.telephone else []
    places = []
    if resource.place:
        location = _location(town, service, resource.place, _address_of(town, resource.place), organization)
        places.append(_at(service, location))
    return _filled(
        id=service, organization_id=organization["id"], name=resource.name, description=resource.about,
        status="active", assured_date=str(resource.checked), eligibility_description="、".join(resource.suits),
        organization=organization, phones=phones, service_at_locations=places,
        service_areas=[{"id": _id(service, "area"), "service_id": service, "name": town.name}],
        attributes=[
            *terms.attributes(service, "resource", (resource.kind,)),
            *terms.attributes(service, "field", resource.fields),
        ],
    )


def _phones(window: Window, service: str) -> Iterator[Thing]:
    """Each number once; a desk's own name says more than the window's."""
    named: dict[tuple[str, str], list[str]] = {}
    for desk in window.desks:
        for kind, number in (("voice", desk.telephone), ("fax", desk.fax)):
            if number:
                named.setdefault((kind, number), []).append(desk.name)
    for kind, number in (("voice", window.telephone), ("fax", window.fax)):
        if number:
            named.setdefault((kind, number), [])
    for (kind, number), names in named.items():
        yield _phone(service, kind, number, owner=("service_id", service), about="、".join(names))


def _phone(of: str, kind: str, number: str, *, owner: tuple[str, str], about: str = "") -> Thing:
    return _filled(
        id=_id(of, "phone", kind, number), number=number, type="fax" if kind == "fax" else "voice", description=about,
        **{owner[0]: owner[1]},
    )


def _schedules(hours: Hours | None, service: str) -> Iterator[Thing]:
    """Confirmed hours only, as weekly RRULEs; a lunch break makes two of them."""
    if hours is None or not hours.confirmed:
        return
    stretches = [(hours.start, hours.end)]
    if hours.lunch:
        stretches = [(hours.start, hours.lunch[0]), (hours.lunch[1], hours.end)]
    for opens, closes in stretches:
        yield {
            "id": _id(service, "schedule", opens), "service_id": service, "freq": "WEEKLY", "wkst": "MO",
            "byday": ",".join(_BYDAY[day] for day in hours.days), "timezone": JAPAN,
            "opens_at": f"{opens}+09:00", "closes_at": f"{closes}+09:00", "notes": "祝日を除く",
        }


def _staffed(days: str | None, service: str) -> Iterator[Thing]:
    """Days with somebody there, in the plan's own words: HSDS takes a description where no rule can be given."""
    if days:
        yield {"id": _id(service, "schedule", "staffed"), "service_id": service, "description": f"職員のいる日: {days}"}


def _places(town: Town, window: Window, service: str, organization: Thing) -> Iterator[Thing]:
    if window.address:
        yield _at(service, _location(town, service, window.name, window.address, organization))
    for office in window.offices:
        yield _at(service, _office(town, service, office, organization))


def _office(town: Town, service: str, office: Office, organization: Thing) -> Thing:
    made = _location(town, f"{service}/{office.id}", office.name, office.address, organization)
    if office.area:
        made["description"] = f"担当地区: {office.area}"
    if office.telephone:
        made["phones"] = [_phone(made["id"], "voice", office.telephone, owner=("location_id", made["id"]))]
    return made


def _at(service: str, location: Thing) -> Thing:
    return {
        "id": _id(service, "at", location["id"]), "service_id": service, "location_id": location["id"],
        "location": location,
    }


def _location(town: Town, of: str, name: str, address: str | None, organization: Thing) -> Thing:
    location = _id(of, "location")
    made = {"id": location, "location_type": "physical", "name": name, "organization_id": organization["id"]}
    if address:
        made["addresses"] = [_address(town, location, address)]
    return made


def _address(town: Town, location: str, address: str) -> Thing:
    """postal_code is required by HSDS and told by no plan: empty, not guessed."""
    municipality = town.municipality
    street = address.removeprefix(municipality.prefecture).removeprefix(municipality.name)
    return {
        "id": _id(location, "address"), "location_id": location, "address_1": street or address,
        "city": municipality.name, "state_province": municipality.prefecture, "postal_code": "", "country": "JP",
        "address_type": "physical",
    }


def _address_of(town: Town, place: str) -> str | None:
    """The place where it is an address, not only a name (図書館)."""
    return place if place.startswith((town.name, town.municipality.prefecture)) else None
