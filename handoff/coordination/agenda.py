"""Which moments of a case this town's plan wants a meeting for, and what is talked about at each. Pure.

The moments are the same everywhere, their names are the pack's.
"""

import re
from typing import Literal

from knowledge.schema import Meeting, Town

Moment = Literal["drafted", "changed", "ended", "suspended"]
_ANEW = r"再プラン|再策定|変更|見直し"
MOMENTS: dict[Moment, re.Pattern[str]] = {
    "drafted": re.compile(rf"^(?!.*({_ANEW})).*策定"), "changed": re.compile(_ANEW), "ended": re.compile("終結"),
    "suspended": re.compile("中断"),
}
ALWAYS = ("本人の目標と支援の方針", "機関ごとの役割分担", "モニタリングの時期")
"""What every plan meeting settles where the pack has no list of its own."""


def occasion(meeting: Meeting, moment: Moment) -> str | None:
    """The pack's name of a moment; None where this town asks for no meeting at it."""
    return next((trigger for trigger in meeting.triggers if MOMENTS[moment].search(trigger)), None)


def wanted_at(town: Town, moment: Moment) -> tuple[Meeting, str] | None:
    """The running plan meeting that a moment asks for, and the moment's name there."""
    for meeting in town.meetings:
        name = occasion(meeting, moment) if meeting.kind == "plan" and meeting.status == "running" else None
        if name is not None:
            return meeting, name
    return None


def topics(meeting: Meeting, at: str | None) -> tuple[str, ...]:
    """What is talked about: the pack's lines of this occasion, its general lines, or what such a meeting is for."""
    pairs = [line.split("：", maxsplit=1) for line in meeting.agenda]
    own = tuple(pair[1] for pair in pairs if len(pair) == 2 and pair[0] == at)
    general = tuple(pair[0] for pair in pairs if len(pair) == 1)
    if own or general:
        return (*own, *general)
    return ALWAYS if meeting.kind == "plan" else tuple(filter(None, [meeting.decides]))
