"""Scenarios 1 and 3, residents' side whole, through the real processes: what test_entrance (links, telephone), test_inquiry
(the husband) and the browser tests (leaving by one tap) do not show.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.line import FakeLine
from tests.fakes.line_residents import Event, LineResident
from tests.handoff.intake.files import VOICE
from tests.journeys.house import House, WebResident, until
from tests.journeys.test_entrance import shown, tells
from tests.journeys.test_one_message import add_channel

HIT = "夫になぐられました。いま寝てます。子ども4歳。お金は夫がぜんぶ"
ASKS_AGE = "何歳ぐらい"


@pytest.fixture(scope="module")
def sqlite_house(houses: Callable[[str], House]) -> House:
    return houses("sqlite")


@pytest.fixture(scope="module")
def hook(sqlite_house: House, fake_line: FakeLine, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("scenarios")
    return add_channel(sqlite_house, "line", fake_line.secret, fake_line.token, folder, mode="entrance")


def test_the_mother_of_scenario_1_from_good_evening_to_the_window(
    sqlite_house: House, fake_line: FakeLine, hook: str
) -> None:
    mother = fake_line.resident("mother-whole")

    def hears(*events: Event) -> Sequence[dict[str, Any]]:
        return tells(sqlite_house, fake_line, hook, mother, *events)

    hears(mother.says("こんばんは　夜中にすみません"))
    asked = shown(hears(mother.says("むすこのことです。ずっと家におります。わたしもこのごろ体がこわくて")))
    assert asked.count(ASKS_AGE) == 1, "one question"
    assert not any(word in asked for word in ("110", "119", "こわい思い")), "こわい is tired here, and no fear"
    assert [button["displayText"] for button in mother.buttons][-1].startswith("わからない")
    voice = shown(hears(mother.sends("audio", content=VOICE, mime="audio/m4a", duration=18_000)))
    assert "声のメッセージ" in voice
    assert "職員が" in voice
    assert ASKS_AGE not in voice, "the same question is not asked again"
    told = shown(hears(mother.says("52です。わたしは81 年金でふたり。20年になります")))
    assert "01558-6-2200" in told
    assert "同じ話はくり返さなくていいです" in told
    token = sqlite_house.staff_token("taiki", login="scenario-1")

    def flagged() -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = sqlite_house.get("/api/staff/tickets", token).body["tickets"]
        return [one for one in listed if {"8050", "hikikomori"} <= set(one["patterns"]) and one["coordinator"]]

    (ticket, *_) = until(flagged, what="the flag for the coordinator")
    assert {"elderly", "poverty"} <= set(ticket["fields"])
    assert ticket["urgency"] == "normal"
    _only_what_line_takes(fake_line, mother)


def _only_what_line_takes(line: FakeLine, who: LineResident) -> None:
    assert line.refused == []
    assert {message["altText"] for message in who.received if message["type"] == "flex"} == {"お返事があります。"}


def test_the_wife_of_scenario_3_leaves_and_comes_back_at_the_library(sqlite_house: House) -> None:
    house = sqlite_house
    telephone = house.resident("katsuyama")
    told = telephone.hears(telephone.say(HIT))
    words = "\n".join(message["text"] for message in told)
    assert "近くにいますか" in words
    assert "110" in words + str([message["cards"] for message in told])
    assert "すぐ閉じる" in words
    made = house.post(f"/api/chat/conversations/{telephone.conversation}/phrase", {}, telephone.token)
    assert made.status == 201
    fresh = house.resident("katsuyama")
    assert HIT not in [message["text"] for message in fresh.messages()], "who opens the page on her telephone sees nothing"
    wrong = house.post("/api/chat/katsuyama/resume", {"phrase": "あめ・かぜ・ゆき・そら"})
    assert wrong.status == 404
    back = house.post("/api/chat/katsuyama/resume", {"phrase": made.body["phrase"].replace("・", " ")})
    assert back.status == 200
    library = WebResident(house, back.body["conversation"], back.body["token"], sent=telephone.sent)
    assert HIT in [message["text"] for message in library.messages()], "nothing has to be told again"
    assert house.get(f"/api/chat/conversations/{telephone.conversation}/messages", telephone.token).status == 401
    library.hears(library.say("夜は送らないで。夫に知られたくない"))
    path = f"/api/chat/conversations/{library.conversation}/contact"
    kept = until(
        lambda: (found := house.get(path, library.token).body)["hide_from"] and found, what="the wish to be kept"
    )
    assert "night" in kept["quiet"]
    assert kept["hide_from"] == ["夫"]
