"""Counting: facts in, tables of numbers out. Pure; knows no database and no file format."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handoff.desk.closing import OUTCOME_NAMES
from handoff.desk.hours import TOKYO, is_open
from handoff.desk.reception import CALLERS
from handoff.figures.facts import Case, Facts, Talk
from handoff.figures.waiting import ANSWERED, standing
from handoff.figures.work import PLAN_NAMES, Work
from knowledge.schema import Town

NEW = "新規相談"
"""What most tables count: tickets opened in the year."""
CHANNEL_NAMES = {
    "web": "ホームページのチャット", "line": "LINE", "telegram": "Telegram", "phone": "電話", "counter": "来庁",
    "visit": "訪問", "console": "端末",
}
FIELDS, URGENCIES = ("elderly", "disability", "child", "poverty"), ("emergency", "urgent", "normal")
MONTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)
NO_FIELD = "分野が分からないもの"
NOT_WRITTEN = "記録なし（この集計ができる前のもの）"
MOST_MOVES = 3

Name = Callable[[str, str], str]
"""`name("field", "elderly")` → 高齢・介護"""
Naming = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number. value None: withheld, because it is small."""

    key: str
    label: str
    value: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers under one heading. total None: withheld. whole: the cells add up to the total.

    of: (table, cell) whose value is this table's total.
    """

    id: str
    title: str
    cells: tuple[Cell, ...]
    total: int | None
    unit: str = "件"
    whole: bool = True
    note: str = ""
    of: tuple[str, str] | None = None

    def value(self, key: str) -> int | None:
        """The number of a cell; KeyError where there is none of that name."""
        for cell in self.cells:
            if cell.key == key:
                return cell.value
        raise KeyError(key)


def tables_of(facts: Facts, town: Town, name: Name) -> tuple[Table, ...]:
    """All tables, in the order in which people read them."""
    cases = facts.opened
    return (
        _overview(facts.talks),
        _told(facts.talks, name),
        _one("month", "月", cases, lambda case: str(_local(case).month), {str(m): f"{m}月" for m in MONTHS}),
        _many("field", "分野", cases, _fields, _named(FIELDS, "field", name) | {"none": NO_FIELD}),
        _one("channel", "経路（どこから）", cases, lambda case: case.channel, {}, _from(CHANNEL_NAMES)),
        _one("source", "だれから", cases, lambda case: case.source, {str(key): text for key, text in CALLERS.items()}, _from({"": NOT_WRITTEN})),
        _one("hour", "時刻（時）", cases, lambda case: str(_local(case).hour), {str(h): f"{h}時台" for h in range(24)}),
        _one("open", "開庁時間の内と外", cases, lambda case: "open" if is_open(town, case.created_at) else "closed",
             {"open": "開庁している時間", "closed": "夜・休みの日"}),
        _one("window", "受けた窓口（いま主に持つところ）", cases, lambda case: case.window, {}, _from(_windows(town))),
        _many("pattern", "複合の類型", cases, lambda case: case.patterns, {},
              lambda pattern: name("pattern", pattern)),
        _one("coordinator", "調整役への旗", cases, lambda case: "yes" if case.coordinator else "no",
             {"yes": "調整役に伝えたもの", "no": "そのほか"}),
        _one("urgency", "急ぎの度合い", cases, lambda case: case.urgency, _named(URGENCIES, "urgency", name)),
        _one("again", "はじめてか、もう一度か", cases, lambda case: "again" if case.again else "first",
             {"first": "はじめての相談", "again": "終わったあとの再びの相談"}),
        _one("answer", "最初の返事", cases, standing, ANSWERED),
        _one("moves", "窓口が変わった回数", cases, lambda case: str(min(case.moves, MOST_MOVES)),
             {"0": "変わっていない", "1": "1回", "2": "2回", "3": "3回以上"}),
        _outcomes(facts.ended),
        _gaps(facts.ended, name),
        *_of_work(facts.work, town),
    )


def _overview(talks: Sequence[Talk]) -> Table:
    labels = {"handed": "職員に引き継いだ", "guided": "自動案内だけで終わった", "greeting": "あいさつ・試し書き"}
    return _table("talk", "会話（住民が書いたもの）", [_end_of(talk) for talk in talks], labels, total=len(talks))


def _end_of(talk: Talk) -> str:
    if talk.handed_over:
        return "handed"
    return "greeting" if talk.action in ("chat", "") else "guided"


def _told(talks: Sequence[Talk], name: Name) -> Table:
    guided = [talk.action for talk in talks if _end_of(talk) == "guided"]
    labels = _named(("route", "clarify", "info", "other"), "action", name)
    return _table("action", "自動案内だけで終わった会話の中身", guided, labels, total=len(guided), of=("talk", "guided"))


def _outcomes(ended: Sequence[Case]) -> Table:
    labels = {str(key): text for key, text in OUTCOME_NAMES.items()}
    found = [case.outcome or "none" for case in ended]
    return _table(
        "outcome", "終わり方（この年度に終わったもの）", found, labels, _from({"none": "記録なし"}), total=len(ended),
    )


def _gaps(ended: Sequence[Case], name: Name) -> Table:
    """受け皿なし, by field: what the town lacks."""
    missed = [case for case in ended if case.outcome == "no_resource"]
    labels = _named(FIELDS, "field", name) | {"none": NO_FIELD}
    return _table(
        "gap", "受け皿がなかったもの（分野）", [field for case in missed for field in _fields(case)], labels,
        total=len(missed), whole=False, note="ひとつの相談が、いくつもの分野に数えられます。", of=("outcome", "no_resource"),
    )


def _of_work(work: Work, town: Town) -> tuple[Table, ...]:
    """多機関協働: how often people met and over how many matters, by meeting; what became of plans."""
    names = {meeting.id: meeting.name for meeting in town.meetings if meeting.status == "running" and meeting.kind != "other"}
    met = [key for key, number in work.meetings.items() for _ in range(number)]
    talked = [key for key, number in work.reviews.items() for _ in range(number)]
    made = [key for key, number in work.plans.items() for _ in range(number)]
    return (
        _table("meeting", "会議を開いた回数", met, names, total=len(met), unit="回", note="同じ日の同じ会議は、いくつの事例を話しても1回です。"),
        _table("review", "会議で検討した事例（のべ）", talked, names, total=len(talked)),
        _table("plan", "プラン（確定・終結・中断）", made, PLAN_NAMES, total=len(made), note="人ごとに数えます。"),
    )


def _one(
    table: str, what: str, cases: Sequence[Case], key: Callable[[Case], str], labels: Mapping[str, str],
    others: Naming | None = None,
) -> Table:
    """Each case counted once."""
    return _table(table, f"{NEW}：{what}", [key(case) for case in cases], labels, others, total=len(cases))


def _many(
    table: str, what: str, cases: Sequence[Case], keys: Callable[[Case], Iterable[str]], labels: Mapping[str, str],
    others: Naming | None = None,
) -> Table:
    """Each case counted under everything that it has."""
    return _table(
        table, f"{NEW}：{what}", [key for case in cases for key in keys(case)], labels, others, total=len(cases),
        whole=False, note="ひとつの相談が、いくつにも数えられます。合計は相談の数です。",
    )


def _table(
    table: str, title: str, found: Sequence[str], labels: Mapping[str, str], others: Naming | None = None,
    *, total: int, whole: bool = True, note: str = "", of: tuple[str, str] | None = None, unit: str = "件",
) -> Table:
    """labels: always shown, in this order; what else was found follows, most frequent first, named by `others`."""
    counted = Counter(found)
    further = sorted((key for key in counted if key not in labels), key=lambda key: (-counted[key], key))
    names = {**labels, **{key: _label(key, others) for key in further}}
    cells = tuple(Cell(key, label, counted[key]) for key, label in names.items())
    return Table(table, title, cells, total, unit, whole=whole, note=note, of=of)


def _label(key: str, others: Naming | None) -> str:
    """How a key that stands in no list is called: as `others` knows it, else as it is."""
    return (others(key) if others else key) or "決まっていない"


def _from(names: Mapping[str, str]) -> Naming:
    return lambda key: names.get(key, key)


def _named(keys: Sequence[str], vocabulary: str, name: Name) -> dict[str, str]:
    return {key: name(vocabulary, key) for key in keys}


def _windows(town: Town) -> dict[str, str]:
    return {f"{town.id}.{window.id}": window.name for window in town.windows}


def _fields(case: Case) -> tuple[str, ...]:
    return case.fields or ("none",)


def _local(case: Case) -> datetime:
    return case.created_at.astimezone(TOKYO)
