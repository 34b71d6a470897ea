"""What a paper says of who made it, where and with what: taken out of PDFs and Office papers before they are kept.

As with pictures, what came is not kept beside it. Where that cannot be done without breaking the paper, it stays as it came
and is said to be so: a person decides whether it leaves. Pure and slow: run it in a thread. Knows only bytes.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from handoff.intake.sniffing import PAPERS, PDF

State = Literal["none", "emptied", "locked", "signed", "broken"]
"""none: nothing is left. emptied: files that lay within it went too. As it came: locked (a password), signed (a signature
that taking anything out would break), broken (not to be read, or too large to be)."""
STATES: tuple[State, ...] = get_args(State)
CLEANED: frozenset[State] = frozenset({"none", "emptied"})


@dataclass(frozen=True, slots=True)
class Bared:
    """A paper as it is kept."""

    body: bytes
    state: State


class Stays(Exception):
    """It cannot be cleaned. state: why."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state: State = state


def has_imprint(media_type: str) -> bool:
    """Whether files of this type say who made them; a text does not, pictures are drawn anew."""
    return media_type in PAPERS and media_type != "text/plain"


def bared(data: bytes, media_type: str) -> Bared:
    """The paper without its imprint, else as it came. media_type: one that `has_imprint`."""
    from handoff.intake.imprint import office, pdf  # here: the web process opens no paper

    try:
        return pdf.bared(data) if media_type == PDF else office.bared(data)
    except Stays as why:
        return Bared(data, why.state)
