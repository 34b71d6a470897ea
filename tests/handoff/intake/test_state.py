"""The dialogue's memory: small, without words, readable by older and newer programs."""

import json

from handoff.intake.state import State

FULL = State(
    since=7, asked=("ask_whose", "ask_kind"), crises=("dv",), urgency="urgent", windows=("taiki.fukushi",),
    told_until="2026-11-24T08:30:00+09:00", greeted=True, ticket=True,
)


def test_it_survives_the_database() -> None:
    assert State.from_json(json.loads(json.dumps(FULL.as_json()))) == FULL


def test_what_an_older_or_newer_program_wrote_is_read() -> None:
    assert State.from_json({}) == State()
    assert State.from_json({"asked": ["ask_whose"], "brand_new": {"x": 1}}) == State(asked=("ask_whose",))


def test_a_new_episode_remembers_only_that_the_notice_was_given() -> None:
    assert FULL.next_episode(12) == State(since=12, greeted=True)


def test_questions_are_kept_in_order() -> None:
    assert State().with_question("ask_whose").with_question("ask_kind").asked == ("ask_whose", "ask_kind")
