"""A new town's files, from the structure of a town that runs: what an official writes where, and what stays open.

Taken over: which subjects and dangers lead to which kind of window. Never taken over: names, telephones, addresses,
sources, ids made of names, numbers, dates. What must be told stands empty, so that `tsunagu check` lists it; what may
be told stands as a comment. Pure: texts out, the caller writes them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from knowledge.errors import both
from knowledge.hints import HOW, key_of
from knowledge.schema import CRISIS_KINDS, FIELDS, Desk, Meeting, Municipality, Window
from knowledge.types import Glossary

Key = TypeVar("Key", bound=str)

_ID = re.compile(r"[a-z][a-z0-9_]{1,30}")
_WIDTH = 108
_LAWFUL_NAMES = {
    "intake": "包括的相談支援事業",
    "community": "地域づくり事業",
    "coordination": "多機関協働事業",
    "outreach": "アウトリーチ等を通じた継続的支援事業",
    "participation": "参加支援事業",
}
"""社会福祉法第106条の4第2項の事業. A plan that names one otherwise says so itself."""
_MEETING_NAMES = {
    "plan": "支援プランを協議する会議。国の呼び名は「重層的支援会議」",
    "support": "本人の同意がなくても開ける、守秘義務のある会議。国の呼び名は「支援会議」（社会福祉法第106条の6）",
    "statutory": "ほかの法律にもとづく会議。例: 要保護児童対策地域協議会",
    "other": "そのほかの会議",
}


@dataclass(frozen=True, slots=True)
class Source:
    """What the skeleton is drawn from."""

    municipality: Municipality
    windows: Sequence[Window]
    meetings: Sequence[Meeting]


def refusal(town_id: str, *, known: Iterable[str]) -> str | None:
    """Why an id can't be that of a new town, in both languages; None when it can."""
    if not _ID.fullmatch(town_id):
        return both(
            f"id「{town_id}」は使えません。英小文字で始まる、英小文字・数字・_ の2〜31字で書いてください（例: taiki）",
            f"`{town_id}` is no id: 2 to 31 lower-case letters, digits and _, beginning with a letter, such as taiki",
        )
    if town_id in known:
        return both(
            f"「{town_id}」はもうあります。上書きはしません。別の id にするか、そのファイルを直してください",
            f"`{town_id}` exists and is not overwritten; choose another id or edit its files",
        )
    return None


def skeleton(town_id: str, *, source: Source, glossary: Glossary) -> dict[str, str]:
    """File name -> text, for `municipalities/<town_id>/`."""
    ids = _window_ids(source)
    return {
        "municipality.yaml": "\n".join(_municipality(town_id, source.municipality, ids, glossary)) + "\n",
        "windows.yaml": "\n".join(_windows(source, ids, glossary)) + "\n",
        "meetings.yaml": "\n".join(_meetings(source.meetings)) + "\n",
        "resources.yaml": _RESOURCES,
        "faq.yaml": _FAQ,
    }


def _window_ids(source: Source) -> dict[str, str]:
    """Old id -> new id of the windows taken over: ids made of names are facts, so new ones say the field."""
    town = source.municipality
    tables = (town.field_windows, town.topic_windows, town.crisis_windows)
    named = {window for table in tables for windows in table.values() for window in windows}
    named |= {town.coordinator.window, town.general_desk_window or town.coordinator.window}
    found: dict[str, str] = {}
    for window in source.windows:
        if window.intake or window.id in named:
            is_coordinator = window.id == town.coordinator.window
            kind = "coordinator" if is_coordinator else window.fields[0] if window.fields else "window"
            found[window.id] = _free(kind, found.values())
    return found


def _free(name: str, taken: Iterable[str]) -> str:
    used = set(taken)
    number = 1
    while (f"{name}_{number}" if number > 1 else name) in used:
        number += 1
    return f"{name}_{number}" if number > 1 else name


def _blank(file: str, path: Sequence[str | int], *, indent: int = 0, dash: bool = False) -> str:
    """`key:` with nothing behind it and a comment that says what belongs there."""
    start = " " * indent + ("- " if dash else "")
    return f"{start}{path[-1]}:  # ←書く: {HOW[key_of(file, path)][0]}"


