"""Which mail server a town hands its mail to, read from one URL. For settings too: an SMTP library is not needed to check it."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from bots.mail.address import is_address


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
    password: str | None = field(default=None, repr=False)

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
