"""Hands one mail over to the town's SMTP server and names how that ended. The only module that imports aiosmtplib.

It knows addresses, a subject and a body that its callers keep free of anybody's words; no templates, no database, no
settings. A mail is never written to a log, nor is an address.
"""

import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
from aiosmtplib import SMTP

from bots.errors import Rejected, Retryable, SendError, Unauthorised, Uncertain
from bots.mail.address import is_address
from bots.mail.server import MailServer

TIMEOUT = 20.0
"""Seconds for each step: connecting, and each answer of the server."""


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
