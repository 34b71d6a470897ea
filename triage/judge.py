"""From the picture to the decision: rules in stages, crises, fields, action.

Must not know: text, tokens, how the picture came about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from knowledge.schema import About, CrisisKind, Field, Pattern, Rule, Urgency
from triage import crisis as crisis_lane
from triage import fallback, intents, scoring
from triage.about import whose
from triage.crisis import Danger
from triage.picture import Picture
from triage.reading import Reading
from triage.rules import FIELD_FLOOR, SECOND_FLOOR, Facts, Rules, standing
from triage.types import Action, LocalWords, Programme, Reason, Span
from triage.weights import SecondLook, windows
from triage.whose import RANK, settled

SURE = 5.0          # what words weigh that no second look replaces
TOLD_MUCH = 6   # content words after which somebody has told a story


@dataclass(slots=True)
class Verdict:
    """What the judge found; `decide.py` turns it into a Decision."""

    action: Action = "clarify"
    fields: tuple[Field, ...] = ()
    complex: bool = False
    patterns: list[Pattern] = field(default_factory=list)
    urgency: Urgency = "normal"
    crisis: dict[CrisisKind, Urgency] = field(default_factory=dict)
    about: tuple[About, ...] = ("unknown",)
    topics: list[str] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    programme: Programme | None = None
    facts: Facts | None = None
    weights: dict[str, float] = field(default_factory=dict)
    intent: intents.Intent | None = None
    given: set[str] = field(default_factory=set)   # needs that rules read out of what is told


def judge(
    picture: Picture, readings: Sequence[Reading], rules: Rules, *, local: LocalWords, foreign: bool, second: SecondLook
) -> Verdict:
    """Apply everything that is known to one picture."""
    verdict = Verdict()
    found = crisis_lane.dangers(picture, readings)
    verdict.reasons.extend(crisis_lane.reasons(found))
    weights = scoring.weigh(picture.spoken)
    marks, sentences = _marks(picture)
    facts = Facts(picture, marks, sentences, weights, foreign=foreign, parameters=local.parameters, everyone=picture.living())
    if sum(reading.told for reading in readings) >= TOLD_MUCH:
        facts.marks["told_much"] = []
    verdict.facts = facts
    for danger in found:
        _raise(verdict, danger.kind, danger.level, live=danger.level != "normal")
        if danger.level != "normal":
            facts.marks.setdefault(f"crisis_{danger.kind}", []).append((danger.spoken.begin, danger.spoken.end))
    facts.crises.update(verdict.crisis)
    rules.run(facts, lambda rule, evidence: _apply(rule, evidence, verdict, facts))
    verdict.crisis = settled(verdict.crisis, picture, facts.marks)
    leaning = {} if foreign else second.leaning(readings)
    if not found:
        _look_again(verdict, leaning, readings, second)
    verdict.weights = weights
    verdict.fields = _fields(weights, second=FIELD_FLOOR if fallback.COMPOUND & set(facts.patterns) else SECOND_FLOOR)
    verdict.intent = intents.read(picture, readings, given=verdict.given)
    if not verdict.fields:
        meant = not verdict.crisis and verdict.urgency == "normal" and verdict.intent.action(()) is not None
        verdict.fields = fallback.fields(
            picture, readings, verdict.crisis, weights, scoring.weigh(picture.spoken, faint=True), facts.patterns, meant=meant)
    if verdict.fields:
        _look_at_windows(verdict, leaning, readings, second)
    verdict.about = whose(picture, patterns=verdict.patterns, crises=tuple(verdict.crisis), fields=verdict.fields)
    verdict.action = _action(verdict, picture, found)
    if verdict.action == "info" and not verdict.fields:
        verdict.fields = _fields(scoring.weigh(picture.spoken, weakened=frozenset(("news", "denied", "past"))), first=2.0)
    _tidy(verdict)
    faint = not standing(weights, SECOND_FLOOR) and bool(verdict.fields)
    verdict.topics = _topics(readings, faint=faint)
    verdict.reasons.extend(_need_reasons(readings, faint=faint))
    return verdict


def _look_again(verdict: Verdict, leaning: Mapping[str, float], readings: Sequence[Reading], second: SecondLook) -> None:
    """What no word and no rule raised may still be urgent by the whole of what is said. Words that sank stay sunk."""
    if leaning.get("life", -1.0) >= 0:
        verdict.reasons.append(_second("life", readings, second))
        _raise(verdict, "suicide", "urgent", live=True)
    elif leaning.get("danger", -1.0) >= 0 and verdict.urgency == "normal":
        verdict.reasons.append(_second("danger", readings, second))
        verdict.urgency = "urgent"


def _look_at_windows(verdict: Verdict, leaning: Mapping[str, float], readings: Sequence[Reading], second: SecondLook) -> None:
    """Several needs, and the window that comes first, by the whole of what is said."""
    if leaning.get("household", -1.0) >= 0 and not verdict.complex:
        verdict.reasons.append(_second("household", readings, second))
        verdict.complex = True
    fields = windows(verdict.fields, leaning)
    if fields[0] not in verdict.fields and max(verdict.weights.values(), default=0.0) >= SURE:
        fields = verdict.fields
    if fields != verdict.fields:
        verdict.reasons.append(_second(fields[0], readings, second))
        verdict.fields = fields


def _second(name: str, readings: Sequence[Reading], second: SecondLook) -> Reason:
    return Reason(f"second_look_{name}", second.because(name), second.places(name, readings))


def _raise(verdict: Verdict, kind: CrisisKind, level: Urgency, *, live: bool) -> None:
    if not live:
        return
    if RANK[level] > RANK[verdict.crisis.get(kind, "normal")]:
        verdict.crisis[kind] = level
    if RANK[level] > RANK[verdict.urgency]:
        verdict.urgency = level


def _apply(rule: Rule, evidence: tuple[Span, ...], verdict: Verdict, facts: Facts) -> None:
    verdict.reasons.append(Reason(rule.id, rule.because, evidence))
    verdict.given.update(rule.needs)
    for need in rule.needs:
        facts.marks.setdefault(need, []).extend(evidence)
        facts.picture.me.marks.setdefault(need, []).extend(evidence)
    for name in rule.fields:
        facts.weights[name] = max(facts.weights.get(name, 0.0), FIELD_FLOOR) + 1.5
    if rule.pattern and rule.pattern not in facts.patterns:
        facts.patterns.append(rule.pattern)
        verdict.patterns.append(rule.pattern)
    if rule.crisis:
        _raise(verdict, rule.crisis, rule.urgency or "urgent", live=True)
        facts.crises[rule.crisis] = verdict.crisis[rule.crisis]
    elif rule.urgency and RANK[rule.urgency] > RANK[verdict.urgency]:
        verdict.urgency = rule.urgency
    verdict.complex = verdict.complex or rule.complex
    if rule.programme and verdict.programme is None:
        verdict.programme = rule.programme


def _marks(picture: Picture) -> tuple[dict[str, list[Span]], list[frozenset[str]]]:
    """id of entry or need -> places, and for each sentence the ids in it; weakened words left out."""
    marks: dict[str, list[Span]] = {}
    sentences: dict[tuple[int, int], set[str]] = {}
    for found, begin, end, utterance, _ in picture.spoken:
        if found.weakened is not None:
            continue
        entry = found.hit.term.entry
        names = (entry.id,) if entry.need is None else (entry.id, entry.need)
        for name in names:
            marks.setdefault(name, []).append((begin, end))
        sentences.setdefault((utterance, found.sentence), set()).update(names)
    return marks, [frozenset(ids) for ids in sentences.values()]


def _fields(weights: dict[str, float], *, second: float = SECOND_FLOOR, first: float = FIELD_FLOOR) -> tuple[Field, ...]:
    return tuple(cast(Field, name) for name, _ in standing(weights, second, first))


# More than a wish: means, acts, others drawn in. Words of wishing are told by every other entry of the kind.
_DEEDS = frozenset((
    "suicide_plan", "suicide_family", "suicide_means_at_hand", "suicide_with_the_child", "self_harm",
    "self_harm_now", "overdose", "suicide_leaving_together", "suicide_marks_on_self", "self_harm_until_blood", "overdose_counted", "suicide_other_person",
    "death_decided", "death_together", "death_brink", "death_overdose_now", "death_harm_self", "harm_marks_seen", "harm_just_done",
))


def _action(verdict: Verdict, picture: Picture, found: Sequence[Danger]) -> Action:
    intent = verdict.intent
    assert intent is not None
    if verdict.crisis:
        said = {danger.spoken.found.id for danger in found if danger.level != "normal"}
        only_a_wish = said.isdisjoint(_DEEDS) and set(verdict.crisis) == {"suicide"}
        return "clarify" if only_a_wish and not verdict.fields and not fallback.COMPOUND & set(verdict.patterns) else "route"
    if verdict.urgency == "normal":
        meant = intent.action(verdict.fields)
        if meant is not None and not (meant == "other" and not intent.other and "foreign_resident" in verdict.patterns):
            return meant
        if intent.opening and max(verdict.weights.values(), default=0.0) < FIELD_FLOOR and not fallback.COMPOUND & set(verdict.patterns):
            return "clarify"
    return "route" if verdict.fields or verdict.complex or verdict.urgency != "normal" else "clarify"


def _tidy(verdict: Verdict) -> None:
    """Only routed messages carry fields, patterns and flags; information keeps the window that owns the subject."""
    if verdict.action == "route":
        if "8050" in verdict.patterns and "elderly" in verdict.fields:   # the labelling guide: `elderly` and `poverty`; the old parent's window opens the door
            verdict.fields = ("elderly", *(name for name in verdict.fields if name != "elderly"))
        return
    verdict.complex = False
    verdict.patterns = [name for name in verdict.patterns if name == "foreign_resident"]
    verdict.programme = None
    if verdict.action in ("clarify", "other", "chat"):
        verdict.fields = ()
    if verdict.action in ("info", "other", "chat"):
        verdict.urgency = "normal"
        verdict.about = ("unknown",)
    else:
        verdict.about = verdict.about or ("self",)


def _topics(readings: Sequence[Reading], *, faint: bool) -> list[str]:
    """Finer subjects, the heaviest words first."""
    weight: dict[str, float] = {}
    for reading in readings:
        for (entry, topic), value in reading.noted("topics", _topics_of).items():
            if faint or not entry.startswith(scoring.FAINT):
                weight[topic] = max(weight.get(topic, 0.0), value)
    return sorted(weight, key=lambda topic: -weight[topic])


def _topics_of(reading: Reading) -> dict[tuple[str, str], float]:
    """(entry id, topic): weight."""
    return {
        (found.id, found.hit.term.entry.topic): max(found.hit.term.entry.fields.values(), default=2.0)
        for found in reading.found if found.weakened is None and found.hit.term.entry.topic
    }


def _need_reasons(readings: Sequence[Reading], *, faint: bool) -> list[Reason]:
    """One reason for each entry that spoke, with all its places; weakened ones say why. faint: faint signs named the window."""
    grouped: dict[tuple[str, str, str | None], list[Span]] = {}
    base = 0
    for reading in readings:
        for key, spans in reading.noted("reasons", _reasons_of).items():
            if faint or not key[0].startswith(scoring.FAINT):
                grouped.setdefault(key, []).extend([(base + begin, base + end) for begin, end in spans])
        base += len(reading.text) + 1
    return [Reason(name, because, tuple(spans), weakened) for (name, because, weakened), spans in grouped.items()]


def _reasons_of(reading: Reading) -> dict[tuple[str, str, str | None], list[Span]]:
    grouped: dict[tuple[str, str, str | None], list[Span]] = {}
    for found in reading.found:
        entry = found.hit.term.entry
        if (entry.kind == "crisis" and entry.crisis) or entry.id.startswith(("context_", "mark_")):
            continue
        weakened = crisis_lane.WHY.get(found.weakened) if found.weakened else None
        grouped.setdefault((entry.id, entry.because, weakened), []).append((found.hit.begin, found.hit.end))
    return grouped
