"""One engine for all tests of triage: compiling takes about a second."""

from datetime import date

import pytest

from knowledge.types import Knowledge
from tests import whole
from triage.engine import Engine
from triage.types import Decision

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The real knowledge."""
    return whole.knowledge()


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The real engine."""
    return whole.engine()


class Asker:
    """Decides messages on a fixed day."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, *utterances: str) -> Decision:
        return self._engine.decide(utterances, today=TODAY)


@pytest.fixture
def ask(engine: Engine) -> Asker:
    """ask("message", "message") -> Decision."""
    return Asker(engine)
