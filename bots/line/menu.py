"""The rich menu: four large areas under a LINE talk, and how it is put there.

A tap comes back as the label's own text, so that it is read like what somebody types. Source of the limits: LINE Developers,
Messaging API reference, "Rich menu" (2,500 × 1,686 px, PNG up to 1 MB, chat bar 14 graphemes). Knows no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bots.line.client import Answer, LineClient, NoAnswer
from bots.measure import shorten

Json = dict[str, object]
WIDTH, HEIGHT = 2500, 1686
LARGEST_PICTURE = 1_000_000
NAME = "tsunagu"
"""Begins the name of every menu of ours: older ones are taken away when a new one stands."""
CHAT_BAR = 14
LABEL = 20


@dataclass(frozen=True, slots=True)
class Area:
    """One quarter of the menu. writes: a tap also opens the keyboard."""

    label: str
    writes: bool = False


class MenuRefused(Exception):
    """LINE did not take the menu. step says at what, why is LINE's own words."""

    def __init__(self, step: str, why: str) -> None:
        super().__init__(f"{step}: {why}")
        self.step, self.why = step, why


def boxes() -> list[tuple[int, int, int, int]]:
    """x, y, width, height of the four areas, row by row."""
    width, height = WIDTH // 2, HEIGHT // 2
    return [(x, y, width, height) for y in (0, height) for x in (0, width)]


def menu(areas: Sequence[Area], *, chat_bar: str) -> Json:
    """The menu's description for LINE. Four areas."""
    return {
        "size": {"width": WIDTH, "height": HEIGHT}, "selected": True, "name": NAME,
        "chatBarText": shorten(chat_bar, CHAT_BAR),
        "areas": [_area(area, box) for area, box in zip(areas, boxes(), strict=True)],
    }


def _area(area: Area, box: tuple[int, int, int, int]) -> Json:
    action: Json = {
        "type": "postback", "label": shorten(area.label, LABEL), "data": area.label, "displayText": area.label,
    }
    if area.writes:
        action["inputOption"] = "openKeyboard"
    return {"bounds": dict(zip(("x", "y", "width", "height"), box, strict=True)), "action": action}


async def publish(client: LineClient, described: Json, picture: bytes) -> str:
    """Put the menu under every talk of the account and take our older ones away. Its id. MenuRefused."""
    _taken("validate", await _asked("validate", client, described))
    menu_id = str(_taken("create", await _asked("create", client, described)).body.get("richMenuId", ""))
    try:
        _taken("picture", await client.menu_picture(menu_id, picture))
        _taken("default", await client.menu_for_all(menu_id))
    except (NoAnswer, MenuRefused) as why:
        await client.drop_menu(menu_id)
        raise why if isinstance(why, MenuRefused) else MenuRefused("picture", why.code) from None
    listed = (await client.menus()).body.get("richmenus")
    for one in listed if isinstance(listed, list) else []:
        if one.get("name") == NAME and one.get("richMenuId") != menu_id:
            await client.drop_menu(str(one["richMenuId"]))
    return menu_id


async def _asked(step: str, client: LineClient, described: Json) -> Answer:
    try:
        return await (client.validate_menu(described) if step == "validate" else client.create_menu(described))
    except NoAnswer as lost:
        raise MenuRefused(step, lost.code) from None


def _taken(step: str, answer: Answer) -> Answer:
    if not 200 <= answer.status < 300:
        raise MenuRefused(step, f"{answer.status} {answer.message}")
    return answer
