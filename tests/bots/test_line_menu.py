"""The rich menu: what LINE takes, what is drawn, what is left behind when it refuses."""

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from bots.line import reading
from bots.line.client import LineClient
from bots.line.menu import Area, MenuRefused, menu, publish
from bots.line.menu_picture import COLOURS, FONTS, NoFont, draw
from bots.types import Text
from tests.fakes.line import FakeLine

AREAS = (Area("相談する", writes=True), Area("電話する"), Area("いますぐ助けて"), Area("窓口をさがす"))
LABELS = [area.label for area in AREAS]


@pytest.fixture
async def client(line: FakeLine) -> AsyncIterator[LineClient]:
    made = LineClient(line.token, line.url, data_host=line.url)
    yield made
    await made.close()


@pytest.fixture(scope="module")
def picture() -> bytes:
    try:
        return draw(LABELS)
    except NoFont:
        pytest.skip("needs a Japanese font (apt-get install fonts-noto-cjk)")


async def test_line_takes_it_and_our_older_menu_goes(line: FakeLine, client: LineClient, picture: bytes) -> None:
    described = menu(AREAS, chat_bar="大樹町")
    line.menus.described["another"] = {**described, "name": "of the town's own making"}
    first = await publish(client, described, picture)
    second = await publish(client, described, picture)
    assert line.menus.default == second != first
    assert set(line.menus.described) == {"another", second}
    assert line.refused == []


async def test_a_tap_comes_back_as_the_labels_own_words(line: FakeLine) -> None:
    areas = menu(AREAS, chat_bar="大樹町")["areas"]
    assert isinstance(areas, list)
    taps = [reading.read(line.resident("花子").taps(area["action"])).what for area in areas]
    assert taps == [Text(label) for label in LABELS]


async def test_a_refused_picture_leaves_no_menu_behind(line: FakeLine, client: LineClient) -> None:
    small = io.BytesIO()
    Image.new("RGB", (100, 100)).save(small, "PNG")
    with pytest.raises(MenuRefused, match="picture: 400"):
        await publish(client, menu(AREAS, chat_bar="大樹町"), small.getvalue())
    assert line.menus.described == {}


async def test_credentials_that_do_not_work_are_said(line: FakeLine) -> None:
    stranger = LineClient("wrong", line.url, data_host=line.url)
    with pytest.raises(MenuRefused, match="validate: 401"):
        await publish(stranger, menu(AREAS, chat_bar="大樹町"), b"")
    await stranger.close()


def test_the_picture_has_four_areas_with_words_in_them(picture: bytes) -> None:
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    assert drawn.size == (2500, 1686)
    for number, colour in enumerate(COLOURS):
        left, top = (number % 2) * 1250, (number // 2) * 843
        quarter = drawn.crop((left + 60, top + 60, left + 1190, top + 780))
        counts = quarter.getcolors(1 << 20) or []
        shares = {found: count / (1130 * 720) for count, found in counts}
        ground = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert shares[ground] > 0.6
        assert 0.02 < shares[(255, 255, 255)] < 0.4, "white letters"


def test_without_a_font_it_says_which_package_brings_one() -> None:
    with pytest.raises(NoFont, match="fonts-noto-cjk"):
        draw(LABELS, fonts=["/nowhere.ttf"])
    assert FONTS
