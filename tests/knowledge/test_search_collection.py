"""The figures of the search on a collection of our own stay above a floor."""

import pytest

from knowledge.schema.extras import SearchWords
from knowledge.search import Document, Index, Phrases
from tests.knowledge.collection import Query, documents, figures, lines, other_town, own_city, queries
from tests.whole import knowledge as whole
from triage.tokenise import normal_forms

TOWNS = ("second_town.jsonl", "third_town.jsonl", "fourth_town.jsonl")


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases(whole().search, tokenise=normal_forms)


def measured(entries: list[Document], asked: list[Query], phrases: Phrases) -> tuple[float, float]:
    index = Index(entries, phrases=phrases)
    return figures(lambda text: [hit.id for hit in index.search(text)], asked)


def test_the_collection_has_the_shape_of_a_citys() -> None:
    ids = [entry.id for entry in documents()]
    assert len(ids) == len(set(ids)) >= 500
    asked = queries()
    assert len(asked) >= 250
    assert {entry for query in asked for entry in query.relevant} <= set(ids)
    for name in TOWNS:
        assert {line["id"] for line in lines(name)} <= set(ids)


@pytest.mark.parametrize("part", ["tune", "held"])
def test_everyday_questions_find_their_entries(part: str, phrases: Phrases) -> None:
    recall, gain = measured(documents(), [query for query in queries() if query.part == part], phrases)
    assert recall >= 0.95, recall
    assert gain >= 0.85, gain


@pytest.mark.parametrize("town", TOWNS)
def test_other_towns_wording_is_found(town: str, phrases: Phrases) -> None:
    recall, gain = measured(*other_town(town), phrases)
    assert recall >= 0.89, recall
    assert gain >= 0.7, gain


def test_a_city_of_its_own_is_found_alone_and_among_the_others(phrases: Phrases) -> None:
    entries, asked = own_city("fifth_town.jsonl")
    assert len(entries) >= 150
    assert len(asked) >= 60
    alone, among = measured(entries, asked, phrases), measured([*entries, *documents()], asked, phrases)
    assert alone[0] >= 0.95, alone
    assert among[0] >= 0.88, among
    assert among[1] >= 0.6, among


def test_where_a_question_has_the_words_of_its_entry_the_dictionary_does_no_harm(phrases: Phrases) -> None:
    words = whole().search
    bare = Phrases(SearchWords(stop=words.stop, asking=words.asking), tokenise=normal_forms)
    asked = [Query(line["question"], (line["id"],), name) for name in TOWNS for line in lines(name)]
    assert measured(documents(), asked, phrases)[1] > measured(documents(), asked, bare)[1]


def test_the_dictionary_is_what_finds_them(phrases: Phrases) -> None:
    words = whole().search
    bare = Phrases(SearchWords(stop=words.stop, asking=words.asking), tokenise=normal_forms)
    entries, asked = other_town("third_town.jsonl")
    assert measured(entries, asked, phrases)[0] > measured(entries, asked, bare)[0] + 0.3
