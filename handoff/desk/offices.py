"""Which of a window's offices is the resident's: 包括 北・南 and the like, by the area that was said.

Pure: a window and what the resident wrote. Must not know: how it is asked, addresses.
"""

from knowledge.schema import Window
from knowledge.schema.town import Office

LEAST = 2
MOST_LISTED = 4
"""More lines make a card that nobody in trouble reads."""


def areas(window: Window) -> tuple[str, ...]:
    """The areas to choose from; empty where one office serves all, or the pack doesn't say which serves where."""
    named = tuple(dict.fromkeys(office.area for office in window.offices if office.area))
    return named if len(named) >= LEAST else ()


def each_office(window: Window) -> list[str]:
    """One line an office, for who has not said where they live and looks for themselves; none where they are too many."""
    if not areas(window) or len(window.offices) > MOST_LISTED:
        return []
    return [" ".join(filter(None, (f"{one.area}：{one.name}", one.telephone))) for one in window.offices if one.area]


def answer_of(area: str) -> str:
    """What the button of an area posts, in the resident's own words."""
    return f"住まいは{area}のほうです"


def office_for(window: Window, text: str) -> Office | None:
    """The office whose area was said: by its button, or by a name long enough to mean nothing else."""
    if not areas(window):
        return None
    for office in window.offices:
        if office.area and (answer_of(office.area) in text or (len(office.area) > 1 and office.area in text)):
            return office
    return None
