"""The plan's own figures (目標, 見込み, 実績) beside what was counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from handoff.desk.hours import TOKYO
from handoff.figures.joined import NOT_COUNTED
from handoff.figures.year import FiscalYear
from knowledge.schema import Indicator, Plan, Town

KINDS = {"target": "目標", "estimate": "見込み", "result": "実績（計画に書かれたもの）"}


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One figure of the plan. fiscal_year: the only year it speaks of (None: each year of the plan).

    counted None: `missing` says why there is no number. reached: only for a target of this year with a number.
    """

    id: str
    name: str
    kind: str
    planned: float
    unit: str
    at_least: bool
    fiscal_year: int | None
    source: str
    checked: date
    counted: int | None
    missing: str = ""
    reached: bool | None = None
    withheld: bool = False


def plan_lines(town: Town, year: FiscalYear, counted: Mapping[str, int]) -> tuple[PlanLine, ...]:
    """Every figure of the pack, in its order."""
    return tuple(_line(indicator, year, counted.get(indicator.id)) for indicator in town.municipality.indicators)


def _line(indicator: Indicator, year: FiscalYear, found: int | None) -> PlanLine:
    compared = indicator.kind == "target" and indicator.fiscal_year in (None, year.number) and found is not None
    return PlanLine(
        id=indicator.id, name=indicator.name, kind=indicator.kind, planned=indicator.value, unit=indicator.unit,
        at_least=indicator.at_least, fiscal_year=indicator.fiscal_year, source=indicator.source,
        checked=indicator.checked, counted=found, missing="" if found is not None else NOT_COUNTED,
        reached=found >= indicator.value if compared and found is not None else None,
    )


def plan_notice(plan: Plan, year: FiscalYear, now: datetime) -> str:
    """Why the plan's figures have to be looked at again (要確認); empty where its period covers the year and now."""
    today = now.astimezone(TOKYO).date()
    if plan.end is not None and plan.end < today:
        return f"要確認：計画の期間（{_day(plan.end)}まで）は終わっています。新しい計画の数字を確かめてください。"
    if plan.end is not None and plan.end < year.first_day:
        return f"要確認：この年度は、計画の期間（{_day(plan.end)}まで）の後です。"
    if plan.start is not None and plan.start > year.last_day:
        return f"要確認：この年度は、計画の期間（{_day(plan.start)}から）の前です。"
    if plan.start is None and plan.end is None:
        return "要確認：計画の期間は、計画に書かれていません。"
    return ""


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
