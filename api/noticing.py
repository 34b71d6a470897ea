"""What the worker does for staff beside the residents' messages: calls at night, mail, webhooks. Built from settings.

The steps themselves are `handoff.notices`; here they only get their clock, their post and the towns as served now.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from secrets import token_urlsafe
from typing import Any

from api.settings import Settings
from api.wiring import Services
from bots.mail.client import Mailer
from bots.webhooks.client import WebhookClient
from handoff.notices import watch
from handoff.notices.calls import Calls
from handoff.notices.digest import Digests
from handoff.notices.hooks import Hooks
from handoff.notices.residents import AnswerMails
from knowledge.loader import Knowledge
from knowledge.schema import Town

NIGHT_EVERY, MAIL_EVERY, HOOKS_EVERY = timedelta(seconds=2), timedelta(seconds=30), timedelta(seconds=1)
Step = Callable[[], Coroutine[Any, Any, int]]


@dataclass
class Every:
    """A step that is taken at most this often: what comes due by the clock needs no look at each wake-up."""

    clock: Callable[[], datetime]
    pause: timedelta
    step: Step
    _last: datetime | None = field(default=None, repr=False)

    async def __call__(self) -> int:
        now = self.clock()
        if self._last is not None and self._last <= now < self._last + self.pause:
            return 0
        self._last = now
        return await self.step()


def post_of(settings: Settings) -> Mailer | None:
    """What sends mail; None where no mail server is set."""
    server = settings.mail_server
    return Mailer(server) if server is not None else None


def answer_words(known: Knowledge, town: str, language: str, *, link: str, stop: str) -> tuple[str, str]:
    """What residents are mailed: neutral, the same for every matter, in a language that the town has chosen."""
    own = known.towns[town]
    spoken = known.language(language, own)
    body = known.reply("mail_body", language=spoken, town=own, link=link, stop=stop)
    return known.reply("mail_subject", language=spoken, town=own), f"{body}\n"


def steps(services: Services, fresh: Callable[[], Knowledge]) -> Mapping[str, Step]:
    """By name, for the worker's loops. fresh: the knowledge as it is served now."""
    site, post = services.settings.public_url.rstrip("/"), post_of(services.settings)

    def towns() -> Mapping[str, Town]:
        return fresh().towns

    def minutes() -> dict[str, int]:
        return {town.id: town.municipality.night_answer_minutes for town in towns().values()}

    calls = Calls(services.store, services.clock, post, minutes, site, lambda: token_urlsafe(32))
    digests = Digests(services.store, services.clock, post, site)
    client = WebhookClient(private=services.settings.private_hosts)

    async def night() -> int:
        return await watch.advance(services.store, towns(), now=services.clock()) + await calls.drain()

    async def mail() -> int:
        return await digests.drain(towns())

    mails = AnswerMails(
        services.store, services.clock, post, site, lambda *args, **links: answer_words(fresh(), *args, **links), towns,
        lambda: fresh().safe_contact,
    )
    return {
        "answer mail": Every(services.clock, MAIL_EVERY, mails.drain),
        "night": Every(services.clock, NIGHT_EVERY, night), "mail": Every(services.clock, MAIL_EVERY, mail),
        "webhook": Every(services.clock, HOOKS_EVERY, Hooks(services.store, services.clock, client, Random()).drain),
    }
