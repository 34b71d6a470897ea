"""What LINE's events mean: every documented type, and what nobody has documented yet."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from bots.errors import Unreadable
from bots.line.reading import read
from bots.line.webhook import read_events
from bots.types import (
    Edited,
    Followed,
    Happening,
    Ignored,
    Incoming,
    InGroup,
    Media,
    Text,
    Unfollowed,
    Unsent,
)
from tests.bots import strategies
from tests.bots.payloads import all_objects, body, names, parsed

SPEC = Path(__file__).resolve().parents[3] / "shared" / "line-openapi" / "webhook.strict.yml"
NOT_IN_THE_SPEC = {"message_edited", "message_edited_group", "message_unknown_type", "unknown_event", "no_type",
                   "no_mode_no_token", "source_of_new_kind"}
GROUP = InGroup(leavable=True)

MEANINGS: dict[str, Happening] = {
    "message_text": Text("父の介護のことで相談したいです"),
    "message_text_emoji_mention": GROUP,
    "message_text_redelivered": Text("届いていますか"),
    "message_text_standby": Text("こんにちは"),
    "message_text_lone_surrogate": Text("こわれた\ufffd文字\ufffd"),
    "message_image": Media("image", "590000000000000006"),
    "message_image_external": Media("image"),
    "message_audio": Media("audio", "590000000000000008"),
    "message_video": Media("video", "590000000000000009"),
    "message_file": Media("file", "590000000000000010", name="通知.pdf"),
    "message_location": Media("location", caption="現在地 北海道広尾郡大樹町東本通33"),
    "message_location_bare": Media("location", caption="緯度 42.4971 経度 143.2794"),
    "message_sticker": Media("sticker"),
    "message_sticker_text": Media("sticker", caption="たすけて"),
    "message_unknown_type": Media("unknown"),
    "message_edited": Edited("590000000000000016", "書きなおしました"),
    "message_edited_group": GROUP,
    "message_group": GROUP,
    "message_room": GROUP,
    "unsend": Unsent("590000000000000001"),
    "unsend_group": Ignored("unsend"),
    "follow": Followed(),
    "unfollow": Unfollowed(),
    "join": GROUP,
    "leave": Ignored("leave"),
    "member_joined": GROUP,
    "member_left": Ignored("memberLeft"),
    "postback": Text("母のことです"),
    "postback_datetime": Text("いつごろ"),
    "video_play_complete": Ignored("videoPlayComplete"),
    "beacon": Ignored("beacon"),
    "account_link": Ignored("accountLink"),
    "account_link_failed": Ignored("accountLink"),
    "membership": Ignored("membership"),
    "module": Ignored("module"),
    "activated": Ignored("activated"),
    "deactivated": Ignored("deactivated"),
    "bot_suspended": Ignored("botSuspended"),
    "bot_resumed": Ignored("botResumed"),
    "delivery": Ignored("delivery"),
    "unknown_event": Ignored("teleported"),
    "no_mode_no_token": Text("足りない項目"),
    "no_type": Ignored("unknown"),
    "source_of_new_kind": Text("新しい場所から"),
}


def only(name: str) -> Incoming:
    (event,) = read_events(body("line", name))
    return read(event.raw)


@pytest.mark.parametrize(("name", "meaning"), MEANINGS.items())
def test_meanings(name: str, meaning: Happening) -> None:
    assert only(name).what == meaning


def test_every_payload_has_a_meaning_here() -> None:
    assert set(names("line")) == MEANINGS.keys() | {"connectivity_check", "two_users"}


def test_a_text_whole() -> None:
    assert only("message_text") == Incoming(
        address="U8d7c1f0a2b3e4d5c6b7a8f9e0d1c2b3a", what=Text("父の介護のことで相談したいです"),
        at=datetime.fromtimestamp(1795600001, UTC), message_id="590000000000000001",
        reply_token="3f9c0d1e2b7a4c5f8e6d9b0a1c2e3f40")


def test_a_redelivery_says_so_and_is_the_same_otherwise() -> None:
    again = only("message_text_redelivered")
    assert again.redelivered
    assert not only("message_text").redelivered
    assert replace(again, redelivered=False).reply_token == only("message_text").reply_token


def test_in_standby_the_bot_keeps_silent() -> None:
    assert not only("message_text_standby").may_answer
    assert only("message_text").may_answer
    assert only("no_mode_no_token").may_answer


def test_a_sender_of_an_unknown_kind_of_place_is_still_known() -> None:
    assert only("source_of_new_kind").address == "U8d7c1f0a2b3e4d5c6b7a8f9e0d1c2b3a"


def test_a_hostile_type_never_reaches_a_log() -> None:
    assert read({"type": "x\n2026 ERROR forged"}).what == Ignored("unknown")


@pytest.mark.parametrize("raw", [[], None, "x", 3])
def test_no_object_no_event(raw: object) -> None:
    with pytest.raises(Unreadable):
        read(raw)  # type: ignore[arg-type]


@strategies.calm
@given(strategies.objects)
def test_no_object_is_too_odd(raw: dict[str, object]) -> None:
    assert isinstance(read(raw), Incoming)


@strategies.calm
@given(strategies.damaged(all_objects("line")))
def test_no_damage_is_too_odd(raw: dict[str, object]) -> None:
    incoming = read(raw)
    assert incoming.at.tzinfo is not None
    if isinstance(incoming.what, Text):
        assert isinstance(incoming.what.body, str)


@pytest.mark.skipif(not SPEC.exists(), reason="needs ../shared/line-openapi beside the clone")
@pytest.mark.parametrize("name", sorted(set(names("line")) - NOT_IN_THE_SPEC))
def test_the_payloads_are_what_line_sends(name: str) -> None:
    import yaml
    from jsonschema import Draft4Validator

    components = yaml.load(SPEC.read_bytes(), Loader=yaml.CSafeLoader)["components"]
    schema = {"allOf": [{"$ref": "#/components/schemas/CallbackRequest"}], "components": components}
    assert [error.json_path for error in Draft4Validator(schema).iter_errors(parsed("line", name))] == []
