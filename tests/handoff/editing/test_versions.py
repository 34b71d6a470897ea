"""Drafts and versions on both engines: one after the other, whole or not at all, two persons, two at once, two towns."""

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from handoff.desk.staff import SignedIn
from handoff.editing import drafts, foresight, versions
from handoff.editing.care import needs_second
from handoff.editing.drafts import Conflict, NoSuchDraft, Nothing, OwnWork
from handoff.editing.ground import Change, Ground
from handoff.editing.versions import NoSuchVersion, NotApproved, NotSeen
from handoff.privacy import audit
from handoff.store.db import Store
from handoff.store.models import AuditEntry, Event, KnowledgeDraft, KnowledgeVersion
from knowledge.loader import File
from knowledge.overlay import Edit, Kind, laid
from knowledge.source import Data
from tests.databases import at_noon
from tests.handoff.desk.conftest import Hire, hire
from tests.whole import serving

__all__ = ["hire"]
NUMBER = "01558-6-9999"


class Crash(Exception):
    """Everything ends in the middle of the transaction."""


def ground(*edits: Edit, sequence: int = 0, files: tuple[File, ...] | None = None) -> Ground:
    return Ground("taiki", files or serving().of_town("taiki"), serving().knowledge, sequence, edits)


def change(telephone: str = NUMBER, on: Ground | None = None) -> Change:
    return (on or ground()).change(("window", "koreisha"), {"telephone": telephone})


async def written(store: Store, staff: SignedIn, wanted: Change) -> int:
    """A draft that the worker has looked at."""
    async with store.town(staff.municipality_id) as session:
        number = await drafts.write(session, staff, wanted, reason="番号が変わった", now=at_noon())
    return await looked_at(store, staff, number)


async def looked_at(store: Store, staff: SignedIn, number: int, *, upon: int = 0) -> int:
    async with store.town(staff.municipality_id) as session:
        assert await foresight.keep(session, await drafts.read(session, number), upon=upon, found={"messages": 0})
    return number


async def publish(
    store: Store, staff: SignedIn, number: int, *, upon: int = 0, second: bool = False, crash: bool = False
) -> int:
    async with store.town(staff.municipality_id) as session:
        draft = await drafts.read(session, number)
        sequence = await versions.publish(
            session, staff, number, version=1, upon=upon, edits=ground(sequence=upon).after(draft.change),
            second=second, now=at_noon(),
        )
        if crash:
            raise Crash
        return sequence


async def test_a_draft_becomes_a_version_that_everybody_is_told_of(store: Store, hire: Hire) -> None:
    staff = await hire("kanri", role="admin")
    number = await written(store, staff, change())
    assert await publish(store, staff, number) == 1
    async with store.reading("taiki") as session:
        assert await versions.newest(session) == {"taiki": 1}
        standing = await versions.standing(session, "taiki", 1)
        assert standing.edits[0].values == {"telephone": NUMBER}
        assert (await drafts.read(session, number)).status == "live"
        assert "knowledge" in {event.kind for event in await session.scalars(select(Event))}
        actions = [entry.action for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))]
        assert actions[-2:] == ["knowledge_drafted", "knowledge_published"]
        assert (await audit.verify(session)).entries == len(actions)
        with pytest.raises(NoSuchVersion):
            await versions.standing(session, "taiki", 2)
    with pytest.raises(Conflict):
        await publish(store, staff, number)


async def test_a_crash_before_the_end_leaves_nothing(store: Store, hire: Hire) -> None:
    staff = await hire("kanri", role="admin")
    number = await written(store, staff, change())
    with pytest.raises(Crash):
        await publish(store, staff, number, crash=True)
    async with store.reading("taiki") as session:
        assert await versions.newest(session) == {}
        assert (await drafts.read(session, number)).status == "draft"
    assert await publish(store, staff, number) == 1


async def test_of_two_who_publish_at_once_one_is_told_to_look_again(store: Store, hire: Hire) -> None:
    staff = await hire("kanri", role="admin")
    numbers = [await written(store, staff, change(one)) for one in (NUMBER, "01558-6-8888")]
    results = await asyncio.gather(*(publish(store, staff, number) for number in numbers), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "int"]
    async with store.reading("taiki") as session:
        assert [row.sequence for row in await session.scalars(select(KnowledgeVersion))] == [1]


async def test_a_draft_is_not_published_unseen_or_unapproved_or_by_its_authors_alone(store: Store, hire: Hire) -> None:
    first, second = await hire("kanri", role="admin"), await hire("shokan", role="admin")
    async with store.town("taiki") as session:
        number = await drafts.write(session, first, change(), reason="x", now=at_noon())
    with pytest.raises(NotSeen):
        await publish(store, first, number)
    await looked_at(store, first, number, upon=7)
    with pytest.raises(NotSeen):
        await publish(store, first, number)
    await looked_at(store, first, number)
    with pytest.raises(NotApproved):
        await publish(store, first, number, second=True)
    with pytest.raises(OwnWork):
        async with store.town("taiki") as session:
            await drafts.approve(session, first, number, version=1, now=at_noon())
    async with store.town("taiki") as session:
        await drafts.approve(session, second, number, version=1, now=at_noon())
    assert await publish(store, first, number, second=True) == 1


