"""The decision as others see it: household, topics, what is unknown, the Japanese one-liner.

Must not know: rules, lexicon, tokens.
"""

from collections.abc import Mapping, Sequence

from triage.judge import Verdict
from triage.picture import Picture
from triage.types import Decision, Person, Question, Reason, Span

_ROLES = {"self": "本人", "parent": "親", "grandparent": "祖父母", "child": "子", "spouse": "配偶者", "sibling": "きょうだい",
          "other_family": "親族", "neighbour": "近所・知人", "client": "支援の相手", "unknown": "ある人"}
_ACTIONS = {"clarify": "まだ用件が分かりません", "info": "制度や場所の問い合わせ", "other": "福祉以外の用件", "chat": "あいさつ・返事"}
_FIELDS = {"elderly": "高齢・介護", "disability": "障がい", "child": "子ども・子育て", "poverty": "生活困窮"}
_CRISES = {"suicide": "死にたい気持ち", "self_harm": "自傷", "child_abuse": "子どもの安全", "elder_abuse": "高齢者の安全",
           "disability_abuse": "障がいのある人の安全", "dv": "配偶者等からの暴力", "sexual_violence": "性被害", "medical": "命に関わる体調",
           "no_food": "食べるものがない", "no_shelter": "寝る所がない", "lifeline_cut": "電気・ガス・水道"}
_WANTED = ("withdrawn", "no_money", "dementia")


def decision(
    verdict: Verdict, picture: Picture, text: str, *, question: Question | None, language: str, words: Mapping[str, str],
    version: str,
) -> Decision:
    """Put everything into its final, frozen shape."""
    reasons = tuple(verdict.reasons) or (Reason("nothing_read", "困りごとを示す言葉がまだありません"),)
    household = _household(picture)
    return Decision(
        action=verdict.action, text=text, fields=verdict.fields, complex=verdict.complex, patterns=tuple(verdict.patterns),
        urgency=verdict.urgency, crisis=tuple(sorted(verdict.crisis, key=lambda kind: -("normal", "urgent", "emergency").index(verdict.crisis[kind]))),
        about=verdict.about, household=household, needs=_needs(picture), topics=tuple(verdict.topics), reasons=reasons,
        unknown=_unknown(verdict, picture), question=question, programme=verdict.programme,
        language=language, summary=_summary(verdict, household, words), knowledge=version,
    )


def _household(picture: Picture) -> tuple[Person, ...]:
    found = []
    for someone in [*picture.people, picture.me]:
        if someone is picture.me and not (someone.named or someone.age or someone.needs):
            continue
        found.append(Person(someone.role, someone.age, tuple(someone.needs), _spans(someone.evidence, *someone.needs.values()), someone.deceased))
    return tuple(found)


def _spans(*groups: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted({span for group in groups for span in group}))


def _needs(picture: Picture) -> tuple[str, ...]:
    return tuple(dict.fromkeys(need for someone in [*picture.people, picture.me] for need in someone.needs))


def _unknown(verdict: Verdict, picture: Picture) -> tuple[str, ...]:
    """What a person should still ask, as glossary ids."""
    found = []
    if verdict.action == "clarify":
        found.append("kind")
    if any(someone.age is None and not someone.deceased and someone.needs for someone in picture.living()):
        found.append("age")
    marks = verdict.facts.marks if verdict.facts else {}
    if any(mark in marks for mark in ("withdrawn", "self_neglect", "pension_dependence")):
        found.extend(("food", "money", "violence", "talks"))
    if verdict.about == ("unknown",) and verdict.action == "route":
        found.append("whose")
    return tuple(found)


def _summary(verdict: Verdict, household: Sequence[Person], words: Mapping[str, str]) -> str:
    """One line: danger first, then who, then what."""
    if verdict.action in ("info", "other", "chat"):
        return _ACTIONS[verdict.action]
    parts = []
    if verdict.crisis:
        parts.append("【" + "・".join(_CRISES[kind] for kind in verdict.crisis) + "】")
    people = [_person(person, words) for person in household if not person.deceased][:4]
    if people:
        parts.append("、".join(people))
    elif verdict.action == "clarify" and not verdict.crisis:
        return _ACTIONS["clarify"]
    if verdict.fields:
        parts.append("→ " + "・".join(_FIELDS[name] for name in verdict.fields) + ("（複合）" if verdict.complex else ""))
    return " ".join(parts) or _ACTIONS["clarify"]


def _person(person: Person, words: Mapping[str, str]) -> str:
    age = "" if person.age is None else f"{person.age[0]}" if person.age[0] == person.age[1] else f"{person.age[0]}〜{person.age[1]}"
    what = "・".join(words.get(need, need) for need in person.needs[:3])
    return _ROLES[person.role] + (f"（{age}歳）" if age else "") + (f": {what}" if what else "")
