"""From the picture to the decision: rules in stages, crises, fields, action.

Must not know: text, tokens, how the picture came about.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

from knowledge.schema import PATTERNS, About, CrisisKind, Field, Pattern, Rule, Urgency
from knowledge.types import Knowledge
from triage import balance, fallback, intents, scoring
from triage import crisis as crisis_lane
from triage.about import Whose
from triage.crisis import Danger
from triage.explained import NOTHING, Explained, explained
from triage.people import Teller
from triage.picture import Picture
from triage.reading import Reading
from triage.rules import FIELD_FLOOR, SECOND_FLOOR, Facts, Rules, standing
from triage.scales import Scales, Seen, seen
from triage.types import Action, LocalWords, Programme, Reason, Span
from triage.weights import SecondLook
from triage.whose import RANK, settled

LONG_STORY = 2   # in another language so many sentences tell more than an errand
TOLD_MUCH = 6   # content words after which somebody has told a story
_GIVEN: Mapping[str, tuple[Pattern | CrisisKind, ...]] = {"life": ("suicide",), **{f"pattern_{one}": (one,) for one in PATTERNS}}
UNLIKE = "ことばの全体は、このような家庭の相談に似ていない"
TOLD_SOMETHING = 5   # content words without which nothing speaks against a word of danger


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
    by_signs: bool = False   # a rule saw that a life is in danger: means, partings, places tell more than a wish
    given: set[str] = field(default_factory=set)   # needs that rules read out of what is told
    leaning: Mapping[str, float] = field(default_factory=dict)   # of the second look
    against: Mapping[str, float] = field(default_factory=dict)   # the same, where enough is told to speak against a word of danger
    leant: list[str] = field(default_factory=list)   # what it raised or changed
    meant: Explained = NOTHING   # what later words explain
    seen: Seen = field(default_factory=dict)   # what the scales weigh
    said: tuple[tuple[Pattern, ...], tuple[Field, ...]] = ((), ())   # patterns and fields, whatever is made of them


class Judge:
    """Applies everything that one knowledge says."""

    def __init__(self, knowledge: Knowledge, second: SecondLook | None = None) -> None:
        """second: another second look than that of the knowledge's weights."""
        self._rules = Rules(knowledge.rules)
        self._borne = self._rules.borne | crisis_lane.BORNE | fallback.GROWN
        self._second = second or SecondLook(knowledge.weights)
        self._scales = Scales(knowledge.weights)
        self._whose = Whose(knowledge.about)
        self._bounds = [(names, rule.pattern) for rule in knowledge.rules if rule.pattern and (names := _parameters(rule))]

    def picture(self, readings: Sequence[Reading]) -> Picture:
        """Who is told of, with what the rules ask for of persons."""
        return Teller(readings, self._borne).tell()

    def judge(self, picture: Picture, readings: Sequence[Reading], *, local: LocalWords, foreign: bool) -> Verdict:
        """All of it, with reasons."""
        verdict = self.outline(picture, readings, local=local, foreign=foreign)
        verdict.reasons.extend(self._leant(name, readings) for name in dict.fromkeys(verdict.leant))
        faint = not standing(verdict.weights, SECOND_FLOOR) and bool(verdict.fields)
        verdict.topics = _topics(readings, faint=faint)
        verdict.reasons.extend(_need_reasons(readings, faint=faint))
        if verdict.action in ("route", "clarify"):
            patterns, fields = verdict.said
            meant = self._whose.meant(picture, patterns=patterns, crises=tuple(verdict.crisis), fields=fields) or ("self",)
            verdict.about = self._scales.about(meant, verdict.seen)
        return verdict

    def _leant(self, name: str, readings: Sequence[Reading]) -> Reason:
        return Reason(f"second_look_{name}", self._second.because(name), self._second.places(name, readings), gave=_GIVEN.get(name, ()))

    def outline(self, picture: Picture, readings: Sequence[Reading], *, local: LocalWords, foreign: bool) -> Verdict:
        """What is to be done: action, fields, patterns, crises. Without whose life it is, topics and the words that spoke."""
        meant = explained(readings)
        leaning = self._second.leaning(picture, readings, meant.messages)
        known = {} if foreign else leaning   # another language tells of danger; of what is wanted it has too few examples
        verdict = Verdict(leaning=known, against=known if sum(reading.told for reading in readings) >= TOLD_SOMETHING else {}, meant=meant)
        found = crisis_lane.dangers(picture, readings, leaning=verdict.against, meant=meant)
        verdict.reasons.extend(crisis_lane.reasons(found))
        facts = _facts(picture, readings, found, local=local, foreign=foreign)
        for danger in found:
            _raise(verdict, danger.kind, danger.level, live=danger.level != "normal")
        facts.crises.update(verdict.crisis)
        self._rules.run(facts, lambda rule, evidence: _apply(rule, evidence, verdict, facts))
        verdict.facts, verdict.weights = facts, facts.weights
        verdict.crisis = settled(verdict.crisis, picture, facts.marks)
        _look_again(verdict, self._beside(found, leaning, picture, readings))
        bounded = {pattern for names, pattern in self._bounds if not names.isdisjoint(local.parameters)}
        self._choose(verdict, picture, readings, found, bounded)
        return verdict

    def _beside(self, found: Sequence[Danger], leaning: Mapping[str, float], picture: Picture, readings: Sequence[Reading]) -> Mapping[str, float]:
        """How the conversation leans beside the utterances in which a wish to die sank: denied, its words are words of it still.

        「殴られてはないけど」 with more behind it is looked at whole: so speaks who tells less than there is. And so is a denied wish
        where all the rest is like one.
        """
        if leaning and leaning["life"] >= balance.DENIED_LIFE:
            return leaning
        sunk = {danger.spoken.utterance for danger in found if danger.weakened and danger.level == "normal"
                and (danger.kind in balance.LIFE or readings[danger.spoken.utterance].told < TOLD_SOMETHING)}
        if not sunk or not leaning:
            return leaning
        return self._second.leaning(picture, [reading for at, reading in enumerate(readings) if at not in sunk])

    def _choose(self, verdict: Verdict, picture: Picture, readings: Sequence[Reading], found: Sequence[Danger], bounded: Collection[Pattern]) -> None:
        """Fields and action, once everything is weighed. bounded: patterns that the town has drawn the bounds of."""
        weights, patterns = verdict.weights, verdict.patterns
        verdict.fields = _fields(weights, second=FIELD_FLOOR if fallback.COMPOUND & set(patterns) else SECOND_FLOOR)
        verdict.intent = intents.read(picture, readings, given=verdict.given)
        if not verdict.fields:
            meant = not verdict.crisis and verdict.urgency == "normal" and verdict.intent.action(()) is not None
            verdict.fields = fallback.fields(
                picture, readings, verdict.crisis, weights, scoring.weigh(picture.spoken, faint=True), patterns, meant=meant)
        by_rules = _action(verdict, picture, found)
        verdict.seen = _seen(verdict, by_rules, readings)
        _weigh(verdict, by_rules, bounded, self._scales)
        verdict.said = tuple(verdict.patterns), verdict.fields
        if verdict.action == "info" and not verdict.fields:
            verdict.fields = _fields(scoring.weigh(picture.spoken, weakened=frozenset(("news", "denied", "past"))), first=2.0)
        _tidy(verdict)


