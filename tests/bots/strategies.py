"""Hostile JSON: arbitrary objects, and real events with one value replaced by anything."""

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Json = Any

# the same examples every time, and no complaints about a busy machine
calm = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["user", "group", "text"])
values: st.SearchStrategy[Json] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12)
objects = st.dictionaries(st.text(max_size=12), values, max_size=6)


@st.composite
def damaged(draw: st.DrawFn, events: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """One of the events with a value somewhere inside replaced or taken out."""
    event = copy.deepcopy(draw(st.sampled_from(events)))
    place: dict[str, Json] = event
    while True:
        key = draw(st.sampled_from(sorted(place)))
        inner = place[key]
        if isinstance(inner, dict) and inner and draw(st.booleans()):
            place = inner
            continue
        if draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(values)
        return event
