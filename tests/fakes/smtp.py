"""A mail server on loopback: takes mail, refuses it, or breaks the line, as planned. Speaks enough SMTP to be strict."""

import base64
import socketserver
import ssl
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Self

from tests.fakes.faults import Plan

BROKEN_LINE = 0
"""As a fault's status: the connection ends without an answer."""


@dataclass
class FakeSmtp:
    """`with FakeSmtp() as post: post.url`. mails: what was taken; refused: addresses and the code they get.

    A fault of the plan counts for one mail: `accept` says whether it is taken, `status` what is answered after it.
    """

    user: str | None = None
    password: str | None = None
    certificate: ssl.SSLContext | None = None
    implicit: bool = False
    mails: list[EmailMessage] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)

    def __post_init__(self) -> None:
        outer = self

        class Line(_Line):
            post = outer

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What TSUNAGU_SMTP_URL would be."""
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"{'smtps' if self.implicit else 'smtp'}://{who}127.0.0.1:{self.port}"

    def texts(self) -> list[tuple[str, str, str]]:
        """To, subject and body of each mail taken."""
        return [(str(m["To"]), str(m["Subject"]), m.get_content()) for m in self.mails]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Line(socketserver.StreamRequestHandler):
    """One connection."""

    post: FakeSmtp
    timeout = 10
    known = False
    recipients: int = 0

    def handle(self) -> None:
        try:
            if self.post.implicit:
                self._secured()
            self._say(220, "fake")
            while line := self.rfile.readline(2048):
                if not self._answered(line.decode("ascii").strip()):
                    return
        except OSError:
            return  # the client hung up, or would not trust the certificate

    def _answered(self, line: str) -> bool:
        word, _, rest = line.partition(" ")
        match word.upper():
            case "EHLO":
                self._say_all(["fake", *(["STARTTLS"] if self.post.certificate and not self.post.implicit else []),
                               *(["AUTH PLAIN"] if self.post.user else [])])
            case "STARTTLS" if self.post.certificate:
                self._say(220, "go ahead")
                self._secured()
            case "AUTH":
                self._login(rest)
            case "MAIL" if self.post.user and not self.known:
                self._say(530, "log in first")
            case "RCPT":
                self._recipient(rest)
            case "DATA" if self.recipients:
                return self._mail()
            case "QUIT":
                self._say(221, "bye")
                return False
            case "MAIL" | "RSET" | "NOOP":
                self._say(250, "ok")
            case _:
                self._say(503, "what?")
        return True

    def _login(self, given: str) -> None:
        _, user, password = base64.b64decode(given.removeprefix("PLAIN ")).decode().split("\0")
        self.known = (user, password) == (self.post.user, self.post.password)
        self._say(*((235, "welcome") if self.known else (535, "wrong")))

    def _recipient(self, rest: str) -> None:
        code = self.post.refused.get(rest.removeprefix("TO:").split(">")[0].lstrip("<"), 250)
        self.recipients += code == 250
        self._say(code, "recipient")

    def _mail(self) -> bool:
        self._say(354, "write")
        lines = []
        while (line := self.rfile.readline(2048)) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        fault = self.post.plan.next()
        if fault is None or fault.accept:
            mail = message_from_bytes(b"".join(lines), policy=default)
            assert isinstance(mail, EmailMessage)
            self.post.mails.append(mail)
        if fault is not None:
            time.sleep(fault.delay)
        status = 250 if fault is None or fault.status is None else fault.status
        if status == BROKEN_LINE:
            return False
        self._say(status, "done")
        return True

    def _secured(self) -> None:
        assert self.post.certificate is not None
        self.connection = self.post.certificate.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _say(self, code: int, text: str) -> None:
        self.wfile.write(f"{code} {text}\r\n".encode())

    def _say_all(self, lines: list[str]) -> None:
        for at, text in enumerate(lines):
            self.wfile.write(f"250{' ' if at == len(lines) - 1 else '-'}{text}\r\n".encode())
