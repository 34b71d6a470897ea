"""A town chooses the languages that go out: two persons, what nobody has read marked so, the chat's list following."""

import json
import re

import pytest

from tests.api.editing import ROOT, Town, drafted, filled, live, number_of, press, town
from tests.api.test_console import text_of

__all__ = ["town"]
FACTS = f"{ROOT}/things/town/town"
GREETING = f"{ROOT}/things/reply/vi.greeting"


async def offered(town: Town) -> list[str]:
    """The languages that the chat lets residents choose."""
    page = (await town.client.get("/chat/taiki")).text
    return re.findall(r'name="language" value="([^"]+)"', page)


async def opened(town: Town, language: str) -> str:
    """What the bot says first to whom would like this language."""
    made = await town.client.post("/api/chat/taiki/conversations", content=json.dumps({"language": language}))
    return str(made.json()["messages"][0]["text"])


async def test_a_language_goes_out_once_two_persons_have_chosen_it(town: Town) -> None:
    assert await offered(town) == ["ja", "ja-easy", "en"]
    easy = await opened(town, "ja-easy")
    assert await opened(town, "vi-VN") == easy
    form = filled(await town.client.get(FACTS))
    assert form["languages"] == ["ja", "ja-easy", "en"]
    where = await drafted(town.client, FACTS, languages=[*form["languages"], "vi"])
    said = text_of(await town.client.get(where))
    assert "住民に返す言葉" in said
    assert "ベトナム語（下書き）" in said
    await town.foresee()
    assert (await press(town.client, number_of(where), "publish")).status_code == 409
    await live(town, where)
    assert await offered(town) == ["ja", "ja-easy", "en", "vi"]
    assert "大樹町" in await opened(town, "vi-VN") != easy
    frame = (await town.client.get("/chat/taiki?lang=vi")).text
    assert '<html lang="en">' in frame
    assert 'role="log" lang="vi"' in frame


async def test_a_language_that_is_not_chosen_can_be_read_and_mended_before(town: Town) -> None:
    listed = text_of(await town.client.get(f"{ROOT}/things/reply?language=vi"))
    assert "ベトナム語（下書き）・出していません" in listed
    text = filled(await town.client.get(GREETING))["text"]
    page = text_of(await town.client.get(await drafted(town.client, GREETING, text=f"{text}!")))
    assert "ベトナム語は、役所全体のことの「住民に返す言葉」で選ばれていないので、いまは出ません。" in page


@pytest.mark.parametrize(("chosen", "what"), [(["en"], "languages に ja がありません"), (["ja", "xx"], "使えない値です: xx")])
async def test_japanese_stays_and_nothing_unknown_comes(town: Town, chosen: list[str], what: str) -> None:
    where = await drafted(town.client, FACTS, languages=chosen)
    assert where.endswith("/edit")
    said = text_of(await town.client.get(where))
    assert what in said
