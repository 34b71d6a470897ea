"""The fake LINE's rich menus: judged as LINE judges them, by its reference. Knows nothing of the product."""

import io
from dataclasses import dataclass, field
from typing import Any

import regex  # type: ignore[import-untyped]
from PIL import Image


@dataclass
class Menus:
    """The menus of one account. default: the one under every talk."""

    described: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    default: str | None = None

    def problems(self, menu: dict[str, Any]) -> list[str]:
        """What LINE would refuse in a description."""
        size = menu.get("size", {})
        width, height = size.get("width", 0), size.get("height", 0)
        found = []
        if not 800 <= width <= 2500 or height < 250 or width / max(height, 1) < 1.45:
            found.append("size is out of range")
        if not 1 <= len(regex.findall(r"\X", menu.get("chatBarText", ""))) <= 14:
            found.append("chatBarText must have 1 to 14 characters")
        areas = menu.get("areas", [])
        if not 1 <= len(areas) <= 20:
            found.append("areas must have 1 to 20 items")
        for area in areas:
            box, action = area["bounds"], area["action"]
            if box["x"] < 0 or box["y"] < 0 or box["x"] + box["width"] > width or box["y"] + box["height"] > height:
                found.append("bounds outside the picture")
            if action["type"] != "postback" or not 0 < len(action["data"]) <= 300 or len(action.get("label", "")) > 20:
                found.append("action is invalid")
        return found

    def picture_problems(self, menu_id: str, picture: bytes, mime: str) -> list[str]:
        """What LINE would refuse in a picture."""
        if mime not in {"image/png", "image/jpeg"}:
            return ["The content type is invalid"]
        if len(picture) > 1_000_000:
            return ["The image is too large"]
        size = self.described[menu_id]["size"]
        drawn = Image.open(io.BytesIO(picture))
        return [] if drawn.size == (size["width"], size["height"]) else ["The image size is invalid"]
