"""What Telegram's updates mean."""

import pytest
from hypothesis import given

from bots.errors import Unreadable
from bots.telegram.reading import read
from bots.types import Edited, Followed, Happening, Ignored, Incoming, InGroup, Media, Text, Unfollowed
from tests.bots import strategies
from tests.bots.payloads import all_objects, names, parsed

FILE = "AwACAgUAAxk"
GROUP = InGroup(leavable=True)

MEANINGS: dict[str, Happening] = {
    "text": Text("父の介護のことで相談したいです"),
    "start": Followed(),
    "start_with_parameter": Followed(),
    "edited": Edited("44", "書きなおしました"),
    "edited_caption": Edited("45", "この手紙のことです"),
    "photo": Media("image", "large"),
    "photo_caption": Media("image", "large", "役場からこの手紙が来ました"),
    "voice": Media("audio", FILE),
    "audio": Media("audio", FILE),
    "video": Media("video", FILE),
    "video_note": Media("video", FILE),
    "animation": Media("video", FILE),
    "document": Media("file", FILE, "これです", "通知.pdf"),
    "sticker": Media("sticker"),
    "location": Media("location", caption="緯度 42.4971 経度 143.2794"),
    "venue": Media("location", caption="大樹町役場 東本通33"),
    "contact": Media("unknown"),
    "poll": Media("unknown"),
    "pinned": Ignored("pinned_message"),
    "unknown_content": Media("unknown"),
    "callback_value": Text("自分のことです"),
    "callback_label": Text("とても長い答え"),
    "callback_inaccessible": Media("unknown"),
    "callback_named": Text("自分のこと", "JqfCbJ0NmJmVQ0nP"),
    "callback_named_inaccessible": Text("", "JqfCbJ0NmJmVQ0nP"),
    "blocked": Unfollowed(),
    "unblocked": Followed(),
    "added_to_group": GROUP,
    "removed_from_group": Ignored("my_chat_member"),
    "group_text": GROUP,
    "left_group_message": Ignored("left_chat_member"),
    "channel_post": Ignored("channel_post"),
    "unknown_update": Ignored("teleported"),
}


@pytest.mark.parametrize(("name", "meaning"), MEANINGS.items())
def test_meanings(name: str, meaning: Happening) -> None:
    assert read(parsed("telegram", name)).what == meaning


def test_every_payload_has_a_meaning_here() -> None:
    assert set(names("telegram")) == MEANINGS.keys()


def test_a_tapped_button_carries_the_query_to_acknowledge() -> None:
    tap = read(parsed("telegram", "callback_value"))
    assert tap.reply_token == "4382bfdwdsb323b2d9"
    assert tap.message_id is None
    assert read(parsed("telegram", "text")).reply_token is None


@pytest.mark.parametrize("raw", [[], None, "x", 3])
def test_no_object_no_update(raw: object) -> None:
    with pytest.raises(Unreadable):
        read(raw)  # type: ignore[arg-type]


@strategies.calm
@given(strategies.objects)
def test_no_object_is_too_odd(raw: dict[str, object]) -> None:
    assert isinstance(read(raw), Incoming)


@strategies.calm
@given(strategies.damaged(all_objects("telegram")))
def test_no_damage_is_too_odd(raw: dict[str, object]) -> None:
    assert read(raw).at.tzinfo is not None
