"""A knowledge folder of one town, as small as the rules allow, to be broken on purpose."""

from pathlib import Path

from knowledge.schema import CRISIS_KINDS, FIELDS

GLOSSARY = """\
needs: {source: s, checked: 2026-11-21, terms: {debt: 借金, dementia: もの忘れ}}
topics: {source: s, checked: 2026-11-21, terms: {debt: 借金, dementia: 認知症}}
words: {source: s, checked: 2026-11-21, terms: {window: 窓口}}
"""
REPLIES = """\
language: ja
source: s
checked: 2026-11-21
replies:
  hello: こんにちは、{town}です。
  when: "{day}日です。"
"""
MUNICIPALITY = """\
id: mura
name: 村
kana: むら
prefecture: 北海道
source: 計画
checked: 2026-11-21
plan: {title: 計画, source: 計画}
general_desk: 役場
operator: 村役場
coordinator: {window: fukushi, title: 推進員, organisation: 村, source: 計画}
programmes:
  - {kind: intake, name: 相談, status: running, windows: [fukushi], source: 計画}
field_windows:
""" + "".join(f"  {field}: [fukushi]\n" for field in FIELDS) + "crisis_windows:\n" + "".join(
    f"  {kind}: [fukushi]\n" for kind in CRISIS_KINDS)
WINDOWS = """\
checked: 2026-11-21
windows:
  - id: fukushi
    name: 福祉係
    relation: same_body
    topics: [debt]
    telephone: 01558-6-4833
    source: 計画 第3章
"""
LEXICON = """\
source: s
checked: 2026-11-21
entries:
  - id: borrowed
    because: 借金の話
    words: [借金]
    need: debt
    fields: {poverty: 3}
"""
RULES = """\
source: s
checked: 2026-11-21
rules:
  - id: in_debt
    because: 借金
    when: {marks: [debt]}
    needs: [debt]
    matches: [借金がある]
    spares: [借金はない]
"""
CONTACTS = """\
checked: 2026-11-21
contacts:
  - id: ambulance
    name: 救急
    reach: telephone
    telephone: 119
    hours: [{days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "24:00"}]
    for_crises: [medical]
    certainty: official
    review_by: 2027-02-28
    source: s
"""
FAQ = """\
checked: 2026-11-21
faq:
  - {id: debts, question: 借金は, answer: 話せます, topics: [debt], source: 法}
"""
FILES: dict[str, str] = {
    "glossary.yaml": GLOSSARY,
    "base/replies/ja.yaml": REPLIES,
    "base/contacts.yaml": CONTACTS,
    "base/lexicon/money.yaml": LEXICON,
    "base/rules/money.yaml": RULES,
    "base/faq/general.yaml": FAQ,
    "municipalities/mura/municipality.yaml": MUNICIPALITY,
    "municipalities/mura/windows.yaml": WINDOWS,
}
TOWN = "municipalities/mura/municipality.yaml"
WINDOW = "municipalities/mura/windows.yaml"


def write(folder: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """Write the small knowledge under `folder`, some files replaced or (None) left out. Gives the root to load."""
    root = folder / "knowledge"
    for name, content in {**FILES, **(changes or {})}.items():
        path = root / name
        if content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        elif path.exists():
            path.unlink()
    return root


def changed(name: str, old: str, new: str) -> dict[str, str | bytes | None]:
    """One file of the small knowledge with one place changed."""
    assert FILES[name].count(old) >= 1, f"{old!r} is not in {name}"
    return {name: FILES[name].replace(old, new, 1)}


def line_of(text: str, part: str) -> int:
    """The line on which `part` begins, from 1."""
    return text[: text.index(part)].count("\n") + 1
