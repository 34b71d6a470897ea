"""A decision in the JSON shape of the contract, and the report that `--explain` prints for a person.

Must not know: how decisions are made.
"""

from collections.abc import Mapping, Sequence

from triage.types import Decision, Person, Reason


def as_json(case_id: object, decision: Decision, windows: Sequence[str]) -> dict[str, object]:
    """The contract's object, keys in its order."""
    return {
        "id": case_id, "action": decision.action, "fields": list(decision.fields), "windows": list(windows),
        "complex": decision.complex, "patterns": list(decision.patterns), "urgency": decision.urgency,
        "crisis": list(decision.crisis), "about": list(decision.about),
        "household": [_person(person) for person in decision.household],
        "reasons": [_reason(reason) for reason in decision.reasons], "summary": decision.summary,
        "knowledge": decision.knowledge, "topics": list(decision.topics), "unknown": list(decision.unknown),
        "question": decision.question.id if decision.question else None, "programme": decision.programme,
        "language": decision.language,
    }


def _person(person: Person) -> dict[str, object]:
    return {"role": person.role, "age": list(person.age) if person.age else None, "needs": list(person.needs)}


def _reason(reason: Reason) -> dict[str, object]:
    shape: dict[str, object] = {
        "rule": reason.rule, "because": reason.because, "evidence": [list(span) for span in reason.evidence]}
    if reason.weakened:
        shape["weakened"] = reason.weakened
    return shape


def explain(case_id: object, decision: Decision, windows: Sequence[str], words: Mapping[str, str]) -> str:
    """The decision for a person to read, in Japanese: what, for whom, and why word for word."""
    head = [
        f"■ {case_id}", f"  判定: {decision.action}　緊急度: {decision.urgency}　複合: {'はい' if decision.complex else 'いいえ'}",
        f"  分野: {'・'.join(decision.fields) or 'なし'}　窓口: {'・'.join(windows) or 'なし'}",
        f"  類型: {'・'.join(decision.patterns) or 'なし'}　危機: {'・'.join(decision.crisis) or 'なし'}　だれのこと: {'・'.join(decision.about)}",
        f"  要約: {decision.summary}",
    ]
    people = [f"    {p.role} {_age(p)} {'・'.join(words.get(need, need) for need in p.needs)}".rstrip() for p in decision.household]
    reasons = [f"    {r.rule}: {r.because}{_quotes(r, decision.text)}{'（弱めた理由: ' + r.weakened + '）' if r.weakened else ''}"
               for r in decision.reasons]
    question = [f"  聞き返し: {decision.question.id}"] if decision.question else []
    unknown = [f"  まだ分からないこと: {'・'.join(decision.unknown)}"] if decision.unknown else []
    return "\n".join([*head, "  世帯:", *people, "  理由:", *reasons, *question, *unknown])


def _age(person: Person) -> str:
    return "" if person.age is None else f"{person.age[0]}–{person.age[1]}歳"


def _quotes(reason: Reason, text: str) -> str:
    return "".join(f"「{text[begin:end]}」" for begin, end in reason.evidence[:4])
