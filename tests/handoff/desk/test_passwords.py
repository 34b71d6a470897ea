"""One-time passwords, what may be chosen, and argon2id."""

from itertools import cycle

import pytest

from handoff.desk.passwords import (
    READABLE,
    SHORTEST,
    WeakPassword,
    check_chosen,
    hash_password,
    one_time_password,
    outdated,
    verify_password,
)


def test_a_one_time_password_is_long_readable_and_never_the_same() -> None:
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_chosen(password, login="suzuki")
        assert set(password) <= {*READABLE, "-"}
    letters = cycle(READABLE)
    assert one_time_password(choose=lambda _: next(letters)) == "abcd-efgh-jkmn-pqrs-tuvw"


@pytest.mark.parametrize("weak", ["", "short", "a" * (SHORTEST - 1), "a" * 40, "abab" * 10, "xx-suzuki-2026-taiki", "x1" * 65])
def test_weak_passwords_are_refused_without_being_repeated(weak: str) -> None:
    with pytest.raises(WeakPassword) as why:
        check_chosen(weak, login="suzuki")
    assert not weak or weak not in str(why.value)


@pytest.mark.parametrize("good", ["kawa no mizu wa kirei", "山の上の小さな家に猫が三匹いる", "a-Z9! 0123456789", "x" * 59 + "abcde"])
def test_length_is_what_counts(good: str) -> None:
    check_chosen(good, login="suzuki")


async def test_hashes_are_argon2id_salted_and_checked() -> None:
    first, second = await hash_password("kawa no mizu"), await hash_password("kawa no mizu")
    assert first.startswith("$argon2id$")
    assert first != second
    assert await verify_password("kawa no mizu", first)
    assert await verify_password("ｋａｗａ no mizu", first)  # full-width keyboard
    assert not await verify_password("kawa no mizo", first)
    assert not await verify_password("kawa no mizu", None)
    assert not await verify_password("kawa no mizu", "no hash")
    assert not await verify_password("\ud800", first)
    assert not outdated(first)
    assert outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")
