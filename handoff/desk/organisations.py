"""所属: the body that a member of staff works for, where it is another one than the town itself.

Kept with the account as its name; who is seated at windows that one other body runs belongs to it unless somebody says
otherwise. Pure. What may leave to another body is decided elsewhere: this only says who belongs to one.
"""

from collections.abc import Collection

from knowledge.schema import Town, Window

LONGEST = 100
REMARK = "（"
"""「社会福祉法人（委託）」 says what kind of body runs a window, not which one: then the window's own name says more."""


class BadOrganisation(ValueError):
    """No name of a body. The text says what to do, for officials."""


def of_windows(windows: Collection[str], town: Town) -> str | None:
    """The other body that runs all of these windows; None where one of them is the town's, or they have several."""
    seated = [window for window in town.windows if f"{town.id}.{window.id}" in windows]
    bodies = {body_of(window) for window in seated}
    return bodies.pop() if len(bodies) == 1 else None


def body_of(window: Window) -> str | None:
    """Who runs a window, by name; None for the town."""
    if window.relation == "same_body":
        return None
    return window.run_by if window.run_by and REMARK not in window.run_by else window.name


def unsaid(windows: Collection[str], organisation: str | None, town: Town) -> str | None:
    """The body that somebody's windows say they work for, where their account says nothing; None where nothing is open."""
    return None if organisation else of_windows(windows, town)


def named(text: str) -> str | None:
    """A body as somebody wrote it, None for the town itself. BadOrganisation."""
    found = " ".join(text.split())
    if len(found) > LONGEST or not found.isprintable():
        raise BadOrganisation(f"所属は{LONGEST}文字までで書いてください。")
    return found or None


def called(name: str, organisation: str | None) -> str:
    """A name as colleagues read it: the body stands beside it where it is another one."""
    return f"{name}（{organisation}）" if organisation else name
