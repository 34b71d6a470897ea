"""Words of one town: they speak there, and nowhere else."""

from dataclasses import replace
from datetime import date
from typing import Any

from knowledge.schema import Entry, LexiconFile
from knowledge.types import Knowledge
from tests.whole import engine as common_engine
from tests.whole import knowledge
from triage.check import check_own_words
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
    engine = common_engine().over(changed)
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
    engine = common_engine().over(changed)
    assert check_own_words(changed.towns["taiki"], engine) == []
    broken = with_word(WORD.model_copy(update={"examples": ("まったくちがう文",), "counterexamples": ("ピリカに借りた",)}))
    found = check_own_words(broken.towns["taiki"], common_engine().over(broken))
    assert [(fault.key, fault.index) for fault in found] == [("examples", 0), ("counterexamples", 0)]


IDIOM = Entry(
    id="own_vote", kind="idiom", because="集まりで意見を言うこと", words=("寄り合い~手~上げる",), covers=("violence_hit",),
    examples=("寄り合いで手を上げた",), counterexamples=("夫が手を上げる",),
)


def test_a_towns_way_of_speaking_silences_what_it_names_there_and_no_more() -> None:
    engine = common_engine().over(with_word(IDIOM))
    assert "violence_hit" in engine.matched(IDIOM.examples[0], today=DAY), "elsewhere it is as it was"
    assert "violence_hit" not in engine.matched(IDIOM.examples[0], today=DAY, town="taiki")
    assert "violence_hit" in engine.matched(IDIOM.counterexamples[0], today=DAY, town="taiki")


def test_a_way_of_speaking_that_is_too_narrow_too_wide_or_without_a_name_is_told() -> None:
    cases: dict[tuple[str, ...], dict[str, Any]] = {
        ("examples",): {"words": ("会合~手~上げる",)}, ("counterexamples",): {"words": ("手~上げる",)},
        ("examples", "counterexamples"): {"covers": ()},
    }
    assert check_own_words(with_word(IDIOM).towns["taiki"], common_engine().over(with_word(IDIOM))) == []
    for keys, other in cases.items():
        changed = with_word(IDIOM.model_copy(update=other))
        found = check_own_words(changed.towns["taiki"], common_engine().over(changed))
        assert tuple(fault.key for fault in found) == keys, other


def test_the_same_words_over_other_facts_are_not_compiled_again() -> None:
    engine = common_engine()
    over = engine.over(replace(knowledge(), version="f" * 16))
    assert over.decide(["こんにちは"], today=DAY).knowledge == "f" * 16
    assert engine.decide(["こんにちは"], today=DAY).knowledge == knowledge().version


def test_a_word_of_danger_of_a_town_is_seen_at_the_first_look_there() -> None:
    danger = Entry(
        id="own_bridge", kind="crisis", because="この町で身を投げる所", words=("ニレの橋",), crisis="suicide", level="emergency",
    )
    engine = common_engine().over(with_word(danger))
    text = "いまニレの橋に来ています"
    assert (engine.glance(text, "taiki"), engine.glance(text, "itoman"), engine.glance(text)) == ("suicide", None, None)
    assert engine.glance("死にたい", "taiki") == engine.glance("死にたい") == "suicide"
    assert common_engine().glance(text, "taiki") is None


def test_an_own_saying_covers_a_word_of_danger_at_the_first_look_in_its_town_alone() -> None:
    harmless = Entry(id="own_festival", kind="idiom", because="祭りの名", raw=("死にたい踊り",))
    engine = common_engine().over(with_word(harmless))
    assert engine.glance("死にたい踊りを見に行く", "taiki") is None
    assert engine.glance("死にたい踊りを見に行く", "itoman") == "suicide"


def test_where_own_words_read_alike_the_decision_is_the_same_and_only_there() -> None:
    base, changed = common_engine(), with_word(WORD)
    engine, local = base.over(changed), LocalWords.of(changed.towns["taiki"])
    same = ["父が物忘れで困っています", "家賃が払えません", "死にたい", "こんにちは"]
    assert all(base.reads_alike(engine, text, today=DAY, local=local) for text in same)
    assert not base.reads_alike(engine, TEXT, today=DAY, local=local)
    for text in same:
        one, other = base.decide([text], today=DAY, local=local), engine.decide([text], today=DAY, local=local)
        assert replace(one, knowledge="") == replace(other, knowledge="")
    assert not engine.reads_alike(base, TEXT, today=DAY, local=local)
