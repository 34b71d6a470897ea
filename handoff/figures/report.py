"""The figures of a town's fiscal year, whole: tables, measures, and the plan's own figures beside them. Read first.

`report_of` reads and counts, `masking.for_public` withholds what is small, `files` writes it out.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from handoff.figures.facts import Facts, facts_of
from handoff.figures.joined import counted
from handoff.figures.plan import PlanLine, plan_lines, plan_notice
from handoff.figures.tables import Table, tables_of
from handoff.figures.waiting import Waits, waits_of
from handoff.figures.work import work_of
from handoff.figures.year import FiscalYear
from knowledge.schema import Plan, Town

NOTES = (
    "DV・虐待・性暴力などで閲覧を限っている相談は、どの数字にも入っていません。",
    "新規相談は、この年度に職員に引き継がれた相談（案件）の数です。年度は4月から翌年3月、時刻は日本時間です。",
    "「いっしょにする」でひとつにした相談は1件として、はじめに来た日で数えます。",
    "返事までの時間は、開庁している時間だけを数えます。「いますぐ」は時計の時間です。",
)
STILL_RUNNING = "年度の途中の数字です。"


@dataclass(frozen=True, slots=True)
class Measure:
    """One derived number. value None: nothing to derive it from, or withheld. based_on: of how many cases."""

    id: str
    label: str
    value: float | None
    unit: str
    based_on: int | None
    of: tuple[tuple[str, str], ...] = ()
    """Cells (table, key) from which it could be worked back."""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown, saved and published. public: small numbers are withheld."""

    municipality: str
    name: str
    year: FiscalYear
    made_at: datetime
    plan: Plan
    plan_notice: str
    lines: tuple[PlanLine, ...]
    measures: tuple[Measure, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    public: bool = False

    def table(self, table_id: str) -> Table:
        """The table of that id; KeyError where there is none."""
        for table in self.tables:
            if table.id == table_id:
                return table
        raise KeyError(table_id)


async def report_of(
    session: AsyncSession, year: FiscalYear, *, town: Town, words: Mapping[str, str], now: datetime
) -> Report:
    """Count a year of a town. words: the glossary's, such as `field_elderly`."""
    facts = await facts_of(session, year)
    facts = replace(facts, work=await work_of(session, year, town))
    known = await counted(session, year, facts.opened, town=town)
    return Report(
        municipality=town.id, name=town.name, year=year, made_at=now, plan=town.municipality.plan,
        plan_notice=plan_notice(town.municipality.plan, year, now), lines=plan_lines(town, year, known),
        measures=measures_of(facts, waits_of(facts.opened, town)),
        tables=tables_of(facts, town, lambda vocabulary, key: words.get(f"{vocabulary}_{key}", key)),
        notes=NOTES if year.over(now) else (*NOTES, STILL_RUNNING),
    )


def measures_of(facts: Facts, waits: Waits) -> tuple[Measure, ...]:
    """The derived numbers, each with the rows from which it could be worked back."""
    cases = len(facts.opened)
    moved = sum(case.moves for case in facts.opened)
    answers = (("answer", "in_time"), ("answer", "late"))
    return (
        Measure("first_answer_hours", "最初の返事までの時間（中央値、開庁時間で）", waits.hours, "時間", waits.answered, answers),
        Measure("first_answer_in_time", "期限までに返事をした割合", waits.in_time, "％", waits.answered, answers),
        Measure("first_answer_minutes_at_once", "「いますぐ」の相談への最初の返事（中央値）", waits.minutes_at_once, "分",
                waits.at_once, (("urgency", "emergency"), ("answer", "at_once"))),
        Measure("moves_per_case", "ひとつの相談で窓口が変わった回数（平均）", round(moved / cases, 2) if cases else None, "回",
                cases, tuple(("moves", key) for key in "0123")),
    )


def as_json(report: Report) -> dict[str, Any]:
    """The shape that docs/ja/figures.md describes. A withheld number is null, and says so."""
    year = report.year
    return {
        "municipality": report.municipality, "name": report.name, "fiscal_year": year.number, "label": year.label,
        "from": year.first_day.isoformat(), "to": year.last_day.isoformat(),
        "made_at": report.made_at.isoformat(timespec="seconds"), "public": report.public,
        "plan": {"title": report.plan.title, "source": report.plan.source, "notice": report.plan_notice or None},
        "indicators": [{**asdict(line), "checked": line.checked.isoformat()} for line in report.lines],
        "measures": [
            {"id": one.id, "label": one.label, "value": one.value, "unit": one.unit, "based_on": one.based_on,
             "withheld": one.withheld} for one in report.measures
        ],
        "tables": [_table_json(table) for table in report.tables], "notes": list(report.notes),
    }


def _table_json(table: Table) -> dict[str, Any]:
    return {
        "id": table.id, "title": table.title, "unit": table.unit, "total": table.total, "adds_up": table.whole,
        "note": table.note or None,
        "rows": [{"key": one.key, "label": one.label, "value": one.value, "withheld": one.value is None}
                 for one in table.cells],
    }
