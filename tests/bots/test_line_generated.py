"""Events that nobody wrote by hand: ours of every kind, held once against LINE's OpenAPI, and what is made from that OpenAPI.

All of them come through our hook as LINE posts them: 200, each kept once, each read without a fault.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bots.line.reading import read
from bots.line.webhook import conversation_address, read_events
from bots.types import Edited, Followed, Ignored, Incoming, InGroup, Media, Text, Unfollowed, Unsent
from handoff.store.db import Store
from tests.api.test_hooks import SECRET, Door, door
from tests.bots import line_events
from tests.bots.strategies import calm

__all__ = ["door"]
SPEC = Path(__file__).resolve().parents[3] / "shared" / "line-openapi" / "webhook.strict.yml"
needs_spec = pytest.mark.skipif(not SPEC.exists(), reason="needs ../shared/line-openapi beside the clone")
KINDS = sorted({**line_events.bodies, **line_events.beyond})
PLAIN: dict[str, tuple[type[Any], ...]] = {
    "message": (Text, Media), "messageEdited": (Edited,), "postback": (Text,), "unsend": (Unsent,), "follow": (Followed,),
    "unfollow": (Unfollowed,),
}
"""What a kind means in a talk of two; every other is put aside by its name."""


def gathered(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many examples, the same every time."""
    found: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate], deadline=None,
              suppress_health_check=list(HealthCheck))
    @given(strategy)
    def gather(one: Any) -> None:
        found.append(one)

    gather()
    return found


@cache
def schema() -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.load(SPEC.read_bytes(), Loader=yaml.CSafeLoader)
    return found


@needs_spec
def test_every_kind_that_the_openapi_knows_has_a_strategy_that_keeps_to_it() -> None:
    from jsonschema import Draft4Validator

    components = schema()["components"]
    known = {
        kind for one in components["schemas"]["Event"]["oneOf"]
        for part in components["schemas"][one["$ref"].rsplit("/", 1)[1]]["allOf"]
        for kind in part.get("properties", {}).get("type", {}).get("enum", [])
    }
    assert known == set(line_events.bodies)
    judge = Draft4Validator({"allOf": [{"$ref": "#/components/schemas/Event"}], "components": components})
    for kind in line_events.bodies:
        for event in gathered(line_events.events(kind), 40 if kind == "message" else 5):
            assert [(error.json_path, error.message[:120]) for error in judge.iter_errors(event)] == [], kind
    for event in gathered(line_events.events("somethingNew"), 1):
        assert not judge.is_valid(event), "the judge sleeps"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_means_what_it_says(kind: str) -> None:
    @settings(parent=calm, max_examples=15)
    @given(line_events.events(kind))
    def check(event: dict[str, Any]) -> None:
        (kept,) = read_events(json.dumps({"events": [event]}).encode())
        found = read(kept.raw)
        assert (kept.event_id, found.redelivered) == (event["webhookEventId"], event["deliveryContext"]["isRedelivery"])
        assert found.may_answer is (event["mode"] == "active")
        assert found.reply_token == event.get("replyToken")
        source = event.get("source", {})
        assert found.address == (source.get("groupId") or source.get("roomId") or source.get("userId"))
        if source.get("type") in ("group", "room"):
            assert isinstance(found.what, InGroup | Ignored)
        else:
            assert isinstance(found.what, PLAIN.get(kind, (Ignored,)))
        if isinstance(found.what, Ignored):
            assert found.what == Ignored(kind)

    check()


async def through(door: Door, bodies: Sequence[dict[str, Any]]) -> None:
    """Post each twice, as LINE does when it is in doubt; each event is there once and can be read."""
    expected = set()
    for body in bodies:
        for _ in range(2):
            content, headers = line_events.signed(SECRET, body)
            assert (await door.post(content, headers)).status_code == 200
        read_here = read_events(content)
        assert len(read_here) == len(body["events"])
        expected |= {event.event_id for event in read_here}
    rows = await door.stored()
    assert {row.event_id for row in rows} == expected
    assert len(rows) == len(expected)
    for row in rows:
        incoming = read(row.raw)
        assert isinstance(incoming, Incoming)
        assert incoming.address == conversation_address(row.raw)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is accepted does not change with the engine; `test_hooks` runs on both."""
    (tmp_path / "tsunagu.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/tsunagu.db"


async def test_ours_come_through_the_hook(door: Door, store: Store) -> None:
    mixed = st.lists(st.one_of(*(line_events.events(kind) for kind in KINDS)), min_size=1, max_size=4)
    await through(door, [{"destination": "U" + "0" * 32, "events": events} for events in gathered(mixed, 40)])


@pytest.mark.slow
@needs_spec
async def test_what_is_made_from_lines_openapi_comes_through_the_hook(door: Door) -> None:
    openapi = pytest.importorskip("schemathesis.openapi", reason="needs schemathesis (pip install -e .[dev])")
    made: Callable[[], st.SearchStrategy[Any]] = openapi.from_dict(schema())["/callback"]["POST"].as_strategy
    bodies = [json.loads(json.dumps(case.body)) for case in gathered(made(), 40)]
    assert len({event["type"] for body in bodies for event in body["events"]}) >= 12
    await through(door, bodies)
