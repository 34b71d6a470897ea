"""Demo staff for a first look: one login per role of a town. The caller keeps the passwords in a file of its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from handoff.desk import roster, staff
from handoff.desk.organisations import of_windows
from handoff.desk.passwords import one_time_password
from handoff.desk.sessions import fits
from handoff.desk.staff import ROLES, Role, UnknownStaff
from handoff.store.db import Store
from knowledge.schema import Town

NAMES: dict[Role, str] = {
    "staff": "窓口 職員（デモ）",
    "coordinator": "調整 担当（デモ）",
    "admin": "管理 担当（デモ）",
    "auditor": "監査 担当（デモ）",
}


async def ensure_demo_staff(
    store: Store, town: Town, kept: Sequence[Mapping[str, str]], *, now: datetime,
    new_password: Callable[[], str] = one_time_password,
) -> list[dict[str, str]]:
    """One account per role: those of `kept` where they still open, the others made or given a new password.

    The shape of each, in and out: {"login", "password", "role", "municipality"}.
    """
    whole = [account for account in kept if {"login", "password"} <= account.keys()]
    passwords = {account["login"]: account["password"] for account in whole}
    accounts = []
    for role in ROLES:
        login = f"{town.id}-{role}"
        password = await _ensure(
            store, town, role, login=login, kept=passwords.get(login), now=now, new_password=new_password
        )
        accounts.append({"login": login, "password": password, "role": role, "municipality": town.id})
    return accounts


async def _ensure(
    store: Store, town: Town, role: Role, *, login: str, kept: str | None, now: datetime,
    new_password: Callable[[], str],
) -> str:
    if kept is not None and await fits(store, login, kept):
        return kept
    password = new_password()
    try:
        await roster.reset_password(store, login, password=password, now=now, must_change=False)
    except UnknownStaff:
        await staff.add(
            store, municipality_id=town.id, login=login, role=role, windows=windows_of(role, town),
            password=password, name=NAMES[role], organisation=of_windows(windows_of(role, town), town), must_change=False,
            now=now,
        )
    return password


def windows_of(role: Role, town: Town) -> tuple[str, ...]:
    """Where a demo login sits: staff at every window that takes residents in, the coordinator at the coordinator's."""
    coordinator = town.municipality.coordinator.window
    if role == "staff":
        return tuple(f"{town.id}.{window.id}" for window in town.windows if window.intake and window.id != coordinator)
    return (f"{town.id}.{coordinator}",) if role == "coordinator" else ()
