"""Webhook events of LINE of every kind, made up: our own strategies, after LINE's reference (research/channels.md §A).

`test_line_generated` holds them once against LINE's own OpenAPI where it is there; they need nothing beside the clone.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
HEX = "0123456789abcdef"
ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _hex(head: str) -> st.SearchStrategy[str]:
    return st.text(HEX, min_size=32, max_size=32).map(lambda rest: head + rest)


def _some(required: Mapping[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object: plain values stand as they are, strategies are drawn from; optional ones may be missing."""
    drawn = {key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in required.items()}
    return st.fixed_dictionaries(drawn, optional=optional)


users = _hex("U")
numbers = st.text("0123456789", min_size=1, max_size=20)
tokens = st.text(HEX, min_size=32, max_size=32)
words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80) | st.sampled_from(["父の介護のことで", "😀👨‍👩‍👧", "死にたい", "\u0000"])
links = st.just("https://example.com/a.jpg")
sources = st.one_of(
    _some({"type": "user", "userId": users}), _some({"type": "user", "userId": users}),
    _some({"type": "group", "groupId": _hex("C")}, userId=users), _some({"type": "room", "roomId": _hex("R")}, userId=users),
)
providers = _some({"type": "line"}) | _some({"type": "external"}, originalContentUrl=links, previewImageUrl=links)
mentionees = st.one_of(
    _some({"type": "user", "index": st.integers(0, 9), "length": st.integers(1, 9)}, userId=users, isSelf=st.booleans()),
    _some({"type": "all", "index": st.integers(0, 9), "length": st.integers(1, 9)}),
)
emojis = _some({"index": st.integers(0, 9), "length": st.integers(1, 9), "productId": tokens, "emojiId": numbers})
STICKERS = ("STATIC", "ANIMATION", "SOUND", "ANIMATION_SOUND", "POPUP", "POPUP_SOUND", "CUSTOM", "MESSAGE")
_read = {"markAsReadToken": tokens}
messages: dict[str, st.SearchStrategy[Json]] = {
    "text": _some(
        {"type": "text", "id": numbers, "text": words, "quoteToken": tokens}, emojis=st.lists(emojis, max_size=2),
        mention=_some({"mentionees": st.lists(mentionees, max_size=2)}), quotedMessageId=numbers, **_read,
    ),
    "image": _some(
        {"type": "image", "id": numbers, "contentProvider": providers, "quoteToken": tokens},
        imageSet=_some({"id": tokens}, index=st.integers(1, 9), total=st.integers(1, 9)), **_read,
    ),
    "video": _some({"type": "video", "id": numbers, "contentProvider": providers, "quoteToken": tokens}, duration=st.integers(0, 10**7), **_read),
    "audio": _some({"type": "audio", "id": numbers, "contentProvider": providers}, duration=st.integers(0, 10**7), **_read),
    "file": _some({"type": "file", "id": numbers, "fileName": words, "fileSize": st.integers(0, 2**31 - 1)}, **_read),
    "location": _some(
        {"type": "location", "id": numbers, "latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)},
        title=words, address=words, **_read,
    ),
    "sticker": _some(
        {"type": "sticker", "id": numbers, "packageId": numbers, "stickerId": numbers, "stickerResourceType": st.sampled_from(STICKERS),
         "quoteToken": tokens},
        keywords=st.lists(words, max_size=3), text=words.filter(lambda text: len(text) <= 100), **_read,
    ),
}
_reply = {"replyToken": tokens}
_members = _some({"members": st.lists(_some({"type": "user", "userId": users}), min_size=1, max_size=3)})
_membership = _some({"type": st.sampled_from(["joined", "left", "renewed"]), "membershipId": st.integers(1, 9999)})
_module = st.one_of(
    _some({"type": "attached", "botId": users, "scopes": st.just(["message:send"])}),
    _some({"type": "detached", "botId": users, "reason": "bot_deleted"}),
)
_postback = _some({"data": words}, params=_some({"datetime": "2026-11-24T10:00"}))
bodies: dict[str, Callable[[], st.SearchStrategy[Json]]] = {
    "message": lambda: _some({"message": st.one_of(*messages.values())}, **_reply),
    "unsend": lambda: _some({"unsend": _some({"messageId": numbers})}),
    "follow": lambda: _some({"follow": _some({"isUnblocked": st.booleans()}), **_reply}),
    "unfollow": lambda: _some({}),
    "join": lambda: _some(_reply),
    "leave": lambda: _some({}),
    "memberJoined": lambda: _some({"joined": _members, **_reply}),
    "memberLeft": lambda: _some({"left": _members}),
    "postback": lambda: _some({"postback": _postback}, **_reply),
    "videoPlayComplete": lambda: _some({"videoPlayComplete": _some({"trackingId": tokens}), **_reply}),
    "beacon": lambda: _some({"beacon": _some({"hwid": numbers, "type": st.sampled_from(["enter", "banner", "stay"])}, dm=tokens), **_reply}),
    "accountLink": lambda: _some({"link": _some({"result": st.sampled_from(["ok", "failed"]), "nonce": tokens})}, **_reply),
    "membership": lambda: _some({"membership": _membership, **_reply}),
    "module": lambda: _some({"module": _module}),
    "activated": lambda: _some({"chatControl": _some({"expireAt": st.integers(1, 2**40)})}),
    "deactivated": lambda: _some({}),
    "botSuspended": lambda: _some({}),
    "botResumed": lambda: _some({}),
    "delivery": lambda: _some({"delivery": _some({"data": tokens})}),
}
"""By the type that LINE's OpenAPI gives it."""
beyond: dict[str, Callable[[], st.SearchStrategy[Json]]] = {
    "messageEdited": lambda: _some({"message": messages["text"]}, **_reply),
    "somethingNew": lambda: _some({"somethingNew": st.dictionaries(words, words, max_size=3)}, **_reply),
}
"""What LINE sends and its OpenAPI does not know yet, and what it may send tomorrow."""


def events(kind: str) -> st.SearchStrategy[Json]:
    """Events of one kind, whole."""
    shell = _some(
        {"type": kind, "timestamp": st.integers(1_500_000_000_000, 1_900_000_000_000), "mode": st.sampled_from(["active", "standby"]),
         "webhookEventId": st.text(ULID, min_size=26, max_size=26),
         "deliveryContext": _some({"isRedelivery": st.booleans()})},
        source=sources,
    )
    return st.builds(lambda outside, inside: {**outside, **inside}, shell, {**bodies, **beyond}[kind]())


def signed(secret: str, payload: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A body as LINE would post it."""
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return body, {"x-line-signature": base64.b64encode(mac).decode(), "content-type": "application/json"}
