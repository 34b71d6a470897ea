"""Bodies taken apart in the thin web process: ids, addresses, times; nothing odd stops the rest."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.errors import Unreadable
from bots.line import webhook as line
from bots.telegram import webhook as telegram
from tests.bots import strategies
from tests.bots.payloads import all_objects, body, names


@pytest.mark.parametrize("module", [
    "bots.signature", "bots.line.webhook", "bots.line.reading", "bots.telegram.webhook", "bots.telegram.reading",
    "bots.registry", "bots.choices", "bots.cards"])
def test_the_web_process_stays_thin(module: str) -> None:
    sdks = "{'linebot', 'telegram', 'aiohttp', 'httpx', 'pydantic', 'rich'}"
    code = f"import sys, {module}; print(sorted({sdks} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_each_user_of_a_body_gets_their_own_events() -> None:
    first, second = line.read_events(body("line", "two_users"))
    assert first.address == "U8d7c1f0a2b3e4d5c6b7a8f9e0d1c2b3a"
    assert second.address == "U" + "1" * 32
    assert first.event_id != second.event_id


def test_ids_addresses_and_times_of_line() -> None:
    (event,) = line.read_events(body("line", "message_text"))
    assert event.event_id == "01KAJ7M0000000000000000001"
    assert event.at == datetime.fromtimestamp(1795600001, UTC)
    assert line.read_events(body("line", "message_group"))[0].address == "C4f1e2d3c4b5a69788796a5b4c3d2e1f0"
    assert line.read_events(body("line", "message_room"))[0].address == "R0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    assert line.read_events(body("line", "account_link_failed"))[0].address is None
    assert line.read_events(body("line", "connectivity_check")) == []


def test_ids_addresses_and_times_of_telegram() -> None:
    (event,) = telegram.read_events(body("telegram", "text"))
    assert (event.event_id, event.address) == ("800000001", "5550001")
    assert event.at == datetime.fromtimestamp(1795600001, UTC)
    (tap,) = telegram.read_events(body("telegram", "callback_value"))
    assert tap.address == "5550001"
    assert tap.at is None
    assert telegram.read_events(body("telegram", "edited"))[0].at == datetime.fromtimestamp(1795600500, UTC)


@pytest.mark.parametrize("channel", ["line", "telegram"])
def test_an_event_without_an_id_is_known_by_its_content(channel: str) -> None:
    module, key = (line, "webhookEventId") if channel == "line" else (telegram, "update_id")
    first, second = ({**all_objects(channel)[n], key: None} for n in (0, 1))
    assert module.event_id(first) == module.event_id(dict(reversed(first.items()))) != module.event_id(second)
    assert len(module.event_id({**first, key: "x" * 5000})) <= 80


@pytest.mark.parametrize("content", [
    b"", b"\xff", b"null", b"[]", b"3", b'"x"', b"{", b"{} {}", b'{"events":NaN}', b'{"events":[{"a":1e999}]}', b"[" * 100_000,
    b'{"destination":"U1","events":[' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"]}",
    b'{"events":' + b"[" * 300 + b"]" * 300 + b"}", b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"n":' + b"9" * 5000 + b"}"])
def test_what_is_no_json_object_is_unreadable(content: bytes) -> None:
    for read in (line.read_events, telegram.read_events):
        with pytest.raises(Unreadable):
            read(content)


@pytest.mark.parametrize("content", [b"{}", b'{"events":null}', b'{"events":{}}', b'{"events":"x"}'])
def test_a_line_body_needs_a_list_of_events(content: bytes) -> None:
    with pytest.raises(Unreadable):
        line.read_events(content)


def test_one_odd_entry_does_not_cost_the_batch() -> None:
    good = all_objects("line")[0]
    content = json.dumps({"events": [1, None, "x", [], {}, good]}).encode()
    assert [event.raw for event in line.read_events(content)] == [{}, good]


def test_what_no_database_takes_is_replaced() -> None:
    (event,) = line.read_events(body("line", "message_text_lone_surrogate"))
    message = event.raw["message"]
    assert isinstance(message, dict)
    assert message["text"] == "こわれた\ufffd文字\ufffd"
    (pair,) = line.read_events(b'{"events":[{"text":"\\ud83d\\ude00"}]}')
    assert pair.raw == {"text": "😀"}


def test_an_event_keeps_the_bytes_it_came_in() -> None:
    """As LINE writes its bodies, and as Telegram does; what has another form is written anew by who keeps it."""
    first, second = all_objects("line")[:2]
    compact = json.dumps({"destination": "U1", "events": [first, second]}, ensure_ascii=False, separators=(",", ":")).encode()
    spaced = json.dumps({"destination": "U1", "events": [first, second]}, ensure_ascii=False, indent=1).encode() + b"\n"
    for content in (compact, spaced):
        found = line.read_events(content)
        assert [json.loads(event.written or b"null") for event in found] == [event.raw for event in found] == [first, second]
        assert all((event.written or b"-") in content for event in found)
    (update,) = telegram.read_events(body("telegram", "text"))
    assert json.loads(update.written or b"null") == update.raw
    for form in ({"events": [first]}, {"destination": "U1", "events": [first], "more": 1}, {"destination": 1, "events": [first, 2]}):
        (event,) = line.read_events(json.dumps(form, ensure_ascii=False).encode())
        assert (event.raw, event.written) == (first, None)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\ud83d\\ude00"])
def test_what_must_be_mended_is_not_kept_as_it_came(text: str) -> None:
    (event,) = line.read_events(f'{{"destination":"U1","events":[{{"text":"{text}"}}]}}'.encode())
    (update,) = telegram.read_events(f'{{"update_id":1,"text":"{text}"}}'.encode())
    assert event.raw["text"] == update.raw["text"] in ("\ufffd", "😀")
    assert event.written is update.written is None


@pytest.mark.parametrize("tail", ["", "]", "]}}", "]} {}", ",]}", '],"events":[]}', "]}\x00", "\n]\n}\n"])
def test_the_short_way_through_a_body_finds_what_the_long_way_finds(tail: str) -> None:
    content = ('{"destination":"U1","events":[{"a":1}' + tail).encode()
    try:
        wanted: object = [event.raw for event in line._of_any_form(content)]
    except Unreadable:
        wanted = Unreadable
    try:
        assert [event.raw for event in line.read_events(content)] == wanted
    except Unreadable:
        assert wanted is Unreadable


@pytest.mark.parametrize("name", names("line"))
def test_every_line_event_is_kept_whole(name: str) -> None:
    for event in line.read_events(body("line", name)):
        assert json.dumps(event.raw, ensure_ascii=False).encode()
        assert len(event.event_id) <= 80


@strategies.calm
@given(st.lists(strategies.values, max_size=4))
def test_no_list_of_events_is_too_odd_for_line(events: list[object]) -> None:
    content = json.dumps({"events": [e for e in events if "NaN" not in repr(e) and "inf" not in repr(e)]}).encode()
    if b"NaN" in content or b"Infinity" in content:
        return
    for event in line.read_events(content):
        json.dumps(event.raw, ensure_ascii=False).encode()


@strategies.calm
@given(strategies.damaged(all_objects("line")), strategies.damaged(all_objects("telegram")))
def test_damaged_events_still_have_an_id(of_line: dict[str, object], of_telegram: dict[str, object]) -> None:
    for module, raw in ((line, of_line), (telegram, of_telegram)):
        assert 0 < len(module.event_id(raw)) <= 80
        module.conversation_address(raw), module.event_time(raw)
