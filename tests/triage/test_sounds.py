"""What a message sounds like, where words found nothing or only a subject: never against anybody's trouble, never in a hurry."""

from typing import Any

import pytest

from tests.triage.conftest import Asker
from triage.intents import Intent

CALM = {"need": -1.0, "vague": -1.0, "info": -0.2, "other": 0.1, "chat": -1.0}


def meant(**said: Any) -> Intent:
    """An intent of which nothing else stands."""
    nothing: dict[str, Any] = dict.fromkeys(Intent._fields, 0)
    flags = ("asks", "known", "stranger", "named", "welfare", "over", "heard", "exaggerates")
    return Intent(**(nothing | dict.fromkeys(flags, False) | {"ids": frozenset[str](), "sentences": 1} | said))


def test_other_business_unless_welfare_is_named() -> None:
    assert meant().sounds(CALM, opened=False) == "other"
    assert meant(welfare=True).sounds(CALM, opened=False) == "info"


def test_a_window_that_words_opened_gives_way_to_a_question_only() -> None:
    assert meant(asks=True).sounds(CALM, opened=True) == "info"
    assert meant().sounds(CALM, opened=True) is None


@pytest.mark.parametrize("said", [{"own": 1}, {"kin": 1}, {"trouble": 1}, {"topics": 1}, {"known": True}, {"stranger": True}, {"ids": frozenset(("vague_opening",))}])
def test_whoever_tells_of_somebodys_life_is_heard(said: dict[str, Any]) -> None:
    assert meant(**said).sounds(CALM, opened=False) is None


def test_what_sounds_like_a_need_or_like_nothing_stays_with_the_words() -> None:
    assert meant().sounds(CALM | {"need": 0.1}, opened=False) is None
    assert meant().sounds(CALM | {"other": -0.1}, opened=False) is None
    assert meant().sounds(CALM | {"vague": 0.2}, opened=False) is None
    assert meant().sounds({}, opened=False) is None


def test_a_story_must_sound_less_like_a_need() -> None:
    almost = CALM | {"need": -0.2}
    assert meant(sentences=2, asks=True).sounds(almost, opened=True) is None
    assert meant(sentences=2, asks=True, info=1).sounds(almost, opened=True) == "info"


@pytest.mark.parametrize("text", ["大水で家の一階がだめになりました", "娘の同級生がいつもお腹をすかせています", "助けて", "相談があります"])
def test_needs_and_openings_are_not_taken_for_talk(ask: Asker, text: str) -> None:
    assert ask(text).action in ("route", "clarify")
