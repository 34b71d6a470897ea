"""Only the platform's own calls are let in."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.signature import line_signature_ok, telegram_secret_ok
from tests.bots.payloads import body
from tests.bots.strategies import calm

BODY = body("line", "message_text")


def sign(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()


def test_a_right_signature_opens() -> None:
    assert line_signature_ok("secret", BODY, sign("secret", BODY))


def test_the_known_answer_of_rfc_4231_case_2() -> None:
    digest = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert line_signature_ok("Jefe", b"what do ya want for nothing?", base64.b64encode(digest).decode())


@pytest.mark.parametrize("header", [
    None, "", "x", "====", "あ", "\udcff", sign("other", BODY), sign("secret", BODY)[:-4], sign("secret", BODY) + "=",
    " " + sign("secret", BODY), sign("secret", BODY).lower(),
    hmac.new(b"secret", BODY, hashlib.sha256).hexdigest(),
])
def test_any_other_header_is_refused(header: str | None) -> None:
    assert not line_signature_ok("secret", BODY, header)


def test_the_signature_covers_the_raw_bytes_not_the_meaning() -> None:
    again = json.dumps(json.loads(BODY)).encode()
    assert not line_signature_ok("secret", again, sign("secret", BODY))


@calm
@given(st.integers(0, len(BODY) - 1))
def test_one_changed_byte_is_refused(place: int) -> None:
    changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
    assert not line_signature_ok("secret", changed, sign("secret", BODY))


def test_an_unset_secret_lets_nobody_in() -> None:
    assert not line_signature_ok("", BODY, sign("", BODY))
    assert not telegram_secret_ok("", "")


@pytest.mark.parametrize(("header", "wanted"), [
    ("s3cret", True), ("S3cret", False), ("s3cre", False), ("", False), (None, False), ("\udcff", False)])
def test_telegrams_secret_token(header: str | None, wanted: bool) -> None:
    assert telegram_secret_ok("s3cret", header) is wanted
