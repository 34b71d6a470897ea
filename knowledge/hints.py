"""What belongs under which key of a town's files, and where an official finds it in the plan.

One text for two places: the comments in the files of a new town (`tenant.py`) and the fix that `tsunagu check` names
for a key that is empty or missing (`shape.py`). Knows paths only, no values.
"""

from collections.abc import Sequence

from knowledge.errors import both

HOW: dict[str, tuple[str, str]] = {
    "municipality.yaml name": ("町の正式な名前。例: ○○町", "the town's official name"),
    "municipality.yaml kana": ("町の名前をひらがなで", "the name in hiragana"),
    "municipality.yaml prefecture": ("都道府県の名前。例: 北海道", "the prefecture"),
    "municipality.yaml source": ("もとにした計画の名前。計画の表紙のとおり", "the plan's title as on its cover"),
    "municipality.yaml checked": ("計画を読んで確かめた日。例: 2026-04-01", "the day somebody read the plan, 2026-04-01"),
    "municipality.yaml plan.title": ("計画の名前。計画の表紙から", "the plan's title, from its cover"),
    "municipality.yaml plan.source": ("計画の名前と、期間が書いてある章", "the plan and the chapter that gives its period"),
    "municipality.yaml plan.checked": ("計画を読んで確かめた日。例: 2026-04-01", "the day somebody read it, 2026-04-01"),
    "municipality.yaml general_desk": (
        "福祉でない話（ごみ、税の証明など）を案内する先。例: ○○町役場の代表窓口",
        "where what is not welfare is sent, such as the town hall's main desk",
    ),
    "municipality.yaml operator": (
        "この相談窓口を動かす町と課。例: ○○町（福祉課）。住民への説明に出る",
        "the town and division that run this service; shown to residents",
    ),
    "municipality.yaml coordinator.window": ("調整役の窓口の id。windows.yaml から", "an id of windows.yaml"),
    "municipality.yaml coordinator.title": (
        "調整役の肩書き。計画の「多機関協働事業」の章から。個人の名前は書かない",
        "the coordinator's title, from the chapter 多機関協働事業; no personal name",
    ),
    "municipality.yaml coordinator.organisation": (
        "調整役のいる課か法人。計画の「多機関協働事業」の章から",
        "the coordinator's division or body, from the chapter 多機関協働事業",
    ),
    "municipality.yaml coordinator.source": ("計画の名前と「多機関協働事業」の章", "the plan and its chapter on 多機関協働事業"),
    "municipality.yaml programmes.*.name": ("事業の名前。計画の事業の章から", "the programme's name in the plan"),
    "municipality.yaml programmes.*.status": (
        "running（実施中）、planned（これから）、unknown（計画から分からない）のどれか",
        "running, planned or unknown",
    ),
    "municipality.yaml programmes.*.source": ("計画の名前と、この事業の章", "the plan and the chapter of this programme"),
    "windows.yaml checked": (
        "窓口の表を計画や町のページで確かめた日。例: 2026-04-01",
        "the day somebody checked the windows, 2026-04-01",
    ),
    "windows.yaml windows.*.name": (
        "窓口の名前。計画の「包括的相談支援事業」の表のとおり。なければこの窓口ごと消す",
        "the window's name as in the plan's table of windows; remove the window if the town has none",
    ),
    "windows.yaml windows.*.relation": (
        "same_body（町の課・係）、consigned（町からの委託先）、other_body（別の機関）のどれか",
        "same_body (the town itself), consigned (works for the town) or other_body",
    ),
    "windows.yaml windows.*.source": ("計画の名前と、この窓口が書いてある章や表", "the plan and the chapter or table with this window"),
    "windows.yaml windows.*.desks.*.name": (
        "係の名前。係に分かれていなければ desks ごと消す",
        "the desk's name; remove `desks` if the window has none",
    ),
    "windows.yaml windows.*.offices.*.name": ("場所の名前", "the office's name"),
    "meetings.yaml checked": ("会議のことを計画で確かめた日。例: 2026-04-01", "the day somebody checked the meetings, 2026-04-01"),
    "meetings.yaml meetings.*.name": (
        "この町での会議の呼び名。計画の「重層的支援会議」「支援会議」の章から。なければこの会議ごと消す",
        "the meeting's local name, from the plan's chapter on meetings; remove the meeting if there is none",
    ),
    "meetings.yaml meetings.*.source": ("計画の名前と、会議の章", "the plan and its chapter on meetings"),
}


def key_of(name: str, path: Sequence[str | int]) -> str:
    """The key of `HOW`: a file's name and a path in it, positions of lists as `*`."""
    return f"{name} {'.'.join('*' if isinstance(step, int) else step for step in path)}"


def how(file: str, path: Sequence[str | int]) -> str | None:
    """「日本語 / English」 for a place of a town's file, None where nothing more is to be said."""
    found = HOW.get(key_of(file.rsplit("/", 1)[-1], path))
    return both(*found) if found else None