def _parameters(rule: Rule) -> frozenset[str]:
    let = rule.when.get("let")
    return frozenset(let) if isinstance(let, Mapping) else frozenset()


def _facts(picture: Picture, readings: Sequence[Reading], found: Sequence[Danger], *, local: LocalWords, foreign: bool) -> Facts:
    marks, sentences = _marks(readings)
    if sum(reading.told for reading in readings) >= TOLD_MUCH:
        marks["told_much"] = []
    for danger in found:
        if danger.level != "normal":
            name = f"crisis_{danger.kind}"
            marks[name] = [*marks.get(name, ()), (danger.spoken.begin, danger.spoken.end)]
    return Facts(picture, marks, sentences, scoring.weigh(picture.spoken), foreign=foreign, parameters=local.parameters, everyone=picture.living())


def _look_again(verdict: Verdict, leaning: Mapping[str, float]) -> None:
    """What no word and no rule raised may still be danger by the whole of what is said."""
    danger = leaning.get("danger", -1.0) >= 0 and not balance.elsewhere(verdict.against)
    wish = balance.life(leaning, hurry=danger or verdict.urgency != "normal") and not balance.elsewhere(verdict.against, "suicide")
    if wish and balance.LIFE.isdisjoint(verdict.crisis):
        verdict.leant.append("life")
        _raise(verdict, "suicide", "urgent", live=True)
    elif danger and verdict.urgency == "normal":
        verdict.leant.append("danger")
        verdict.urgency = "urgent"
        if (kind := balance.kind(leaning)) is not None:
            _raise(verdict, kind, "urgent", live=True)
    if verdict.urgency == "urgent" and leaning.get("emergency", -1.0) >= 0:
        verdict.leant.append("emergency")
        verdict.urgency = "emergency"
        verdict.crisis = dict.fromkeys(verdict.crisis, "emergency")


