"""「ちがう」 on both engines: kept by reference, gone with the message, seen by who may see; cases with nobody in them."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from handoff.desk import restriction
from handoff.desk.access import NotYours
from handoff.editing import corrections, own_cases
from handoff.editing.corrections import NoSuchRight, Settled
from handoff.editing.drafts import OwnWork
from handoff.editing.own_cases import NoSuchCase, StillTold
from handoff.privacy.erasures import Erasures
from handoff.privacy.retention import erase
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Conversation, Message, OwnCase, TriageCorrection
from knowledge.schema.extras import CaseFile
from tests.databases import at_noon
from tests.handoff.desk.conftest import Hire, OpenTicket, hire, open_ticket, towns
from tests.whole import knowledge

__all__ = ["hire", "open_ticket", "towns"]
NOW = at_noon()
SAID = "ピリカの取り立てが毎晩来て、家賃の分まで持って行かれます。"
RIGHT = "window:taiki.fukushi"
LABELS = {"action": "route", "urgency": "urgent", "fields": ["poverty"], "crisis": [], "complex": False}


async def marked(store: Store, hire: Hire, open_ticket: OpenTicket, word: str = "ピリカ") -> tuple[str, corrections.Correction]:
    """A ticket on which an officer has pressed 「ちがう」, and what the coordinator sees in the queue."""
    officer, coordinator = await hire("suzuki", "taiki.fukushi"), await hire("cho", "taiki.suishin", role="coordinator")
    number = await open_ticket(SAID)
    async with store.town("taiki") as session:
        for _ in range(2):  # the same said again is one
            await corrections.mark(session, officer, number, right=RIGHT, word=word, town=knowledge().towns["taiki"], now=NOW)
    async with store.reading("taiki") as session:
        (one,) = await corrections.waiting(session, coordinator)
    return number, one


async def test_it_refers_to_the_message_and_the_record_holds_no_word(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    number, one = await marked(store, hire, open_ticket)
    assert (one.ticket, one.right, one.word, one.texts) == (number, RIGHT, "ピリカ", ())
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(TriageCorrection))).one()
        assert row.message_id == (await session.scalars(select(Message.id))).one()
        reasons = [entry.reason or "" for entry in await session.scalars(select(AuditEntry))]
    assert not any("ピリカ" in reason or "取り立て" in reason for reason in reasons)


async def test_the_reviewer_reads_the_words_and_the_reading_is_kept(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    _, one = await marked(store, hire, open_ticket)
    other = await hire("cho2", role="coordinator")
    async with store.town("taiki") as session:
        assert (await corrections.read(session, other, one.id, now=NOW)).texts == (SAID,)
    async with store.reading("taiki") as session:
        assert "correction_opened" in set(await session.scalars(select(AuditEntry.action)))


async def test_who_may_not_see_the_ticket_sees_no_correction_of_it(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    number, one = await marked(store, hire, open_ticket)
    admin, elsewhere = await hire("kanri", role="admin"), await hire("itoman", role="coordinator", town="itoman")
    async with store.town("taiki") as session:
        assert await corrections.waiting(session, admin) == []
        with pytest.raises(NotYours):
            await corrections.read(session, admin, one.id, now=NOW)
    async with store.town("itoman") as session:
        assert await corrections.waiting(session, elsewhere) == []
    own = await hire("kanri2", "taiki.fukushi", role="admin")
    async with store.town("taiki") as session:
        assert len(await corrections.waiting(session, own)) == 1
        await restriction.declare_known(session, own, number, now=NOW)
        assert await corrections.waiting(session, own) == []


async def test_it_dies_with_the_conversation_and_with_the_message(
    store: Store, hire: Hire, open_ticket: OpenTicket, tmp_path: Path
) -> None:
    await marked(store, hire, open_ticket)
    async with store.town("taiki") as session:
        message = (await session.scalars(select(Message.id))).one()
        await corrections.forget(session, [message])
        assert (await session.scalars(select(TriageCorrection))).all() == []
    officer = await hire("sato", "taiki.fukushi")
    number = await open_ticket("家賃のことです")
    async with store.town("taiki") as session:
        town = knowledge().towns["taiki"]
        await corrections.mark(session, officer, number, right="flag:urgent", word="", town=town, now=NOW)
        ids = list(await session.scalars(select(Conversation.id)))
        await erase(session, ids, now=NOW, erasures=Erasures(tmp_path / "erased.txt"))
    async with store.reading("taiki") as session:
        assert (await session.scalars(select(TriageCorrection))).all() == []


async def test_only_what_the_town_has_can_be_right_and_it_is_settled_once(
    store: Store, hire: Hire, open_ticket: OpenTicket
) -> None:
    number, one = await marked(store, hire, open_ticket)
    coordinator, town = await hire("cho3", role="coordinator"), knowledge().towns["taiki"]
    for right in ("window:itoman.fukushi", "flag:nothing", ""):
        async with store.town("taiki") as session:
            with pytest.raises(NoSuchRight):
                await corrections.mark(session, coordinator, number, right=right, word="", town=town, now=NOW)
    async with store.town("taiki") as session:
        await corrections.settle(session, coordinator, one.id, draft=7, now=NOW)
        with pytest.raises(Settled):
            await corrections.settle(session, coordinator, one.id, draft=None, now=NOW)
        assert await corrections.waiting(session, coordinator) == []


@pytest.mark.parametrize("text", [
    SAID, "あのね、ピリカの取り立てが毎晩来て、家賃の分まで", "電話は01558-6-2200です", "暁町８番地に住んでいます", "佐藤さんが来ます",
    "ヨシ子ちゃんのことです", "yamada@example.jp に送って", "２０２６年１月３日に倒れました",
])
def test_what_gives_somebody_away_is_refused(text: str) -> None:
    with pytest.raises(StillTold):
        own_cases.check(text, of=(SAID,), names=())


@pytest.mark.parametrize("text", [
    "貸金の人がよく来て困る。住むところの支払いができない", "お母さんの介護で仕事をやめました", "80代の母と50代の息子さんの二人暮らし",
    "隣のおばあさんが心配です", "職員さんに聞いてほしい",
])
def test_a_rewritten_text_passes(text: str) -> None:
    own_cases.check(text, of=(SAID,), names=())


def test_what_looks_like_a_name_is_asked_about() -> None:
    with pytest.raises(StillTold, match="ヒカリ"):
        own_cases.check("ヒカリが来ます", of=(), names=("ヒカリ",))


async def test_a_second_person_approves_and_it_becomes_a_file(store: Store, hire: Hire) -> None:
    one, other = await hire("kanri", role="admin"), await hire("cho", role="coordinator")
    async with store.town("taiki") as session:
        number = await own_cases.write(
            session, one, "貸金の人が来て困る", labels=LABELS, of=(SAID,), names=(), sure=False, now=NOW
        )
        assert await own_cases.approved(session, "taiki") == []
        with pytest.raises(OwnWork):
            await own_cases.judge(session, one, number, good=True, now=NOW)
    async with store.town("taiki") as session:
        await own_cases.judge(session, other, number, good=True, now=NOW)
        with pytest.raises(NoSuchCase):
            await own_cases.judge(session, other, number, good=False, now=NOW)
        cases = await own_cases.approved(session, "taiki")
    written = CaseFile.model_validate(yaml.safe_load(own_cases.as_yaml(cases, knowledge().towns["taiki"], day="2026-11-22")))
    assert written.cases == tuple(cases)
    assert (written.cases[0].text, written.cases[0].urgency, written.cases[0].fields) == ("貸金の人が来て困る", "urgent", ("poverty",))


async def test_a_refused_case_loses_its_text(store: Store, hire: Hire) -> None:
    one = await hire("kanri", role="admin")
    async with store.town("taiki") as session:
        number = await own_cases.write(session, one, "あのこと", labels=LABELS, of=(), names=(), sure=False, now=NOW)
        await own_cases.judge(session, one, number, good=False, now=NOW)
    async with store.reading("taiki") as session:
        assert "あのこと" not in (await session.scalars(select(OwnCase))).one().text
