"""Pictures drawn anew carry nothing but their pixels, and no file makes the machine draw more than it can."""

import io

import pytest
from PIL import Image

from handoff.intake.pictures import LONGEST_SIDE, PREVIEW_SIDE, redrawn
from handoff.intake.sniffing import Unfit
from tests.handoff.intake import files


@pytest.mark.parametrize("data", [*(files.photo(form=form) for form in ("JPEG", "PNG", "WEBP", "AVIF")), files.HEIC], ids=["jpeg", "png", "webp", "avif", "heic"])
def test_where_it_was_taken_is_gone(data: bytes) -> None:
    assert files.SECRET.encode() in data
    drawn = redrawn(data)
    for part in (drawn.body, drawn.preview):
        assert files.SECRET.encode() not in part
        with Image.open(io.BytesIO(part)) as image:
            assert not image.getexif()
            assert not {"exif", "comment", "xmp", "icc_profile"} & image.info.keys()


def test_it_stands_upright_and_small_enough() -> None:
    drawn = redrawn(files.photo(size=(5_000, 2_500)))
    with Image.open(io.BytesIO(drawn.body)) as image, Image.open(io.BytesIO(drawn.preview)) as preview:
        assert image.size == (LONGEST_SIDE // 2, LONGEST_SIDE)
        assert max(preview.size) == PREVIEW_SIDE
        assert preview.format == "JPEG"


def test_an_iphones_photo_stands_upright_too() -> None:
    drawn = redrawn(files.HEIC)
    with Image.open(io.BytesIO(drawn.body)) as image:
        assert (image.format, image.size) == ("JPEG", (80, 120))


def test_glass_stays_glass() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(out, "PNG")
    drawn = redrawn(out.getvalue())
    assert drawn.media_type == "image/png"
    with Image.open(io.BytesIO(drawn.preview)) as preview:
        assert preview.getpixel((20, 20)) == (255, 255, 255)


def test_only_the_first_picture_of_a_moving_one() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(redrawn(out.getvalue()).body)) as image:
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize(("data", "code"), [
    (files.bomb(), "bomb"), (files.bomb(10_000), "bomb"), (files.photo()[:2_000], "unreadable_image"), (b"\xff\xd8\xff\xe0" + b"x" * 50, "unreadable_image"),
    (files.PDF, "unreadable_image"), (files.HEIC[:400], "unreadable_image"), (b"", "unreadable_image"),
], ids=["bomb", "smaller bomb", "cut", "header", "pdf", "cut heic", "nothing"])
def test_what_cannot_be_drawn(data: bytes, code: str) -> None:
    with pytest.raises(Unfit) as refusal:
        redrawn(data)
    assert refusal.value.code == code
