"""Scenarios 1, 2 and 10 on LINE as an entrance, residents' side, through the real processes; DV as scenario 3 forbids it.

One account and one house an engine; each person is a resident of their own.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.line import FakeLine
from tests.fakes.line_residents import Event, LineResident
from tests.journeys.house import House, until
from tests.journeys.test_one_message import add_channel


@pytest.fixture(scope="module")
def coordinator(house: House) -> str:
    return house.staff_token("taiki", login="entrance-coordinator")


@pytest.fixture(scope="module")
def hook(house: House, fake_line: FakeLine, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("entrance")
    return add_channel(house, "line", fake_line.secret, fake_line.token, folder, mode="entrance")


def tells(house: House, line: FakeLine, hook: str, who: LineResident, *events: Event) -> Sequence[dict[str, Any]]:
    """What a resident gets on LINE for these events."""
    before = len(who.received)
    body, headers = line.signed(*events)
    assert house.post_raw(hook, body, headers) == 200
    until(lambda: len(who.received) > before, what="an answer on LINE")
    return who.received[before:]


def shown(objects: Sequence[dict[str, Any]]) -> str:
    return json.dumps(objects, ensure_ascii=False)


def buttons(objects: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The buttons that stay in the talk, by label."""
    footers = [one["contents"].get("footer", {}) for one in objects if one["type"] == "flex" and "footer" in one["contents"]]
    return {item["action"]["label"]: item["action"] for footer in footers for item in footer["contents"]}


def code(action: dict[str, Any]) -> str:
    return str(action["uri"]).rpartition("#")[2]


def ticket_with(house: House, token: str, words: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        listed: list[dict[str, Any]] = house.get("/api/staff/tickets", token).body["tickets"]
        return next((one for one in listed if words in one["summary"]), None)

    found = until(look, what="the ticket")
    assert found is not None
    return found


def test_the_mother_of_scenario_1(house: House, fake_line: FakeLine, hook: str, coordinator: str) -> None:
    mother = fake_line.resident(f"mother-{house.port}")
    hello = tells(house, fake_line, hook, mother, mother.says("こんばんは　夜中にすみません"))
    assert list(buttons(hello)) == ["きまり"]
    assert "AIではなく" not in shown(hello), "the notice comes on request"
    assert "AIではなく" in shown(tells(house, fake_line, hook, mother, mother.taps(buttons(hello)["きまり"])))
    story = "52の息子がずっと家におります。わたしは81 年金でふたり。20年になります"
    told = tells(house, fake_line, hook, mother, mother.says(story))
    assert "01558-6-2200" in shown(told)
    assert {one["altText"] for one in told} == {"お返事があります。"}
    assert set(buttons(told)) >= {"ひらく", "電話がほしい"}
    form = house.post("/api/entrance/taiki/open", {"code": code(buttons(told)["電話がほしい"])}).body
    assert form["purpose"] == "phone"
    wish = {"time": "日中14時台", "secret": "息子", "number": "01558-6-0000"}
    assert house.post(f"/api/chat/conversations/{form['conversation']}/callback", wish, form["token"]).status == 204
    assert "電話（日中14時台、息子に知られないように）" in ticket_with(house, coordinator, "14時台")["summary"]
    opened = house.post("/api/entrance/taiki/open", {"code": code(buttons(told)["電話がほしい"])})
    assert opened.status == 410, "a link opens once"
    before = len(mother.received)
    assert house.post("/api/entrance/taiki/renew", {"code": code(buttons(told)["電話がほしい"])}).status == 202
    until(lambda: len(mother.received) > before, what="a fresh link in the same talk")
    fresh = buttons(mother.received[before:])
    again = house.post("/api/entrance/taiki/open", {"code": code(fresh.get("ひらく") or fresh["電話がほしい"])}).body
    thread = house.get(f"/api/chat/conversations/{again['conversation']}/messages", again["token"]).body["messages"]
    assert story in [one["text"] for one in thread], "nothing has to be told again"
    assert fake_line.refused == []


def test_the_night_of_scenario_2(house: House, fake_line: FakeLine, hook: str) -> None:
    somebody = fake_line.resident(f"night-{house.port}")
    told = tells(house, fake_line, hook, somebody, somebody.says("もうむり。薬ぜんぶ出した"))
    assert "119" in shown(told[:1]), "help stands first, to be read at once"
    assert "tel:119" in shown(told)
    assert {one["altText"] for one in told} == {"お返事があります。"}, "and nothing of it in a notification"
    later = tells(house, fake_line, hook, somebody, somebody.says("うそです　ごめんなさい　わすれて"))
    assert "書いてくれてよかったです" in shown(later)


def test_no_notification_tells_of_violence(house: House, fake_line: FakeLine, hook: str) -> None:
    wife = fake_line.resident(f"wife-{house.port}")
    told = tells(house, fake_line, hook, wife, wife.says("夫になぐられました。いま寝てます。子ども4歳。お金は夫がぜんぶ"))
    assert "110" in shown(told) or "DV" in shown(told)
    assert all(word not in one["altText"] for one in told for word in ("DV", "110", "夫", "なぐ"))


def test_the_answer_of_scenario_10(house: House, fake_line: FakeLine, hook: str, coordinator: str) -> None:
    man = fake_line.resident(f"man-{house.port}")
    words = "水道とめるって紙がきました。税金も滞納してます。生活保護うけたいけど無理ですよね"
    told = tells(house, fake_line, hook, man, man.sends("image"), man.says(words))
    assert "無理かどうかを、ここで決めません" in shown(told)
    entered = house.post("/api/entrance/taiki/open", {"code": code(buttons(told)["ひらく"])}).body
    before = len(man.received)
    listed = house.get("/api/staff/tickets", coordinator).body["tickets"]
    number = next(one["number"] for one in listed if one["conversation"] == entered["conversation"])
    answer = "明日10時、福祉係でお待ちしています"
    assert house.post(f"/api/staff/tickets/{number}/replies", {"text": answer}, coordinator).status == 202
    until(lambda: "ひらく" in buttons(man.received[before:]), what="word that there is an answer")
    assert "福祉係" not in shown(man.received[before:])
    thread = house.get(f"/api/chat/conversations/{entered['conversation']}/messages", entered["token"]).body["messages"]
    assert answer in [one["text"] for one in thread]
    assert fake_line.refused == []
