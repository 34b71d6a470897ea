"""Photos, voices and papers through the real processes on both engines, from the platform to the member of staff."""

import json
from typing import Any

import pytest

from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram
from tests.handoff.intake import files
from tests.journeys.house import House, until
from tests.journeys.test_one_message import add_channel


@pytest.fixture(scope="module")
def staff(house: House) -> str:
    return house.staff_token("taiki", login="media-coordinator")


def newest(house: House, token: str, known: set[str]) -> dict[str, Any]:
    """The ticket that has come in since."""
    def look() -> dict[str, Any] | None:
        listed = house.get("/api/staff/tickets", token).body["tickets"]
        return next((ticket for ticket in listed if ticket["number"] not in known), None)

    found = until(look, what="the ticket")
    assert found is not None
    return found


def numbers(house: House, token: str) -> set[str]:
    return {ticket["number"] for ticket in house.get("/api/staff/tickets", token).body["tickets"]}


def kept(house: House, token: str, number: str) -> str:
    """The address of the file on a ticket, once it is there."""
    def look() -> str | None:
        messages = house.get(f"/api/staff/tickets/{number}", token).body["messages"]
        found = [message["file"] for message in messages if message["file"]]
        return str(found[0]["href"]) if found and found[0]["status"] == "kept" else None

    found = until(look, what="the file")
    assert found is not None
    return found


def test_a_photo_on_line_reaches_staff_without_its_place(
    house: House, fake_line: FakeLine, staff: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hook = add_channel(house, "line", fake_line.secret, fake_line.token, tmp_path_factory.mktemp("line-media"))
    known = numbers(house, staff)
    hanako = fake_line.resident(f"写真の花子{house.port}")
    assert house.post_raw(hook, *fake_line.signed(hanako.sends("image", content=files.photo()))) == 200
    ticket = newest(house, staff, known)
    until(lambda: hanako.texts, what="the answer")
    assert "写真は職員が見ます" in hanako.texts[0]
    body = house.read(kept(house, staff, ticket["number"]), staff)
    assert body.startswith(b"\xff\xd8")
    assert files.SECRET.encode() not in body


def test_a_voice_on_telegram(
    house: House, fake_telegram: FakeTelegram, staff: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hook = add_channel(house, "telegram", fake_telegram.secret, fake_telegram.token, tmp_path_factory.mktemp("tg-media"))
    known = numbers(house, staff)
    taro = fake_telegram.resident(house.port + 1)
    voice = {"file_id": fake_telegram.keep_file(f"v{house.port}", files.OPUS), "file_unique_id": "u", "duration": 18}
    headers = {"X-Telegram-Bot-Api-Secret-Token": fake_telegram.secret}
    assert house.post_raw(hook, json.dumps(taro.sends("voice", voice)).encode(), headers) == 200
    ticket = newest(house, staff, known)
    assert house.read(kept(house, staff, ticket["number"]), staff) == files.OPUS
    assert "声のメッセージは職員が聞きます" in until(lambda: taro.texts, what="the answer")[0]
