"""Words of one town: they speak there, and nowhere else."""

from dataclasses import replace
from datetime import date

from knowledge.schema import Entry, LexiconFile
from knowledge.types import Knowledge
from tests.whole import engine as common_engine
from tests.whole import knowledge
from triage.check import check_own_words
from triage.engine import Engine
from triage.types import LocalWords

DAY = date(2026, 11, 22)
TEXT = "きのうピリカにおかねをかりた"
WORD = Entry(
    id="own_pirika", because="この町の貸金の呼び名", words=("ピリカ",), need="debt", fields={"poverty": 5},
    topic="debt", examples=("ピリカに借りた",),
)


def with_word(entry: Entry) -> Knowledge:
    base = knowledge()
    words = LexiconFile(source="町", checked=DAY, entries=(entry,))
    return replace(base, towns={**base.towns, "taiki": base.towns["taiki"].model_copy(update={"lexicon": words})})


def test_a_towns_word_speaks_in_that_town_alone() -> None:
    changed = with_word(WORD)
    engine = Engine(changed, lasting=False)
    assert "own_pirika" in engine.matched(TEXT, today=DAY, town="taiki")
    assert "own_pirika" not in engine.matched(TEXT, today=DAY, town="itoman")
    assert "own_pirika" not in engine.matched(TEXT, today=DAY)
    there = engine.decide([TEXT], today=DAY, local=LocalWords.of(changed.towns["taiki"]))
    elsewhere = engine.decide([TEXT], today=DAY, local=LocalWords.of(changed.towns["itoman"]))
    assert "own_pirika" in {reason.rule for reason in there.reasons}
    assert elsewhere == replace(
        common_engine().decide([TEXT], today=DAY, local=LocalWords.of(changed.towns["itoman"])),
        knowledge=changed.version,
    )


def test_its_examples_are_held_against_it() -> None:
    changed = with_word(WORD)
    engine = Engine(changed, lasting=False)
    assert check_own_words(changed.towns["taiki"], engine) == []
    broken = with_word(WORD.model_copy(update={"examples": ("まったくちがう文",), "counterexamples": ("ピリカに借りた",)}))
    found = check_own_words(broken.towns["taiki"], Engine(broken, lasting=False))
    assert [(fault.key, fault.index) for fault in found] == [("examples", 0), ("counterexamples", 0)]


def test_the_same_words_over_other_facts_are_not_compiled_again() -> None:
    engine = common_engine()
    over = engine.over(replace(knowledge(), version="f" * 16))
    assert over.decide(["こんにちは"], today=DAY).knowledge == "f" * 16
    assert engine.decide(["こんにちは"], today=DAY).knowledge == knowledge().version
