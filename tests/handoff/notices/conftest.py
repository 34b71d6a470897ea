"""A town with somebody on duty at night, its rota, and a post that remembers what it was given."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from bots.errors import SendError
from handoff.desk.staff import SignedIn, add, find
from handoff.notices import rota
from handoff.notices.calls import Calls
from handoff.notices.rota import Person
from handoff.store.db import Store
from knowledge.loader import Knowledge
from tests.handoff.desk.conftest import PASSWORD, hashed_once

SITE = "https://soudan.example.jp"


def with_night(knowledge: Knowledge, night: str | None) -> Knowledge:
    """The towns as they are, taiki with this setting."""
    town = knowledge.towns["taiki"]
    changed = town.municipality.model_copy(update={"night": night})
    return replace(knowledge, towns={**knowledge.towns, "taiki": town.model_copy(update={"municipality": changed})})


@dataclass
class Posted:
    """A mail server by hand. faults: raised in turn before anything is taken."""

    faults: list[SendError] = field(default_factory=list)
    mails: list[tuple[str, str, str]] = field(default_factory=list)

    async def send(
        self, to: str, *, subject: str, body: str, key: str, at: datetime, unsubscribe: str | None = None
    ) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.mails.append((to, subject, body))

    def links(self) -> list[str]:
        return [line for _, _, body in self.mails for line in body.splitlines() if line.startswith(SITE)]


@dataclass
class Hour:
    """A clock that a test moves."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


async def hired(store: Store, login: str, role: str = "admin", *windows: str, now: datetime) -> SignedIn:
    await add(
        store, municipality_id="taiki", login=login, role=role, windows=windows, password=PASSWORD, now=now,  # type: ignore[arg-type]
        must_change=False, hashing=hashed_once,
    )
    return await find(store, login)


async def on_rota(store: Store, by: SignedIn, *people: Person, now: datetime, logins: tuple[str, ...] = ()) -> None:
    """People in this order."""
    async with store.town("taiki") as session:
        for at, person in enumerate(people):
            await rota.add(session, by, person, login=logins[at] if at < len(logins) else "", now=now)


def calls(store: Store, clock: Hour, post: Posted | None) -> Calls:
    secrets = (f"{number:043d}" for number in count())
    return Calls(store, clock, post, lambda: {"taiki": 10, "itoman": 10}, SITE, lambda: next(secrets))