def _seen(verdict: Verdict, by_rules: Action, readings: Sequence[Reading]) -> Seen:
    said = [f"action_{by_rules}", *(f"window_{one}" for one in verdict.fields), *(f"first_{one}" for one in verdict.fields[:1])]
    said += [*(f"pattern_{one}" for one in verdict.patterns), *(("complex",) if verdict.complex else ())]
    return seen(
        verdict.leaning, said, urgency=RANK[verdict.urgency], windows=len(verdict.fields), dangers=len(verdict.crisis),
        messages=len(readings), told=sum(reading.told for reading in readings),
    )


def _weigh(verdict: Verdict, by_rules: Action, bounded: Collection[Pattern], scales: Scales) -> None:
    """Action, windows, patterns and the coordinator's flag, with the whole of what is said in the other scale."""
    before = verdict.fields
    hurry = bool(verdict.crisis) or verdict.urgency != "normal"
    sure = hurry or not fallback.COMPOUND.isdisjoint(verdict.patterns)   # danger and a tangled household are never taken for talk
    verdict.action = by_rules if sure else scales.action(by_rules, verdict.seen)
    if verdict.action != by_rules:
        verdict.leant.append(f"action_{verdict.action}")
    if verdict.action in ("route", "info"):
        verdict.fields = scales.windows(before, verdict.seen)
        if not verdict.fields and verdict.action == "route" and not hurry:
            verdict.fields = scales.likeliest(verdict.seen)
        verdict.leant.extend(f"window_{name}" for name in verdict.fields if name not in before)
    if verdict.action == "route":
        _weigh_household(verdict, bounded, scales)


def _weigh_household(verdict: Verdict, bounded: Collection[Pattern], scales: Scales) -> None:
    """Patterns and the coordinator's flag. bounded: patterns that rules alone see, as languages are."""
    if verdict.seen:
        _weigh_patterns(verdict, {*bounded, "foreign_resident"}, scales)
    flagged = scales.tangled(verdict.complex, verdict.seen) or not fallback.COMPOUND.isdisjoint(verdict.patterns)
    if flagged and not verdict.complex:
        verdict.leant.append("complex")
    verdict.complex = flagged


def _weigh_patterns(verdict: Verdict, settled: Collection[Pattern], scales: Scales) -> None:
    """What the whole is like comes, what it is quite unlike goes, and the reasons say so. settled: what rules alone see."""
    likely = scales.patterns(frozenset(PATTERNS).difference(settled), verdict.seen)
    verdict.leant.extend(f"pattern_{name}" for name in likely if name not in verdict.patterns)
    kept = [name for name in verdict.patterns if name in settled or name in likely]
    dropped = frozenset(verdict.patterns).difference(kept)
    verdict.reasons = [replace(why, weakened=why.weakened or UNLIKE) if dropped.intersection(why.gave) else why for why in verdict.reasons]
    verdict.patterns = [*kept, *(name for name in likely if name not in kept)]


def _raise(verdict: Verdict, kind: CrisisKind, level: Urgency, *, live: bool) -> None:
    if not live:
        return
    if RANK[level] > RANK[verdict.crisis.get(kind, "normal")]:
        verdict.crisis[kind] = level
    if RANK[level] > RANK[verdict.urgency]:
        verdict.urgency = level


def _apply(rule: Rule, evidence: tuple[Span, ...], verdict: Verdict, facts: Facts) -> None:
    gave = tuple(one for one in (rule.pattern, rule.crisis) if one)
    why = _doubt(rule, evidence, verdict) if rule.crisis or rule.urgency else None
    verdict.reasons.append(Reason(rule.id, rule.because, evidence, crisis_lane.WHY[why] if why else None, gave))
    if why:
        return   # what it joined means something else here
    verdict.given.update(rule.needs)
    for need in rule.needs:
        facts.marks[need] = [*facts.marks.get(need, ()), *evidence]
        facts.picture.me.marks.setdefault(need, []).extend(evidence)
    for name in rule.fields:
        facts.weights[name] = max(facts.weights.get(name, 0.0), FIELD_FLOOR) + 1.5
    if rule.pattern and rule.pattern not in facts.patterns:
        facts.patterns.append(rule.pattern)
        verdict.patterns.append(rule.pattern)
    _alarm(rule, verdict, facts)
    verdict.complex = verdict.complex or rule.complex
    if rule.programme and verdict.programme is None:
        verdict.programme = rule.programme


