"""Where webhooks may go: https, and no address of the own network unless the operator has named the host.

Pure but for the name look-up, which is given. What is checked is what is connected to: names are looked up once.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from bots.errors import Rejected, Retryable

Lookup = Callable[[str], Awaitable[Collection[str]]]
LONGEST_URL = 500
NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses through which networks without IPv4 reach it (RFC 6052): the last four bytes are where it goes."""


class BadTarget(ValueError):
    """An address that no webhook goes to. The text is for officials; it never repeats the address."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to post: the host as named (certificate, Host header), and everything else of the URL."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        default = 443 if self.scheme == "https" else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == default else f"{host}:{self.port}"


def target_of(url: str, *, private: Collection[str] = ()) -> Target:
    """Take a URL apart. private: hosts of the own network that the operator has allowed; these may speak http. BadTarget."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise BadTarget("送り先は、半角の https://… を500文字までで書いてください。")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise BadTarget("送り先のアドレスが正しくありません。") from None
    if not host or parts.username or parts.password or parts.fragment:
        raise BadTarget("送り先は https://host/path の形で、名前やパスワードや # を入れずに書いてください。")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in private):
        raise BadTarget("送り先は https:// で始まるものだけです。")
    if host not in private and (_forbidden_name(host) or _forbidden_literal(host)):
        raise BadTarget("庁内・手元のアドレスには送りません。必要なときは、運用担当が TSUNAGU_WEBHOOK_HOSTS に書きます。")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), path)


async def address_of(target: Target, lookup: Lookup, *, private: Collection[str] = ()) -> str:
    """The IP address to connect to. Rejected("private_address") where any of the host's is not public; Retryable."""
    try:
        found = sorted(await lookup(target.host))
    except (OSError, UnicodeError):  # the latter for a name that no name server may be asked for
        raise Retryable("name_unknown") from None
    if not found:
        raise Retryable("name_unknown")
    if target.host not in private and not all(_public(one) for one in found):
        raise Rejected("private_address")
    return found[0]


def _forbidden_name(host: str) -> bool:
    return host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lgwan.jp"))


def _forbidden_literal(host: str) -> bool:
    try:
        return not _public(host)
    except ValueError:
        return False


def _public(text: str) -> bool:
    """Whether an address is one of the open internet; of IPv6 that wraps IPv4 what is inside counts."""
    address = ip_address(text)
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if address in NAT64:
        inner = IPv4Address(address.packed[-4:])
    return (inner or address).is_global and not address.is_multicast
