"""受け皿がない: what the town lacks, as a report by field and as lines for a meeting's agenda.

From what staff wrote at the end of tickets; no resident's words, no number of a ticket, nothing of a restricted matter
leaves for a meeting. Must not know how tickets end (`desk.closing`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handoff.desk.closing import Gap, gaps
from handoff.desk.tickets import fiscal_year
from handoff.store.models import Ticket

NO_FIELD = "none"
TITLE = "受け皿がないもの（{year}年度、{count}件）をどうするか"


class NothingChosen(ValueError):
    """An agenda needs something to talk about. The text is for officials."""


@dataclass(frozen=True, slots=True)
class Lack:
    """One gap of a year. open_to_meetings: False for a restricted matter, which stays where it is, and without words."""

    gap: Gap
    year: int
    open_to_meetings: bool


def report(tickets: Sequence[Ticket]) -> tuple[Lack, ...]:
    """All gaps of tickets that the asker may see, newest first."""
    restricted = {ticket.number for ticket in tickets if ticket.restricted}
    return tuple(
        Lack(gap, fiscal_year(gap.at), bool(gap.missing.strip()) and gap.number not in restricted) for gap in gaps(tickets)
    )


def by_field(lacks: Sequence[Lack], year: int) -> Mapping[str, int]:
    """How many a field lacks in a year; one gap counts under each of its fields."""
    found: dict[str, int] = {}
    for lack in lacks:
        for field in (lack.gap.fields or (NO_FIELD,)) if lack.year == year else ():
            found[field] = found.get(field, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def agenda(lacks: Sequence[Lack], chosen: Sequence[str], *, name: Callable[[str], str]) -> str:
    """Lines for a meeting without a case. name: of a field. NothingChosen."""
    picked = [lack for lack in lacks if lack.gap.number in chosen and lack.open_to_meetings]
    if not picked:
        raise NothingChosen("議題にするものを、1つ以上えらんでください。閲覧を限っている相談は、議題にできません。")
    head = TITLE.format(year=max(lack.year for lack in picked), count=len(picked))
    return "\n".join([head, *dict.fromkeys(_line(lack.gap, name) for lack in picked)])


def _line(gap: Gap, name: Callable[[str], str]) -> str:
    fields = "・".join(name(field) for field in gap.fields) or "分野が分からない"
    return f"{fields}: {' '.join(gap.missing.split())}"
