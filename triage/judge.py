"""From the picture to the decision: rules in stages, crises, fields, action.

Must not know: text, tokens, how the picture came about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from knowledge.schema import About, CrisisKind, Field, Pattern, Rule, Urgency
from knowledge.types import Knowledge
from triage import crisis as crisis_lane
from triage import fallback, intents, scoring
from triage.about import Whose
from triage.crisis import Danger
from triage.picture import Picture
from triage.reading import Reading
from triage.rules import FIELD_FLOOR, SECOND_FLOOR, Facts, Rules, standing
from triage.types import Action, LocalWords, Programme, Reason, Span
from triage.weights import SecondLook, windows
from triage.whose import RANK, settled

SURE = 5.0          # what words weigh that no second look replaces
LONG_STORY = 2   # in another language so many sentences tell more than an errand
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
    leant: list[str] = field(default_factory=list)   # what the second look raised or put first
    said: tuple[tuple[Pattern, ...], tuple[Field, ...]] = ((), ())   # patterns and fields, whatever is made of them


class Judge:
    """Applies everything that one knowledge says."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._rules = Rules(knowledge.rules)
        self._second = SecondLook(knowledge.weights)
        self._whose = Whose(knowledge.about)

    def judge(self, picture: Picture, readings: Sequence[Reading], *, local: LocalWords, foreign: bool) -> Verdict:
        """All of it, with reasons."""
        verdict = self.outline(picture, readings, local=local, foreign=foreign)
        verdict.reasons.extend(self._leant(name, readings) for name in verdict.leant)
        faint = not standing(verdict.weights, SECOND_FLOOR) and bool(verdict.fields)
        verdict.topics = _topics(readings, faint=faint)
        verdict.reasons.extend(_need_reasons(readings, faint=faint))
        if verdict.action in ("route", "clarify"):
            patterns, fields = verdict.said
            verdict.about = self._whose.meant(picture, patterns=patterns, crises=tuple(verdict.crisis), fields=fields) or ("self",)
        return verdict

    def _leant(self, name: str, readings: Sequence[Reading]) -> Reason:
        gave: tuple[CrisisKind, ...] = ("suicide",) if name == "life" else ()
        return Reason(f"second_look_{name}", self._second.because(name), self._second.places(name, readings), gave=gave)

    def outline(self, picture: Picture, readings: Sequence[Reading], *, local: LocalWords, foreign: bool) -> Verdict:
        """What is to be done: action, fields, patterns, crises. Without whose life it is, topics and the words that spoke."""
        verdict = Verdict()
        found = crisis_lane.dangers(picture, readings)
        verdict.reasons.extend(crisis_lane.reasons(found))
        facts = _facts(picture, readings, found, local=local, foreign=foreign)
        for danger in found:
            _raise(verdict, danger.kind, danger.level, live=danger.level != "normal")
        facts.crises.update(verdict.crisis)
        self._rules.run(facts, lambda rule, evidence: _apply(rule, evidence, verdict, facts))
        verdict.facts, verdict.weights = facts, facts.weights
        verdict.crisis = settled(verdict.crisis, picture, facts.marks)
        leaning = {} if foreign else self._second.leaning(readings)
        if not found:
            _look_again(verdict, leaning)
        self._choose(verdict, leaning, picture, readings, found)
        return verdict

    def _choose(
        self, verdict: Verdict, leaning: Mapping[str, float], picture: Picture, readings: Sequence[Reading], found: Sequence[Danger]
    ) -> None:
        """Fields and action, once everything is weighed."""
        weights, patterns = verdict.weights, verdict.patterns
        verdict.fields = _fields(weights, second=FIELD_FLOOR if fallback.COMPOUND & set(patterns) else SECOND_FLOOR)
        verdict.intent = intents.read(picture, readings, given=verdict.given)
        if not verdict.fields:
            meant = not verdict.crisis and verdict.urgency == "normal" and verdict.intent.action(()) is not None
            verdict.fields = fallback.fields(
                picture, readings, verdict.crisis, weights, scoring.weigh(picture.spoken, faint=True), patterns, meant=meant)
        if verdict.fields:
            _look_at_windows(verdict, leaning)
        verdict.said = tuple(patterns), verdict.fields
        verdict.action = _action(verdict, picture, found, loud=leaning.get("need", 0.0) > intents.LOUD)
        _listen(verdict, leaning)
        if verdict.action == "info" and not verdict.fields:
            verdict.fields = _fields(scoring.weigh(picture.spoken, weakened=frozenset(("news", "denied", "past"))), first=2.0)
        _tidy(verdict)