def _flow(start: str, items: Sequence[str]) -> list[str]:
    """`key: [a, b, …]`, broken into lines that stay readable."""
    indent = " " * (len(start) - len(start.lstrip()) + 2)
    lines, line = [], f"{start} ["
    for at, item in enumerate(items):
        piece = item + ("]" if at == len(items) - 1 else ",")
        if len(line) + len(piece) + 1 > _WIDTH:
            lines.append(line.rstrip())
            line = indent + " "
        line += piece if line.endswith("[") or line.isspace() else f" {piece}"
    return [*lines, line if items else f"{start} []"]


def _table(
    name: str, keys: Mapping[Key, str], table: Mapping[Key, Sequence[str]], ids: Mapping[str, str]
) -> list[str]:
    """keys: what the table leads from, with its Japanese name."""
    lines = [f"{name}:"]
    for key, label in keys.items():
        windows = dict.fromkeys(ids[window] for window in table.get(key, ()) if window in ids)
        if windows:
            lines.append(f"  {key}: [{', '.join(windows)}]  # {label}")
    return lines


def _municipality(town_id: str, town: Municipality, ids: Mapping[str, str], glossary: Glossary) -> list[str]:
    words = glossary.words
    fields = {field: words.get(f"field_{field}", field) for field in FIELDS}
    crises = {kind: words.get(f"crisis_{kind}", kind) for kind in CRISIS_KINDS}
    topics = {topic: label for topic, label in glossary.topics.items() if topic in town.topic_windows}
    return [
        *_HEAD.format(id=town_id).splitlines(),
        *(_blank("municipality.yaml", (key,)) for key in ("name", "kana", "prefecture", "source", "checked")),
        *_PLAN.format(title=_how("plan.title"), source=_how("plan.source")).splitlines(),
        *(_blank("municipality.yaml", (key,)) for key in ("general_desk", "operator")),
        *_TO_ASK.splitlines(),
        "",
        "# 多機関協働の調整役。どの窓口も受けない相談と、いくつもの分野にまたがる相談が、さいごにここへ着く。",
        "coordinator:",
        f"  window: {ids[town.coordinator.window]}",
        *(
            _blank("municipality.yaml", ("coordinator", key), indent=2)
            for key in ("title", "organisation", "source")
        ),
        "  # people:   # 人数と役。個人の名前は書かない",
        "  # direct: true   # 住民がじかに調整役をたずねてよいときだけ # を消す",
        "",
        "# 5つの事業をだれが行うか。計画の事業の章から。",
        "programmes:",
        *_programmes(town, ids),
        "",
        "# ここから下の3つの表は、どの相談をどの窓口へ案内するか。右は windows.yaml の id。先に書いたものから名前が出る。",
        "# ほかの町の形を写したたたき台です。一行ずつ、自分の町に合うか確かめてください。",
        *_table("field_windows", fields, town.field_windows, ids),
        "# 話題が分かるときは、分野よりこちらを先に見る。",
        *_table("topic_windows", topics, town.topic_windows, ids),
        "# 危機の持ち主。かならず担当課と話して決める。分野が分からなくても、ここの窓口が受ける。",
        *_table("crisis_windows", crises, town.crisis_windows, ids),
        *_LISTS.splitlines(),
    ]


def _how(path: str) -> str:
    return HOW[f"municipality.yaml {path}"][0]


