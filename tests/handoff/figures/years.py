"""Plain cases and reports for tests of the figures; no database."""

from datetime import UTC, datetime

from handoff.figures.facts import Case, Facts, Talk
from handoff.figures.plan import plan_lines, plan_notice
from handoff.figures.report import Report, measures_of
from handoff.figures.tables import tables_of
from handoff.figures.waiting import waits_of
from handoff.figures.year import FiscalYear
from tests.whole import knowledge

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""Friday 2026-11-20, 12:00 in Japan."""


def case(**more: object) -> Case:
    """An ordinary case, changed in what a test is about."""
    given: dict[str, object] = {
        "created_at": NOON, "channel": "web", "fields": ("poverty",), "patterns": (), "urgency": "normal",
        "coordinator": False, "window": "taiki.fukushi", "again": False, "moves": 0, "due_at": None,
        "first_answer_at": None, "resolved_at": None, "outcome": None, **more,
    }
    return Case(**given)  # type: ignore[arg-type]


def report_on(*cases: Case, talks: tuple[Talk, ...] = (), town: str = "taiki", counted: dict[str, int] | None = None,
              year: int = 2026, now: datetime = NOON) -> Report:
    """The report of these cases, as `report_of` makes it from the database."""
    pack, words = knowledge().towns[town], knowledge().glossary.words
    ended = tuple(one for one in cases if one.resolved_at is not None)
    facts = Facts(cases, ended, talks)
    plan = pack.municipality.plan
    return Report(
        municipality=pack.id, name=pack.name, year=FiscalYear(year), made_at=now, plan=plan,
        plan_notice=plan_notice(plan, FiscalYear(year), now), lines=plan_lines(pack, FiscalYear(year), counted or {}),
        measures=measures_of(facts, waits_of(cases, pack)),
        tables=tables_of(facts, pack, lambda vocabulary, key: words.get(f"{vocabulary}_{key}", key)), notes=("注",),
    )
