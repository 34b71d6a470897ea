"""Passwords of staff: one-time ones to hand out, what a chosen one must be, argon2id off the event loop.

Knows no accounts. Hashing and checking run in a thread; the caller holds no transaction meanwhile.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 15
"""NIST SP 800-63B-4: a password that is the only factor has at least 15 characters; no rules of composition."""
LONGEST = 128
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0, 1, which are misread on paper."""
GROUPS, GROUP = 5, 4
ENOUGH_KINDS = 6

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class WeakPassword(ValueError):
    """The chosen password cannot be taken. The text says why and never repeats it."""


def one_time_password(*, choose: Callable[[str], str] = secrets.choice) -> str:
    """A password to read out or print once: five groups of four, about 99 bits."""
    return "-".join("".join(choose(READABLE) for _ in range(GROUP)) for _ in range(GROUPS))


def check_chosen(password: str, *, login: str) -> None:
    """Raise WeakPassword unless the password may be taken."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise WeakPassword(f"パスワードは{SHORTEST}文字以上にしてください。文の形が覚えやすくて安全です。")
    if len(plain) > LONGEST:
        raise WeakPassword(f"パスワードは{LONGEST}文字までです。")
    if login.lower() in plain.lower():
        raise WeakPassword("パスワードにログイン名を入れないでください。")
    if len(set(plain)) < ENOUGH_KINDS:
        raise WeakPassword("同じ文字のくり返しが多すぎます。ほかの文にしてください。")


async def hash_password(password: str) -> str:
    """The argon2id hash with its parameters, computed in a thread."""
    return await asyncio.to_thread(_hasher.hash, _normal(password))


async def verify_password(password: str, hashed: str | None) -> bool:
    """Whether it fits. None (no such account) takes the same time and is never right."""
    right = await asyncio.to_thread(_fits, hashed or _nobody(), _normal(password)[: 4 * LONGEST])
    return right and hashed is not None


def outdated(hashed: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """The hash that unknown logins are checked against."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    """The same password from any keyboard: NFKC (full-width letters), lone surrogates made harmless."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()
