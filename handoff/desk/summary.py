"""The ten-second summary of a ticket: next step and deadline first, then who, about whom, what is wrong, what is open.

What is wrong stands in the resident's own words, cut out by evidence offsets and unaltered; closed vocabularies stay
ids here and get their names where they are shown. Pure: knows no rows and no screens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from handoff.desk.deadlines import deadline, deadline_text, safety_checks, safety_text
from handoff.desk.quotes import Quote, pieces_of, quotes_of, shown
from handoff.desk.steps import next_step
from handoff.intake.spoken import SPOKEN
from handoff.store.documents import document
from knowledge.schema import CRISIS_KINDS, Town, Urgency
from triage.types import Decision, Person, Reason

URGENCY_ORDER: tuple[Urgency, ...] = ("emergency", "urgent", "normal")
WITHOUT_REASON: dict[Urgency, str] = {
    "emergency": "いまの安全にかかわる言葉があります。",
    "urgent": "今日か明日のうちに見てほしい言葉があります。",
    "normal": "急ぐ言葉は見あたりません。",
}
DANGERS: frozenset[str] = frozenset(CRISIS_KINDS)
MOST_WORDS, MOST_SEEN = 3, 40
"""Verbatim pieces beside a pattern or an urgency; more are not read in ten seconds."""
OF_ROUTING = ("field_", "complex_", "pattern_")
"""Rules that say where a matter belongs, not how pressing it is."""


@dataclass(frozen=True, slots=True)
class Because:
    """Something triage saw (a pattern id, a kind of crisis, a rule) and its Japanese reason. words: where, verbatim."""

    what: str
    because: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the household as triage read it: role as seen by the writer, age (low, high) or None.

    words: what the resident wrote about them, verbatim; it says more, and claims less, than the ids in needs.
    """

    role: str
    age: tuple[int, int] | None
    needs: tuple[str, ...]
    deceased: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What staff read. quotes are verbatim; told is what the bot has said; unknown are the next questions.

    needs: ids of those that belong to nobody of the household in particular; urgency_words: verbatim, why it presses.
    """

    next_step: str
    deadline: str
    urgency: Urgency
    urgency_because: str
    channel: str
    named: bool
    about: tuple[str, ...]
    household: tuple[Member, ...]
    quotes: tuple[Quote, ...]
    patterns: tuple[Because, ...]
    reasons: tuple[Because, ...]
    told: tuple[str, ...]
    unknown: tuple[str, ...]
    why: str
    language: str = "ja"
    needs: tuple[str, ...] = ()
    urgency_words: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape kept sealed; `from_json` reads it back."""
        return document(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Summary:
        """Read what `as_json` wrote (JSON has made lists of tuples)."""
        return cls(**{
            **data,
            "household": tuple(_member(member) for member in data["household"]),
            "quotes": tuple(_quote(quote) for quote in data["quotes"]),
            "patterns": tuple(_because(one) for one in data["patterns"]),
            "reasons": tuple(_because(one) for one in data["reasons"]),
            **{name: tuple(data.get(name, ())) for name in ("about", "told", "unknown", "needs", "urgency_words")},
        })


def summarise(
    decision: Decision, town: Town, *, windows: Sequence[str], why: str, channel: str, named: bool, now: datetime,
    told: Sequence[str] = (),
) -> Summary:
    """The summary of a decision. why: "triage" | "media" | "asked_enough" | "parked"."""
    urgency, pressing = decision.urgency, _pressing(decision)
    return Summary(
        next_step=next_step(decision, town, windows=windows, why=why, spoken=channel in SPOKEN),
        deadline=deadline_text(urgency, deadline(urgency, town, now), town=town, when=now)
        + safety_text(safety_checks(decision.crisis, town, now), town),
        urgency=urgency,
        urgency_because=pressing.because if pressing else WITHOUT_REASON[urgency],
        channel=channel,
        named=named,
        about=tuple(decision.about),
        household=tuple(
            Member(p.role, p.age, p.needs, p.deceased, pieces_of(decision.text, p.evidence)) for p in decision.household
        ),
        quotes=quotes_of(decision),
        patterns=_patterns(decision),
        reasons=tuple(Because(reason.rule, reason.because) for reason in decision.reasons if reason.weakened is None),
        told=tuple(told),
        unknown=_unknown(decision, named=named),
        why=why,
        language=decision.language,
        needs=_of_nobody(decision),
        urgency_words=pieces_of(decision.text, pressing.evidence, most=MOST_WORDS) if pressing else (),
    )


def one_line(summary: Summary, *, longest: int = 140) -> str:
    """For lists: the next step, the deadline, and the first words of the resident."""
    quotes = shown(summary.quotes)
    first = f"「{quotes[0].text}」" if quotes else "（文字の発言はまだありません）"
    line = f"{summary.next_step}（期限: {summary.deadline}） {first}".replace("\n", " ")
    return line if len(line) <= longest else line[: longest - 1] + "…"


def carry_over(new: Summary, old: Summary, *, text: str) -> Summary:
    """A later summary never loses what an earlier one had: quotes still in the text, patterns, the graver urgency."""
    kept = tuple(quote for quote in old.quotes if quote.text in text)
    merged = replace(
        new,
        quotes=tuple({quote.text: quote for quote in (*new.quotes, *kept)}.values()),
        patterns=tuple({one.what: _standing(one, text) for one in (*old.patterns, *new.patterns)}.values()),
    )
    if URGENCY_ORDER.index(old.urgency) >= URGENCY_ORDER.index(new.urgency):
        return merged
    return replace(
        merged, urgency=old.urgency, urgency_because=old.urgency_because, deadline=old.deadline, next_step=old.next_step,
        urgency_words=tuple(word for word in old.urgency_words if word in text),
    )


def _standing(one: Because, text: str) -> Because:
    """What was taken back is quoted no more."""
    return replace(one, words=tuple(word for word in one.words if word in text))


def _pressing(decision: Decision) -> Reason | None:
    """The reason that gave a kind of crisis; else, in a crisis, the first that says more than where it belongs."""
    if decision.urgency == "normal":
        return None
    seen = [reason for reason in _valid(decision) if reason.evidence and not reason.rule.startswith(OF_ROUTING)]
    named = [reason for reason in seen if decision.crisis and not DANGERS.isdisjoint(reason.gave)]
    found = named or (seen if decision.crisis else [])
    return found[0] if found else None


def _of_nobody(decision: Decision) -> tuple[str, ...]:
    """Needs that no person of the household has: they would be lost where needs stand by person."""
    owned = {need for person in decision.household for need in person.needs}
    return tuple(need for need in decision.needs if need not in owned)


def _patterns(decision: Decision) -> tuple[Because, ...]:
    """Each pattern with the reason that gave it first, and the longest words that any of its reasons stands on."""
    given: dict[str, list[Reason]] = {}
    for reason in _valid(decision):
        for what in reason.gave:
            given.setdefault(what, []).append(reason)
    return tuple(_pattern(pattern, given.get(pattern, ()), decision.text) for pattern in decision.patterns)


def _pattern(pattern: str, reasons: Sequence[Reason], text: str) -> Because:
    words = pieces_of(text, [span for reason in reasons for span in reason.evidence], most=MOST_SEEN)
    telling = set(sorted(words, key=len, reverse=True)[:MOST_WORDS])
    return Because(pattern, reasons[0].because if reasons else "", tuple(word for word in words if word in telling))


def _valid(decision: Decision) -> list[Reason]:
    return [reason for reason in decision.reasons if reason.weakened is None]


def _unknown(decision: Decision, *, named: bool) -> tuple[str, ...]:
    """What to ask next, in plain words; what triage itself calls unknown comes first."""
    found = [UNKNOWNS.get(what, what) for what in decision.unknown if what != "age"]  # ages are asked by person, below
    feared = {"spouse"} if "dv" in decision.crisis else set()
    if feared:
        found.insert(0, "いまの安全（相手が近くにいるか、けが、行ける所）")
    if not decision.household:
        found.append("だれのことか、いっしょに暮らしている人")
    found += [f"{_who(person)}の年齢" for person in decision.household
              if person.age is None and not person.deceased and person.role not in feared]
    if not named:
        found.append(NAME_UNKNOWN)
    found.append(REACH_UNKNOWN)
    return tuple(dict.fromkeys(found))


NAME_UNKNOWN = "名前と住所（匿名のまま続けられます）"
REACH_UNKNOWN = "連絡してよい時間と方法"
UNKNOWNS = {
    "kind": "何に困っているか", "whose": "だれのことか", "food": "食べられているか", "money": "お金をだれが管理しているか",
    "violence": "家の中で手が出ることがあるか", "talks": "本人と話ができるか",
}
"""Names of what triage calls unknown, worded as the next question."""
ROLES = {
    "self": "書いた人", "parent": "親", "grandparent": "祖父母", "child": "子", "spouse": "配偶者",
    "sibling": "きょうだい", "other_family": "ほかの家族", "neighbour": "近所の人", "client": "支援している人",
    "unknown": "対象の人",
}


def _who(person: Person) -> str:
    return ROLES[person.role]


def _because(data: Mapping[str, Any]) -> Because:
    return Because(data["what"], data["because"], tuple(data.get("words", ())))


def _member(data: Mapping[str, Any]) -> Member:
    return Member(
        data["role"], _pair(data["age"]), tuple(data["needs"]), data["deceased"], tuple(data.get("words", ()))
    )


def _quote(data: Mapping[str, Any]) -> Quote:
    return Quote(data["text"], data["start"], tuple((mark[0], mark[1]) for mark in data["marks"]))


def _pair(age: Sequence[int] | None) -> tuple[int, int] | None:
    return None if age is None else (age[0], age[1])
