"""Webhooks out: signed after Standard Webhooks, and never into the own network unless the operator says so."""

import asyncio
import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from standardwebhooks import Webhook

from bots.errors import Rejected, Retryable
from bots.webhooks.client import WebhookClient, look_up
from bots.webhooks.guard import BadTarget, Lookup, address_of, target_of
from bots.webhooks.secret import new_secret

BODY = {"type": "ticket.opened", "data": {"number": "taiki-2026-0001"}}


class Receiver(ThreadingHTTPServer):
    """Another system on loopback: remembers requests, answers what it is told."""

    def __init__(self) -> None:
        self.status, self.dribbles, self.ended = 204, False, Event()
        self.heard: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/events?for=taiki"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Receiver)
        body = self.rfile.read(int(self.headers["content-length"]))
        server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        if server.dribbles:
            while not server.ended.wait(0.05):
                with suppress(OSError):
                    self.wfile.write(b"H")
            return
        self.send_response(server.status)
        if server.status == 302:
            self.send_header("location", server.url)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()


def answers(*found: str) -> Lookup:
    async def look(host: str) -> Collection[str]:
        return found

    return look


async def test_what_arrives_is_verified_by_the_standard_library(receiver: Receiver) -> None:
    secret, now = new_secret(), datetime.now(UTC)
    client = WebhookClient(private=["127.0.0.1"])
    assert await client.post(receiver.url, secret, key="one", at=now, body=BODY) == 204
    ((headers, body),) = receiver.heard
    assert Webhook(secret).verify(body, headers) == BODY
    assert headers["webhook-id"] == "one"
    assert json.loads(body) == BODY
    with pytest.raises(Exception, match="signature"):
        Webhook(new_secret()).verify(body, headers)


@pytest.mark.parametrize(("status", "fault", "code"), [
    (500, Retryable, "http_500"), (302, Retryable, "http_302"), (404, Retryable, "http_404"), (410, Rejected, "gone"),
])
async def test_answers_are_named_and_redirects_not_followed(
    receiver: Receiver, status: int, fault: type[Exception], code: str
) -> None:
    receiver.status = status
    with pytest.raises(fault, match=code):
        await WebhookClient(private=["127.0.0.1"]).post(
            receiver.url, new_secret(), key="k", at=datetime.now(UTC), body=BODY
        )
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("url", [
    "http://example.jp/x", "ftp://example.jp/x", "https://user:pw@example.jp/", "https://localhost/x", "https:///x",
    "https://127.0.0.1/x", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest", "https://a.local/",
    "https://[::ffff:10.0.0.1]/", "https://x.lgwan.jp/", "https://example.jp/ x", "https://example.jp/#a",
    "https://example.jp:99999/", "https://例え.jp/", "https://example.jp/" + "a" * 600, "https://192.168.0.1:8443/",
])
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(BadTarget):
        target_of(url)


def test_an_address_on_the_open_internet_is_taken_apart() -> None:
    target = target_of("https://Hooks.Example.jp:8443/a/b?c=d")
    assert (target.host, target.port, target.path, target.authority) == (
        "hooks.example.jp", 8443, "/a/b?c=d", "hooks.example.jp:8443"
    )
    assert target_of("http://relay.lan/x", private=["relay.lan"]).scheme == "http"


@pytest.mark.parametrize("address", [
    "10.0.0.5", "127.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1", "2002:a00:1::",
    "100.64.0.1", "0.0.0.0", "224.0.0.1", "64:ff9b::a00:5", "64:ff9b::7f00:1",
])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    target = target_of("https://looks-harmless.example.jp/x")
    with pytest.raises(Rejected, match="private_address"):
        await address_of(target, answers("203.0.114.7", address))
    assert await address_of(target, answers(address), private=["looks-harmless.example.jp"]) == address


async def test_what_is_connected_to_is_what_was_checked(receiver: Receiver) -> None:
    """A name that answers with a public address at first and with a private one later gains nothing: it is asked once."""
    asked: list[str] = []

    async def rebinding(host: str) -> Collection[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["10.255.255.1"]

    with pytest.raises(Rejected, match="private_address"):
        await WebhookClient(lookup=rebinding).post(
            "https://rebind.example.jp/x", new_secret(), key="k", at=datetime.now(UTC), body=BODY
        )
    assert (asked, receiver.heard) == (["rebind.example.jp"], [])


async def test_an_answer_byte_by_byte_is_not_waited_for(receiver: Receiver) -> None:
    """Each byte comes in time, the answer never: one town's receiver would stop the webhooks of all."""
    receiver.dribbles = True
    client = WebhookClient(private=["127.0.0.1"], timeout=0.4)
    with pytest.raises(Retryable, match="timeout"):
        async with asyncio.timeout(5):
            await client.post(receiver.url, new_secret(), key="k", at=datetime.now(UTC), body=BODY)


async def test_a_name_that_cannot_be_asked_for_is_unknown() -> None:
    target = target_of(f"https://{'a' * 64}.example.jp/x")
    with pytest.raises(Retryable, match="name_unknown"):
        await address_of(target, look_up)


async def test_an_unknown_name_is_tried_again() -> None:
    async def nowhere(host: str) -> Collection[str]:
        raise OSError

    with pytest.raises(Retryable, match="name_unknown"):
        await WebhookClient(lookup=nowhere).post(
            "https://nowhere.example.jp/", new_secret(), key="k", at=datetime.now(UTC), body=BODY
        )
