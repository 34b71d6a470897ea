"""The event stream and polling against a real server: resume, wake-ups, several tabs, shutdown, rate limits."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.routes.chat_limits import address_of
from api.routes.chat_stream import STREAMS_CONVERSATION
from bots.types import Outgoing
from tests.browser.conftest import served
from tests.browser.serving import Served

__all__ = ["served"]


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=10) as opened:
        yield opened


def opened(client: httpx.Client) -> tuple[str, dict[str, str]]:
    made = client.post("/api/chat/taiki/conversations").json()
    return f"/api/chat/conversations/{made['conversation']}", {"Authorization": f"Bearer {made['token']}"}


def write(client: httpx.Client, path: str, token: dict[str, str], text: str = "母のこと") -> httpx.Response:
    said = {"text": text, "client_message_id": str(uuid4())}
    return client.post(f"{path}/messages", json=said, headers=token)


def events(lines: Iterator[str], count: int) -> list[tuple[str, str, dict[str, Any]]]:
    """So many events as (event, id, data). Comments are passed over."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif "data" in fields:
            found.append((fields["event"], fields["id"], json.loads(fields["data"])))
            fields = {}
        if len(found) == count:
            break
    return found


def test_the_stream_gives_what_was_said_and_what_comes(client: httpx.Client, served: Served) -> None:
    path, token = opened(client)
    with client.stream("GET", f"{path}/events", headers=token) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        threading.Timer(0.2, lambda: served.say(Outgoing("お返事です"))).start()
        found = events(answer.iter_lines(), 3)
    assert [(event, sequence) for event, sequence, _ in found] == [("message", "1"), ("message", "2"), ("message", "3")]
    assert found[2][2]["text"] == "お返事です"
    assert found[2][2] == client.get(f"{path}/messages?after=2", headers=token).json()["messages"][0]


def test_the_stream_goes_on_after_the_last_event(client: httpx.Client, served: Served) -> None:
    path, token = opened(client)
    for number in range(5):
        write(client, path, token, f"{number}")
    with client.stream("GET", f"{path}/events", headers={**token, "Last-Event-ID": "4"}) as answer:
        assert [sequence for _, sequence, _ in events(answer.iter_lines(), 3)] == ["5", "6", "7"]


@pytest.mark.parametrize("last", ["", "x", "-1", "99999999999999999999", "１", "1.5"])
def test_a_last_event_that_is_none_begins_at_the_beginning(client: httpx.Client, last: str) -> None:
    path, token = opened(client)
    headers = [*token.items(), ("Last-Event-ID", last.encode())]
    with client.stream("GET", f"{path}/events", headers=headers) as answer:  # type: ignore[arg-type]
        assert [sequence for _, sequence, _ in events(answer.iter_lines(), 1)] == ["1"]


def test_an_answer_reaches_the_stream_without_waiting_for_the_poll(client: httpx.Client, served: Served) -> None:
    path, token = opened(client)
    with client.stream("GET", f"{path}/events", headers={**token, "Last-Event-ID": "2"}) as answer:
        waits = []
        lines = answer.iter_lines()
        next(lines)
        for _ in range(5):
            began = time.monotonic()
            served.say(Outgoing("すぐ"))
            while not next(lines).startswith("id"):
                pass
            waits.append(time.monotonic() - began)
    assert sorted(waits)[2] < 0.3, waits


def test_streams_end_at_once_when_the_server_shuts_down(client: httpx.Client, served: Served) -> None:
    path, token = opened(client)
    with client.stream("GET", f"{path}/events", headers=token) as answer:
        lines = answer.iter_lines()
        events(lines, 2)
        stopping = threading.Thread(target=served.stop)
        began = time.monotonic()
        stopping.start()
        for _ in lines:
            pass
        taken = time.monotonic() - began
    stopping.join(10)
    assert taken < 2, f"{taken:.1f} s"


def test_a_conversation_has_room_for_some_tabs_only(client: httpx.Client) -> None:
    path, token = opened(client)
    answers, kept = [], []
    try:
        for _ in range(STREAMS_CONVERSATION):
            request = client.build_request("GET", f"{path}/events", headers=token)
            answers.append(client.send(request, stream=True))
            kept.append(answers[-1].iter_lines())
            events(kept[-1], 1)
        refused = client.get(f"{path}/events", headers=token)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    finally:
        for answer in answers:
            answer.close()


def test_a_stream_ends_when_its_conversation_goes(client: httpx.Client, served: Served) -> None:
    path, token = opened(client)
    with client.stream("GET", f"{path}/events", headers=token) as answer:
        lines = answer.iter_lines()
        events(lines, 2)
        served.forget_tokens()
        assert [line for line in lines if line] == []


@pytest.fixture
def limited(served: Served) -> Served:
    served.stop()
    served.changes.update(rate_limits="on", trusted_proxies="127.0.0.1")
    return served.start()


def until_refused(act: Callable[[], httpx.Response], accepted: int) -> tuple[int, httpx.Response]:
    """How often it was accepted, and the refusal."""
    for times in range(100):
        answer = act()
        if answer.status_code == 429:
            return times, answer
        assert answer.status_code == accepted
    raise AssertionError("never refused")


def test_who_opens_too_many_conversations_is_asked_to_wait(limited: Served, client: httpx.Client) -> None:
    accepted, refused = until_refused(lambda: client.post("/api/chat/taiki/conversations"), 201)
    assert 20 <= accepted < 40, "a minute may pass meanwhile"
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["status"] == 429
    elsewhere = client.post("/api/chat/taiki/conversations", headers={"X-Forwarded-For": "198.51.100.7"})
    assert elsewhere.status_code == 201, "another resident behind the same proxy is not held up"


def test_a_conversation_that_writes_too_much_is_asked_to_wait(limited: Served, client: httpx.Client) -> None:
    path, token = opened(client)
    accepted, _ = until_refused(lambda: write(client, path, token, "はい"), 202)
    assert 40 <= accepted < 80, "a minute may pass meanwhile"
    other, other_token = opened(client)
    assert write(client, other, other_token).status_code == 202


@pytest.mark.parametrize(("peer", "forwarded", "trusted", "counted"), [
    ("203.0.113.5", "", "", "203.0.113.5"),
    ("203.0.113.5", "198.51.100.1", "", "203.0.113.5"),
    ("203.0.113.5", "198.51.100.1", "10.0.0.0/8", "203.0.113.5"),
    ("10.0.0.1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
    ("10.0.0.1", "1.1.1.1, 198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
    ("10.0.0.1", "198.51.100.1, 10.0.0.2", "10.0.0.0/8, 127.0.0.1", "198.51.100.1"),
    ("10.0.0.1", "", "10.0.0.0/8", "10.0.0.1"),
    ("10.0.0.1", "nonsense", "10.0.0.0/8", "None"),
    ("2001:db8:1:2:3::4", "", "", "2001:db8:1:2::/64"),
    ("::ffff:203.0.113.5", "", "", "203.0.113.5"),
])
def test_whom_a_request_is_counted_to(peer: str, forwarded: str, trusted: str, counted: str) -> None:
    assert address_of(peer, forwarded, trusted) == counted
