"""The whole product as its operator runs it: `tsunagu serve` with its worker, in processes of their own, on loopback."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner

from api.cli import application
from tests.conftest import free_port
from tests.whole import CACHE, parsed_already

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
START_SECONDS = 180.0
"""A worker reads its dictionary first; on a machine with other work this takes a while."""
PATIENCE = 60.0
"""For whatever else is waited for: a busy machine is slow, not wrong. Who waits for nothing fails all the same."""
SATURDAY_NIGHT = "2026-11-21T02:10:00+09:00"
TUESDAY_MORNING = "2026-11-24T10:00:00+09:00"


@dataclass
class Answer:
    """An HTTP answer: status and parsed JSON (or text)."""

    status: int
    body: Any


@dataclass
class House:
    """One deployment. The clock starts at `now` again whenever the process does."""

    var: Path
    database: str
    now: str = TUESDAY_MORNING
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Knowledge is parsed once for all houses; what a first start does is `tsunagu demo`'s and the loader's test."""
        if self.database and not (self.var / CACHE.name).exists():
            parsed_already(self.var)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TSUNAGU_")}
        return {
            **kept, "TSUNAGU_DATABASE_URL": self.database, "TSUNAGU_SECRET_KEY_FILE": str(self.var / "secret.key"),
            "TSUNAGU_PUBLIC_URL": self.url, "TSUNAGU_TESTING": "1", "TSUNAGU_NOW": self.now,
            "TSUNAGU_RATE_LIMITS": "off", "TSUNAGU_LOG_FORMAT": "json", "PYTHONWARNINGS": "ignore", **self.extra,
        }

    def run(self, *arguments: str) -> str:
        """A `tsunagu` command; its standard output. Fails with what it said on stderr.

        In this process, which has read all modules long ago: a process of its own takes two seconds to begin.
        """
        foreign = dict.fromkeys((name for name in os.environ if name.startswith("TSUNAGU_")), None)
        with ThreadPoolExecutor(1) as thread:  # a browser test keeps a loop running in this one
            done = thread.submit(
                CliRunner().invoke, application(arguments[0]), arguments, env={**foreign, **self.env}
            ).result()
        assert done.exit_code == 0, done.stderr or repr(done.exception)
        return done.stdout

    def start(self, *, worker: bool = True) -> "House":
        self._process = self._spawned("serve", "--port", str(self.port), *([] if worker else ["--no-worker"]))
        until(lambda: self.get("/readyz" if worker else "/healthz").status == 200, what="the house to be ready",
              seconds=START_SECONDS)
        return self

    @property
    def pid(self) -> int:
        """The web process."""
        assert self._process is not None
        return self._process.pid

    @contextmanager
    def working(self) -> Iterator[int]:
        """A worker alone, without a web process; its process id."""
        process = self._spawned("worker")
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)

    def _spawned(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.var / "serve.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "api.cli", *arguments], cwd=ROOT, env=self.env, stdout=log, stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask it to end, as an operator does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=30)
            self._process = None

    def kill(self) -> None:
        """kill -9 for the web process and its worker at once, as a power cut does."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @property
    def worker_pid(self) -> int:
        """The worker that the web process has started."""
        return self._workers()[0]

    def kill_worker(self) -> None:
        """kill -9 for the worker only."""
        for pid in self._workers():
            with suppress(ProcessLookupError):  # the one killed before may be listed until its end is taken note of
                os.kill(pid, signal.SIGKILL)

    def _workers(self) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def queue(self, name: str) -> dict[str, int]:
        """How many rows of "inbox" or "outbox" are in which status."""
        found = re.findall(rf'tsunagu_{name}_items{{status="(\w+)"}} ([\d.]+)', str(self.get("/metrics").body))
        return {status: int(float(number)) for status, number in found}

    def log(self) -> str:
        return (self.var / "serve.log").read_text(encoding="utf-8", errors="replace")

    def get(self, path: str, token: str | None = None) -> Answer:
        return self._ask("GET", path, None, token)

    def post(self, path: str, body: Any = None, token: str | None = None) -> Answer:
        return self._ask("POST", path, body, token)

    def _ask(self, method: str, path: str, body: Any, token: str | None) -> Answer:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, _parsed(answer.read()))
        except urllib.error.HTTPError as why:
            return Answer(why.code, _parsed(why.read()))
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return Answer(0, None)

    def read(self, path: str, token: str) -> bytes:
        """A file, byte for byte."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bytes(answer.read())

    def post_raw(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """A webhook call, byte for byte; 0 when nobody answered."""
        request = urllib.request.Request(self.url + path, data=body, method="POST", headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as why:
            return why.code
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0

    def staff_token(self, town: str, *, role: str = "coordinator", login: str | None = None) -> str:
        """A member of staff and their API token."""
        name = login or f"{town}-{role}"
        self.run("staff", "add", town, name, "--role", role)
        return self.run("staff", "token", name).strip()

    def resident(self, town: str) -> "WebResident":
        opened = self.post(f"/api/chat/{town}/conversations")
        assert opened.status == 201, opened
        return WebResident(self, opened.body["conversation"], opened.body["token"])


@dataclass
class WebResident:
    """Somebody on the town's website."""

    house: House
    conversation: str
    token: str
    sent: int = 0

    def say(self, text: str) -> int:
        self.sent += 1
        body = {"text": text, "client_message_id": f"00000000-0000-4000-8000-{self.sent:012d}"}
        taken = self.house.post(f"/api/chat/conversations/{self.conversation}/messages", body, self.token)
        assert taken.status == 202, taken
        return int(taken.body["sequence"])

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        answer = self.house.get(f"/api/chat/conversations/{self.conversation}/messages?after={after}", self.token)
        return list(answer.body["messages"]) if answer.status == 200 else []

    def hears(self, after: int, *, sender: str = "bot", seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """What is said after a sequence, waiting for it."""
        return until(
            lambda: [message for message in self.messages(after) if message["from"] == sender],
            what=f"a message from {sender}", seconds=seconds,
        )

    def talk(self, text: str) -> str:
        """Say it, and read the whole answer."""
        return "\n".join(message["text"] for message in self.hears(self.say(text)))


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


def until(look: Callable[[], T], *, what: str, seconds: float = PATIENCE) -> T:
    """The first true value of `look`; fails when it takes too long."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)
    return found