def _facts(picture: Picture, readings: Sequence[Reading], found: Sequence[Danger], *, local: LocalWords, foreign: bool) -> Facts:
    marks, sentences = _marks(picture)
    if sum(reading.told for reading in readings) >= TOLD_MUCH:
        marks["told_much"] = []
    for danger in found:
        if danger.level != "normal":
            marks.setdefault(f"crisis_{danger.kind}", []).append((danger.spoken.begin, danger.spoken.end))
    return Facts(picture, marks, sentences, scoring.weigh(picture.spoken), foreign=foreign, parameters=local.parameters, everyone=picture.living())


def _look_again(verdict: Verdict, leaning: Mapping[str, float]) -> None:
    """What no word and no rule raised may still be urgent by the whole of what is said. Words that sank stay sunk."""
    if leaning.get("life", -1.0) >= 0:
        verdict.leant.append("life")
        _raise(verdict, "suicide", "urgent", live=True)
    elif leaning.get("danger", -1.0) >= 0 and verdict.urgency == "normal":
        verdict.leant.append("danger")
        verdict.urgency = "urgent"


def _look_at_windows(verdict: Verdict, leaning: Mapping[str, float]) -> None:
    """Several needs, and the window that comes first, by the whole of what is said."""
    if leaning.get("household", -1.0) >= 0 and not verdict.complex:
        verdict.leant.append("household")
        verdict.complex = True
    fields = windows(verdict.fields, leaning)
    if fields[0] not in verdict.fields and max(verdict.weights.values(), default=0.0) >= SURE:
        fields = verdict.fields
    if fields != verdict.fields:
        verdict.leant.append(fields[0])
        verdict.fields = fields


def _listen(verdict: Verdict, leaning: Mapping[str, float]) -> None:
    """A question, other business or small talk by the whole of what is said, where words found nothing or only a subject."""
    intent = verdict.intent
    assert intent is not None
    if verdict.crisis or verdict.urgency != "normal" or verdict.complex or verdict.patterns:
        return
    heard = intent.sounds(leaning, opened=bool(verdict.fields))
    misheard = verdict.action == "info" and heard == "other" and not verdict.fields and not intent.welfare
    if heard is not None and (misheard or verdict.action in ("route", "clarify")):
        verdict.action = heard
        verdict.leant.append(heard)


def _raise(verdict: Verdict, kind: CrisisKind, level: Urgency, *, live: bool) -> None:
    if not live:
        return
    if RANK[level] > RANK[verdict.crisis.get(kind, "normal")]:
        verdict.crisis[kind] = level
    if RANK[level] > RANK[verdict.urgency]:
        verdict.urgency = level


def _apply(rule: Rule, evidence: tuple[Span, ...], verdict: Verdict, facts: Facts) -> None:
    gave = tuple(one for one in (rule.pattern, rule.crisis) if one)
    verdict.reasons.append(Reason(rule.id, rule.because, evidence, gave=gave))
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
        if found.weakened is None:
            names = found.entry.names
            for name in names:
                if name in marks:
                    marks[name].append((begin, end))
                else:
                    marks[name] = [(begin, end)]
            place = utterance, found.sentence
            if place in sentences:
                sentences[place].update(names)
            else:
                sentences[place] = set(names)
    return marks, [frozenset(ids) for ids in sentences.values()]


def _fields(weights: dict[str, float], *, second: float = SECOND_FLOOR, first: float = FIELD_FLOOR) -> tuple[Field, ...]:
    return tuple(cast(Field, name) for name, _ in standing(weights, second, first))


def _action(verdict: Verdict, picture: Picture, found: Sequence[Danger], *, loud: bool) -> Action:
    """loud: the whole of the text sounds like a need, whatever thing of the town is named in it."""
    intent = verdict.intent
    assert intent is not None
    if verdict.crisis:
        done = any(danger.spoken.found.entry.deed for danger in found if danger.level != "normal")
        only_a_wish = not done and set(verdict.crisis) == {"suicide"}
        return "clarify" if only_a_wish and not verdict.fields and not fallback.COMPOUND & set(verdict.patterns) else "route"
    if verdict.urgency == "normal":
        meant = intent.action(verdict.fields)
        if meant is not None and not (loud and meant in ("info", "other")) and not (meant == "other" and "foreign_resident" in verdict.patterns and (not intent.other or intent.sentences > LONG_STORY)):
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
        (found.id, found.entry.topic): max(found.entry.fields.values(), default=2.0)
        for found in reading.found if found.entry.topic and found.weakened is None
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
        if found.entry.named:
            weakened = crisis_lane.WHY.get(found.weakened) if found.weakened else None
            grouped.setdefault((found.id, found.entry.because, weakened), []).append((found.hit.begin, found.hit.end))
    return grouped
