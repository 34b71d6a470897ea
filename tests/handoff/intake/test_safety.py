"""How residents may be reached: understood from the data, kept sealed, and honoured by the outbox."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bots.types import Outgoing
from handoff.intake import outbox, safety
from handoff.intake.safety import Wish, allowed_at, told, understood
from handoff.store.db import Store
from handoff.store.models import Conversation, OutboxItem, SafeContactWish
from knowledge.loader import Knowledge
from knowledge.schema.contact_ways import SafeContact, Said
from tests.handoff.intake.talk import TOKYO, ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import CRISIS, ROUTE, VAGUE
from tests.whole import knowledge as whole

WAYS = whole().safe_contact
assert WAYS is not None
NIGHT = Wish(quiet=("night",))


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize("said", WAYS.examples, ids=lambda said: said.text)
def test_every_example_of_the_data(said: Said) -> None:
    assert WAYS is not None
    assert understood(said.text, WAYS) == Wish(said.quiet, said.avoid, said.hide_from, said.only_answers, said.known_staff, said.hides)


@pytest.mark.parametrize(("text", "wish"), [
    ("夜中に連絡するのはやめてください。旦那にバレると困ります", Wish(quiet=("night",), hide_from=("夫",))),
    ("ＬＩＮＥの通知は夜は困ります", Wish(quiet=("night",), avoid=("message",))),
    ("自宅には手紙を送らないでほしい。母に見られたくないので", Wish(avoid=("post", "visit"), hide_from=("母",))),
    ("電話は昼だけにしてください", Wish(quiet=("daytime_only",))),
    ("上司に知られたくありません", Wish(hide_from=("職場",))),
    ("わたしから連絡しますので、そちらから連絡しないでください", Wish(only_answers=True)),
])
def test_other_ways_to_say_it(text: str, wish: Wish) -> None:
    assert WAYS is not None
    found = understood(text, WAYS)
    assert (found.quiet, found.hide_from, found.only_answers) == (wish.quiet, wish.hide_from, wish.only_answers)
    assert set(wish.avoid) <= set(found.avoid)


@pytest.mark.parametrize("text", [
    "夫は夜勤です", "夜も電話してくれません", "息子が学校に行かないで困っています", "お金がなくて困ります", "母が電話を何度もかけてきます",
    "朝から何も食べていません", "職場でいじめられています", "手紙が来ました", "夫に殴られました", "夜は眠れません、無理です",
])
def test_what_says_nothing_about_it(text: str) -> None:
    assert WAYS is not None
    assert not understood(text, WAYS)


@pytest.mark.parametrize(("wish", "now", "allowed"), [
    (NIGHT, at(16, 59), at(16, 59)), (NIGHT, at(17), at(8, day=25)), (NIGHT, at(2, 10), at(8)),
    (Wish(quiet=("daytime_only",)), at(20), at(8, day=25)), (Wish(quiet=("daytime_only",)), at(9), at(9)),
    (Wish(quiet=("night", "morning")), at(3), at(12)), (Wish(quiet=("night", "night_only")), at(9), None),
    (Wish(only_answers=True), at(9), None), (Wish(avoid=("message",)), at(9), None), (Wish(), at(3), at(3)),
    (Wish(quiet=("gone",)), at(3), at(3)),
])
def test_when_we_may_write(wish: Wish, now: datetime, allowed: datetime | None) -> None:
    assert WAYS is not None
    assert allowed_at(wish, WAYS, now) == allowed


@pytest.mark.parametrize(("text", "wished"), [
    ("職員さんの中に元同僚がいるのですが、できればその人には読まれたくないんです", True),
    ("町役場に勤めている義姉に知られると困ります", True),
    ("役所に友達が働いてるから、ばれたくない", True),
    ("保健師さんがママ友なので担当しないでほしい、担当から外してください", True),
    ("民生委員さんが近所の人なので伝えないでください", True),
    ("友だちに見られたくない", False),
    ("役場の人に言われたことを守っています", False),
    ("夫の親戚が役場で働いています", False),
    ("職員の対応がこわかった", False),
])
def test_staff_who_know_the_resident(text: str, wished: bool) -> None:
    assert WAYS is not None
    assert understood(text, WAYS).known_staff is wished


def test_a_line_for_staff() -> None:
    assert WAYS is not None
    wish = Wish(("night",), ("telephone", "post"), ("夫",), True)
    assert told(wish, WAYS) == "本人から書いたときだけ、夜（17:00〜8:00）は送らない、電話はしない、郵便はしない、夫に知られないように"
    assert told(Wish(known_staff=True), WAYS) == "知り合いの職員には見せない"
    assert told(Wish(), WAYS) == ""


async def conversation(store: Store) -> UUID:
    async with store.reading("taiki") as session:
        return (await session.scalars(select(Conversation.id))).one()


async def staff_writes(store: Store, now: datetime) -> None:
    async with store.town("taiki") as session:
        row = (await session.scalars(select(Conversation))).one()
        await outbox.enqueue(session, row, [Outgoing("明日10時にお待ちしています")], sender="staff", now=now)


async def sent(store: Store, now: datetime) -> list[str]:
    """What goes out now; it is marked sent."""
    taken = await outbox.claim(store, now=now, ways=WAYS)
    await outbox.record(store, [(one, outbox.Outcome("sent")) for one in taken], now=now)
    return [bubble.text for one in taken for bubble in one.bubbles]


async def test_written_in_plain_words_it_is_kept_and_said_back(store: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(store, knowledge, ScriptedTriage([ROUTE]))
    said = await talk.says("夜は送らないで。夫に知られたくない")
    assert any("夜（17:00〜8:00）は送らない、夫に知られないように" in text for text in said)
    assert "窓口" in said[0], "the matter itself is answered as ever"
    await talk.says("電話もしないでください")
    async with store.reading("taiki") as session:
        row = (await session.scalars(select(SafeContactWish))).one()
        assert Wish.from_json(row.wish) == Wish(("night",), ("telephone",), ("夫",))
        assert "夫".encode() not in row.wish_sealed
    await talk.close()


async def test_in_danger_it_comes_after_the_first_line(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([CRISIS]))
    said = await talk.says("もうむり。夫に知られたくない")
    assert said[0].startswith("いま命があぶないときは、すぐ119へ")
    assert "夫に知られないように" in said[1]
    await talk.close()


async def test_a_question_keeps_its_place_at_the_end(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([VAGUE]))
    said = await talk.says("つらいです。夜は連絡しないで")
    assert "どなたのことですか" in said[-1]
    await talk.close()


async def test_what_staff_write_at_night_waits_for_the_morning(store: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(store, knowledge, ScriptedTriage([ROUTE]), now=at(16, 20))
    await talk.says("母のことです。夜は送らないで")
    assert len(await sent(store, at(16, 20))) >= 2
    await staff_writes(store, at(19))
    assert await sent(store, at(19)) == []
    (row,) = [row for row in await talk.outbox() if row.status != "sent"]
    assert (row.status, row.error, row.due_at) == ("held", "safe_contact", at(8, day=25))
    assert await sent(store, at(7, 59, day=25)) == []
    assert await sent(store, at(8, day=25)) == ["明日10時にお待ちしています"]
    await talk.close()


async def test_an_answer_to_what_was_just_written_is_never_held(store: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(store, knowledge, ScriptedTriage([ROUTE, CRISIS]), now=at(16, 20))
    await talk.says("母のことです。夜は送らないで")
    await sent(store, at(16, 20))
    await staff_writes(store, at(19))
    assert await sent(store, at(19)) == []
    talk.now = at(22)
    await talk.says("もうむり")
    assert (await sent(store, at(22)))[0].startswith("いま命があぶないときは")
    assert await sent(store, at(22)) == ["明日10時にお待ちしています"]
    assert {row.status for row in await talk.outbox()} == {"sent"}, "they have come back to the screen: what waited goes too"
    await talk.close()


async def test_only_answers_means_nothing_of_our_own(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE]), now=at(10))
    await talk.says("母のことです。そちらから連絡しないでください")
    await sent(light, at(10))
    await staff_writes(light, at(11))
    assert await sent(light, at(11)) == []
    assert await sent(light, at(11) + timedelta(days=30)) == []
    await talk.close()


async def test_without_a_wish_nothing_waits(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE]), now=at(10))
    await talk.says("母のことです")
    await sent(light, at(10))
    await staff_writes(light, at(23))
    assert await sent(light, at(23)) == ["明日10時にお待ちしています"]
    await talk.close()


async def test_a_wish_may_be_put_anew(light: Store, knowledge: Knowledge) -> None:
    talk = await Talk.begin(light, knowledge, ScriptedTriage([ROUTE]), now=at(10))
    await talk.says("母のことです。夜は送らないで")
    async with light.town("taiki") as session:
        row = await session.get_one(Conversation, await conversation(light))
        await safety.keep(session, row, replace(NIGHT, quiet=(), hide_from=("x" * 99,)), now=at(10))
        await session.flush()
        found = await safety.wish_of(session, row.id)
    assert found == Wish(hide_from=("x" * safety.LONGEST_NAME,))
    async with light.reading("taiki") as session:
        assert len(list(await session.scalars(select(OutboxItem.id).where(OutboxItem.status == "held")))) == 0
    await talk.close()


def test_the_data_is_one_shape() -> None:
    assert isinstance(WAYS, SafeContact)
