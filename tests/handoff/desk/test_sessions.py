"""Signing in and staying in: lockouts, idle and absolute ends, rotation, logout, tokens, disabled accounts."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from handoff.desk import demo, roster, staff
from handoff.desk.passwords import WeakPassword
from handoff.desk.sessions import (
    IDLE,
    LONGEST,
    PER_ADDRESS,
    PER_LOGIN,
    Issued,
    Locked,
    Refused,
    change_password,
    login,
    logout,
    network_of,
    new_token,
    of_session,
    of_token,
)
from handoff.store.db import Store
from handoff.store.models import StaffSession
from knowledge.schema import Town
from tests.handoff.desk.conftest import NOON, PASSWORD, Hire, verified_once

ADDRESS = "192.0.2.7"
MINUTE = timedelta(minutes=1)


async def sign_in(store: Store, name: str = "suzuki", **more: object) -> Issued:
    given: dict[str, object] = {"password": PASSWORD, "address": ADDRESS, "now": NOON, "verifying": verified_once, **more}
    return await login(store, name, **given)  # type: ignore[arg-type]


async def test_a_password_is_really_checked(store: Store, hire: Hire) -> None:
    """As a request signs in: the other tests ask argon2id about a password and a hash once."""
    suzuki = await hire("suzuki", "taiki.fukushi")
    with pytest.raises(Refused):
        await login(store, "suzuki", password=PASSWORD + "!", address=ADDRESS, now=NOON)
    assert (await login(store, "suzuki", password=PASSWORD, address=ADDRESS, now=NOON)).staff == suzuki


async def test_a_session_lives_while_it_is_used_and_twelve_hours_at_most(store: Store, hire: Hire) -> None:
    suzuki = await hire("suzuki", "taiki.fukushi")
    token = (await sign_in(store, " Suzuki ")).token
    assert await of_session(store, token, now=NOON + IDLE - MINUTE) == suzuki
    assert await of_session(store, token, now=NOON + 2 * IDLE - 2 * MINUTE) == suzuki
    assert await of_session(store, token, now=NOON + 3 * IDLE) is None
    now = NOON
    token = (await sign_in(store)).token
    while now < NOON + LONGEST - timedelta(minutes=25):
        now += timedelta(minutes=25)
        assert await of_session(store, token, now=now) is not None
    assert await of_session(store, token, now=NOON + LONGEST) is None


async def test_the_row_holds_only_a_hash(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    token = (await sign_in(store)).token
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(StaffSession))).one()
    assert token.encode() not in row.token_hash
    assert len(token) >= 43
    assert await of_session(store, row.token_hash.hex(), now=NOON) is None


async def test_tokens_that_are_none_open_nothing(store: Store) -> None:
    long = "x" * 43
    for token in ("", "taiki", "taiki.", "taiki.x", f"nowhere.{long}", "taiki." + "あ" * 43, f"*.{long}", f"taiki.{long}"):
        assert await of_session(store, token, now=NOON) is None
        assert await of_token(store, token) is None
        await logout(store, token)


async def test_signing_in_again_ends_the_session_of_this_browser(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    first = (await sign_in(store)).token
    second = (await sign_in(store, old_token=first)).token
    assert await of_session(store, first, now=NOON) is None
    assert await of_session(store, second, now=NOON) is not None
    await logout(store, second)
    assert await of_session(store, second, now=NOON) is None


async def test_five_failures_lock_a_login_that_exists_and_one_that_does_not(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    for name in ("suzuki", "nobody"):
        for _ in range(PER_LOGIN[0]):
            with pytest.raises(Refused):
                await sign_in(store, name, password="wrong")
        with pytest.raises(Locked) as why:
            await sign_in(store, name)
        assert why.value.until == NOON + PER_LOGIN[1]
    later = NOON + PER_LOGIN[1] + MINUTE
    assert (await sign_in(store, now=later)).staff.login == "suzuki"


async def test_a_hundred_at_once_get_no_more_than_five_tries(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    tries = await asyncio.gather(
        *(sign_in(store, password="wrong", address=f"192.0.2.{n}") for n in range(12)), return_exceptions=True
    )
    assert [type(one) for one in tries].count(Refused) == PER_LOGIN[0]
    assert [type(one) for one in tries].count(Locked) == 12 - PER_LOGIN[0]


async def test_success_forgets_failures_and_an_office_may_sign_in_from_one_address(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    for _ in range(2):
        for _ in range(PER_LOGIN[0] - 1):
            with pytest.raises(Refused):
                await sign_in(store, password="wrong")
        await sign_in(store)
    for _ in range(PER_ADDRESS[0] - PER_LOGIN[0]):
        await sign_in(store)


async def test_an_address_is_locked_over_all_logins(store: Store) -> None:
    for n in range(PER_ADDRESS[0]):
        with pytest.raises(Refused):
            await sign_in(store, f"guess{n}", address=f"2001:db8::{n}")
    with pytest.raises(Locked):
        await sign_in(store, "another", address="2001:db8::ffff")
    with pytest.raises(Refused):
        await sign_in(store, "another", address="2001:db8:0:1::1")


async def test_hostile_logins_are_refused_like_any(store: Store) -> None:
    for name in ("", "a\x00b", "\ud800", "'; drop table staff_member; --", "x" * 10_000):
        with pytest.raises(Refused):
            await sign_in(store, name, address="not an address")


async def test_a_disabled_account_is_out_at_once(store: Store, hire: Hire) -> None:
    suzuki = await hire("suzuki")
    session_token, api_token = (await sign_in(store)).token, await new_token(store, suzuki, now=NOON)
    assert await of_token(store, api_token) == suzuki
    await roster.disable(store, "suzuki", now=NOON)
    assert await of_session(store, session_token, now=NOON) is None
    assert await of_token(store, api_token) is None
    with pytest.raises(Refused):
        await sign_in(store)
    with pytest.raises(staff.UnknownStaff):
        await staff.find(store, "suzuki")


async def test_changing_the_password_ends_the_other_sessions(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    mine, other = (await sign_in(store)).token, (await sign_in(store)).token
    suzuki = await of_session(store, mine, now=NOON)
    assert suzuki is not None
    change = {"address": ADDRESS, "now": NOON, "keep": mine}
    with pytest.raises(Refused):
        await change_password(store, suzuki, current="wrong", new="umi no iro wa aoi", **change)  # type: ignore[arg-type]
    with pytest.raises(WeakPassword):
        await change_password(store, suzuki, current=PASSWORD, new="short", **change)  # type: ignore[arg-type]
    await change_password(store, suzuki, current=PASSWORD, new="umi no iro wa aoi", **change)  # type: ignore[arg-type]
    assert await of_session(store, mine, now=NOON) is not None
    assert await of_session(store, other, now=NOON) is None
    assert (await sign_in(store, password="umi no iro wa aoi")).staff.must_change is False


async def test_logins_are_unique_over_all_towns(store: Store, hire: Hire) -> None:
    await hire("suzuki")
    with pytest.raises(staff.LoginTaken):
        await hire("suzuki", town="itoman")
    with pytest.raises(staff.BadLogin):
        await hire("鈴木")


def test_an_ipv6_house_counts_as_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"


async def test_demo_staff_stay_over_restarts(store: Store, towns: dict[str, Town]) -> None:
    first = await demo.ensure_demo_staff(store, towns["taiki"], [], now=NOON)
    assert [account["role"] for account in first] == list(staff.ROLES)
    assert await demo.ensure_demo_staff(store, towns["taiki"], first, now=NOON) == first
    for account in first:
        issued = await sign_in(store, account["login"], password=account["password"])
        assert (issued.staff.role, issued.staff.must_change) == (account["role"], False)
    without_file = await demo.ensure_demo_staff(store, towns["taiki"], [], now=NOON)
    assert [account["login"] for account in without_file] == [account["login"] for account in first]
    with pytest.raises(Refused):
        await sign_in(store, first[0]["login"], password=first[0]["password"])
    await sign_in(store, without_file[0]["login"], password=without_file[0]["password"])
