"""The bot's voice in one turn: reply ids turned into words for this town, in this language, at this hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import jpholiday

from bots.types import Card, Choice
from handoff.desk.hours import TOKYO, WEEKDAYS, clock_text, hours_of, is_open, next_opening, reading_time_text
from handoff.desk.offices import each_office, office_for
from knowledge.contacts import open_contacts
from knowledge.loader import Knowledge
from knowledge.schema import CrisisKind, Hours, NationalContact, Town, Urgency, Window
from knowledge.schema.contacts import Audience
from triage.types import Decision

CARDS_AT_MOST = 3
"""Nobody in trouble reads a longer list (research: one to three places)."""
JAPANESE = frozenset({"ja", "ja-easy"})
WORKING_WEEK = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks for one town. language: as the resident would like it, turned into one that the town has chosen."""

    knowledge: Knowledge
    town: Town
    now: datetime
    language: str = "ja"

    def __post_init__(self) -> None:
        object.__setattr__(self, "language", self.town.speaks(self.language))

    def say(self, *reply_ids: str, **values: str) -> str:
        """Replies joined by newlines. KeyError for an id that nobody wrote."""
        return "\n".join(
            self.knowledge.reply(reply_id, language=self.language, town=self.town, **values) for reply_id in reply_ids
        )

    def knows(self, reply_id: str) -> bool:
        return reply_id in self.knowledge.replies["ja"]

    def choices(self, pairs: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
        """Buttons of (label reply id, value)."""
        return tuple(Choice(self.say(label), value) for label, value in pairs)

    @property
    def open(self) -> bool:
        return is_open(self.town, self.now)

    @property
    def when(self) -> str:
        """When staff read: 「11月24日（火）8:30以降」, in the resident's language."""
        if self.language in JAPANESE:
            return reading_time_text(self.town, self.now)
        opening = next_opening(self.town, self.now).astimezone(TOKYO)
        return self.say(
            "when", month=str(opening.month), day=str(opening.day), time=clock_text(opening),
            weekday=self.say(f"weekday_{WEEKDAYS[opening.weekday()]}"),
        )

    @property
    def opening(self) -> str:
        """The next opening as an ISO time: names a closed period."""
        return next_opening(self.town, self.now).isoformat()

    def reading(self) -> str:
        """Who reads it when, honestly."""
        return self.say("reading_now") if self.open else self.say("reading_later", when=self.when)

    def window_cards(self, windows: Iterable[Window], topics: Sequence[str] = (), *, text: str = "") -> tuple[Card, ...]:
        """At most three, only of windows that take residents in; without any, the first window all the same."""
        found = list(windows)
        shown = [window for window in found if window.intake] or found[:1]
        return tuple(self.window_card(window, topics, text=text) for window in shown[:CARDS_AT_MOST])

    def window_card(self, window: Window, topics: Sequence[str] = (), *, text: str = "") -> Card:
        """Name, place, telephone, hours; what is unknown is said to be unknown. The desk of the topic where there is one.

        text: what the resident wrote; an area said in it chooses among the offices of the window.
        """
        office = office_for(window, text)
        desk = window.desk_for(topics)
        lines = [line for line in (window.about, self._run_by(window)) if line]
        if window.relation == "other_body":
            lines.append(self.say("card_other_body"))
        if office is None:
            lines += each_office(window)
        if window.staffed_days:
            lines.append(self.say("card_staffed", days=window.staffed_days))
        own = window.telephone or next((one.telephone for one in window.desks if one.telephone), None)
        telephone = desk.telephone if desk is not None and desk.telephone else own
        if office is not None and office.telephone:
            telephone = office.telephone
        hours = window.hours or self.town.municipality.hours
        return Card(
            title=office.name if office else f"{window.name}（{desk.name}）" if desk and desk.name not in window.name else window.name,
            lines=tuple(lines), telephone=telephone,
            telephone_label=None if telephone else self.say("card_telephone_unknown"), place=office.address if office and office.address else window.address,
            hours=self.hours_text(hours) if hours and hours.confirmed else self.say("card_hours_unknown"),
        )

    def asks_first(self, windows: Iterable[Window], decision: Decision) -> tuple[str, ...]:
        """That another body is told nothing before they are asked; not in danger, where it may be told at once."""
        names = [window.name for window in windows if window.relation == "other_body" and window.intake]
        if not names or decision.urgency == "emergency":
            return ()
        return (self.say("route_other_body", windows="、".join(names)),)

    def general_card(self) -> Card:
        """The desk that takes everything: what is unknown about it is said to be unknown."""
        town = self.town.municipality
        if town.general_desk_window is not None:
            return self.window_card(self.town.window(town.general_desk_window))
        telephone = town.main_telephone
        return Card(
            title=town.general_desk, telephone=telephone, place=town.address,
            telephone_label=None if telephone else self.say("card_telephone_unknown"), hours=self.say("card_hours_unknown"),
        )

    def _run_by(self, window: Window) -> str | None:
        if not window.run_by or window.run_by in window.name:
            return None
        return self.say("card_run_by", run_by=window.run_by)

    def hours_text(self, hours: Hours) -> str:
        if hours.days == WORKING_WEEK:
            text = self.say("hours_weekdays", start=hours.start, end=hours.end)
        else:
            days = "・".join(self.say(f"weekday_{day}") for day in hours.days)
            text = self.say("hours_days", days=days, start=hours.start, end=hours.end)
        if hours.lunch is not None:
            text += self.say("hours_lunch", start=hours.lunch[0], end=hours.lunch[1])
        return text

    def open_contacts(
        self, crisis: CrisisKind, *, urgency: Urgency = "emergency", audience: Audience = "anyone"
    ) -> tuple[NationalContact, ...]:
        """One to three places outside the town that are open at this moment, best first."""
        return open_contacts(
            self.knowledge.contacts, crisis=crisis, prefecture=self.town.municipality.prefecture, town=self.town.id,
            when=self.now.astimezone(TOKYO), holidays=jpholiday.is_holiday, limit=CARDS_AT_MOST, urgency=urgency,
            audience=audience, language=self.language.partition("-")[0],
        )

    def contact_card(self, contact: NationalContact) -> Card:
        lines = []
        if contact.charge in {"free", "paid"}:
            lines.append(self.say(f"contact_{contact.charge}"))
        if contact.reach != "telephone":
            lines.append(self.say(f"contact_{contact.reach}"))
        always = contact.hours_text == self.knowledge.replies["ja"].get("contact_always")  # the one that every language knows
        return Card(
            title=contact.name, lines=tuple(lines), telephone=contact.telephone, url=contact.url,
            hours=self.say("contact_always") if always else contact.hours_text,
        )

    @property
    def town_hours(self) -> str:
        """For the notice: when staff read in general."""
        hours = hours_of(self.town)
        if not hours.confirmed:
            return self.say("reading_hours_unknown")
        return self.say("reading_hours", hours=self.hours_text(hours))