def _programmes(town: Municipality, ids: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for kind, name in _LAWFUL_NAMES.items():
        own = next((item for item in town.programmes if item.kind == kind), None)
        windows = [ids[window] for window in own.windows if window in ids] if own else []
        lines += [f"  - kind: {kind}", f"    name: {name}"]
        lines.append(_blank("municipality.yaml", ("programmes", 0, "status"), indent=4))
        lines += _flow("    windows:", windows)
        lines.append("    # run_by:   # 行う課や法人。直営・委託の別も")
        lines.append(_blank("municipality.yaml", ("programmes", 0, "source"), indent=4))
    return lines


def _windows(source: Source, ids: Mapping[str, str], glossary: Glossary) -> list[str]:
    lines = [*_WINDOWS_HEAD.splitlines(), _blank("windows.yaml", ("checked",)), "windows:"]
    partners: list[Window] = []
    for window in source.windows:
        if window.id in ids:
            coordinator = window.id == source.municipality.coordinator.window
            lines += _window(window, ids[window.id], glossary, coordinator=coordinator)
        else:
            partners.append(window)
    lines += ["", *_PARTNERS_HEAD.splitlines()]
    for number, window in enumerate(partners, start=1):
        lines += [f"  # {line[2:]}" if line else "  #" for line in _partner(window, number)]
    return lines


def _window(window: Window, new_id: str, glossary: Glossary, *, coordinator: bool) -> list[str]:
    labels = "、".join(glossary.words.get(f"field_{field}", field) for field in window.fields)
    lines = ["", f"  # --- {'多機関協働の調整役' if coordinator else labels or 'そのほか'}の窓口 ---", f"  - id: {new_id}"]
    lines.append(_blank("windows.yaml", ("windows", 0, "name"), indent=4))
    if window.fields:
        lines += _flow("    fields:", window.fields)
    lines += _topics("    ", window.topics, glossary)
    lines.append(_blank("windows.yaml", ("windows", 0, "relation"), indent=4))
    lines += ["    # telephone:", "    # fax:", "    # address:", "    # about:"]
    if not window.intake:
        lines.append("    intake: false  # 住民をじかには案内しない。じかに受けるなら、この行を消す")
    if window.desks:
        lines.append("    desks:")
    for number, desk in enumerate(window.desks, start=1):
        lines += _desk(desk, number, glossary)
    lines.append(_blank("windows.yaml", ("windows", 0, "source"), indent=4))
    return lines


def _desk(desk: Desk, number: int, glossary: Glossary) -> list[str]:
    return [
        f"      - id: desk_{number}",
        _blank("windows.yaml", ("windows", 0, "desks", 0, "name"), indent=8),
        *_topics("        ", desk.topics, glossary),
        "        # telephone:",
    ]


def _topics(indent: str, topics: Sequence[str], glossary: Glossary) -> list[str]:
    if not topics:
        return []
    names = "、".join(glossary.topics.get(topic, topic) for topic in topics)
    return [f"{indent}# 受ける話題: {names}", *_flow(f"{indent}topics:", topics)]


def _partner(window: Window, number: int) -> list[str]:
    lines = ["", f"  - id: partner_{number}", _blank("windows.yaml", ("windows", 0, "name"), indent=4)]
    if window.fields:
        lines += _flow("    fields:", window.fields)
    if window.topics:
        lines += _flow("    topics:", window.topics)
    lines.append(_blank("windows.yaml", ("windows", 0, "relation"), indent=4))
    return [*lines, "    intake: false", _blank("windows.yaml", ("windows", 0, "source"), indent=4)]


def _meetings(meetings: Sequence[Meeting]) -> list[str]:
    lines = [*_MEETINGS_HEAD.splitlines()]
    if not meetings:
        return [*lines, "meetings: []"]
    lines += [_blank("meetings.yaml", ("checked",)), "meetings:"]
    taken: list[str] = []
    for meeting in meetings:
        taken.append(_free(f"{meeting.kind}_meeting", taken))
        lines += ["", f"  # {_MEETING_NAMES[meeting.kind]}", f"  - id: {taken[-1]}"]
        lines.append(_blank("meetings.yaml", ("meetings", 0, "name"), indent=4))
        lines.append(f"    kind: {meeting.kind}")
        if meeting.kind in ("plan", "support"):
            consent = "true  # 本人の同意を得て開く" if meeting.kind == "plan" else "false  # 同意がなくても開ける"
            lines.append(f"    needs_consent: {consent}")
        lines += [f"    # {key}:   # {what}" for key, what in _MEETING_MORE]
        lines.append(_blank("meetings.yaml", ("meetings", 0, "source"), indent=4))
    return lines


_MEETING_MORE = (
    ("legal_basis", "根拠の法律と条。例: 社会福祉法第106条の6"),
    ("convened_by", "[だれが開くか]。役職で"),
    ("decides", "何を決めるか"),
    ("triggers", "[どんなときに開くか]"),
    ("members", "[だれが出るか]。役職か機関の名で"),
    ("regular", "定期の回数。例: 年12回以上"),
)

_HEAD = """\
# 新しい町のファイル。「←書く」とある行は、かならず書くところ。「:」のうしろに、半角の空白をあけて書く。
# はじめに # のある行は、分かったら # を消して書くところ。分からないことは書かない（推測で埋めない）。
# 書いたら「tsunagu check {id}」。残っているところが、書き方といっしょに全部出る。
id: {id}
"""

_PLAN = """\
languages: [ja]   # 住民に返すことば。ja, ja-easy, en, zh, vi, pt, tl, ko, es, ne, id から。zh から先は母語の人がまだ読んでいない下書き

# 計画の表紙と「計画の期間」の章から。
plan:
  title:  # ←書く: {title}
  source:  # ←書く: {source}
  # start: 2026-04-01   # 計画の期間のはじめの日
  # end: 2031-03-31     # 計画の期間のおわりの日
"""

_TO_ASK = """\

# 計画にはふつう書かれていないこと。町に確かめて、# を消して書く。
# ここが空でも試せるが、住民に開く前の「tsunagu check --production」で求められる。
# main_telephone:      # 役場の代表電話。市外局番から、半角で
# address:             # 役場の住所
# hours:               # 開庁時間。確かめたら confirmed: true
#   days: [mon, tue, wed, thu, fri]
#   start: "08:30"
#   end: "17:15"
#   confirmed: true
# night: none          # 時間外にだれが読むか。none（だれも読まない）、duty_desk（宿直）、on_call（呼び出し）
# report_telephones:   # 通告・通報を受ける電話
#   child_abuse:
#   elder_abuse:
#   disability_abuse:
# websites: []         # 相談の窓を出す町のページ。例: https://www.town.example.jp"""

_LISTS = """\

# 計画の目標（target）・見込み（estimate）・実績（result）の数字。
indicators: []
#  - id: support_meetings
#    name: 支援会議の開催
#    kind: target
#    value: 12
#    unit: 回
#    source: 計画の名前と章

# 計画の用語解説。
glossary: []
#  - term: ことば
#    meaning: 意味
#    source: 計画の名前と章"""

_WINDOWS_HEAD = """\
# 窓口の表。計画の「包括的相談支援事業」の章の表と、調整役を書く。
# - 自分の町にない窓口は、その「- id:」から次の「- id:」の前まで消し、municipality.yaml の表からも id を消す。
# - 足りない窓口は、ひとつ写して id を変える。id は英小文字・数字・_ で、好きな名前に変えてよい（変えたら表のほうも）。
# - 電話は市外局番から、半角の数字とハイフン。計画か町のページに書いてあるものだけ。
# - ほかに書けること: short（短い名前）、form（direct 直営、consigned 委託 など）、run_by（受託した法人）、
#   count（箇所数）、area（担当地区）、offices（場所がいくつもあるとき）、hours（この窓口だけの時間）、staffed_days。
# 表計算ソフトで作るときは「tsunagu import-windows」。"""

_PARTNERS_HEAD = """\
  # --- 計画に出てくる関係機関。職員がつなぐ先で、住民をひとりで行かせない ---
  # 例: 生活保護の実施機関、教育委員会、民生委員・児童委員。要るものだけ、行のはじめの「# 」を消して書く。"""

_MEETINGS_HEAD = """\
# 会議。計画の「重層的支援会議」「支援会議」の章から。この町での呼び名を書く。まだない会議は消す。"""

_RESOURCES = """\
# 地域づくり・参加支援の場（サロン、カフェ、子どもの居場所、ボランティアなど）。計画の「地域づくり事業」「参加支援事業」の章から。
# 個人の名前や個人の電話は、public: false を付けて職員だけのものにする。
resources: []
#  - id: salon
#    name: サロンの名前
#    kind: salon   # salon, cafe, child_place, activity_centre, volunteer, peer, work, transport, food, other
#    fields: [elderly]
#    suits: [どんな人に向くか]
#    place: 場所
#    about: 住民に見せる短い説明
#    source: 計画の名前と章
#    checked: 2026-04-01
"""

_FAQ = """\
# よくある質問。計画や町のページに書いてあることだけで答える。はじめは空でよい（国の制度の質問は共通のものが答える）。
faq: []
#  - id: kaigo_soudan
#    question: 介護の相談はどこにすればいいですか
#    also:
#      - 介護の窓口はどこ
#    answer: 答え
#    windows: [elderly]
#    source: 計画の名前と章
#    checked: 2026-04-01
"""
