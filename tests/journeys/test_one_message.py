"""One message, end to end, through the real processes on both engines: resident, triage, ticket, staff, resident."""

import json
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.fakes.line import FakeLine
from tests.fakes.telegram import FakeTelegram
from tests.journeys.house import House, until

STORY = "80歳の母の物忘れがひどくなって、火の消し忘れもあります。介護のことを相談したいです"


@pytest.fixture(scope="module")
def coordinator(house: House) -> str:
    return house.staff_token("taiki", login="journey-coordinator")


def ticket_of(house: House, token: str, conversation: str) -> dict[str, object]:
    def look() -> dict[str, object] | None:
        listed = house.get("/api/staff/tickets", token).body["tickets"]
        return next((ticket for ticket in listed if ticket["conversation"] == conversation), None)

    found = until(look, what="the ticket")
    assert found is not None
    return found


def test_web_chat(house: House, coordinator: str) -> None:
    resident = house.resident("taiki")
    told = resident.talk(STORY)
    assert "同じ話はくり返さなくていいです" in told
    ticket = ticket_of(house, coordinator, resident.conversation)
    assert ticket["municipality"] == "taiki"
    assert "elderly" in ticket["fields"]  # type: ignore[operator]
    assert any(str(window).startswith("taiki.") for window in ticket["windows"])  # type: ignore[attr-defined]
    before = resident.messages()[-1]["sequence"]
    reply = house.post(f"/api/staff/tickets/{ticket['number']}/replies", {"text": "明日10時にお電話します"}, coordinator)
    assert reply.status == 202
    (heard,) = resident.hears(before, sender="staff")
    assert heard["text"] == "明日10時にお電話します"
    detail = house.get(f"/api/staff/tickets/{ticket['number']}", coordinator).body
    assert STORY in [message["text"] for message in detail["messages"]]
    sequences = [message["sequence"] for message in resident.messages()]
    assert sequences == list(range(1, len(sequences) + 1)), "sequences are gapless"


def test_another_town_sees_nothing(house: House, coordinator: str) -> None:
    resident = house.resident("itoman")
    resident.talk(STORY)
    listed = house.get("/api/staff/tickets", coordinator).body["tickets"]
    assert {ticket["municipality"] for ticket in listed} <= {"taiki"}


@pytest.fixture(scope="module")
def line_hook(house: House, fake_line: FakeLine, tmp_path_factory: pytest.TempPathFactory) -> str:
    return add_channel(house, "line", fake_line.secret, fake_line.token, tmp_path_factory.mktemp("line"))


def add_channel(
    house: House, kind: str, secret: str, token: str, folder: Path, *, mode: str = "conversation"
) -> str:
    (folder / "secret").write_text(secret)
    (folder / "token").write_text(token)
    files = ("--secret-file", str(folder / "secret"), "--token-file", str(folder / "token"))
    chosen = ("--mode", mode) if kind == "line" else ()
    hook = house.run("channel", "add", "taiki", kind, *files, *chosen).splitlines()[-1]
    until(lambda: house.post_raw(hook, b"{}", {}) != HTTPStatus.NOT_FOUND, what="the running process to know the channel")
    return hook


def test_line(house: House, coordinator: str, fake_line: FakeLine, line_hook: str) -> None:
    mother, brother = fake_line.resident(f"haha-{house.port}"), fake_line.resident(f"ani-{house.port}")
    before = len(fake_line.accepted)
    body, headers = fake_line.signed(mother.says(STORY), brother.says("ありがとう"))
    assert house.post_raw(line_hook, body, headers) == 200
    assert house.post_raw(line_hook, body, headers) == 200, "a redelivery is taken and known"
    texts = until(lambda: mother.texts, what="an answer on LINE")
    assert "同じ話はくり返さなくていいです" in "".join(texts)
    until(lambda: brother.texts, what="an answer to the other resident")
    assert fake_line.refused == [], "LINE's own models and limits accept all that we send"
    assert all(call.how == "reply" for call in fake_line.accepted[before:]), "a fresh reply token costs nothing"
    assert len(mother.texts) == len(texts), "nothing is said twice"
    for ticket in house.get("/api/staff/tickets", coordinator).body["tickets"]:
        house.post(f"/api/staff/tickets/{ticket['number']}/replies", {"text": "窓口でお待ちしています"}, coordinator)
    until(lambda: "窓口でお待ちしています" in mother.texts, what="the staff's answer on LINE")
    assert "窓口でお待ちしています" not in brother.texts, "an answer reaches only the one who asked"


def test_line_refuses_what_is_not_lines(house: House, fake_line: FakeLine, line_hook: str) -> None:
    body, headers = fake_line.signed(fake_line.resident("x").says("こんにちは"))
    assert house.post_raw(line_hook, body + b" ", headers) == 401
    assert house.post_raw(line_hook, body, {}) == 401
    assert house.post_raw("/hooks/line/unknown", body, headers) == 404
    assert house.post_raw(line_hook, *fake_line.signed(body=b"no json")) == 400
    assert house.post_raw(line_hook, *fake_line.signed()) == 200, "LINE's connectivity check"
    assert house.post_raw(line_hook, b"x" * (1024 * 1024 + 1), headers) == 413


def test_telegram(house: House, fake_telegram: FakeTelegram, tmp_path: Path) -> None:
    hook = add_channel(house, "telegram", fake_telegram.secret, fake_telegram.token, tmp_path)
    resident = fake_telegram.resident(house.port)
    body = json.dumps(resident.says(STORY)).encode()
    headers = {"X-Telegram-Bot-Api-Secret-Token": fake_telegram.secret, "content-type": "application/json"}
    assert house.post_raw(hook, body, {}) == 401
    assert house.post_raw(hook, body, headers) == 200
    assert house.post_raw(hook, body, headers) == 200
    texts = until(lambda: resident.texts, what="an answer on Telegram")
    assert "同じ話はくり返さなくていいです" in "".join(texts)
    assert fake_telegram.refused == []


def test_nothing_that_was_said_is_in_a_log(house: House) -> None:
    for words in ("物忘れ", "明日10時", "窓口でお待ち", "こんにちは"):
        assert words not in house.log()
