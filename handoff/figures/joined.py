"""Where counts of other rooms join the plan's figures: meetings, plans, participation, outreach.

A source counts what it keeps records of, by the ids of the packs' `indicators`. Whatever no source counts is said to
be 未集計 with its reason: a number that nobody recorded is never made up, and never a zero.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.desk.outsiders import OUTSIDE_CALLERS
from handoff.figures import work
from handoff.figures.facts import Case
from handoff.figures.year import FiscalYear
from knowledge.schema import Town

Source = Callable[[AsyncSession, FiscalYear, Town], Awaitable[Mapping[str, int]]]
"""Reads what one room recorded in a year: indicator id → number. An id that it leaves out stays 未集計."""

SOURCES: tuple[Source, ...] = (work.counts,)
"""Further rooms are added here, and nowhere else."""

NOT_COUNTED = "この数のもとになる記録（地域の活動など）を、このシステムでは付けていません。"

OF_CASES: Mapping[str, Callable[[Case], bool]] = {
    "cross_field_consultations": lambda case: case.coordinator or len(case.fields) > 1,
    "outreach_new": lambda case: "outreach" in case.patterns and case.source in OUTSIDE_CALLERS and not case.again,
}
"""Indicators that are counted from the cases themselves: what makes a case count.

outreach_new, 地域住民及び関係機関からの新規相談 (長泉町 5(4)①): somebody outside the household, who lives or works near it, tells for
the first time of a person whom no help reaches. The person's own words and the family's are no such consultation.
"""


async def counted(
    session: AsyncSession, year: FiscalYear, cases: Sequence[Case], *, town: Town, sources: Sequence[Source] = SOURCES
) -> dict[str, int]:
    """All numbers that are known for a year, by indicator id."""
    found = {name: sum(counts(case) for case in cases) for name, counts in OF_CASES.items()}
    for source in sources:
        found |= await source(session, year, town)
    return found
