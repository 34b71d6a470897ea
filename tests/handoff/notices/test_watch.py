"""Crisis by night: who is called, in which order, until when; that nothing loops, and that nobody is told what is not so."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bots.errors import Rejected, Retryable
from handoff.desk import answers
from handoff.desk.access import NotYours
from handoff.desk.queue import Filters, list_for
from handoff.intake.tokens import hash_token
from handoff.notices import rota, watch
from handoff.notices.rota import BadPerson, Person
from handoff.notices.watch import AlarmLine, NothingRings
from handoff.store.db import Store
from handoff.store.models import DutyPerson, NightAlarm
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import SATURDAY_NIGHT, TOKYO, TUESDAY, ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import CHAT, CRISIS, ROUTE
from tests.handoff.notices.conftest import SITE, Hour, Posted, calls, hired, on_rota, with_night
from triage.types import Decision

SATO, ITO = Person("佐藤", "sato@example.jp"), Person("伊藤", "ito@example.jp")
WORDS = "もうむり。薬ぜんぶ出した"


class Night:
    """A town at night with its dialogue, its rota and its post."""

    def __init__(self, store: Store, knowledge: Knowledge, talk: Talk, post: Posted | None) -> None:
        self.store, self.knowledge, self.talk, self.post = store, knowledge, talk, post
        self.clock = Hour(talk.now)
        self.calls = calls(store, self.clock, post)

    @classmethod
    async def begin(
        cls, store: Store, knowledge: Knowledge, *script: Decision, night: str | None = "on_call",
        people: Sequence[Person] = (SATO, ITO), now: datetime = SATURDAY_NIGHT, post: Posted | None = None,
        crises: Sequence[str] = ("薬",),
    ) -> "Night":
        known = with_night(knowledge, night)
        talk = await Talk.begin(store, known, ScriptedTriage(list(script or (CRISIS,)), crises=crises), now=now)
        admin = await hired(store, "kanri", now=now)
        await on_rota(store, admin, *people, now=now)
        return cls(store, known, talk, post)

    async def goes_on(self, minutes: float = 0) -> None:
        """Time passes; the worker takes its steps."""
        self.clock.now += timedelta(minutes=minutes)
        self.talk.now = self.clock.now
        await watch.advance(self.store, self.knowledge.towns, now=self.clock.now)
        await self.calls.drain()

    async def story(self) -> tuple[AlarmLine, ...]:
        async with self.store.reading("taiki") as session:
            return await watch.story(session)

    def told(self) -> list[str]:
        return [to for to, _, _ in self.post.mails] if self.post else []

    async def received(self, link: str) -> str:
        async with self.store.town("taiki") as session:
            return await watch.acknowledge_by_link(session, link.rpartition("/")[2], now=self.clock.now)


async def test_the_next_person_is_called_until_somebody_has_it(store: Store, knowledge: Knowledge) -> None:
    post = Posted()
    night = await Night.begin(store, knowledge, post=post)
    said = await night.talk.says(WORDS)
    assert any("当番に知らせます" in text for text in said)
    await night.goes_on()
    assert night.told() == ["sato@example.jp"]
    await night.goes_on(9)
    assert night.told() == ["sato@example.jp"], "ten minutes are theirs"
    await night.goes_on(1)
    assert night.told() == ["sato@example.jp", "ito@example.jp"]
    number = await night.received(post.links()[1])
    await night.goes_on(60)
    assert len(post.mails) == 2
    (line,) = await night.story()
    assert (line.number, line.state) == (number, "acknowledged")
    assert [(call.name, call.status, call.acknowledged_at is not None) for call in line.calls] == [
        ("佐藤", "sent", False), ("伊藤", "sent", True),
    ]
    assert line.ended_at == SATURDAY_NIGHT + timedelta(minutes=10)
    with pytest.raises(NothingRings):
        await night.received(post.links()[0])
    await night.talk.close()


async def test_a_mail_holds_number_and_link_and_no_word(light: Store, knowledge: Knowledge) -> None:
    post = Posted()
    night = await Night.begin(light, knowledge, post=post)
    await night.talk.says(WORDS)
    await night.goes_on()
    ((_, subject, body),) = post.mails
    for piece in ("薬", "もう", "suicide", "自殺", "命", "危", "LINE", "匿名"):
        assert piece not in subject + body, piece
    assert "taiki-2026-0001" in body
    assert post.links()[0].startswith(f"{SITE}/duty/taiki.")
    async with light.reading("taiki") as session:
        call = await watch.call_of(session, post.links()[0].rpartition("/")[2])
        assert call.token_hash == hash_token(post.links()[0].rpartition("/")[2])
        with pytest.raises(NotYours):
            await watch.call_of(session, "taiki." + "x" * 43)
    await night.talk.close()


async def test_two_rounds_and_then_the_morning(light: Store, knowledge: Knowledge) -> None:
    post = Posted()
    night = await Night.begin(light, knowledge, post=post)
    await night.talk.says(WORDS)
    for _ in range(40):
        await night.goes_on(10)
    assert night.told() == ["sato@example.jp", "ito@example.jp"] * 2
    assert [line.state for line in await night.story()] == ["unanswered"]
    number = await night.received(post.links()[0])
    assert number == "taiki-2026-0001", "late is better than never"
    await night.talk.close()


async def test_the_office_opens_and_nobody_is_called_any_more(light: Store, knowledge: Knowledge) -> None:
    post = Posted()
    early = datetime(2026, 11, 24, 8, 25, tzinfo=TOKYO)
    night = await Night.begin(light, knowledge, post=post, now=early)
    await night.talk.says(WORDS)
    await night.goes_on()
    await night.goes_on(10)
    assert night.told() == ["sato@example.jp"]
    assert [line.state for line in await night.story()] == ["opened"]
    await night.talk.close()


@pytest.mark.parametrize("setting", ["none", None])
async def test_without_a_watch_nothing_rings_and_the_morning_list_begins_with_it(
    light: Store, knowledge: Knowledge, setting: str | None
) -> None:
    post = Posted()
    night = await Night.begin(light, knowledge, ROUTE, CRISIS, night=setting, post=post, crises=("薬",))
    await night.talk.says("母のことです", user="U1")
    said = await night.talk.says(WORDS, user="U2")
    assert any("11月24日（火）8:30" in text and "見ていません" in text for text in said)
    for _ in range(30):
        await night.goes_on(10)
    assert (await night.story(), post.mails) == ((), [])
    officer = await hired(light, "suishin", "coordinator", now=SATURDAY_NIGHT)
    async with light.reading("taiki") as session:
        first, *_ = await list_for(session, officer, Filters())
    assert first.crisis == ("suicide",)
    await night.talk.close()


@pytest.mark.parametrize("people", [(), (Person("来週の人", "raishu@example.jp", first=datetime(2026, 11, 28).date()),)])
async def test_an_empty_rota_promises_nobody(light: Store, knowledge: Knowledge, people: Sequence[Person]) -> None:
    night = await Night.begin(light, knowledge, people=people, post=Posted())
    said = "".join(await night.talk.says(WORDS))
    assert "当番" not in said
    assert "見ていません" in said
    assert await night.story() == ()
    await night.talk.close()


async def test_by_day_nobody_is_called(light: Store, knowledge: Knowledge) -> None:
    night = await Night.begin(light, knowledge, now=TUESDAY, post=Posted())
    await night.talk.says(WORDS)
    assert await night.story() == ()
    await night.talk.close()


async def test_more_words_of_the_same_night_ring_once(light: Store, knowledge: Knowledge) -> None:
    """The crisis lane answers each; whoever has it is called again only after an hour, or when it gets worse."""
    post = Posted()
    urgent = Decision(**{**{name: getattr(CRISIS, name) for name in CRISIS.__dataclass_fields__}, "urgency": "urgent"})
    night = await Night.begin(light, knowledge, urgent, urgent, urgent, CRISIS, CRISIS, post=post)
    await night.talk.says(WORDS)
    await night.goes_on()
    await night.received(post.links()[0])
    await night.talk.says("薬まだある")
    await night.goes_on(30)
    await night.talk.says("ありがとう")
    await night.goes_on(60)
    assert len(post.mails) == 1
    await night.talk.says("薬のんだ")
    await night.goes_on()
    assert len(post.mails) == 2
    await night.received(post.links()[-1])
    await night.goes_on(61)
    await night.talk.says("こわい")
    await night.goes_on()
    assert len(post.mails) == 2, "no crisis word, no alarm"
    await night.talk.says("また薬")
    await night.goes_on()
    assert len(post.mails) == 3
    await night.talk.close()


async def test_a_restart_forgets_nothing(store: Store, knowledge: Knowledge) -> None:
    """The process dies after it took the call and before the mail left; another one sends it, with a link that opens."""
    post = Posted()
    night = await Night.begin(store, knowledge, post=post)
    await night.talk.says(WORDS)
    await watch.advance(store, night.knowledge.towns, now=night.clock.now)
    town, call_id = (await night.calls._due())[0]
    assert await night.calls._claim(town, call_id, "taiki.lost") is not None
    fresh = Night(store, night.knowledge, night.talk, post)
    await fresh.goes_on()
    assert post.mails == [], "the lease still runs"
    await fresh.goes_on(2)
    assert fresh.told() == ["sato@example.jp"]
    assert await fresh.received(post.links()[0]) == "taiki-2026-0001"
    await night.talk.close()


async def test_two_workers_call_once(two_stores: tuple[Store, Store], knowledge: Knowledge) -> None:
    post = Posted()
    one, other = two_stores
    night = await Night.begin(one, knowledge, post=post)
    await night.talk.says(WORDS)
    twin = Night(other, night.knowledge, night.talk, post)
    await asyncio.gather(night.goes_on(), twin.goes_on())
    await asyncio.gather(night.calls.drain(), twin.calls.drain())
    assert night.told() == ["sato@example.jp"]
    await night.talk.close()


@pytest.mark.parametrize(("faults", "told"), [
    ([Retryable("busy")], ["sato@example.jp"]),
    ([Rejected("no_such_address")] * 3, ["ito@example.jp"]),
])
async def test_what_cannot_be_sent_goes_to_the_next_at_once(
    light: Store, knowledge: Knowledge, faults: list[Any], told: list[str]
) -> None:
    post = Posted(list(faults))
    night = await Night.begin(light, knowledge, post=post)
    await night.talk.says(WORDS)
    for _ in range(5):
        await night.goes_on(0.5)
    assert night.told() == told
    await night.talk.close()


async def test_without_a_mail_server_the_console_is_the_way(light: Store, knowledge: Knowledge) -> None:
    night = await Night.begin(light, knowledge, people=(SATO, Person("宿直室")), post=None)
    await night.talk.says(WORDS)
    await night.goes_on()
    await night.goes_on(0.1)
    (line,) = await night.story()
    assert [(call.name, call.status) for call in line.calls] == [("佐藤", "failed"), ("宿直室", "console")]
    async with light.reading("taiki") as session:
        assert await watch.ringing(session) == ("taiki-2026-0001",)
    await night.talk.close()


async def test_the_console_takes_it_for_who_may_see_it_or_is_on_duty(light: Store, knowledge: Knowledge) -> None:
    night = await Night.begin(light, knowledge, post=Posted())
    await night.talk.says(WORDS)
    await night.goes_on()
    stranger = await hired(light, "zeimu", "staff", "taiki.kodomo", now=night.clock.now)
    guard = await hired(light, "shukuchoku", "staff", now=night.clock.now)
    await on_rota(light, guard, Person("宿直室"), now=night.clock.now, logins=("shukuchoku",))
    async with light.town("taiki") as session:
        with pytest.raises(NotYours):
            await watch.acknowledge(session, stranger, "taiki-2026-0001", now=night.clock.now)
    async with light.town("taiki") as session:
        await watch.acknowledge(session, guard, "taiki-2026-0001", now=night.clock.now)
    (line,) = await night.story()
    assert (line.state, line.by) == ("acknowledged", "shukuchoku")
    await night.talk.close()


async def test_the_night_belongs_to_the_evening_on_which_it_began(light: Store, knowledge: Knowledge) -> None:
    friday, saturday = Person("金曜", "fri@example.jp", ("fri",)), Person("土曜", "sat@example.jp", ("sat",))
    night = await Night.begin(light, knowledge, people=(friday, saturday), post=Posted())
    town = night.knowledge.towns["taiki"]
    async with light.reading("taiki") as session:
        for when, name in ((SATURDAY_NIGHT, "金曜"), (SATURDAY_NIGHT.replace(hour=12), "土曜")):
            assert [one.name for one in await rota.on_duty(session, town, now=when)] == [name]
    await night.talk.close()


async def test_the_rota_is_sealed_ordered_and_checked(light: Store, knowledge: Knowledge) -> None:
    night = await Night.begin(light, knowledge, post=Posted())
    admin = await hired(light, "kanri2", now=night.clock.now)
    async with light.town("taiki") as session:
        for bad in (Person(""), Person("あ", "no-address"), Person("あ", days=("xyz",))):
            with pytest.raises(BadPerson):
                await rota.add(session, admin, bad, now=night.clock.now)
        first, second = await rota.people(session)
        assert second.id is not None
        await rota.earlier(session, admin, second.id, now=night.clock.now)
    async with light.town("taiki") as session:
        assert [one.name for one in await rota.people(session)] == ["伊藤", "佐藤"]
        assert first.id is not None
        await rota.remove(session, admin, first.id, now=night.clock.now)
    async with light.reading("taiki") as session:
        assert [one.name for one in await rota.people(session)] == ["伊藤"]
        row = await session.get_one(DutyPerson, first.id)
        assert "佐藤".encode() not in row.about_sealed
    await night.talk.close()


async def test_the_bot_is_silent_while_staff_have_it_but_for_danger_and_one_line_a_night(
    light: Store, knowledge: Knowledge
) -> None:
    post = Posted()
    night = await Night.begin(light, knowledge, ROUTE, CHAT, ROUTE, CHAT, CRISIS, CRISIS, CHAT, now=TUESDAY, post=post)
    talk = night.talk
    await talk.says("母のことです")
    officer = await hired(light, "suishin", "coordinator", now=TUESDAY)
    async with light.town("taiki") as session:
        await answers.reply(session, officer, "taiki-2026-0001", text="明日お待ちしています", now=talk.now)
    assert await talk.says("はい、わかりました") == []
    night.clock.now = talk.now = TUESDAY.replace(hour=22)
    assert len(await talk.says("やっぱり母のことで")) == 1, "one line: who reads it when"
    assert await talk.says("それから") == []
    said = await talk.says(WORDS)
    assert any("119" in text for text in said), "the crisis lane works"
    await night.goes_on()
    assert night.told() == ["sato@example.jp"]
    night.clock.now = talk.now = TUESDAY + timedelta(days=1)
    assert all("当番" not in text for text in await talk.says("おはようございます"))
    async with light.reading("taiki") as session:
        assert await session.scalar(select(func.count(NightAlarm.id))) == 1
    await talk.close()

