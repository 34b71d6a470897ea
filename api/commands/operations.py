"""`tsunagu backup`, `restore`, `purge`, `erase`, `rotate-key`: what whoever runs a deployment does besides serving."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.opening import opened, settings, stop
from api.settings import Settings
from api.wiring import clock_from
from handoff.privacy import on_wish, retention, rotation
from handoff.privacy.erasures import Erasures
from handoff.privacy.keys import KeyProblem, KeyRing
from handoff.store import backup as backups
from handoff.store.db import Store
from handoff.store.dumping import Unrestorable


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not be there yet.")],
) -> None:
    """Copy the database, in use or not, into one file, which never holds the key file: keep that elsewhere.

    Example: tsunagu backup /mnt/backup/tsunagu-2026-11-22.backup
    """
    chosen = settings()
    try:
        keys = KeyRing.open(chosen.key_path, create=False)
        asyncio.run(backups.backup(chosen.database, file, keys=keys, clock=clock_from(chosen), say=typer.echo))
    except (Unrestorable, KeyProblem) as why:
        stop(str(why))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of `tsunagu backup`.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up the records that are there now.")] = False,
) -> None:
    """Make the database what it was at the backup. Needs the key file of that time; stop serve and worker first.

    What was erased since (`erased-keys.txt` beside the key file) is erased again before anybody can read it.

    Example: tsunagu restore /mnt/backup/tsunagu-2026-11-22.backup
    """
    chosen = settings()
    try:
        keys = KeyRing.open(chosen.key_path, create=False)
        asyncio.run(_restore(chosen, file, keys, replace=replace))
    except (Unrestorable, KeyProblem) as why:
        stop(str(why))


async def _restore(chosen: Settings, file: Path, keys: KeyRing, *, replace: bool) -> None:
    clock, erasures = clock_from(chosen), Erasures.beside(chosen.key_path)

    async def again(url: str) -> None:
        store = await Store.open(url, keys=keys, clock=clock)
        try:
            erased = await retention.erase_again(store, erasures, now=clock())
        finally:
            await store.close()
        if erased:
            typer.echo(f"控えのあとに消した会話 {erased} 件を、もう一度消しました / erased again: {erased} conversations")

    await backups.restore(
        chosen.database, file, keys=keys, clock=clock, replace=replace, say=typer.echo, again=again
    )
    typer.echo("次は / next: tsunagu migrate; tsunagu purge; tsunagu serve")


def rotate_key(
    finish: Annotated[bool, typer.Option("--finish", help="No new key: only what a broken-off run has left.")] = False,
) -> None:
    """Add a new key to the key file and wrap every data key with it; serve and worker may run meanwhile.

    Example: tsunagu rotate-key
    """
    try:
        asyncio.run(_rotate(settings(), finish=finish))
    except KeyProblem as why:
        stop(str(why))


async def _rotate(chosen: Settings, *, finish: bool) -> None:
    async with opened(chosen) as services:
        store = services.store
        wrapped = await rotation.rewrap(store) if finish else await rotation.rotate(store, now=services.clock())
        typer.echo(f"データ鍵 {wrapped} 個を、鍵の版 {store.keys.version} で包みました / data keys wrapped")
    typer.echo(f"鍵ファイルの控えを取り直してください / keep a new copy of {chosen.key_path}")


def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Remove; without it, only say what would be removed.")] = False,
) -> None:
    """Remove conversations and cases whose retention (`retention_days` and `case_retention_days` in municipality.yaml) is
    over: keys destroyed, rows gone.

    A town without retention_days loses no conversation, one without case_retention_days no case. Wake-up events and other traces without words go after 30 days.

    Example: tsunagu purge --yes
    """
    try:
        asyncio.run(_purge(settings(), remove=yes))
    except KeyProblem as why:
        stop(str(why))


async def _purge(chosen: Settings, *, remove: bool) -> None:
    erasures = Erasures.beside(chosen.key_path)
    async with opened(chosen) as services:
        towns = (await services.knowledge()).towns
        periods = {
            town_id: (town.municipality.retention_days, town.municipality.case_retention_days)
            for town_id, town in sorted(towns.items())
        }
        for line in await purge_towns(services.store, periods, erasures, remove=remove, now=services.clock()):
            typer.echo(line)
    if remove:
        _leave_no_journal(chosen.database)
        typer.echo(f"消した鍵の番号 / erased keys: {erasures.path} （鍵ファイルといっしょに保管 / keep it with the key file）")
    else:
        typer.echo("まだ何も消していません。消すには --yes。 / Nothing was removed; add --yes to remove.")


async def purge_towns(
    store: Store, periods: Mapping[str, tuple[int | None, int | None]], erasures: Erasures, *, remove: bool, now: datetime
) -> list[str]:
    """A line for each town (id → retention_days, case_retention_days) with what was removed, or would be."""
    said = []
    for town, (days, case_days) in periods.items():
        if remove:
            found = await retention.purge(store, town, days=days, case_days=case_days, erasures=erasures, now=now)
        else:
            found = await retention.count(store, town, days=days, case_days=case_days, now=now)
        said.append(
            f"{town}: conversations {found.conversations} ({_period('retention_days', days)}), "
            f"cases {found.cases} ({_period('case_retention_days', case_days)}), traces {found.traces}"
        )
    if remove:
        await retention.forget_attempts(store, now=now)
    return said


OBSTACLES: dict[on_wish.Obstacle, str] = {
    "open": "終わっていない案件があります。担当の職員が「終わりにする」を押してから、もう一度 / a ticket of it is not ended",
    "asked_to_see": "開示請求が終わっていません。先に答えてください / a disclosure is under way",
    "in_case": "終わっていない複合ケースに入っています。調整役に確かめてください / an open case has it",
    "on_its_way": "まだ読んでいない発言か、送っていない返事があります。少し待って、もう一度 / something is still to be read or sent",
}


def erase(
    municipality: Annotated[str, typer.Argument(metavar="MUNICIPALITY")],
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Of a ticket: taiki-2026-0004.")],
    yes: Annotated[bool, typer.Option("--yes", help="Remove; without it, only say what would be removed.")] = False,
) -> None:
    """Remove one resident's talk on their wish (消したい): key destroyed, rows gone, also after a restore.

    Its tickets must have been ended by staff. The record of acts keeps the numbers.

    Example: tsunagu erase taiki taiki-2026-0004 --yes
    """
    try:
        asyncio.run(_erase(settings(), municipality, number, remove=yes))
    except KeyProblem as why:
        stop(str(why))


async def _erase(chosen: Settings, town: str, number: str, *, remove: bool) -> None:
    async with opened(chosen) as services:
        if town not in (await services.knowledge()).towns:
            stop(f"{town}: この自治体はありません / no such municipality")
        told = await erase_talk(services.store, town, number, Erasures.beside(chosen.key_path), remove=remove, now=services.clock())
    if told is None:
        stop(f"{number}: {town} にこの番号の案件はありません。番号は案件の画面のいちばん上にあります / no such ticket")
    if remove:
        _leave_no_journal(chosen.database)
    typer.echo(told)


async def erase_talk(store: Store, town: str, number: str, erasures: Erasures, *, remove: bool, now: datetime) -> str | None:
    """What was removed, or would be, in a line; None for an unknown number. Exits while something stands against it."""
    if remove:
        found = await on_wish.erased(store, town, number, erasures=erasures, now=now)
    else:
        async with store.reading(town) as session:
            found = await on_wish.talk_of(session, number)
    if found is None:
        return None
    if found.obstacles:
        stop("\n".join(f"{number}: まだ消せません。{OBSTACLES[one]}" for one in found.obstacles))
    what = f"{'、'.join(found.numbers)}: 発言 {found.messages} 件 / messages"
    return f"{what} を消しました / erased" if remove else f"{what}。まだ何も消していません。消すには --yes。 / Nothing was removed; add --yes to remove."


def _period(setting: str, days: int | None) -> str:
    return f"{setting} なし / not set: none goes" if days is None else f"{days} days"


def _leave_no_journal(database: str) -> None:
    """SQLite's journal still holds the removed pages until it is emptied."""
    if database.startswith("sqlite"):
        with closing(sqlite3.connect(database.partition(":///")[2], timeout=10)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
