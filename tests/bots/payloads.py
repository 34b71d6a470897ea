"""The captured-by-hand webhook bodies of tests/payloads, read for tests."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1] / "payloads"


def names(channel: str) -> list[str]:
    """All payloads of a channel."""
    return sorted(path.stem for path in (ROOT / channel).glob("*.json"))


def body(channel: str, name: str) -> bytes:
    """The bytes of one."""
    return (ROOT / channel / f"{name}.json").read_bytes()


def parsed(channel: str, name: str) -> Any:
    """The JSON of one."""
    return json.loads(body(channel, name))


def all_objects(channel: str) -> list[dict[str, Any]]:
    """Every event (LINE) or update (Telegram) of a channel."""
    bodies = [parsed(channel, name) for name in names(channel)]
    return [event for each in bodies for event in each.get("events", [each])]
