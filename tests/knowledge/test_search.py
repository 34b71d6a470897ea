"""Ranking of questions and answers, with a toy tokeniser and with the real one."""

import pytest

from knowledge.schema.extras import Lead, SearchWords
from knowledge.search import Document, FaqIndex, Index, Phrases
from tests.whole import knowledge as whole
from triage.tokenise import normal_forms

WORDS = Phrases(whole().search, tokenise=normal_forms)
DOCUMENTS = [
    Document("rubbish", "粗大ごみの出し方は", "電話で申し込みます"),
    Document("moving", "転入届に必要なものは", "本人確認の書類と転出証明書です"),
    Document("care", "介護認定の申請はどこでできますか", "高齢福祉課です。転入した人も同じです"),
    Document("library", "図書館の開館時間は", "9時から"),
]


PLAIN = Phrases(tokenise=str.split)
"""No dictionary: words are what spaces part."""


def index() -> Index:
    return Index(DOCUMENTS, phrases=WORDS)


def ids(query: str, top: int = 10) -> list[str]:
    return [hit.id for hit in index().search(query, top=top)]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("粗大ゴミってどうやって出すの？", "rubbish"),
        ("転入とどけ", "moving"),
        ("要介護認定をうけたい", "care"),
        ("図書館は何時まで", "library"),
    ],
)
def test_the_right_one_comes_first(query: str, best: str) -> None:
    assert ids(query)[0] == best


def test_the_question_weighs_more_than_the_answer() -> None:
    found = Index([Document("answer", "x", "猫"), Document("question", "猫", "x")], phrases=PLAIN)
    assert [hit.id for hit in found.search("猫")] == ["question", "answer"]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    found = Index([Document(str(n), "町 " + ("犬" if n == 3 else "山"), "") for n in range(5)], phrases=PLAIN)
    assert found.search("町 犬")[0].id == "3"


def test_scores_fall_and_top_is_kept() -> None:
    hits = index().search("申請 転入 図書館", top=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score > 0


@pytest.mark.parametrize("query", ["", "？？？", "どこですか", "xyz", "\ud800", "🙂"])
def test_nothing_in_common_gives_nothing(query: str) -> None:
    assert ids(query) == []


def test_an_empty_collection_is_no_error() -> None:
    assert Index([], phrases=PLAIN).search("猫") == ()
    assert FaqIndex((), phrases=PLAIN).best("猫") is None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("介護認定の申請に必要なものは？", "care_apply"),
        ("障害者手帳のメリットって", "cert_benefits"),
        ("家賃の補助ありますか", "rent_benefit"),
        ("保育園の申込みはいつ", "nursery_apply"),
        ("成年後見制度って何", "guardian_what"),
        ("自立支援医療について知りたい", "medical_mental"),
        ("地域包括支援センターとは", "care_center"),
        ("児童扶養手当の条件", "single_parent_allowance"),
    ],
)
def test_people_find_the_answer_on_the_systems(query: str, wanted: str) -> None:
    found = FaqIndex(whole().faq, phrases=WORDS).best(query)
    assert found is not None
    assert found.id == wanted


@pytest.mark.parametrize(
    "query", ["パスポートの更新はどこ", "図書館は何時まで", "ふるさと納税の返礼品", "水泳大会の日程", "こんにちは",
              "住民票がほしい", "コンビニで住民票", "マイナンバーカードの更新", "粗大ごみの出し方", "水道の開栓"]
)
def test_what_fits_nothing_gets_no_answer(query: str) -> None:
    assert FaqIndex(whole().faq, phrases=WORDS).best(query) is None


def test_a_lead_goes_one_way_and_holds_when_most_of_it_is_said() -> None:
    words = SearchWords(leads=(Lead(said=("庭 木 切る",), written=("剪定",)),))
    found = Index([Document("own", "剪定", ""), Document("back", "庭 木 切る", "")],
                  phrases=Phrases(words, tokenise=str.split))
    assert [hit.id for hit in found.search("庭 木 伐る")] == ["back", "own"]
    assert [hit.id for hit in found.search("庭")] == ["back"]
    assert [hit.id for hit in found.search("剪定")] == ["own"]


def test_asking_words_count_inside_a_phrase_only() -> None:
    words = SearchWords(asking=frozenset({"いつ"}), synonyms=(("年金 いつ", "受給"),))
    found = Index([Document("when", "受給", ""), Document("other", "いつ", "")],
                  phrases=Phrases(words, tokenise=str.split))
    assert [hit.id for hit in found.search("年金 いつ")] == ["when"]
    assert found.search("年金") == ()
    assert found.search("いつ") == ()


def test_weak_words_weigh_half() -> None:
    found = Index([Document("a", "紙", ""), Document("b", "犬", "")],
                  phrases=Phrases(SearchWords(weak=frozenset({"紙"})), tokenise=str.split))
    assert [hit.id for hit in found.search("紙 犬")] == ["b", "a"]


def test_only_the_best_of_the_other_ways_counts() -> None:
    words = SearchWords(synonyms=(("引っ越し", "転入", "転出"),))
    found = Index([Document("both", "転入 転出", ""), Document("in", "転入", ""), Document("out", "転出", "")],
                  phrases=Phrases(words, tokenise=str.split))
    assert [hit.id for hit in found.search("引っ越し")] == ["in", "out", "both"]


def test_the_first_of_one_id_wins() -> None:
    general = whole().faq[0]
    own = general.model_copy(update={"answer": "この町では福祉課です。"})
    found = FaqIndex((own, *whole().faq), phrases=WORDS).best(general.question)
    assert found is own


def test_another_way_to_say_it_finds_it_but_says_less() -> None:
    words_ = SearchWords(synonyms=(("引っ越し", "住所 変更"),))
    documents = [Document("same", "引っ越し", ""), Document("other", "住所 変更 届", ""), Document("none", "犬", "")]
    plain, helped = Index(documents, phrases=PLAIN), Index(documents, phrases=Phrases(words_, tokenise=str.split))
    assert [hit.id for hit in plain.search("引っ越し")] == ["same"]
    assert [hit.id for hit in helped.search("引っ越し")] == ["same", "other"]
    assert [hit.id for hit in helped.search("住所 変更")] == ["other", "same"]
    assert [hit.id for hit in helped.search("住所")] == ["other"]


def test_words_that_only_ask_are_left_out() -> None:
    asking = Phrases(SearchWords(stop=frozenset({"どこ"})), tokenise=str.split)
    found = Index(
        [Document("a", "どこ 犬", ""), Document("b", "猫", "")],
        phrases=asking,
    )
    assert found.search("どこ") == ()
    assert asking.terms("どこ ネコ") == ["ねこ"]
