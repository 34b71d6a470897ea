"""National contacts (`base/contacts.yaml`): shown in a crisis only when open at that hour and not stale."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field as Default
from pydantic import StringConstraints, model_validator

from knowledge.schema.common import CrisisKind, Fact, Id, Sourced, Text

Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MonthDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Audience = Literal["anyone", "child", "elderly", "woman", "foreign"]


class OpenHours(Fact):
    """One stretch of opening. `to` 24:00 is midnight; a stretch over midnight is written as two.

    on_holidays: whether it holds on 国民の祝日 too. except_from, except_to: days of each year on which it does not
    (12-29 to 01-03), both included, may cross the new year. monthly: only on these days of a month; empty = on all.
    """

    days: tuple[Weekday, ...]
    start: Clock
    end: Clock
    on_holidays: bool = True
    except_from: MonthDay | None = None
    except_to: MonthDay | None = None
    monthly: tuple[Annotated[int, Default(ge=1, le=31)], ...] = ()

    @model_validator(mode="after")
    def _both_ends(self) -> "OpenHours":
        if (self.except_from is None) != (self.except_to is None):
            raise ValueError("except_from and except_to belong together")
        return self


class NationalContact(Sourced):
    """A telephone line or chat outside the town.

    kind_of_reach: how one reaches it; at least one contact of a crisis answer needs no telephone.
    hours None = unknown, so never shown as open. prefectures empty = whole country.
    certainty: `official` (◎), `secondary` (○), `old` (△); an `old` one is never shown to residents.
    emergency: 110 and 119, named first where they fit. order: smaller is named earlier among the fitting ones.
    """

    id: Id
    name: Text
    reach: Literal["telephone", "chat", "web", "mail"]
    telephone: str | None = None
    url: str | None = None
    hours: tuple[OpenHours, ...] | None = None
    hours_text: Text | None = None
    charge: Literal["free", "paid", "unknown"] = "unknown"
    for_crises: tuple[CrisisKind, ...] = ()
    emergency: bool = False
    order: int = 50
    audience: Audience = "anyone"
    prefectures: tuple[Text, ...] = ()
    not_in: tuple[Id, ...] = ()
    languages: tuple[Text, ...] = ("ja",)
    certainty: Literal["official", "secondary", "old"]
    review_by: date
    note: str | None = None
