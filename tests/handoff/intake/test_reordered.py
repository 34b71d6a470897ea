"""What LINE delivers in another order than it happened: a redelivered webhook comes late, an unsend may overtake its message.

The platform's time decides, as far as a conversation has not been answered yet; nothing is read twice, and nothing that was
taken back is read at all.
"""

import itertools

import pytest

from handoff.store.db import Store
from knowledge.loader import Knowledge
from tests.handoff.intake.talk import ScriptedTriage, Talk
from tests.handoff.intake.test_dialogue import ROUTE

STORY = ("母のことです", "物忘れがひどくて", "追伸　わたしも仕事をやめました")


async def begun(store: Store, knowledge: Knowledge) -> tuple[Talk, ScriptedTriage]:
    triage = ScriptedTriage([ROUTE])
    return await Talk.begin(store, knowledge, triage), triage


async def kept(talk: Talk) -> list[str | None]:
    """What the resident wrote, in the order of the conversation; None for what was taken back."""
    return [row.payload and row.payload["text"] for row in await talk.messages() if row.sender == "resident"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
async def test_what_waits_together_is_read_in_the_order_it_was_written(
    light: Store, knowledge: Knowledge, order: tuple[int, ...]
) -> None:
    talk, triage = await begun(light, knowledge)
    events = [talk.text(words) for words in STORY]
    for place in order:
        await talk.send(events[place])
    await talk.turn()
    assert await kept(talk) == list(STORY)
    assert triage.heard == [list(STORY)]
    (row,) = await talk.outbox()
    assert row.payload["reply_token"] == events[2]["replyToken"], "the newest token is the one that lives longest"
    await talk.close()


async def test_what_comes_after_its_postscript_was_answered_is_read_and_keeps_its_own_time(
    light: Store, knowledge: Knowledge
) -> None:
    talk, triage = await begun(light, knowledge)
    first, postscript = talk.text(STORY[0]), talk.text(STORY[2])
    await talk.send(postscript)
    await talk.turn()
    late = {**first, "deliveryContext": {"isRedelivery": True}}
    await talk.send(late)
    await talk.turn()
    assert triage.heard[-1] == [STORY[2], STORY[0]]
    rows = [row for row in await talk.messages() if row.sender == "resident"]
    assert [row.payload["text"] for row in rows] == [STORY[2], STORY[0]], "nothing said before it is moved behind the answer"
    assert rows[0].at > rows[1].at, "staff see when each was written"
    assert len(await talk.outbox()) == 1, "no push is paid to say that something old was received"
    await talk.close()


async def test_the_same_event_again_behind_its_postscript_is_read_once(light: Store, knowledge: Knowledge) -> None:
    talk, triage = await begun(light, knowledge)
    first = talk.text(STORY[0])
    await talk.send(first)
    await talk.turn()
    await talk.says(STORY[2])
    again = {**first, "webhookEventId": "another", "deliveryContext": {"isRedelivery": True}}
    await talk.send(again)
    await talk.turn()
    assert await kept(talk) == [STORY[0], STORY[2]]
    assert triage.heard[-1] == [STORY[0], STORY[2]]
    await talk.close()


@pytest.mark.parametrize("together", [True, False])
async def test_what_was_taken_back_before_it_came_is_never_read(light: Store, knowledge: Knowledge, together: bool) -> None:
    talk, triage = await begun(light, knowledge)
    gone, stays = talk.text("消したい話", message_id="m-gone"), talk.text(STORY[1])
    unsend = talk.event("unsend", unsend={"messageId": "m-gone"})
    for events in ([unsend, gone, stays],) if together else ([unsend], [gone], [stays]):
        await talk.send(*events)
        await talk.turn()
    assert [words for words in await kept(talk) if words] == [STORY[1]]
    assert all("消したい話" not in words for heard in triage.heard for words in heard)
    await talk.close()
