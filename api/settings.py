"""Settings from the environment (prefix TSUNAGU_) and `.env`. Every one is documented in docs/settings.md.

Paths are relative to the project root.
"""

import re
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bots.mail.server import MailServer

ROOT = Path(__file__).resolve().parent.parent
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


class Settings(BaseSettings):
    """All settings, checked at start: a wrong one stops the program with one clear line. An empty one is not set."""

    model_config = SettingsConfigDict(
        env_prefix="TSUNAGU_", env_file=ROOT / ".env", extra="ignore", frozen=True, env_ignore_empty=True,
        hide_input_in_errors=True,  # passwords stand in some
    )

    database_url: str = "sqlite:///var/tsunagu.db"
    secret_key_file: Path = Path("var/secret.key")
    public_url: str = "http://127.0.0.1:8000"
    line_api_url: str = "https://api.line.me"
    line_data_api_url: str = "https://api-data.line.me"
    telegram_api_url: str = "https://api.telegram.org"
    smtp_url: SecretStr | None = None
    webhook_hosts: str = ""
    clamd: str = ""
    trusted_proxies: str = ""
    metrics_token: SecretStr | None = None
    rate_limits: Literal["on", "off"] = "on"
    log_format: Literal["console", "json"] = "console"
    timezone: str = "Asia/Tokyo"
    testing: bool = False
    now: datetime | None = None
    demo: bool = False

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as why:
            raise ValueError(f"unknown time zone {value!r}; write one such as Asia/Tokyo") from why
        return value

    @field_validator("public_url", "line_api_url", "line_data_api_url", "telegram_api_url")
    @classmethod
    def whole_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{value!r} is no web address; write one such as https://example.jp")
        return value.rstrip("/")

    @field_validator("clamd")
    @classmethod
    def scanner_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not value.startswith("/") and not (host and port.isascii() and port.isdigit()):
            raise ValueError(f"{value!r} is no clamd; write host:port, such as 127.0.0.1:3310, or the path of its socket")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def addresses(cls, value: str) -> str:
        for one in _listed(value):
            try:
                ip_network(one, strict=False)
            except ValueError as why:
                raise ValueError(
                    f"{one!r} is no address; write addresses or networks such as 127.0.0.1, 10.0.0.0/8"
                ) from why
        return value

    @field_validator("webhook_hosts")
    @classmethod
    def host_names(cls, value: str) -> str:
        for one in _listed(value):
            if not HOST.fullmatch(one):
                raise ValueError(f"{one!r} is no host; write its name alone, such as kintone-relay.example.lan")
        return value

    @model_validator(mode="after")
    def mail_can_go(self) -> Self:
        """A mail server that can't be one would only be missed at night, when nobody on duty is called. BadMailUrl."""
        _ = self.mail_server
        return self

    @model_validator(mode="after")
    def clock_only_for_tests(self) -> Self:
        if self.now is not None and not self.testing:
            raise ValueError("TSUNAGU_NOW works only together with TSUNAGU_TESTING=1")
        if self.now is not None and self.now.tzinfo is None:
            raise ValueError("TSUNAGU_NOW needs a zone, such as 2026-11-21T02:10:00+09:00")
        return self

    @property
    def private_hosts(self) -> frozenset[str]:
        """Hosts of the own network that webhooks may go to."""
        return frozenset(host.lower() for host in _listed(self.webhook_hosts))

    @property
    def mail_server(self) -> MailServer | None:
        """Where mail is handed over, by `tsunagu@` our own host where the URL names nobody else."""
        if self.smtp_url is None:
            return None
        sender = f"tsunagu@{urlsplit(self.public_url).hostname}"
        return MailServer.from_url(self.smtp_url.get_secret_value(), sender=sender)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def secure(self) -> bool:
        """Whether residents and staff come over https: cookies are then `__Host-` and Secure."""
        return self.public_url.startswith("https://")

    @property
    def database(self) -> str:
        """The database URL, a relative SQLite path taken from the project root."""
        scheme, separator, path = self.database_url.partition(":///")
        if not scheme.startswith("sqlite") or not separator or not path or path.startswith(("/", ":")):
            return self.database_url
        return f"{scheme}:///{ROOT / path}"

    @property
    def key_path(self) -> Path:
        return self.secret_key_file if self.secret_key_file.is_absolute() else ROOT / self.secret_key_file

    @property
    def var(self) -> Path:
        """Where this deployment keeps its own files: beside the key file."""
        return self.key_path.parent


def _listed(value: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in value.split(",") if part.strip()]
