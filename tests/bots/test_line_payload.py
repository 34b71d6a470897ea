"""Turns as LINE message objects: within every limit, nothing dropped. Judged by the fake platform's judges."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.line.payload import calls
from bots.types import Button, Card, Choice, Outgoing
from tests.bots.strategies import calm
from tests.fakes import line_judge

words = st.text(max_size=30)
maybe = st.none() | words
cards = st.builds(Card, words, st.lists(words, max_size=3).map(tuple), maybe, maybe, maybe, maybe, maybe)
choices = st.builds(Choice, words, st.text(max_size=400))
buttons = st.builds(Button, words, st.text(max_size=400), st.none() | words | st.just("https://soudan.example.jp/open/taiki#c"))
outgoing = st.builds(Outgoing, st.text(max_size=200) | st.just("長い。" * 3000), st.lists(choices, max_size=16).map(tuple),
                     st.lists(cards, max_size=15).map(tuple), st.lists(buttons, max_size=3).map(tuple), maybe)


def objects(*bubbles: Outgoing) -> list[dict[str, Any]]:
    (only,) = calls(bubbles)
    return only


def judged(messages: list[dict[str, Any]], *, openapi: bool = True) -> list[str]:
    body = {"to": "U" + "0" * 32, "messages": messages}
    return line_judge.problems("PushMessageRequest", body, json.dumps(body).encode(), openapi=openapi)


@settings(calm, max_examples=40)
@given(st.lists(outgoing, max_size=4))
def test_line_would_take_any_turn(bubbles: list[Outgoing]) -> None:
    for messages in calls(bubbles):
        assert judged(messages, openapi=False) == []


def test_buttons_hang_on_the_last_object_and_stand_in_the_text() -> None:
    turn = Outgoing("どなたの？", (Choice("自分", "自分です"),), (Card("福祉課"),))
    text, flex = objects(turn)
    assert text == {"type": "text", "text": "どなたの？\n\n① 自分\n（番号でも選べます）"}
    assert flex["quickReply"]["items"] == [{"type": "action", "action": {
        "type": "postback", "label": "自分", "data": "自分です", "displayText": "自分"}}]


def test_only_thirteen_buttons_but_every_choice_in_the_text() -> None:
    (text,) = objects(Outgoing("？", tuple(Choice(f"答え{n}", f"{n}") for n in range(1, 17))))
    assert len(text["quickReply"]["items"]) == 13
    assert "⑯ 答え16" in text["text"]


def test_a_value_too_long_for_a_button_is_still_in_the_list() -> None:
    (text,) = objects(Outgoing("？", (Choice("長い", "長" * 301), Choice("短い", "短い"))))
    assert [item["action"]["data"] for item in text["quickReply"]["items"]] == ["短い"]
    assert "① 長い\n② 短い" in text["text"]


def test_buttons_of_an_earlier_bubble_are_not_shown_as_answers_to_the_last() -> None:
    first, last = objects(Outgoing("前の？", (Choice("はい", "はい"),)), Outgoing("おわり"))
    assert "① はい" in first["text"]
    assert "quickReply" not in last


def test_five_objects_stay_apart_and_six_are_joined() -> None:
    assert [m["text"] for m in objects(*[Outgoing(str(n)) for n in range(5)])] == ["0", "1", "2", "3", "4"]
    assert [m["text"] for m in objects(*[Outgoing(str(n)) for n in range(6)])] == ["0\n\n1", "2", "3", "4", "5"]


def test_what_cannot_be_joined_goes_in_a_second_call() -> None:
    groups = calls([Outgoing("あ" * 5000) for _ in range(7)])
    assert [len(group) for group in groups] == [5, 2]


def test_a_text_of_exactly_5000_units_is_one_object() -> None:
    assert len(objects(Outgoing("😀" * 2500))) == 1
    assert len(objects(Outgoing("😀" * 2500 + "a"))) == 2


def test_a_card_calls_by_telephone_and_opens_its_page() -> None:
    (flex,) = objects(Outgoing("", cards=(Card("福祉課", telephone="01558-6-2111", url="https://example.jp/"),)))
    uris = [button["action"]["uri"] for button in flex["contents"]["footer"]["contents"]]
    assert uris == ["tel:0155862111", "https://example.jp/"]
    assert flex["altText"] == "福祉課 01558-6-2111"


def test_a_card_without_a_telephone_has_no_button() -> None:
    (flex,) = objects(Outgoing("", cards=(Card("福祉課"),)))
    assert "footer" not in flex["contents"]
    assert "電話番号は役場にお確かめください" in json.dumps(flex, ensure_ascii=False)


@pytest.mark.parametrize(("count", "shapes"), [(1, ["bubble"]), (2, ["carousel"]), (12, ["carousel"]),
                                               (13, ["carousel", "bubble"]), (25, ["carousel", "carousel", "bubble"])])
def test_cards_go_twelve_at_a_time(count: int, shapes: list[str]) -> None:
    messages = objects(Outgoing("", cards=tuple(Card(f"窓口{n}") for n in range(count))))
    assert [message["contents"]["type"] for message in messages] == shapes


def test_a_card_too_big_for_a_bubble_goes_as_text_in_its_place() -> None:
    big = Card("大きい", lines=("説明。" * 3000,))
    messages = objects(Outgoing("", cards=(Card("前"), big, Card("後"))))
    assert [message["type"] for message in messages] == ["flex", "text", "text", "flex"]
    assert "".join(m["text"] for m in messages[1:3]).count("説明。") == 3000


def test_many_heavy_cards_are_spread_over_carousels() -> None:
    heavy = [Card(f"窓口{n}", lines=("説明。" * 500,)) for n in range(12)]
    messages = objects(Outgoing("", cards=tuple(heavy)))
    assert len(messages) > 1
    assert judged(messages) == []


def test_carousels_are_measured_as_they_are_written() -> None:
    """As many as fit: one card more would be over the limit, by the bytes of the whole."""
    card = Card("窓口", lines=("説明。" * 330,))
    messages = objects(Outgoing("", cards=(card,) * 11))
    most = max(len(message["contents"]["contents"]) for message in messages if message["contents"]["type"] == "carousel")
    (bubble, *_) = messages[0]["contents"]["contents"]
    carousels = [len(json.dumps({"type": "carousel", "contents": [bubble] * many})) for many in (most, most + 1)]
    assert carousels[0] <= 50_000 < carousels[1]


def test_what_one_resident_gets_under_a_card_another_does_not() -> None:
    """A card is drawn once for all: buttons and quick replies are the turn's own."""
    shown = Outgoing("", cards=(Card("福祉課", telephone="01558-6-2111"),))
    plain = objects(shown)
    assert objects(replace(shown, buttons=(LINK,), choices=(Choice("はい", "はい"),))) != plain
    assert objects(replace(shown, preview="お返事があります")) != plain
    assert objects(shown) == plain


