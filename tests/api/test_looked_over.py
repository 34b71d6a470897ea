"""Every page that somebody reads is looked over in Chromium (axe, a narrow window): a page without a visit fails here,
where it costs nothing; `tests/browser/test_manual.py` makes the visits.
"""

import inspect
from typing import Any

import pytest
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute

from tests.api.test_matrix import FOUND
from tests.browser.touring import FILES, KNOWN, PIECES, TOUR, VISITS

VISITED = [stop.path.format_map(KNOWN) for stop in (*TOUR, *VISITS)]
READ: tuple[Any, ...] = (HTMLResponse, Response)


def read_by_people(name: str, route: APIRoute) -> bool:
    """A plain Response may be a page: it is one, or it stands in the lists of what is none."""
    gives = inspect.signature(route.endpoint).return_annotation
    return name.startswith("GET ") and gives in READ and name not in PIECES | FILES


@pytest.mark.parametrize("name", sorted(name for name, route in FOUND.items() if read_by_people(name, route)))
def test_every_page_has_a_visit(name: str) -> None:
    path = FOUND[name].path_regex
    assert any(path.match(visited) for visited in VISITED), f"add a Visit for {name} to tests/browser/touring.py"


def test_every_visit_and_every_exception_is_of_a_route_that_exists() -> None:
    paths = [route.path_regex for name, route in FOUND.items() if name.startswith("GET ")]
    assert [one for one in VISITED if not any(path.match(one) for path in paths)] == []
    assert (PIECES | FILES) - FOUND.keys() == set()
