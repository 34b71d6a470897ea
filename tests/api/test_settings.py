"""Settings are checked before anything begins: one line that names the setting and says how to write it, and no secret in it."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from pydantic import SecretStr, ValidationError

from api.settings import ROOT
from tests.browser.serving import settings

SECRET = "hiraKEgoma"


@pytest.mark.parametrize(("name", "value", "says"), [
    ("trusted_proxies", "127.0.0.1, proxy.example", "write addresses or networks"),
    ("trusted_proxies", "*", "write addresses or networks"),
    ("webhook_hosts", "https://relay.lan", "its name alone"),
    ("webhook_hosts", "relay.lan:8080", "its name alone"),
    ("smtp_url", SecretStr(f"smpt://user:{SECRET}@mail.example.jp"), "write smtps://"),
    ("smtp_url", SecretStr(f"smtp://user:{SECRET}@relay.example.jp?tls=none"), "needs TLS"),
    ("public_url", "soudan.example.jp", "no web address"),
    ("clamd", "localhost", "host:port"),
    ("timezone", "Tokyo", "Asia/Tokyo"),
])
def test_a_wrong_setting_says_how_to_write_it(name: str, value: object, says: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(**{name: value})
    assert says in str(raised.value)
    assert SECRET not in str(raised.value)


def test_what_is_right_is_taken() -> None:
    chosen = settings(
        trusted_proxies="127.0.0.1, 10.0.0.0/8,::1", webhook_hosts="Relay.lan, 192.0.2.7",
        smtp_url=SecretStr(f"smtps://user:{SECRET}@mail.example.jp"), public_url="https://soudan.example.jp",
    )
    assert chosen.private_hosts == {"relay.lan", "192.0.2.7"}
    assert chosen.mail_server is not None
    assert chosen.mail_server.sender == "tsunagu@soudan.example.jp"
    assert SECRET not in repr(chosen) + repr(chosen.mail_server)


def run(*command: str, given: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TSUNAGU_")}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env={**environment, **given}, capture_output=True, text=True, check=False,
    )


def test_an_empty_variable_is_not_set() -> None:
    """A token of no letters would open /metrics to everybody who sends none."""
    names = ("TSUNAGU_METRICS_TOKEN", "TSUNAGU_SMTP_URL", "TSUNAGU_DATABASE_URL")
    shown = "from api.settings import Settings; it = Settings(); print(it.metrics_token, it.smtp_url, it.database_url)"
    assert run("-c", shown, given=dict.fromkeys(names, "")).stdout.split() == ["None", "None", "sqlite:///var/tsunagu.db"]


def test_a_command_stops_with_one_line() -> None:
    told = run("-m", "api.cli", "migrate", given={"TSUNAGU_SMTP_URL": f"smpt://user:{SECRET}@mail.example.jp"})
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)
    assert told.stderr.startswith("tsunagu: settings: TSUNAGU_SMTP_URL is no mail server; write smtps://")
    assert SECRET not in told.stderr