QUIET = Outgoing("夫になぐられました、という話", preview="お返事があります")
LINK = Button("ひらく", url="https://soudan.example.jp/open/taiki#abc")


def test_a_notification_of_a_quiet_turn_shows_nothing_of_it_and_the_talk_shows_all() -> None:
    card = Card("DV相談プラス", telephone="0120-279-889")
    messages = objects(QUIET, Outgoing("いまつながる所です", cards=(card,)), Outgoing("いま、相手が近くにいますか", (Choice("はい", "はい"),)))
    assert {message["altText"] for message in messages} == {"お返事があります"}
    assert all(message["type"] == "flex" for message in messages)
    shown = json.dumps(messages, ensure_ascii=False)
    assert all(words in shown for words in ("夫になぐられました", "DV相談プラス", "tel:0120279889", "① はい"))
    assert messages[-1]["quickReply"]["items"]
    assert judged(messages) == []


def test_buttons_stand_under_the_last_bubble_and_stay() -> None:
    (message,) = objects(Outgoing("こんばんは。", buttons=(Button("きまり", "きまり"), LINK)))
    actions = [item["action"] for item in message["contents"]["footer"]["contents"]]
    assert [(one["type"], one["label"]) for one in actions] == [("postback", "きまり"), ("uri", "ひらく")]
    assert actions[1]["uri"] == LINK.url
    assert message["altText"] == "こんばんは。"
    assert judged([message]) == []


def test_a_card_keeps_its_own_button_beside_the_turns() -> None:
    *_, card = objects(Outgoing("窓口です", cards=(Card("福祉係", telephone="01558-6-4833"),), buttons=(LINK,)))
    assert [item["action"]["uri"] for item in card["contents"]["footer"]["contents"]] == ["tel:0155864833", LINK.url]


@pytest.mark.parametrize("last", [
    Outgoing("多い", cards=tuple(Card(f"窓口{number}") for number in range(3)), buttons=(LINK,)),
    Outgoing("長" * 4999, buttons=(LINK,)),
])
def test_where_the_last_object_has_no_room_the_buttons_get_their_own(last: Outgoing) -> None:
    *_, own = objects(last)
    assert own["contents"]["footer"]["contents"][0]["action"]["uri"] == LINK.url
    assert judged(objects(last)) == []


def test_buttons_and_preview_survive_the_outbox() -> None:
    bubble = Outgoing("続き", buttons=(LINK, Button("きまり", "きまり")), preview="お返事があります")
    assert Outgoing.from_json(json.loads(json.dumps(bubble.as_json()))) == bubble
    assert set(Outgoing("続き").as_json()) == {"text", "choices", "cards"}, "what the web chat is given has not grown"
