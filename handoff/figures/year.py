"""年度: April to March in Japanese time. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from handoff.desk.hours import TOKYO

EARLIEST, LATEST = 2000, 2999
REIWA_BEFORE = 2018
"""令和 counts from 2019."""
HEISEI_BEFORE = 1988


class BadYear(ValueError):
    """Not a fiscal year that can be asked for. The text is for officials."""


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year by the year in which it begins. BadYear outside 2000 to 2999."""

    number: int

    def __post_init__(self) -> None:
        if not EARLIEST <= self.number <= LATEST:
            raise BadYear(
                f"年度は西暦4けたで書いてください（例: 2026）: {self.number}"
                f" / The fiscal year is a year of four digits: {self.number}"
            )

    @property
    def first_day(self) -> date:
        return date(self.number, 4, 1)

    @property
    def last_day(self) -> date:
        return date(self.number + 1, 3, 31)

    @property
    def start(self) -> datetime:
        """The first moment, in UTC."""
        return datetime.combine(self.first_day, time(), TOKYO).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next fiscal year, in UTC."""
        return datetime.combine(date(self.number + 1, 4, 1), time(), TOKYO).astimezone(UTC)

    @property
    def label(self) -> str:
        """令和8年度"""
        return f"{era_year(self.number)}年度"

    def over(self, now: datetime) -> bool:
        """Whether the year has ended, so that its figures will not move any more."""
        return now >= self.end


def era_year(year: int) -> str:
    """令和8, 令和元, 平成30"""
    era, before = ("令和", REIWA_BEFORE) if year > REIWA_BEFORE else ("平成", HEISEI_BEFORE)
    return f"{era}{'元' if year - before == 1 else year - before}"
