"""What holds for any text at all."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.types import Knowledge
from triage.engine import Engine
from triage.normalise import shadow

DAY = date(2026, 11, 21)
JAPANESE = st.text(alphabet="あいうしにたいのがはをんー〜ぁッｼﾆﾀｲﾞ死母父子歳八十0123456789年高齢、。！？\n 😭w", max_size=60)
ANY = st.one_of(st.text(max_size=80), JAPANESE, st.text(alphabet=st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010), max_size=10))
CALM = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CRISES = st.sampled_from(("もう死にたいです", "夫に殴られています", "今夜寝るところがありません", "さっき薬を30錠飲んだ", "電気を止められました"))
IDLE = st.sampled_from(("", " ", "\n", "こんにちは", "ありがとうございます", "はい", "👍"))


@CALM
@given(texts=st.lists(ANY, max_size=4))
def test_any_text_gets_a_decision_with_a_reason_and_exact_evidence(engine: Engine, texts: list[str]) -> None:
    decision = engine.decide(texts, today=DAY)
    assert decision.reasons
    assert decision.text == "\n".join(texts)
    for reason in decision.reasons:
        assert all(0 <= begin < end <= len(decision.text) for begin, end in reason.evidence)


@CALM
@given(texts=st.lists(ANY, max_size=3))
def test_the_same_words_get_the_same_decision(engine: Engine, knowledge: Knowledge, texts: list[str]) -> None:
    first = engine.decide(texts, today=DAY)
    engine.forget()
    assert engine.decide(texts, today=DAY) == first


@CALM
@given(crisis=CRISES, after=st.lists(IDLE, min_size=1, max_size=3))
def test_an_empty_or_friendly_message_never_loses_a_crisis(engine: Engine, crisis: str, after: list[str]) -> None:
    before = engine.decide([crisis], today=DAY)
    later = engine.decide([crisis, *after], today=DAY)
    assert set(later.crisis) >= set(before.crisis)
    assert later.urgency == before.urgency


@CALM
@given(text=ANY)
def test_the_shadow_is_idempotent_and_its_offsets_are_exact(text: str) -> None:
    folded = shadow(text)
    assert shadow(folded.text).text == folded.text
    assert len(folded.starts) == len(folded.text) + 1
    assert list(folded.starts) == sorted(folded.starts)
    for index in range(len(folded.text)):
        begin, end = folded.span(index, index + 1)
        assert 0 <= begin < end <= len(text)
        assert folded.text[index] in shadow(text[begin:end]).text or text[begin:end] in "ぁぃぅぇぉゎ"


@CALM
@given(text=ANY)
def test_a_glance_never_raises(engine: Engine, text: str) -> None:
    engine.glance(text)
