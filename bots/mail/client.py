"""Hands one mail over to the town's SMTP server and names how that ended. The only module that imports aiosmtplib.

It knows addresses, a subject and a body that its callers keep free of anybody's words; no templates, no database, no
settings. A mail is never written to a log, nor is an address.
"""

import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from bots.errors import Rejected, Retryable, SendError, Unauthorised, Uncertain
from bots.mail.address import is_address

TIMEOUT = 20.0
"""Seconds for each step: connecting, and each answer of the server."""


class BadMailUrl(ValueError):
    """SMTP_URL cannot be used. Says how to write it; never repeats it, a password may stand in it."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over. tls: from the first byte, by STARTTLS (demanded), or none."""

    host: str
    port: int
    sender: str
    tls: str = "starttls"
    user: str | None = None
    password: str | None = None

    @classmethod
    def from_url(cls, url: str, *, sender: str) -> "MailServer":
        """`smtps://user:password@host?from=address` or `smtp://…`; sender where the URL has no `from`.

        smtp:// demands STARTTLS, except on this machine itself or with `tls=none` (a relay inside the town hall's own
        network), where no password may be sent.
        """
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as why:
            raise BadMailUrl(HOW) from why
        asked = parse_qs(parts.query)
        plain = asked.get("tls") == ["none"] or _loopback(host or "")
        tls = "implicit" if parts.scheme == "smtps" else "none" if plain else "starttls"
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        address = asked.get("from", [user if user and is_address(user) else sender])[0]
        if parts.scheme not in ("smtp", "smtps") or not host or not is_address(address):
            raise BadMailUrl(HOW)
        if tls == "none" and password is not None and not _loopback(host):
            raise BadMailUrl("TSUNAGU_SMTP_URL: a password needs TLS; take tls=none away, or the password")
        return cls(host, port or {"implicit": 465, "starttls": 587, "none": 25}[tls], address, tls, user, password)


HOW = "TSUNAGU_SMTP_URL is no mail server; write smtps://user:password@mail.example.jp?from=madoguchi@example.jp"


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Mailer:
    """Sends through one server, a connection a mail: there are few, and none is waited for by a resident."""

    def __init__(self, server: MailServer, *, timeout: float = TIMEOUT, context: ssl.SSLContext | None = None) -> None:
        self._server, self._timeout, self._context = server, timeout, context

    async def send(
        self, to: str, *, subject: str, body: str, key: str, at: datetime, unsubscribe: str | None = None
    ) -> None:
        """Hand one mail over; returns once the server has taken it.

        key: an id of this mail that stays the same over tries (its Message-ID); at: when it was written; unsubscribe:
        an https address for its List-Unsubscribe. Raises `Retryable` (nothing was taken), `Rejected` (`bad_address`,
        `no_such_address`, `refused`), `Unauthorised` (`login`, `no_tls`, `certificate`: for the admin) and `Uncertain`
        (the line broke after the mail had begun; it may have arrived).
        """
        if not is_address(to):
            raise Rejected("bad_address")
        mail = self._written(to, subject=subject, body=body, key=key, at=at, unsubscribe=unsubscribe)
        client = SMTP(
            hostname=self._server.host, port=self._server.port, timeout=self._timeout, tls_context=self._context,
            use_tls=self._server.tls == "implicit", start_tls=self._server.tls == "starttls", local_hostname="localhost",
            username=self._server.user, password=self._server.password,
        )
        try:
            await _connected(client)
            await _handed_over(client, mail)
        finally:
            client.close()

    def _written(
        self, to: str, *, subject: str, body: str, key: str, at: datetime, unsubscribe: str | None
    ) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._server.sender, to, subject
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = f"<{key}@{self._server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # no holiday notices in answer
        if unsubscribe is not None:
            mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail.set_content(body)
        return mail


async def _connected(client: SMTP) -> None:
    """Everything before the mail itself: nothing has been taken, so it may be tried again."""
    try:
        await client.connect()
    except aiosmtplib.SMTPAuthenticationError as refused:
        raise _by_code(refused.code, Unauthorised("login")) from None
    except aiosmtplib.SMTPConnectResponseError:
        raise Retryable("busy") from None
    except aiosmtplib.SMTPException as failed:
        if _is_certificate(failed):
            raise Unauthorised("certificate") from None
        broken = isinstance(failed, ConnectionError | TimeoutError)
        raise (Retryable("unreachable") if broken else Unauthorised("no_tls")) from None
    except OSError as failed:
        raise (Unauthorised("certificate") if _is_certificate(failed) else Retryable("unreachable")) from None


async def _handed_over(client: SMTP, mail: EmailMessage) -> None:
    try:
        await client.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        raise _by_code(refused.recipients[0].code, Rejected("no_such_address")) from None
    except aiosmtplib.SMTPResponseException as refused:
        raise _by_code(refused.code, Rejected("refused")) from None
    except (aiosmtplib.SMTPException, OSError):
        raise Uncertain("mail_in_doubt") from None


def _by_code(code: int, for_good: SendError) -> SendError:
    """SMTP's own rule: 4xx is for now, 5xx for good."""
    return Retryable("busy") if 400 <= code < 500 else for_good


def _is_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
