"""What a draft would change is worked out on what it can touch, and the rest is not judged again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from handoff.editing.foresight import Judges, Practice, foreseen
from knowledge.schema import Case, CrisisKind, Entry, LexiconFile, Town
from tests.whole import knowledge
from triage.types import Asked, Decision, LocalWords

DAY = date(2026, 11, 24)


@dataclass
class Counting:
    """Sends everything to one field; counts what it was asked. own: words that it alone would find."""

    sends: Any = "elderly"
    own: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    def decide(
        self, utterances: Sequence[str], *, today: date, asked: Asked = Asked(), local: LocalWords = LocalWords()
    ) -> Decision:
        self.asked += utterances
        action = "info" if "電話番号" in utterances[-1] else "route"
        return Decision(action, "", fields=(self.sends,))  # type: ignore[arg-type]

    def glance(self, text: str, town: str | None = None) -> CrisisKind | None:
        return None

    def kinds(self, text: str, town: str | None = None) -> tuple[CrisisKind, ...]:
        return ()

    def reads_alike(self, other: "Counting", text: str, *, today: date, local: LocalWords) -> bool:
        return {word for word in self.own if word in text} == {word for word in other.own if word in text}


@dataclass
class Answering:
    """Knows one answer; counts the questions."""

    answer: str = "a"
    asked: int = 0

    def entry(self, question: str, town: str) -> str | None:
        self.asked += 1
        return self.answer


def case(name: str, text: str) -> Case:
    return Case(id=name, text=text, action="route", fields=("elderly",), urgency="normal", complex=False, about=("self",))


TOWN = knowledge().towns["taiki"]
PRACTICE = (case("one", "ピリカのこと"), case("two", "物忘れのこと"), case("three", "役場の電話番号は"))


def with_words() -> Town:
    entry = Entry(id="own_pirika", because="x", words=("ピリカ",), need="debt")
    return TOWN.model_copy(update={"lexicon": LexiconFile(source="町", checked=DAY, entries=(entry,))})


def looked(before: Judges, after: Judges, practice: Practice | None = None) -> dict[str, Any]:
    return foreseen(before, after, turns=(), practice=practice or Practice(PRACTICE), today=DAY)


def test_a_word_is_tried_on_the_messages_in_which_it_stands() -> None:
    old, new = Counting(), Counting("poverty", own=("ピリカ",))
    found = looked(Judges(TOWN, old, Answering()), Judges(with_words(), new, Answering()))
    assert new.asked == ["ピリカのこと"]
    assert [(one["case"], one["better"] < 0) for one in found["changed_cases"]] == [("one", True)]
    assert (found["cases"], found["cases_changed"], found["worse"]) == (3, 1, 1)


def test_a_threshold_is_tried_on_everything() -> None:
    facts = TOWN.municipality
    parameters = tuple(one.model_copy(update={"value": 18}) for one in facts.parameters)
    other = TOWN.model_copy(update={"municipality": facts.model_copy(update={"parameters": parameters})})
    new = Counting()
    looked(Judges(TOWN, Counting(), Answering()), Judges(other, new, Answering()))
    assert len(new.asked) == 3


def test_windows_are_led_anew_without_judging_anew() -> None:
    facts = TOWN.municipality
    tables = {**facts.field_windows, "elderly": ("shogai",)}
    other = TOWN.model_copy(update={"municipality": facts.model_copy(update={"field_windows": tables})})
    new, answers = Counting(), Answering()
    found = looked(Judges(TOWN, Counting(), answers), Judges(other, new, answers))
    assert (new.asked, answers.asked) == ([], 0)
    assert {tuple(one["keys"]) for one in found["changed_cases"]} == {("windows",)}


def test_questions_are_tried_on_those_who_ask() -> None:
    other = TOWN.model_copy(update={"faq": TOWN.faq[1:]})
    old, new = Answering("a"), Answering("b")
    found = looked(Judges(TOWN, Counting(), old), Judges(other, Counting(), new))
    assert (old.asked, new.asked) == (1, 1)
    assert [one["keys"] for one in found["changed_cases"]] == [["answer"]]


def test_a_telephone_is_no_reason_to_judge_and_the_next_draft_need_not_judge_again() -> None:
    practice, old = Practice(PRACTICE), Counting()
    facts = TOWN.municipality.model_copy(update={"main_telephone": "01558-6-0000"})
    before, answers = Judges(TOWN, old, Answering()), Answering()
    looked(before, Judges(TOWN.model_copy(update={"municipality": facts}), Counting(), answers), practice)
    assert old.asked == []
    for _ in range(2):
        looked(before, Judges(with_words(), Counting(), answers), practice)
    assert len(old.asked) == 3
    looked(replace(before, town=with_words()), Judges(TOWN, Counting(), answers), practice)
    assert len(old.asked) == 6
