"""What a record is cut into, what is pointed out in each piece, and how words are blacked out."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from handoff.desk.files import FileLine
from handoff.desk.staff import find
from handoff.desk.thread import NoteLine, TicketView, view
from handoff.disclosure.items import MARK, Item, Looking, items_of, masked, signs
from handoff.store.db import Store
from tests import databases
from tests.handoff.desk.conftest import NOON, Hire, OpenTicket, hire, open_ticket, towns
from tests.whole import knowledge

__all__ = ["hire", "open_ticket", "towns"]
database_url = databases.sqlite_url
LATER = NOON + timedelta(hours=1)


async def seen(store: Store, hire: Hire, open_ticket: OpenTicket, text: str) -> TicketView:
    await hire("suzuki", "taiki.fukushi")
    number = await open_ticket(text)
    async with store.town("taiki") as session:
        return await view(session, await find(store, "suzuki"), number, now=NOON)


def looking(*names: str) -> Looking:
    law = knowledge().disclosure
    assert law is not None
    return Looking(law, "writer", names)


def of_kind(items: tuple[Item, ...], kind: str) -> Item:
    return next(item for item in items if item.kind == kind)


async def test_each_piece_says_what_to_look_at(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    found = await seen(store, hire, open_ticket, "佐藤さんに 0155-86-4833 へ電話しました。お母さんと花子が心配です")
    found = replace(found, notes=(NoteLine(NOON, "suzuki", "課で話した"),))
    items = items_of(found, looking("花子"), upto=LATER)
    said = of_kind(items, "resident")
    assert set(said.words) == {"佐藤さん", "0155-86-4833", "花子"}
    assert len(said.hints) == 3
    assert any("6号" in hint for hint in of_kind(items, "note").hints)
    assert [item.kind for item in items if item.kind in ("resident", "note")] == ["resident", "note"]
    reported = items_of(found, replace(looking(), whose="told_of"), upto=LATER)
    assert any("知らせてくれた人" in hint for hint in of_kind(reported, "resident").hints)
    assert not any("知らせてくれた人" in hint for hint in said.hints)


async def test_what_came_with_a_message_stands_there_by_name_and_size(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    found = await seen(store, hire, open_ticket, "写真です")
    file = FileLine(uuid4(), "image", "kept", "image/jpeg", 12_000, "clean", "佐藤さんの家.jpg", None)
    sent = replace(found.messages[0], media="image", file=file)
    gone = replace(sent, sequence=99, file=replace(file, status="erased", name=None))
    items = items_of(replace(found, messages=(sent, gone)), looking(), upto=LATER)
    first, second = (item for item in items if item.kind == "resident")
    assert "（写真「佐藤さんの家.jpg」 12KB）" in first.text
    assert "佐藤さん" in first.words, "a name of a file is blacked out like any other"
    assert any("写し" in hint for hint in first.hints)
    assert "いまは残っていません" in second.text


async def test_what_came_later_is_not_asked_about(store: Store, hire: Hire, open_ticket: OpenTicket) -> None:
    found = await seen(store, hire, open_ticket, "家賃が払えません")
    found = replace(found, notes=(NoteLine(LATER + timedelta(seconds=1), "suzuki", "あとのメモ"),))
    assert "note" not in {item.kind for item in items_of(found, looking(), upto=LATER)}


@pytest.mark.parametrize("text", signs()[2].examples)
def test_what_looks_like_a_name_is_seen(text: str) -> None:
    pattern, nobody, _ = signs()
    assert any(hit.group(1) not in nobody for hit in pattern.finditer(text))


@pytest.mark.parametrize("text", signs()[2].counterexamples)
def test_what_names_nobody_is_left(text: str) -> None:
    pattern, nobody, _ = signs()
    assert not any(hit.group(1) not in nobody for hit in pattern.finditer(text))


def test_the_longer_word_goes_first_and_no_length_is_told() -> None:
    assert masked("山田さんと山田さんの家", ["山田", "山田さん"]) == f"{MARK}と{MARK}の家"
