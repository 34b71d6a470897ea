"""Pictures drawn anew: nothing of the file that came stays but its pixels, so no EXIF, GPS, comment or hidden part.

Pure, and slow: run it in a thread. Knows only bytes.
"""

import io
import warnings
from dataclasses import dataclass

from pi_heif import register_heif_opener
from PIL import Image, ImageOps, UnidentifiedImageError

from handoff.intake.sniffing import Unfit

MOST_PIXELS = 60_000_000
"""A telephone's largest photo; a bomb of a few kilobytes claims billions."""
LONGEST_SIDE = 4_096
PREVIEW_SIDE = 640
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF")
_QUALITY, _PREVIEW_QUALITY = 88, 80


register_heif_opener(thumbnails=False)  # iPhones' own format; Pillow knows the others


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture drawn anew and its small preview (always JPEG)."""

    body: bytes
    media_type: str
    preview: bytes


def redrawn(data: bytes) -> Picture:
    """The first frame, upright, at most `LONGEST_SIDE`. Unfit for what cannot be drawn or is a bomb."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the ceiling is ours, below
            with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Unfit("bomb")
                # An upright JPEG may be decoded at a fraction of its size: that spares memory.
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                opened.seek(0)
                image = _clean(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError:
        raise Unfit("bomb") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise Unfit("unreadable_image") from None
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = image.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    if image.mode == "RGBA":
        return Picture(_saved(image, "PNG"), "image/png", _saved(_on_white(small), "JPEG", quality=_PREVIEW_QUALITY))
    body = _saved(image, "JPEG", quality=_QUALITY)
    return Picture(body, "image/jpeg", _saved(small, "JPEG", quality=_PREVIEW_QUALITY))


def _clean(image: Image.Image) -> Image.Image:
    """The same pixels on a fresh canvas: what a file carries beside them (`info`) is left behind."""
    see_through = image.mode in ("RGBA", "LA", "PA") or (image.mode == "P" and "transparency" in image.info)
    mode = "RGBA" if see_through else "RGB"
    pixels = image.convert(mode)
    canvas = Image.new(mode, pixels.size)
    canvas.paste(pixels)
    return canvas


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, form, optimize=True, **options)
    return out.getvalue()
