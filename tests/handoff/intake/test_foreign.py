"""The fixed answer in another language: complete, honest about when it is read, never a question about papers."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bots.measure import graphemes
from bots.types import Choice, Outgoing
from handoff.intake import foreign
from handoff.intake.voice import Voice
from knowledge.loader import Knowledge
from tests import whole
from triage.engine import Engine
from triage.types import Decision

TOKYO = ZoneInfo("Asia/Tokyo")
SATURDAY_NIGHT = datetime(2026, 11, 21, 2, 10, tzinfo=TOKYO)
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO)
LANGUAGES = ("zh", "vi", "pt", "tl", "ko", "es", "ne", "id", "en", "ja-easy")
PORTUGUESE = "Preciso de ajuda, não entendo a carta"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return whole.knowledge()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return whole.engine()


def voice_of(knowledge: Knowledge, language: str = "pt", now: datetime = SATURDAY_NIGHT) -> Voice:
    return Voice(knowledge, whole.speaking(knowledge.towns["taiki"]), now, language)


def heard(*utterances: str, language: str = "pt") -> Decision:
    return Decision(action="clarify", text="\n".join(utterances), language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_body_is_said_to_be_told_nothing_before_they_are_asked(knowledge: Knowledge, language: str) -> None:
    town = whole.speaking(knowledge.towns["nagaizumi"])
    voice = Voice(knowledge, town, TUESDAY, language)
    poor = replace(heard("money", language=language), fields=("poverty",))
    windows = (town.window("fukushi_hoken"), town.window("shakyo"))
    sentence = voice.say("route_other_body", windows="長泉町社会福祉協議会")
    assert sentence in said(foreign.bubbles(poor, voice, windows))
    assert sentence not in said(foreign.bubbles(replace(poor, urgency="emergency"), voice, windows))
    assert sentence not in said(foreign.bubbles(poor, voice, windows[:1]))


def values(bubble: Outgoing) -> list[str]:
    return [choice.value for choice in bubble.choices]


def said(bubbles: tuple[Outgoing, ...]) -> str:
    return "\n".join(bubble.text for bubble in bubbles)


TROUBLES = [value for _, value in foreign.TROUBLES]


def test_the_sixteen_of_the_form_each_once(knowledge: Knowledge) -> None:
    ids = {reply_id for reply_id in knowledge.replies["ja"] if reply_id.startswith("trouble_")}
    assert {label for label, _ in foreign.TROUBLES} == ids
    assert len(foreign.TROUBLES) == len(set(TROUBLES)) == 16


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_answer_greets_says_who_reads_and_offers_the_list(knowledge: Knowledge, language: str) -> None:
    voice = voice_of(knowledge, language)
    answer = foreign.bubbles(heard("abc"), voice)
    for reply_id in ("ack", "foreign_received", "foreign_interpreter", "foreign_hello", "foreign_choose"):
        assert voice.say(reply_id) in said(answer), reply_id
    assert not any(bubble.choices for bubble in answer[:-1])
    assert not any(bubble.cards for bubble in answer)
    assert "8:30" in said(answer)
    assert voice.say("reading_now") not in said(answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_in_the_language_and_values_in_japanese(knowledge: Knowledge, language: str) -> None:
    voice = voice_of(knowledge, language)
    for choice in foreign.bubbles(heard("abc"), voice)[-1].choices:
        assert len(graphemes(choice.label)) <= 20
        assert re.search("[ぁ-ん]", choice.value)
        assert choice.value.endswith(("ています", "ください"))
    assert foreign.bubbles(heard("abc"), voice)[-1].choices[0] == Choice(voice.say("trouble_food"), TROUBLES[0])


def test_the_time_of_reading_is_said_in_the_language(knowledge: Knowledge) -> None:
    closed = voice_of(knowledge, "pt")
    assert closed.when == "a partir das 8:30, terça, 11月24日"
    assert voice_of(knowledge, "vi").when == "từ 8:30 Thứ Ba, ngày 24 tháng 11"
    assert closed.when in said(foreign.bubbles(heard(PORTUGUESE), closed))
    opened = voice_of(knowledge, "pt", TUESDAY)
    assert opened.say("reading_now") in said(foreign.bubbles(heard(PORTUGUESE), opened))


def test_a_page_fits_line_and_two_pages_hold_everything(knowledge: Knowledge) -> None:
    voice = voice_of(knowledge)
    first = foreign.bubbles(heard(PORTUGUESE), voice)[-1]
    rest = foreign.bubbles(heard(PORTUGUESE, foreign.MORE[1]), voice)[-1]
    assert len(first.choices) == foreign.CHOICES_AT_MOST
    assert values(first)[-1] == foreign.MORE[1]
    assert [*values(first)[:-1], *values(rest)] == TROUBLES


def test_what_was_chosen_is_not_offered_again_and_one_may_stop(knowledge: Knowledge) -> None:
    voice = voice_of(knowledge)
    chosen: list[str] = []
    for value in TROUBLES:
        chosen.append(value)
        offered = values(foreign.bubbles(heard(PORTUGUESE, *chosen), voice, again=True)[-1])
        assert len(offered) <= foreign.CHOICES_AT_MOST
        assert foreign.DONE[1] in offered
        assert not set(chosen) & set(offered)
        rest = values(foreign.bubbles(heard(PORTUGUESE, *chosen, foreign.MORE[1]), voice, again=True)[-1])
        assert set(TROUBLES) <= {*chosen, *offered, *rest}


def test_done_ends_the_list(knowledge: Knowledge) -> None:
    voice = voice_of(knowledge)
    answer = foreign.bubbles(heard(PORTUGUESE, TROUBLES[0], foreign.DONE[1]), voice, again=True)
    assert not any(bubble.choices for bubble in answer)
    assert voice.say("foreign_received") in said(answer)


def test_later_words_are_received_without_the_list_again(knowledge: Knowledge) -> None:
    voice = voice_of(knowledge)
    assert foreign.bubbles(heard(PORTUGUESE, "mais uma coisa"), voice, again=True) == (Outgoing(voice.say("ack_added")),)


def test_a_card_only_when_a_field_is_known_and_once(knowledge: Knowledge) -> None:
    voice = voice_of(knowledge)
    window = next(window for window in voice.town.windows if window.intake)
    known = Decision(action="route", text=PORTUGUESE, language="pt", fields=("poverty",), needs=("welfare_benefit",))
    answer = foreign.bubbles(known, voice, [window])
    assert [card.title for bubble in answer for card in bubble.cards] == [voice.window_card(window).title]
    assert voice.say("welfare_benefit") in said(answer)
    assert voice.say("route_wrong_ok") in said(answer)
    assert not any(bubble.cards for bubble in foreign.bubbles(heard(PORTUGUESE), voice, [window]))
    again = foreign.bubbles(known, voice, [window], again=True, named=[f"taiki.{window.id}"])
    assert not any(bubble.cards for bubble in again)


def test_when_it_takes_the_turn(knowledge: Knowledge) -> None:
    foreigner, japanese = voice_of(knowledge), voice_of(knowledge, "ja")
    assert foreign.applies(heard(PORTUGUESE), foreigner)
    assert foreign.applies(heard(PORTUGUESE), foreigner, again=True)
    assert not foreign.applies(heard("お金のことで", language="ja"), japanese)
    assert not foreign.applies(heard(TROUBLES[0], language="ja"), japanese)
    # Buttons are Japanese: many of them may outweigh a short foreign message in triage's eyes.
    assert foreign.applies(heard("oi", TROUBLES[0], language="ja"), foreigner, again=True)
    assert not foreign.applies(Decision(action="other", text="lixo", language="pt"), foreigner)
    chat = Decision(action="chat", text="obrigado", language="pt")
    assert foreign.applies(chat, foreigner)
    assert not foreign.applies(chat, foreigner, again=True)


@pytest.mark.parametrize(
    ("trouble", "field"),
    [
        ("trouble_food", "poverty"), ("trouble_income", "poverty"), ("trouble_rent", "poverty"),
        ("trouble_tax", "poverty"), ("trouble_debt", "poverty"), ("trouble_job_search", "poverty"),
        ("trouble_health", "disability"), ("trouble_childcare", "child"), ("trouble_care", "elderly"),
        ("trouble_withdrawn", "child"),
    ],
)
def test_triage_understands_the_buttons(engine: Engine, trouble: str, field: str) -> None:
    assert field in engine.decide([dict(foreign.TROUBLES)[trouble]], today=date(2026, 11, 22)).fields


def test_the_dangerous_two_reach_the_crisis_lane_and_the_rest_does_not(engine: Engine) -> None:
    found = {
        label: engine.decide([value], today=date(2026, 11, 22)).crisis
        for label, value in (*foreign.TROUBLES, foreign.MORE, foreign.DONE)
    }
    assert {label: kinds for label, kinds in found.items() if kinds} == {
        "trouble_food": ("no_food",), "trouble_violence": ("dv",),
    }


def test_a_real_message_gets_the_answer_in_its_language(knowledge: Knowledge, engine: Engine) -> None:
    for language, text in (
        ("pt", PORTUGUESE), ("vi", "Xin chào, tôi cần giúp đỡ"), ("zh", "你好，我需要帮助，看不懂通知"),
        ("ne", "नमस्ते, मलाई सहयोग चाहियो"), ("ko", "안녕하세요 도와주세요"), ("id", "Saya tidak bisa bahasa Jepang, tolong"),
        ("tl", "Kailangan ko po ng tulong sa mga sulat"), ("es", "Hola, necesito ayuda con una carta"),
    ):
        decision = engine.decide([text], today=date(2026, 11, 22))
        assert decision.language == language, text
        voice = voice_of(knowledge, language, SATURDAY_NIGHT + timedelta(days=1))
        assert foreign.applies(decision, voice)
        assert voice.say("foreign_choose") in said(foreign.bubbles(decision, voice))


@pytest.mark.parametrize(("message", "language", "kind"), [
    ("Não aguento mais viver aqui, quero morrer.", "pt", "suicide"),
    ("我想跳楼，今天窗户已经打开了。", "zh", "suicide"),
    ("Chồng em hay đánh em khi say rượu.", "vi", "dv"),
    ("남편이 쓰러졌는데 숨을 안 쉬어요.", "ko", "medical"),
    ("No tenemos dónde dormir esta noche.", "es", "no_shelter"),
    ("Sudah tiga hari tidak makan.", "id", "no_food"),
])
def test_danger_in_another_language_is_heard_and_not_answered_with_the_list(engine: Engine, message: str, language: str, kind: str) -> None:
    decision = engine.decide([message], today=date(2026, 11, 22))
    assert (decision.language, kind in decision.crisis, decision.urgency != "normal") == (language, True, True)
