"""「お返事があります」: only who asked, only when staff wrote, never a word of it, and as the resident wishes to be reached."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy import select

from api.noticing import answer_words
from bots.errors import Rejected, Retryable, Uncertain
from bots.types import Outgoing
from handoff.intake import answer_mail, outbox, safety, webchat
from handoff.intake.answer_mail import REST, SOON, NoAddress
from handoff.intake.safety import Wish
from handoff.notices.residents import TRIES, AnswerMails
from handoff.store.db import Store
from handoff.store.models import AnswerMail, Conversation
from knowledge.loader import Knowledge
from knowledge.schema import Language
from tests.handoff.desk.conftest import NOON
from tests.handoff.notices.conftest import SITE, Hour, Posted
from tests.whole import knowledge, speaking

TO = "hanako@example.jp"
WORDS = "死にたいと書かれた件、明日10時に"


class Resident:
    """Somebody on the town's website, and their clock and post."""

    def __init__(self, store: Store, knowledge: Knowledge, conversation: UUID) -> None:
        self.store, self.id, self.clock, self.post = store, conversation, Hour(NOON), Posted()
        self.mails = AnswerMails(store, self.clock, self.post, SITE, partial(answer_words, knowledge), lambda: knowledge.towns, lambda: knowledge.safe_contact)

    async def asks(self, address: str = TO) -> None:
        async with self.store.town("taiki") as session:
            await answer_mail.keep(session, await webchat.hold(session, self.id), address, now=self.clock.now)

    async def wishes(self, wish: Wish) -> None:
        async with self.store.town("taiki") as session:
            await safety.keep(session, await webchat.hold(session, self.id), wish, now=self.clock.now)

    async def hears(self, text: str = WORDS, *, bot: bool = False) -> None:
        async with self.store.town("taiki") as session:
            conversation = await session.get_one(Conversation, self.id)
            await outbox.enqueue(session, conversation, [Outgoing(text)], sender="bot" if bot else "staff", now=self.clock.now)

    async def later(self, wait: timedelta = SOON) -> int:
        self.clock.now += wait
        await self.mails.drain()
        return len(self.post.mails)

    async def row(self) -> AnswerMail | None:
        async with self.store.reading("taiki") as session:
            return await session.scalar(select(AnswerMail))


@pytest.fixture
async def resident(store: Store, knowledge: Knowledge) -> Resident:
    async with store.town("taiki") as session:
        made = await webchat.open_conversation(session, "taiki", language="ja", notice=[], keys=store.keys, now=NOON)
        return Resident(store, knowledge, made.conversation.id)


async def test_one_neutral_mail_for_what_staff_wrote(resident: Resident) -> None:
    await resident.hears("だれも頼んでいない")
    await resident.asks()
    await resident.hears(bot=True)
    assert await resident.later() == 0, "the bot answers at once, and what was before the wish is before it"
    await resident.hears()
    await resident.hears("もうひとつ")
    assert await resident.later(timedelta(0)) == 0, "who is at the screen needs no mail"
    assert await resident.later() == 1
    to, subject, body = resident.post.mails[0]
    assert (to, subject) == (TO, "お返事があります")
    assert f"{SITE}/chat/taiki\n" in body
    for word in ("死", "10時", "もうひとつ", "相談", "役場"):
        assert word not in subject + body
    row = await resident.row()
    assert row is not None
    assert TO.encode() not in row.letter_sealed
    await resident.hears()
    assert await resident.later() == 1, "one mail says what ten would"
    assert await resident.later(REST) == 2


async def test_the_link_in_a_mail_ends_them_and_the_address_goes(resident: Resident) -> None:
    await resident.asks()
    await resident.hears()
    await resident.later()
    code = resident.post.mails[0][2].strip().rsplit("/", 1)[1]
    assert webchat.town_of(code) == "taiki"
    async with resident.store.town("taiki") as session:
        await answer_mail.stop_by(session, "x" * 43)
    assert await resident.row() is not None
    async with resident.store.town("taiki") as session:
        await answer_mail.stop_by(session, code.partition(".")[2])
    assert await resident.row() is None
    await resident.hears()
    assert await resident.later(REST) == 1


@pytest.mark.parametrize(("wish", "at_once", "next_day"), [
    (Wish(only_answers=True), 0, 0), (Wish(avoid=("message",)), 0, 0), (Wish(quiet=("daytime",)), 0, 1), (Wish(hide_from=("夫",)), 1, 1),
])
async def test_as_they_wish_to_be_reached(resident: Resident, wish: Wish, at_once: int, next_day: int) -> None:
    await resident.wishes(wish)
    await resident.asks()
    await resident.hears()
    assert await resident.later() == at_once
    assert await resident.later(timedelta(hours=9)) == next_day
    assert all("夫" not in body for _, _, body in resident.post.mails)


async def test_what_fails_is_tried_again_and_what_never_will_is_given_up(resident: Resident) -> None:
    await resident.asks()
    await resident.hears()
    resident.post.faults = [Retryable("busy")]
    assert await resident.later() == 0
    assert await resident.later(timedelta(minutes=1)) == 1
    await resident.hears()
    resident.post.faults = [Uncertain("mail_in_doubt")]
    await resident.later(REST + SOON)
    assert await resident.later(REST) == 1, "what may have arrived is not repeated"
    await resident.hears()
    resident.post.faults = [Rejected("no_such_address")]
    await resident.later(REST + SOON)
    row = await resident.row()
    assert row is not None
    assert row.error == "no_such_address"
    await resident.hears()
    assert await resident.later(REST) == 1
    await resident.asks("taro@example.jp")
    await resident.hears()
    assert await resident.later() == 2, "a new address is a new beginning"
    await resident.hears()
    resident.post.faults = [Retryable("busy")] * TRIES
    for _ in range(TRIES):
        await resident.later(timedelta(hours=9))
    row = await resident.row()
    assert row is not None
    assert (row.due_at, row.error) == (None, "busy")


@pytest.mark.parametrize("address", ["", "hanako", "a@b.jp, c@d.jp", "a@b.jp\nBcc: c@d.jp", "花子@example.jp"])
async def test_only_one_plain_address(resident: Resident, address: str) -> None:
    with pytest.raises(NoAddress):
        await resident.asks(address)
    assert await resident.row() is None


@pytest.mark.parametrize("language", get_args(Language))
def test_the_mail_speaks_the_residents_language_where_the_town_has_chosen_it(language: Language) -> None:
    """Drafts too: a town that names a language sends what it has of it, as everywhere else."""
    own = speaking(knowledge().towns["taiki"], "ja", language)
    known = replace(knowledge(), towns={**knowledge().towns, "taiki": own})
    said = known.replies[language]
    subject, body = answer_words(known, "taiki", language, link="https://a.jp/chat", stop="https://a.jp/stop")
    assert subject == said["mail_subject"]
    assert body.splitlines()[0] == said["mail_body"].splitlines()[0]
    assert [line for line in body.splitlines() if line.startswith("https")] == ["https://a.jp/chat", "https://a.jp/stop"]
    assert len(subject.splitlines()) == 1
    for word in ("相談", "窓口", "役場", "福祉", "welfare", "help", known.towns["taiki"].name):
        assert word not in subject + body, "whoever else reads the mail learns nothing"


def test_a_language_that_the_town_has_not_chosen_is_not_mailed() -> None:
    known = replace(knowledge(), towns={**knowledge().towns, "taiki": speaking(knowledge().towns["taiki"], "ja")})
    assert answer_words(known, "taiki", "vi", link="x", stop="y")[0] == "お返事があります"
