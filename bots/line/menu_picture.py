"""The rich menu's picture, drawn here: four plain areas with large white words, contrast 7:1 and more.

Needs a Japanese font of the system; brings none along. Knows no LINE.
"""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bots.line.menu import HEIGHT, LARGEST_PICTURE, WIDTH, boxes

FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/usr/share/fonts/truetype/vlgothic/VL-Gothic-Regular.ttf",
    "/System/Library/Fonts/ヒラギノ角ゴシック W6.ttc",
    "C:/Windows/Fonts/YuGothB.ttc",
)
COLOURS = ("#0017c1", "#115a36", "#9e0000", "#333333")
PAPER, GAP, MARGIN = "#ffffff", 12, 90
LARGEST_LETTERS = 190


class NoFont(Exception):
    """No Japanese font is installed. Says which package brings one."""

    def __init__(self) -> None:
        super().__init__(
            "日本語の字体（フォント）が見つかりません。apt-get install fonts-noto-cjk で入れてください / "
            "no Japanese font found; install the package fonts-noto-cjk"
        )


def draw(labels: Sequence[str], *, fonts: Iterable[str] = FONTS) -> bytes:
    """A PNG with four labels. NoFont."""
    font = next((path for path in fonts if Path(path).is_file()), None)
    if font is None:
        raise NoFont
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(picture)
    for label, box, colour in zip(labels, boxes(), COLOURS, strict=True):
        _area(pen, label, box, colour, font)
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    assert out.tell() <= LARGEST_PICTURE
    return out.getvalue()


def _area(pen: ImageDraw.ImageDraw, label: str, box: tuple[int, int, int, int], colour: str, font: str) -> None:
    x, y, width, height = box
    pen.rounded_rectangle((x + GAP, y + GAP, x + width - GAP, y + height - GAP), radius=48, fill=colour)
    letters = _fitting(label, font, width - 2 * MARGIN)
    pen.text((x + width / 2, y + height / 2), label, font=letters, fill="#ffffff", anchor="mm")


def _fitting(label: str, font: str, width: int) -> ImageFont.FreeTypeFont:
    """The largest letters in which the label fits one line."""
    for size in range(LARGEST_LETTERS, 40, -10):
        letters = ImageFont.truetype(font, size)
        if letters.getlength(label) <= width:
            return letters
    return ImageFont.truetype(font, 40)
