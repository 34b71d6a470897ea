"""Settings from the environment (prefix TSUNAGU_) and `.env`. Every one is documented in docs/settings.md.

Paths are relative to the project root.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All settings, checked at start: a wrong one stops the program with one clear line."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_", env_file=ROOT / ".env", extra="ignore", frozen=True)

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
        return frozenset(host.strip().lower() for host in self.webhook_hosts.split(",") if host.strip())

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