async def test_saving_again_takes_the_yes_and_the_look_away(store: Store, hire: Hire) -> None:
    first, second = await hire("kanri", role="admin"), await hire("shokan", role="admin")
    number = await written(store, first, change())
    async with store.town("taiki") as session:
        await drafts.approve(session, second, number, version=1, now=at_noon())
    async with store.town("taiki") as session:
        await drafts.save(session, second, number, change("01558-6-8888"), version=1, reason="y", now=at_noon())
    async with store.reading("taiki") as session:
        draft = await drafts.read(session, number)
    assert (draft.version, draft.approved_by, draft.foresight_state) == (2, None, "asked")
    assert draft.authors == (first.id, second.id)
    with pytest.raises(Conflict):
        async with store.town("taiki") as session:
            await drafts.save(session, first, number, change("01558-6-7777"), version=1, reason="z", now=at_noon())


async def test_a_late_look_at_an_older_saving_is_thrown_away(store: Store, hire: Hire) -> None:
    staff = await hire("kanri", role="admin")
    number = await written(store, staff, change())
    async with store.town("taiki") as session:
        before = await drafts.read(session, number)
        await drafts.save(session, staff, number, change("01558-6-8888"), version=1, reason="y", now=at_noon())
    async with store.town("taiki") as session:
        assert not await foresight.keep(session, before, upon=0, found={"messages": 5})
    async with store.reading_everywhere() as session:
        assert await foresight.asked(session) == [("taiki", number)]


async def test_towns_do_not_see_each_others_drafts_and_versions(store: Store, hire: Hire) -> None:
    here, there = await hire("kanri", role="admin"), await hire("machi", role="admin", town="itoman")
    number = await written(store, here, change())
    await publish(store, here, number)
    async with store.reading("itoman") as session:
        assert await versions.newest(session) == {}
        assert await drafts.waiting(session) == []
        assert await versions.history(session) == []
        with pytest.raises(NoSuchDraft):
            await drafts.read(session, number)
        with pytest.raises(NoSuchVersion):
            await versions.standing(session, "taiki", 1)
    with pytest.raises(NoSuchDraft):
        await publish(store, there, number)
    async with store.reading_everywhere() as session:
        assert [row.municipality_id for row in await session.scalars(select(KnowledgeDraft))] == ["taiki"]


async def test_a_change_of_nothing_is_no_draft(store: Store, hire: Hire) -> None:
    staff = await hire("kanri", role="admin")
    same = ground().of(("window", "koreisha"))
    assert same is not None
    with pytest.raises(Nothing):
        async with store.town("taiki") as session:
            await drafts.write(session, staff, change(str(same["telephone"])), reason="x", now=at_noon())


CRISIS_WORD: Mapping[str, Data] = {"kind": "crisis", "because": "x", "words": ["x"], "crisis": "dv", "level": "urgent"}


@pytest.mark.parametrize(
    ("kind", "key", "values", "wanted"),
    [
        ("window", "koreisha", {"telephone": NUMBER}, False), ("faq", "kaigo_soudan", {"answer": "x"}, False),
        ("reply", "ja.greeting", {"text": "x"}, False), ("reply", "en.crisis_dv", {"text": "x"}, True),
        ("reply", "ja.ask_safe", {"text": "x"}, True), ("town", "town", {"main_telephone": NUMBER}, False),
        ("town", "town", {"report_telephones": {"child_abuse": NUMBER}}, True), ("town", "town", {"night": "none"}, True),
        ("word", "own_x", {"kind": "need", "because": "x", "words": ["x"]}, False), ("word", "own_x", CRISIS_WORD, True),
    ],
)
def test_what_speaks_in_danger_needs_a_second_person(kind: Kind, key: str, values: Mapping[str, Data], wanted: bool) -> None:
    on = ground()
    assert needs_second(on.change((kind, key), values), on) is wanted
    with_it = ground(*on.after(on.change((kind, key), values)), sequence=1)
    assert needs_second(with_it.rollback(0, ()), with_it) is wanted


def test_a_crisis_word_is_not_defused_or_dropped_by_one() -> None:
    on = ground()
    with_it = ground(*on.after(on.change(("word", "own_x"), CRISIS_WORD)), sequence=1)
    defused = with_it.change(("word", "own_x"), {**CRISIS_WORD, "kind": "need", "crisis": None, "level": None})
    assert needs_second(defused, with_it)
    assert needs_second(with_it.change(("word", "own_x"), {}, removed=True), with_it)


def test_it_is_told_whether_files_or_another_version_have_overtaken_a_draft() -> None:
    wanted = change()
    assert ground().moved(wanted) == {}
    mended = laid("taiki", serving().of_town("taiki"), [Edit("window", "koreisha", {"telephone": "01558-6-0000"})])
    assert ground(files=mended).moved(wanted) == {"telephone": "files"}
    other = ground(*ground().after(change("01558-6-8888")), sequence=1)
    assert other.moved(wanted) == {"telephone": "version"}
    elsewhere = ground(*ground().after(ground().change(("window", "koreisha"), {"about": "x"})), sequence=1)
    assert elsewhere.moved(wanted) == {}
    live = ground(*ground().after(wanted), sequence=1, files=mended)
    assert [(edit.key, fields) for edit, fields in live.outdated()] == [("koreisha", ("telephone",))]
    assert ground(sequence=2).moved(ground(sequence=1).rollback(0, ())) == {"": "version"}
