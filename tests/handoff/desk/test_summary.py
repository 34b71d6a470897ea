"""The ten-second summary: the resident's words unaltered, deadline and next step, nothing lost by a later turn."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from handoff.desk.deadlines import deadline
from handoff.desk.hours import TOKYO
from handoff.desk.quotes import marks_in, pieces_of, quotes_of, shown
from handoff.desk.summary import Summary, carry_over, one_line, summarise
from knowledge.schema import CrisisKind, Pattern, Town
from triage.types import Decision, Person, Reason

SATURDAY_NIGHT = datetime(2026, 11, 21, 2, 31, tzinfo=TOKYO)
TUESDAY = datetime(2026, 11, 24, 16, 50, tzinfo=TOKYO)
TEXT = "むすこが家におります。わたしは81、年金でふたり。もう20年になります"


@pytest.fixture
def taiki(towns: Mapping[str, Town]) -> Town:
    return towns["taiki"]


def reason(
    text: str, word: str, *, rule: str = "some_rule", gave: tuple[Pattern | CrisisKind, ...] = (), weakened: str | None = None
) -> Reason:
    start = text.index(word)
    return Reason(rule, f"「{word}」とあるため", ((start, start + len(word)),), weakened, gave)


def decision(text: str = TEXT, *words: str, **more: object) -> Decision:
    reasons = tuple(reason(text, word) for word in words)
    base = Decision(action="route", text=text, fields=("elderly", "poverty"), reasons=reasons)
    return replace(base, **more)  # type: ignore[arg-type]


def summary_of(one: Decision, town: Town, *, when: datetime = SATURDAY_NIGHT, why: str = "triage") -> Summary:
    return summarise(one, town, windows=("taiki.koreisha",), why=why, channel="line", named=False, now=when)


def test_quotes_are_pieces_of_the_text_as_written(taiki: Town) -> None:
    quotes = quotes_of(decision(TEXT, "81", "年金でふたり", "20年"))
    assert [quote.text for quote in shown(quotes)] == ["わたしは81、年金でふたり。", "もう20年になります"]
    assert all(TEXT[quote.start : quote.start + len(quote.text)] == quote.text for quote in quotes)


def test_of_one_reasons_pieces_those_that_tell_most_come_first() -> None:
    text = "母のことです\n物忘れがひどくて、火の消し忘れもあります\n82です"
    alone = Reason("some_rule", "年と物忘れ", tuple((text.index(word), text.index(word) + len(word)) for word in ("母", "82", "物忘れ")))
    one = decision(text, reasons=(alone, reason(text, "物忘れ"), reason(text, "火の消し忘れ")))
    assert [quote.text for quote in quotes_of(one)] == ["物忘れがひどくて、火の消し忘れもあります", "母のことです", "82です"]


def test_marks_show_the_evidence_inside_a_message() -> None:
    quotes = quotes_of(decision(TEXT, "81", "年金でふたり", "20年"))
    marked = [TEXT[start:end] for start, end in marks_in(TEXT, quotes)]
    assert marked == ["81", "年金でふたり", "20年"]


def test_what_context_weakened_is_no_quote() -> None:
    text = "死ぬほど忙しいです。母の介護で困っています。"
    one = decision(text, reasons=(reason(text, "死ぬ", weakened="idiom"), reason(text, "介護")))
    assert [quote.text for quote in quotes_of(one)] == ["母の介護で困っています。"]


def test_a_long_sentence_is_quoted_by_clause_and_never_altered() -> None:
    text = "あ" * 100 + "、母が夜中に出ていくので、" + "い" * 100
    (quote,) = quotes_of(decision(text, "夜中"))
    assert quote.text == "母が夜中に出ていくので"
    assert text[quote.start :].startswith(quote.text)


@pytest.mark.parametrize("span", [(-5, 3), (0, 10_000), (50, 40), (9_000, 9_001)])
def test_offsets_outside_the_text_do_no_harm(span: tuple[int, int]) -> None:
    one = decision(TEXT, reasons=(Reason("rule", "理由", (span,)),))
    assert all(quote.text in TEXT for quote in quotes_of(one))


def test_without_evidence_the_beginning_is_quoted() -> None:
    assert quotes_of(Decision(action="clarify", text=" もう限界です ")) [0].text == "もう限界です"
    assert quotes_of(Decision(action="clarify", text=" \n ")) == ()


def test_next_step_and_deadline_stand_first_in_a_line(taiki: Town) -> None:
    line = one_line(summary_of(decision(TEXT, "20年"), taiki))
    assert line.startswith("高齢者支援係からこの会話に返信する（期限: 11月26日（木）まで） 「もう20年になります」")


@pytest.mark.parametrize(
    ("urgency", "when", "text", "due"),
    [
        ("emergency", SATURDAY_NIGHT, "いますぐ", SATURDAY_NIGHT),
        ("urgent", SATURDAY_NIGHT, "11月24日（火）の朝いちばん（8:30から）", datetime(2026, 11, 24, 8, 30, tzinfo=TOKYO)),
        ("urgent", TUESDAY, "今日17:15まで", datetime(2026, 11, 24, 17, 15, tzinfo=TOKYO)),
        ("normal", TUESDAY, "11月27日（金）まで", datetime(2026, 11, 27, 17, 15, tzinfo=TOKYO)),
    ],
)
def test_deadlines_follow_urgency_and_opening_hours(
    taiki: Town, urgency: str, when: datetime, text: str, due: datetime
) -> None:
    one = decision(urgency=urgency)
    assert summary_of(one, taiki, when=when).deadline == text
    assert deadline(one.urgency, taiki, when) == due


def test_violence_at_home_forbids_calling_the_house(taiki: Town) -> None:
    step = summary_of(decision(crisis=("no_food", "dv"), urgency="urgent"), taiki).next_step
    assert "電話・郵便・家族への連絡はしない" in step


def test_a_tangled_case_names_who_answers_and_who_coordinates(taiki: Town) -> None:
    step = summary_of(decision(complex=True), taiki).next_step
    assert step == "高齢者支援係が返信し、包括化推進員（高齢者支援係長）に声をかける"


def test_a_neighbour_is_told_nothing_of_the_person(taiki: Town) -> None:
    assert "知らせてくれた人に本人のことは伝えない" in summary_of(decision(patterns=("outreach",)), taiki).next_step


def test_what_is_no_text_is_named_as_such(taiki: Town) -> None:
    summary = summary_of(Decision(action="clarify", text=""), taiki, why="media")
    assert "文字でない発言" in summary.next_step
    assert "文字の発言はまだありません" in one_line(summary)


def test_each_pattern_has_the_reason_that_gave_it_first(taiki: Town) -> None:
    reasons = (
        reason(TEXT, "家", gave=("8050",), weakened="past"), reason(TEXT, "20年", gave=("hikikomori",)),
        reason(TEXT, "年金", gave=("8050",)), reason(TEXT, "家", gave=("hikikomori",)),
    )
    summary = summary_of(decision(patterns=("8050", "hikikomori", "gap"), reasons=reasons), taiki)
    assert [(one.what, one.because) for one in summary.patterns] == [
        ("8050", "「年金」とあるため"), ("hikikomori", "「20年」とあるため"), ("gap", "")
    ]


def test_the_urgency_is_explained_by_the_danger_and_not_by_the_window(taiki: Town) -> None:
    text = "夫になぐられました。子ども4歳です。"
    reasons = (
        reason(text, "子ども", rule="field_dv_with_children"), reason(text, "4歳"), reason(text, "なぐられ", gave=("dv",)),
    )
    urgent = decision(text, reasons=reasons, crisis=("dv",), urgency="urgent")
    assert summary_of(urgent, taiki).urgency_because == "「なぐられ」とあるため"
    assert summary_of(decision(), taiki).urgency_because == "急ぐ言葉は見あたりません。"


def test_people_are_described_in_the_residents_words(taiki: Town) -> None:
    text = "父の物忘れがひどく、やせてきた"
    spans = tuple((text.index(word), text.index(word) + len(word)) for word in ("物忘れ", "物忘れがひどく", "やせてきた"))
    (member,) = summary_of(decision(text, household=(Person("parent", None, ("dementia",), spans),)), taiki).household
    assert member.words == ("物忘れがひどく", "やせてきた")


@pytest.mark.parametrize(("text", "wished"), [("消したい", True), ("もういいです。全部消してください", True), ("部屋の電気を消したいのに手が届かない", False)])
def test_who_wants_it_removed_is_answered_with_how(taiki: Town, text: str, *, wished: bool) -> None:
    word = "消したい" if "消したい" in text else "消してください"
    step = summary_of(decision(text, reasons=(reason(text, word, rule="aside_erase_wish"),)), taiki).next_step
    assert ("「消したい」との希望" in step) is wished


def test_the_unknown_asks_for_the_ages_that_nobody_gave(taiki: Town) -> None:
    people = (Person("parent", (81, 81)), Person("child", None))
    unknown = summary_of(decision(household=people, unknown=("age", "food", "親戚")), taiki).unknown
    assert unknown[:2] == ("食べられているか", "親戚")
    assert "子の年齢" in unknown
    assert "親の年齢" not in unknown


def test_who_is_hurt_at_home_is_asked_for_safety_first_and_never_for_the_others_age(taiki: Town) -> None:
    people = (Person("self", None), Person("spouse", None), Person("child", None))
    unknown = summary_of(decision(household=people, crisis=("dv",), urgency="urgent"), taiki).unknown
    assert unknown[0].startswith("いまの安全")
    assert "子の年齢" in unknown
    assert "配偶者の年齢" not in unknown


def test_a_summary_survives_json(taiki: Town) -> None:
    one = decision(
        TEXT, "81", "20年", household=(Person("self", (81, 81), ("frailty",)),), patterns=("8050",),
        about=("self", "child"),
    )
    summary = summary_of(one, taiki)
    assert Summary.from_json(json.loads(json.dumps(summary.as_json()))) == summary


def test_a_later_turn_never_lowers_and_never_forgets(taiki: Town) -> None:
    first = "もうむり。薬ぜんぶ出した"
    before = summary_of(decision(first, "薬ぜんぶ", urgency="emergency", crisis=("suicide",)), taiki)
    later = first + "\nうそです　わすれて"
    after = carry_over(summary_of(decision(later, "うそ"), taiki), before, text=later)
    assert (after.urgency, after.deadline, after.next_step) == (before.urgency, before.deadline, before.next_step)
    assert [quote.text for quote in shown(after.quotes)] == ["薬ぜんぶ出した", "うそです　わすれて"]


def test_words_taken_back_leave_the_summary(taiki: Town) -> None:
    before = summary_of(decision("夫になぐられました。", "なぐられ"), taiki)
    after = carry_over(summary_of(decision("こんにちは"), taiki), before, text="こんにちは")
    assert "なぐ" not in json.dumps(after.as_json(), ensure_ascii=False)


@pytest.mark.parametrize(("text", "span", "piece"), [
    ("息子が20年家にいて", (5, 10), "20年家にいて"), ("息子が２０年家にいて", (4, 10), "２０年家にいて"),
    ("家賃が3ヶ月分", (3, 4), "3"), ("電話は0155-86", (3, 5), "0155"), ("母は元気", (2, 4), "元気"),
])
def test_a_number_is_never_cut(text: str, span: tuple[int, int], piece: str) -> None:
    assert pieces_of(text, [span]) == (piece,)


def test_a_pattern_and_an_urgency_stand_with_their_words_until_those_are_taken_back(taiki: Town) -> None:
    text = "息子は52で20年家にいます。水道をとめると言われました。"
    reasons = (
        reason(text, "20年家にいます", gave=("hikikomori",)), reason(text, "息子", gave=("hikikomori",)),
        reason(text, "水道をとめる", gave=("lifeline_cut",)),
    )
    one = decision(text, reasons=reasons, patterns=("hikikomori",), crisis=("lifeline_cut",), urgency="urgent", needs=("debt",))
    old = summary_of(one, taiki)
    assert [(seen.what, seen.words) for seen in old.patterns] == [("hikikomori", ("息子", "20年家にいます"))]
    assert (old.urgency_words, old.needs) == (("水道をとめる",), ("debt",))
    later = summary_of(decision("息子のことはもういいです"), taiki)
    merged = carry_over(later, old, text="息子のことはもういいです")
    assert merged.patterns[0].words == ("息子",), "what was taken back is quoted no more"
    assert (merged.urgency, merged.urgency_words) == ("urgent", ())


def test_a_summary_from_before_these_words_is_still_read(taiki: Town) -> None:
    data = summary_of(decision(TEXT, "81", patterns=("8050",)), taiki).as_json()
    del data["needs"], data["urgency_words"]
    for one in (*data["patterns"], *data["reasons"]):
        del one["words"]
    found = Summary.from_json(data)
    assert (found.needs, found.urgency_words, found.patterns[0].words) == ((), (), ())
