"""Which national contacts may be named in a crisis right now. Pure: the hour and the holidays come in.

Only those that are open at that hour, not past their `review_by`, and confirmed well enough; a line whose hours nobody
could confirm is never said to be open.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import get_args

from knowledge.schema import CrisisKind, NationalContact, OpenHours, Urgency
from knowledge.schema.contacts import Audience, Weekday

FOR_YOU = 5
"""How many places of `order` a line gains that was made for the one who writes."""
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def open_contacts(
    contacts: Sequence[NationalContact], *, crisis: CrisisKind, prefecture: str, town: str, when: datetime,
    holidays: Callable[[date], bool], limit: int = 3, urgency: Urgency = "emergency", audience: Audience = "anyone",
    language: str = "ja",
) -> tuple[NationalContact, ...]:
    """At most `limit` contacts for one kind of crisis, best first.

    when: local time of the town. 110 or 119 comes first in an emergency, else last. audience "child" lets
    children's lines in. A contact that speaks `language` goes before one that does not. One that needs no telephone
    is among them whenever there is any, room allowing.
    """
    fitting = [
        contact for contact in contacts
        if crisis in contact.for_crises and contact.audience in ("anyone", audience)
        and _may_be_shown(contact, prefecture, town, when.date()) and is_open(contact, when, holidays=holidays)
    ]
    ordered = sorted(fitting, key=lambda contact: (language not in contact.languages, _rank(contact, audience)))
    others = [contact for contact in ordered if not contact.emergency]
    first = next((contact for contact in ordered if contact.emergency), None)
    if first is None:
        return _with_silent_one(others, limit)
    if urgency == "emergency":
        return (first, *_with_silent_one(others, limit - 1))[:limit]
    return (*_with_silent_one(others, limit - 1), first)


def is_open(contact: NationalContact, when: datetime, *, holidays: Callable[[date], bool]) -> bool:
    """Whether the contact is known to be open at `when`. Unknown hours are not open."""
    return any(_within(hours, when, holidays) for hours in contact.hours or ())


def _within(hours: OpenHours, when: datetime, holidays: Callable[[date], bool]) -> bool:
    if WEEKDAYS[when.weekday()] not in hours.days or (not hours.on_holidays and holidays(when.date())):
        return False
    if hours.monthly and when.day not in hours.monthly:
        return False
    return not _excepted(hours, when.date()) and hours.start <= f"{when:%H:%M}" < hours.end


def _excepted(hours: OpenHours, day: date) -> bool:
    """Whether it is one of the days of the year on which nobody is there; a stretch may cross the new year."""
    if hours.except_from is None or hours.except_to is None:
        return False
    here, start, end = f"{day:%m-%d}", hours.except_from, hours.except_to
    return start <= here <= end if start <= end else here >= start or here <= end


def _may_be_shown(contact: NationalContact, prefecture: str, town: str, today: date) -> bool:
    if contact.certainty == "old" or contact.review_by < today or town in contact.not_in:
        return False
    return not contact.prefectures or prefecture in contact.prefectures


def _rank(contact: NationalContact, audience: Audience) -> int:
    return contact.order - (FOR_YOU if contact.audience == audience != "anyone" else 0)


def _with_silent_one(ordered: Sequence[NationalContact], limit: int) -> tuple[NationalContact, ...]:
    """The first `limit`; if all need a telephone, the last one gives its place to the best that does not."""
    chosen = list(ordered[:limit])
    silent = next((contact for contact in ordered if contact.reach != "telephone"), None)
    if silent is not None and silent not in chosen and chosen:
        chosen[-1] = silent
    return tuple(chosen)
