"""What a locked telephone shows: nothing of danger, of a child, of a phrase, of what somebody must not know; whoever says it."""

from sqlalchemy import select

from bots.errors import Rejected
from bots.types import Outgoing
from handoff.intake import outbox
from handoff.store.db import Store
from handoff.store.models import Conversation
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import ScriptedTriage
from tests.handoff.intake.test_entrance import ROUTE, town_of
from triage.types import Decision, Person, Reason

CHILD = Decision(
    action="clarify", text="", about=("self",), household=(Person("self", (13, 14)),),
    reasons=(Reason("age", "年齢", ((0, 1),)),),
)
DV = Decision(action="route", text="", crisis=("dv",), urgency="urgent", about=("self",), reasons=(Reason("dv", "x", ((0, 1),)),))


async def test_a_crisis_shows_help_at_once_in_the_talk_and_nothing_in_the_notification(
    light: Store, knowledge: Knowledge
) -> None:
    for mode in ("entrance", "conversation"):
        town = await town_of(light, knowledge, ScriptedTriage([DV]), mode=mode)
        told = await town.says("夫になぐられました")
        assert "#8008" in told or "DV" in told
        assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}
        assert set(town.line.links()) == ({"ひらく"} if mode == "entrance" else set())
        await town.talk.close()


async def test_what_no_notification_was_to_show_is_not_shown_because_it_could_not_be_paid(
    light: Store, knowledge: Knowledge
) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([ROUTE]), mode="conversation")
    await town.says("母の物忘れがひどくて")
    town.line.script = [Rejected("quota")]
    async with light.town("taiki") as session:
        conversation = (await session.scalars(select(Conversation))).one()
        await outbox.enqueue(session, conversation, [Outgoing("安全な所で")], sender="staff", quiet=True, now=town.talk.now)
    await town.drain()
    assert "安全な所で" in await town.says("どうなりましたか")
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}
    await town.talk.close()


async def test_what_a_child_is_told_is_not_read_on_a_locked_screen(light: Store, knowledge: Knowledge) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([CHILD]), mode="conversation")
    await town.says("中2です　学校のことで")
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}
    await town.says("電話する")
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}, "a tap says nothing of who taps"
    await town.staff_writes("明日、学校の相談室で話しましょう")
    assert [(bubble.text, bubble.preview) for bubble in town.line.heard[-1][1]] == [
        ("明日、学校の相談室で話しましょう", "お返事があります。")
    ]
    await town.talk.close()


async def test_a_phrase_and_what_somebody_must_not_know_are_not_read_on_a_locked_screen(
    light: Store, knowledge: Knowledge
) -> None:
    town = await town_of(light, knowledge, ScriptedTriage([ROUTE]), mode="conversation")
    assert "合言葉は「" in await town.says("合言葉をください")
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}
    await town.says("母の物忘れがひどくて")
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {None}, "nothing to hide has been said"
    for words in ("夫に知られたくないです", "よろしくお願いします"):
        await town.says(words)
        assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}, words
    await town.staff_writes("明日10時にお待ちしています")
    assert {bubble.preview for bubble in town.line.heard[-1][1]} == {"お返事があります。"}
    await town.talk.close()
