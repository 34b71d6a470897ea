"""The everyday words of the four fields (`knowledge/base/lexicon/*.yaml`): their shape, and that they find their examples.

What the words come to in a decision is tested with the engine and the cases; here every entry stands alone.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from knowledge.schema import Entry, LexiconFile
from tests.whole import knowledge, lexicon
from triage.lexicon import Hit
from triage.normalise import fold, shadow
from triage.tokenise import tokeniser

KANJI = re.compile(r"[\u3400-\u9fff々]")
PREFIXES = {"hok_": "北海道", "oki_": "沖縄県", "shz_": "静岡県", "fki_": "福井県", "mie_": "三重県"}
ROOTS = ("dementia_name", "no_money_plain", "disability_word", "pregnancy", "withdrawn_word", "svc_welfare_office",
         "money_price_question", "illness_generic")
LABELLED = {  # LABELLING.md, Fields: a need of each item, and the field that must hear it
    "dementia": "elderly", "care_needed": "elderly", "care_burden": "elderly", "transport": "elderly", "fall": "elderly",
    "discharge": "elderly", "guardianship": "elderly", "consumer_harm": "elderly", "no_relatives": "elderly", "living_alone": "elderly",
    "physical_disability": "disability", "sensory_disability": "disability", "intellectual_disability": "disability",
    "mental_illness": "disability", "developmental_disorder": "disability", "intractable_disease": "disability",
    "disability_certificate": "disability", "sheltered_work": "disability", "disability_service": "disability",
    "addiction": "disability", "pregnancy": "child", "postpartum": "child", "parenting_anxiety": "child",
    "childcare_place": "child", "development_concern": "child", "school_refusal": "child", "bullying": "child",
    "single_parent": "child", "child_allowance": "child", "caring_child": "child", "abuse": "child",
    "no_money": "poverty", "rent_arrears": "poverty", "arrears": "poverty", "lifeline_cut": "poverty", "job_loss": "poverty",
    "workless": "poverty", "debt": "poverty", "no_home": "poverty", "housing_loss": "poverty", "no_food": "poverty",
    "welfare_benefit": "poverty", "low_income": "poverty", "withdrawn": "poverty",
}


@cache
def files() -> tuple[LexiconFile, ...]:
    """The files this test answers for: those that hold one of ROOTS or belong to a prefecture."""
    return tuple(file for file in knowledge().lexicon if file.dialect or any(entry.id in ROOTS for entry in file.entries))


def entries() -> Iterator[tuple[LexiconFile, Entry]]:
    return ((file, entry) for file in files() for entry in file.entries)


def hits(text: str) -> list[Hit]:
    """Word matches and phrase matches, before idioms and context have their say."""
    folded = shadow(text)
    found = lexicon().in_words(tokeniser().read(text))
    for begin, end, term in lexicon().in_shadow(folded.text):
        start, stop = folded.span(begin, end)
        found.append(Hit(term, 0, 1, start, stop, raw=True))
    return found


def found_in(entry: Entry, text: str) -> list[Hit]:
    return [hit for hit in hits(text) if hit.term.entry.id == entry.id]


def silenced(hit: Hit, text: str) -> bool:
    return any(
        idiom.term.entry.kind == "idiom" and idiom.begin < hit.end and hit.begin < idiom.end
        and (not idiom.term.entry.covers or hit.term.entry.id in idiom.term.entry.covers)
        for idiom in hits(text)
    )


def test_all_eight_subjects_and_five_dialects_are_there() -> None:
    found = {entry.id for _, entry in entries()}
    assert found.issuperset(ROOTS)
    assert {file.dialect for file in files() if file.dialect} == set(PREFIXES.values())


def test_ids_are_unique_over_all_files() -> None:
    counted = Counter(entry.id for file in knowledge().lexicon for entry in file.entries)
    assert [id_ for id_, times in counted.items() if times > 1] == []


def test_needs_topics_and_covers_name_something() -> None:
    glossary = knowledge().glossary
    ids = {entry.id for file in knowledge().lexicon for entry in file.entries}
    for _, entry in entries():
        assert entry.need is None or entry.need in glossary.needs, entry.id
        assert entry.topic is None or entry.topic in glossary.topics, entry.id
        assert set(entry.covers) <= ids, entry.id


def test_deeds_are_told_by_words_of_danger() -> None:
    deeds = [entry for file in knowledge().lexicon for entry in file.entries if entry.deed]
    assert len(deeds) > 10
    assert all(entry.kind == "crisis" for entry in deeds)


def test_weights_are_between_a_hint_and_a_name() -> None:
    for _, entry in entries():
        assert all(0 < weight <= 5 for weight in entry.fields.values()), entry.id


def test_an_idiom_gives_no_field_and_says_what_it_silences() -> None:
    for _, entry in entries():
        if entry.kind == "idiom":
            assert entry.covers, entry.id
            assert not entry.fields, entry.id
            assert entry.need is None, entry.id


def test_phrases_are_long_enough_not_to_hide_in_other_words() -> None:
    short = [
        (entry.id, raw) for _, entry in entries() for raw in entry.raw
        if len(fold(raw)) < 3 or (len(fold(raw)) == 3 and not KANJI.search(raw))
    ]
    assert short == []


def test_no_form_stands_twice_in_an_entry() -> None:
    twice = [
        (entry.id, form) for _, entry in entries() for forms in (entry.words, entry.raw)
        for form, times in Counter(forms).items() if times > 1
    ]
    assert twice == []


def test_dialect_words_carry_their_prefecture() -> None:
    for file, entry in entries():
        prefix = next((key for key in PREFIXES if entry.id.startswith(key)), None)
        assert file.dialect == (PREFIXES[prefix] if prefix else None), entry.id


def test_dialects_are_those_of_towns() -> None:
    assert {file.dialect for file in files() if file.dialect} <= {town.municipality.prefecture for town in knowledge().towns.values()}


def test_every_entry_has_an_example() -> None:
    assert [entry.id for _, entry in entries() if not entry.examples] == []


def test_no_id_is_taken_for_a_language() -> None:
    assert [entry.id for _, entry in entries() if entry.id.startswith(("language_", "chat_exact", "context_"))] == []


@pytest.mark.parametrize("number", range(8))
def test_examples_are_found_and_counterexamples_are_not(number: int) -> None:
    missed, mistaken = [], []
    for index, (_, entry) in enumerate(entries()):
        if index % 8 != number:
            continue
        missed += [(entry.id, text) for text in entry.examples if not found_in(entry, text)]
        mistaken += [
            (entry.id, text) for text in entry.counterexamples
            if any(not silenced(hit, text) for hit in found_in(entry, text) if not hit.denied_wanted)
        ]
    assert missed == []
    assert mistaken == []


@pytest.mark.parametrize(("need", "field"), sorted(LABELLED.items()))
def test_a_need_of_the_guide_names_its_window_by_itself(need: str, field: str) -> None:
    strongest = max((entry.fields.get(field, 0) for _, entry in entries() if entry.need == need), default=0)  # type: ignore[call-overload]
    assert strongest >= (1 if need == "living_alone" else 3)


def test_a_price_or_a_setting_is_no_need() -> None:
    by_id = {entry.id: entry for _, entry in entries()}
    assert by_id["money_price_question"].fields == {}
    assert by_id["money_price_question"].need is None
    assert by_id["childcare_setting"].fields["child"] < 3 <= by_id["childcare_denied"].fields["child"]


def test_breadth() -> None:
    assert sum(1 for _ in entries()) >= 400
    assert sum(len(entry.words) + len(entry.raw) for _, entry in entries()) >= 10_000
