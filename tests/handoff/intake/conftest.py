"""Knowledge once a session."""

import pytest

from knowledge.loader import Knowledge, load


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()