def _doubt(rule: Rule, evidence: Sequence[Span], verdict: Verdict) -> str | None:
    if rule.sure:
        return None
    if evidence and all(verdict.meant.holds(span, rule.crisis) for span in evidence):
        return "explained"
    return "whole" if balance.doubted(verdict.against, rule.crisis or "", by_rule=True) else None


def _alarm(rule: Rule, verdict: Verdict, facts: Facts) -> None:
    if rule.crisis:
        verdict.by_signs = verdict.by_signs or rule.crisis == "suicide"
        _raise(verdict, rule.crisis, rule.urgency or "urgent", live=True)
        facts.crises[rule.crisis] = verdict.crisis[rule.crisis]
    elif rule.urgency and RANK[rule.urgency] > RANK[verdict.urgency]:
        verdict.urgency = rule.urgency


def _marks(readings: Sequence[Reading]) -> tuple[dict[str, Sequence[Span]], Sequence[frozenset[str]]]:
    """id of entry or need -> places, and for each sentence the ids in it; weakened words left out."""
    if len(readings) == 1:
        places, ids = readings[0].noted(("marks", 0), partial(_marks_of, 0))
        return dict(places), ids
    marks: dict[str, list[Span]] = defaultdict(list)
    sentences: list[frozenset[str]] = []
    base = 0
    for reading in readings:
        places, ids = reading.noted(("marks", base), partial(_marks_of, base))
        for name, spans in places.items():
            marks[name].extend(spans)
        sentences.extend(ids)
        base += len(reading.text) + 1
    return dict(marks), sentences


def _marks_of(base: int, reading: Reading) -> tuple[dict[str, list[Span]], list[frozenset[str]]]:
    places: dict[str, list[Span]] = defaultdict(list)
    sentences: dict[int, set[str]] = defaultdict(set)
    for found in reading.found:
        if found.weakened is None:
            names, span = found.entry.names, (base + found.hit.begin, base + found.hit.end)
            for name in names:
                places[name].append(span)
            sentences[found.sentence].update(names)
    return dict(places), list(map(frozenset, sentences.values()))


def _fields(weights: dict[str, float], *, second: float = SECOND_FLOOR, first: float = FIELD_FLOOR) -> tuple[Field, ...]:
    return tuple(cast(Field, name) for name, _ in standing(weights, second, first))


def _action(verdict: Verdict, picture: Picture, found: Sequence[Danger]) -> Action:
    intent = verdict.intent
    assert intent is not None
    if verdict.crisis:
        done = any(danger.spoken.found.entry.deed for danger in found if danger.level != "normal") or verdict.by_signs
        only_a_wish = not done and set(verdict.crisis) == {"suicide"}
        return "clarify" if only_a_wish and not verdict.fields and not fallback.COMPOUND & set(verdict.patterns) else "route"
    if verdict.urgency == "normal":
        meant = intent.action(verdict.fields)
        if meant is not None and not (meant == "other" and "foreign_resident" in verdict.patterns and (not intent.other or intent.sentences > LONG_STORY)):
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
        for key, spans in reading.noted(("reasons", base), partial(_reasons_of, base)).items():
            if faint or not key[0].startswith(scoring.FAINT):
                grouped.setdefault(key, []).extend(spans)
        base += len(reading.text) + 1
    return [Reason(name, because, tuple(spans), weakened) for (name, because, weakened), spans in grouped.items()]


def _reasons_of(base: int, reading: Reading) -> dict[tuple[str, str, str | None], list[Span]]:
    grouped: dict[tuple[str, str, str | None], list[Span]] = {}
    for found in reading.found:
        if found.entry.named:
            weakened = crisis_lane.WHY.get(found.weakened) if found.weakened else None
            grouped.setdefault((found.id, found.entry.because, weakened), []).append((base + found.hit.begin, base + found.hit.end))
    return grouped
