"""What one turn brought: many events folded into words, media, corrections and reachability."""

from datetime import UTC, datetime, timedelta

from bots.choices import choice_id
from bots.raw import UNKNOWN_TIME
from bots.types import (
    Choice,
    Edited,
    Followed,
    Happening,
    Ignored,
    Incoming,
    InGroup,
    Media,
    Text,
    Unfollowed,
    Unsent,
)
from handoff.intake.turn import LONGEST_TEXT, Turn, read

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
YES_NO = (Choice("そうです", "はい"), Choice("ちがいます", "いいえ"))


def turn(
    *happened: Happening, choices: tuple[Choice, ...] = (), offered: tuple[Choice, ...] = (), of_age: bool = False, **more: object
) -> Turn:
    """Events of one resident, a second apart, received half a second after they happened."""
    events = []
    for number, what in enumerate(happened):
        at = AT + timedelta(seconds=number)
        incoming = Incoming("U1", what, at, message_id=f"m{number}", reply_token=f"r{number}", **more)  # type: ignore[arg-type]
        events.append((incoming, at + timedelta(seconds=0.5)))
    return read(events, choices=choices, offered=offered, of_age=of_age)


def test_texts_in_order_with_the_newest_reply_token_and_when_it_came() -> None:
    found = turn(Text("母が"), Text("物をなくします"))
    assert found.texts == ("母が", "物をなくします")
    assert (found.reply_token, found.token_at) == ("r1", AT + timedelta(seconds=1.5))


def test_a_redelivered_events_token_is_not_trusted() -> None:
    assert turn(Text("母が"), redelivered=True).reply_token is None


def test_number_label_and_value_mean_the_choice_and_the_words_stay() -> None:
    for words in ("2", "２", "②", "ちがいます", "いいえ"):
        found = turn(Text(words), choices=YES_NO)
        assert found.texts == ("いいえ",)
        assert found.said[0].text == words
    assert turn(Text("2人います"), choices=YES_NO).texts == ("2人います",)
    assert turn(Text("2")).texts == ("2",), "without choices a number is a number"


def test_a_bare_number_is_an_age_where_an_age_was_asked_and_a_choice_before_that() -> None:
    for words, age in (("13です", "13歳です"), ("５", "5歳です"), ("もう82になりました", "82歳です"), ("7くらい", "7歳です")):
        assert (turn(Text(words), of_age=True).texts, turn(Text(words)).texts) == ((age,), (words,))
    assert turn(Text("2"), choices=YES_NO, of_age=True).texts == ("いいえ",)
    for words in ("2人います", "13歳です", "090", "13時に来て", "わからない"):
        assert turn(Text(words), of_age=True).texts == (words,)


def test_a_tapped_button_is_its_value_also_when_another_question_stands() -> None:
    yes, area = YES_NO[0], Choice("30〜40代", "30代か40代です")
    assert turn(Text("", choice_id(yes)), choices=YES_NO, offered=YES_NO).texts == ("はい",)
    assert turn(Text("30〜40代", choice_id(area)), choices=YES_NO, offered=(*YES_NO, area)).texts == ("30代か40代です",)


def test_a_button_of_another_talk_is_its_label_or_is_answered_as_unreadable() -> None:
    assert turn(Text("そうです", "gone"), offered=YES_NO).texts == ("そうです",)
    assert turn(Text("", "gone"), offered=YES_NO).media == ("unknown",)


def test_a_media_item_keeps_its_caption_a_sticker_says_nothing() -> None:
    found = turn(Media("image", "h1", "この紙が来ました"), Media("sticker", caption="ごめん"), Media("audio", "h2"))
    assert found.media == ("image", "sticker", "audio")
    assert found.texts == ("この紙が来ました",)
    assert found.said[0].handle == "h1"


def test_what_is_taken_back_within_the_turn_was_never_read() -> None:
    for order in ((Text("見ないで"), Unsent("m0")), (Unsent("m1"), Text("見ないで"))):
        found = turn(*order)
        assert (found.said, found.unsent) == ((), (order[0].message_id if isinstance(order[0], Unsent) else "m0",))


def test_of_a_message_corrected_at_once_the_last_wording_is_read() -> None:
    found = turn(Text("母は70です"), Edited("m0", "母は80です"))
    assert found.texts == ("母は80です",)
    assert [said.text for said in found.said] == ["母は70です", "母は80です"], "staff see both"


def test_blocking_and_coming_back() -> None:
    assert turn(Text("もういい"), Unfollowed()).unfollowed
    again = turn(Unfollowed(), Followed())
    assert (again.unfollowed, again.followed) == (False, True)
    assert not turn(Unfollowed(), Text("やっぱり")).unfollowed, "who writes can be answered"


def test_groups_unknown_events_and_the_nameless_bring_nothing() -> None:
    assert turn(InGroup(leavable=True), Ignored("things")).empty
    assert read([(Incoming(None, Text("だれ"), AT), AT)]).empty
    assert not turn(Text("こんにちは")).empty


def test_standby_asks_for_silence() -> None:
    assert turn(Text("母が"), may_answer=False).answerable is False


def test_blank_long_and_timeless() -> None:
    assert turn(Text(" \n　")).said == ()
    assert len(turn(Text("あ" * (LONGEST_TEXT + 5))).texts[0]) == LONGEST_TEXT
    assert turn(Text("a\x00b")).texts == ("ab",)
    found = read([(Incoming("U1", Text("いつ"), UNKNOWN_TIME), AT)])
    assert found.said[0].at == AT, "never 1970"
