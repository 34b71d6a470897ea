"""Opens the channel of an account: its kind, its credentials and where the platform is. No database, no settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from bots.channel import Platform
from bots.types import ChannelKind


@dataclass(frozen=True, slots=True)
class ApiUrls:
    """Where the platforms are. Tests point these to loopback."""

    line: str = "https://api.line.me"
    line_data: str = "https://api-data.line.me"
    telegram: str = "https://api.telegram.org"


class NoSuchChannel(ValueError):
    """The kind has no account to open, or the credentials lack what it needs. Names the missing key, no value."""


def open_channel(kind: ChannelKind, credentials: Mapping[str, str], *, urls: ApiUrls = ApiUrls()) -> Platform:
    """A channel ready to parse and send. Call it where the event loop will run; close it when done.

    credentials: LINE and Telegram {"token": …, "secret": …}; the secret is only the web hook's business.
    """
    match kind:
        case "line":
            from bots.line.channel import LineChannel  # here, because the SDK takes a second to import

            return LineChannel(_token(credentials), api_url=urls.line, data_url=urls.line_data)
        case "telegram":
            from bots.telegram.channel import TelegramChannel  # here, for the same reason

            return TelegramChannel(_token(credentials), api_url=urls.telegram)
        case "web" | "console":
            raise NoSuchChannel(f"{kind} has no account")
        case _:
            assert_never(kind)


def _token(credentials: Mapping[str, str]) -> str:
    token = credentials.get("token", "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise NoSuchChannel("credentials lack a usable token")
    return token
