"""One turn of the dialogue: what came in → what it means → what is said, kept and passed to staff.

Read second, after `triage/engine.py`. The conversation is read, judged with no transaction open, and then everything
is written in one transaction that checks that nothing moved meanwhile; if it did, the turn starts again.
Knows no channel beyond its parser and no HTTP.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bots.types import Outgoing
from handoff.desk import tickets
from handoff.desk.routing import windows_for
from handoff.intake import (
    agreeing,
    callback,
    contacts,
    heard,
    inbox,
    outbox,
    replies,
    safety,
    taking_back,
    unjudged,
    unpaid,
)
from handoff.intake.answers import Answers
from handoff.intake.contacts import Snapshot
from handoff.intake.crisis import weighed
from handoff.intake.inbox import Claim
from handoff.intake.listening import Listener
from handoff.intake.messages import explained, keep_said
from handoff.intake.reaching import Reach, reach_of, without
from handoff.intake.scene import Plan, Scene
from handoff.intake.spoken import SPOKEN
from handoff.intake.taps import ASKS_FOR_A_DOOR, answer, words_of
from handoff.intake.turn import Turn
from handoff.intake.unsend import tombstone
from handoff.intake.voice import Voice
from handoff.notices import rota, watch
from handoff.store import ahead
from handoff.store.db import Busy, Store
from handoff.store.ids import new_id
from handoff.store.models import Contact, Conversation, DecisionRecord
from knowledge.loader import Knowledge
from knowledge.schema import Town
from triage.types import Asked, Decision, LocalWords, Reason, Triage

RESTARTS = 4
ASKED_OF_EACH: tuple[ahead.Asked, ...] = (tickets.of_conversations, safety.of_conversations, unpaid.of_conversations)
"""What every turn asks about its conversation."""


class Moved(Exception):
    """Somebody wrote to the conversation while the turn was thought out: start again."""


class LeaseLost(Exception):
    """Another worker has taken the claim over: drop everything."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A claim thought through: what it brought, what it met, what it means. Nothing of it is written yet."""

    claim: Claim
    turn: Turn
    before: Snapshot
    decision: Decision | None
    reach: Reach

    def unmoved(self, conversation: Conversation | None) -> Conversation:
        """The conversation as it was when this was thought. Moved when it is not."""
        if conversation is None or conversation.version != self.before.version:
            raise Moved
        return conversation


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The dialogue with its parts. parsers: how to read a raw event of each channel."""

    store: Store
    knowledge: Knowledge
    triage: Triage
    parsers: Mapping[str, Any]
    zone: ZoneInfo
    answers: Answers | None = None
    listener: Listener = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "listener", Listener(self.store.keys, self.parsers, words_of(self.knowledge)))

    async def take(self, claim: Claim, *, now: datetime) -> None:
        """Work one claim off. Raises whatever goes wrong; the caller gives the claim back or parks it."""
        for _ in range(RESTARTS):
            try:
                await self.take_together([claim], now=now)
                return
            except Moved:
                continue
        raise Moved

    async def take_together(self, claims: Sequence[Claim], *, now: datetime) -> None:
        """Work claims of one town off in one transaction, all or none. Raises what goes wrong with any of them: each is
        then to be taken by itself.
        """
        town = await self._town(claims[0], now=now)
        async with self.store.reading(town.id) as session:
            read = await self.listener.read(session, claims, now=now)
        thoughts = await self._thoughts(claims, read, town, now=now)
        async with self.store.town(town.id) as session:
            if not await inbox.finish(session, *claims):
                raise LeaseLost
            thoughts = [thought for thought in thoughts if not thought.turn.empty]
            for thought, conversation in zip(thoughts, await self._hold(session, thoughts, now=now), strict=True):
                await self._write(session, conversation, thought, town, now=now)

    async def park(self, claim: Claim, *, error: str, now: datetime) -> None:
        """Give up judging: keep the words, hand them to a person, let the conversation go on.

        Events that cannot even be read stay in the inbox, sealed and marked, for whoever mends the fault. If handing
        over fails too, the claim is set aside all the same, so that what comes after it is answered, and the fault is
        raised. LeaseLost when somebody else has it.
        """
        try:
            await self._park(claim, error=error, now=now)
        except (Moved, LeaseLost, Busy):
            raise
        except Exception as why:
            async with self.store.town(claim.municipality_id) as session:
                await inbox.park(session, claim, error=f"{error}; {type(why).__name__}"[:80])
            raise

    async def _park(self, claim: Claim, *, error: str, now: datetime) -> None:
        town = await self._town(claim, now=now)
        async with self.store.reading(town.id) as session:
            ((turn, before),) = await self.listener.read(session, [claim], now=now, lenient=True)
        async with self.store.town(town.id) as session:
            if not await inbox.park(session, claim, error=error):
                raise LeaseLost
            if turn.empty:
                return
            (conversation,) = await self._hold(session, [Thought(claim, turn, before, None, Reach())], now=now)
            await self._keep(session, conversation, claim, turn, now=now)
            if not turn.said:
                return
            decision = self._unread(claim, turn, before)
            windows = windows_for(decision, town)
            if decision.crisis:
                scene = self._scene(claim, town, turn, before, windows, decision, now=now)
                plan = replies.plan(decision, before, scene)
            else:
                plan = unjudged.plan_parked(before, town, self.knowledge, now)
            ticket = await tickets.open_or_update(
                session, conversation, decision, town=town, windows=windows, why="parked", now=now
            )
            if plan.alarm:
                await watch.ring(session, ticket, town=town, now=now)
            await self._say(session, conversation, claim, turn, before, plan, now=now)

    def _unread(self, claim: Claim, turn: Turn, before: Snapshot) -> Decision:
        """What stands for a decision where triage failed: everything for a person; danger by its words alone."""
        said, _ = self.listener.spoken(claim, turn, before)
        seen = dict.fromkeys(kind for text in turn.texts for kind in self.triage.kinds(text, claim.municipality_id))
        return Decision(
            action="route", text="\n".join(said), complex=True, crisis=tuple(seen),
            urgency="urgent" if seen else "normal", unknown=("すべて",),
            reasons=(Reason("parked", "自動で読めなかったため、人が読みます"),),
        )

    async def _thoughts(
        self, claims: Sequence[Claim], read: Sequence[tuple[Turn, Snapshot]], town: Town, *, now: datetime
    ) -> list[Thought]:
        """What each claim means: triage over the whole episode, in one go in a thread, with no transaction open."""
        met = [(claim, turn, before) for claim, (turn, before) in zip(claims, read, strict=True)]
        judged = await asyncio.to_thread(lambda: [self._judge(*one, town, now=now) for one in met])
        return [
            Thought(*one, decision, await self._reach(*one, decision)) for one, decision in zip(met, judged, strict=True)
        ]

    async def _hold(self, session: AsyncSession, thoughts: Sequence[Thought], *, now: datetime) -> list[Conversation]:
        """The conversation of each, locked and unmoved; a new one for a new address. Moved.

        All at once and in one order: two transactions never wait for each other crosswise.
        """
        known = [thought.before.conversation_id for thought in thoughts if thought.before.conversation_id is not None]
        locked = select(Conversation).where(Conversation.id.in_(known)).order_by(Conversation.id)
        found = await session.scalars(locked.with_for_update(of=Conversation)) if known else ()
        held = {conversation.id: conversation for conversation in found}
        fresh = await contacts.make_all(
            session, [self._newcomer(thought) for thought in thoughts if thought.before.conversation_id is None],
            municipality_id=thoughts[0].claim.municipality_id, keys=self.store.keys, now=now,
        ) if len(known) < len(thoughts) else []
        for asked in ASKED_OF_EACH:
            await ahead.fetch(session, asked, known, new=[conversation.id for conversation in fresh])
        begun = iter(fresh)
        # One that two claims have (on LINE and on the town's page) moves under the second of them.
        return [
            next(begun) if thought.before.conversation_id is None else thought.unmoved(held.pop(thought.before.conversation_id, None))
            for thought in thoughts
        ]

    def _newcomer(self, thought: Thought) -> contacts.Newcomer:
        claim, address = thought.claim, thought.turn.address
        assert address is not None
        return contacts.Newcomer(claim.channel, claim.account_id, address, self.listener.lookup(claim.account_id, address))

    async def _town(self, claim: Claim, *, now: datetime) -> Town:
        """The town; without its watch at night while nobody stands on the rota, so that no reply promises one."""
        town = self.knowledge.towns[claim.municipality_id]
        if town.municipality.night not in rota.WATCHED:
            return town
        async with self.store.reading(town.id) as session:
            return await rota.as_it_is(session, town, now=now)

    def _judge(self, claim: Claim, turn: Turn, before: Snapshot, town: Town, *, now: datetime) -> Decision | None:
        """None where there is nothing to judge."""
        taken_back = bool(turn.unsent) and before.state.ticket  # staff must not go on reading it in the summary
        spoken = bool(turn.said) and turn.tap is None
        if not spoken and not taken_back:
            return None
        said, _ = self.listener.spoken(claim, turn, before)
        decision = self.triage.decide(
            said, today=now.astimezone(self.zone).date(), asked=Asked(before.state.asked), local=LocalWords.of(town),
        )
        return weighed(decision, before, turn.texts[-1]) if turn.texts else decision

    async def _reach(self, claim: Claim, turn: Turn, before: Snapshot, decision: Decision | None) -> Reach:
        """What the turn says about coming back and being reached. Slow for a resume phrase, so no transaction is open."""
        if decision is None or not turn.texts:
            return Reach()
        return await reach_of(turn.texts, claim, self.knowledge, self.store.keys, danger=bool(decision.crisis))

    async def _write(
        self, session: AsyncSession, conversation: Conversation, thought: Thought, town: Town, *, now: datetime
    ) -> None:
        claim, turn, before = thought.claim, thought.turn, thought.before
        decision, reach = thought.decision, thought.reach
        agreed = await self._keep(session, conversation, claim, turn, now=now)
        if decision is None:
            await self._say_unjudged(session, conversation, claim, town, turn, before, agreed, now=now)
            return
        if claim.channel in SPOKEN:
            self._keep_decision(session, conversation, turn, decision, now=now)
            await heard.judged(session, conversation, decision, town=town, wish=reach.wish, now=now)
            await reach.heeded(session, conversation, now=now)
            return
        windows = windows_for(decision, town)
        plan = replies.plan(decision, before, self._scene(claim, town, turn, before, windows, decision, now=now))
        plan = await reach.kept(session, conversation, plan, before, Voice(self.knowledge, town, now, before.language))
        if not turn.said:
            plan, windows = Plan((), before.state, "triage"), before.state.windows
        plan = replace(plan, bubbles=(*agreed, *plan.bubbles))
        self._keep_decision(session, conversation, turn, decision, now=now)
        if plan.ticket is not None:
            ticket = await tickets.open_or_update(
                session, conversation, decision, town=town, windows=windows, why=plan.ticket, now=now
            )
            if plan.alarm:
                await watch.ring(session, ticket, town=town, now=now)
        elif before.holder == "staff" or before.state.ticket:
            await tickets.attach(session, conversation, town=town, now=now)
        elif turn.said:
            await tickets.heard_again(session, conversation, town=town, now=now)
        if plan.call is not None:
            await callback.add(session, conversation, plan.call, now=now)
        _, since = self.listener.spoken(claim, turn, before)
        await taking_back.heeded(session, conversation, decision, since=since, now=now)
        await reach.heeded(session, conversation, now=now)
        await self._say(session, conversation, claim, turn, before, plan, secret=reach.phrase, now=now)

    async def _say_unjudged(
        self, session: AsyncSession, conversation: Conversation, claim: Claim, town: Town, turn: Turn, before: Snapshot,
        agreed: tuple[Outgoing, ...], *, now: datetime,
    ) -> None:
        """The answer to a tap, a greeting for who has just come, or silence."""
        if turn.tap is None:
            plan = unjudged.plan_without_words(turn, before, town, self.knowledge, now, channel=claim.channel)
        elif turn.tap == "pass":
            plan = Plan(agreed, before.state)
            if await tickets.attach(session, conversation, town=town, now=now) is None:
                await tickets.heard_again(session, conversation, town=town, now=now)
        else:
            said, _ = self.listener.spoken(claim, turn, before)
            voice = Voice(self.knowledge, town, now, before.language)
            told = answer(turn.tap, voice, before, general=voice.general_card(), said="\n".join(said))
            plan = Plan(told.bubbles, told.state, doors=told.doors, asked=turn.tap in ASKS_FOR_A_DOOR, quiet=turn.tap == "help")
            if told.decision is not None:
                ticket = await tickets.open_or_update(
                    session, conversation, told.decision, town=town, windows=windows_for(told.decision, town),
                    why="triage", now=now,
                )
                await watch.ring(session, ticket, town=town, now=now)
        await self._say(session, conversation, claim, turn, before, plan, now=now)

    async def _keep(
        self, session: AsyncSession, conversation: Conversation, claim: Claim, turn: Turn, *, now: datetime
    ) -> tuple[Outgoing, ...]:
        """All that the turn brought to the conversation: words, corrections, stones, reachability, answers by button; what is
        said to the last.
        """
        if conversation.channel == claim.channel and (turn.said or turn.followed or turn.unfollowed):
            contact = await ahead.one(session, Contact, conversation.contact_id)
            contact.blocked = turn.unfollowed
        keys, account_id = self.store.keys, claim.account_id
        await keep_said(session, conversation, (*turn.said, *turn.late), account_id=account_id, keys=keys, now=now)
        town = self.knowledge.towns[claim.municipality_id]
        await tombstone(session, conversation, turn.unsent, town=town, account_id=account_id, keys=keys, now=now)
        conversation.version += 1
        voice = Voice(self.knowledge, town, now, conversation.language)
        return await agreeing.record(session, conversation, turn.agreed, voice=voice, now=now)

    def _answer(self, town: Town, turn: Turn, decision: Decision, *, now: datetime) -> Outgoing | None:
        """What the town's knowledge says to a question about information."""
        if self.answers is None or decision.action != "info" or not turn.texts:
            return None
        return self.answers.to("\n".join(turn.texts), Voice(self.knowledge, town, now))

    def _scene(
        self, claim: Claim, town: Town, turn: Turn, before: Snapshot, windows: tuple[str, ...], decision: Decision,
        *, now: datetime,
    ) -> Scene:
        _, since = self.listener.spoken(claim, turn, before)
        return Scene(
            town=town, knowledge=self.knowledge, windows=windows, channel=claim.channel, texts=turn.texts,
            media=turn.media, now=now, zone=self.zone, since=since, answer=self._answer(town, turn, decision, now=now),
            fresh_crisis=any(self.triage.glance(text, town.id) is not None for text in turn.texts),
        )

    def _keep_decision(
        self, session: AsyncSession, conversation: Conversation, turn: Turn, decision: Decision, *, now: datetime
    ) -> None:
        session.add(DecisionRecord(
            id=new_id(now), municipality_id=conversation.municipality_id, created_at=now,
            data_key_id=conversation.data_key_id, data_key=conversation.data_key, conversation_id=conversation.id,
            upto_sequence=turn.upto or conversation.last_sequence, action=decision.action, urgency=decision.urgency,
            knowledge=decision.knowledge, body=explained(decision),
        ))

    async def _say(
        self, session: AsyncSession, conversation: Conversation, claim: Claim, turn: Turn, before: Snapshot,
        plan: Plan, *, now: datetime, secret: str | None = None,
    ) -> None:
        """Say what is planned. Where the platform wants silence, nothing is remembered as said.

        secret: goes out, but does not stay in the thread.
        """
        silent = not turn.answerable or turn.unfollowed or claim.channel in SPOKEN
        state = plan.state
        if silent:
            state = replace(before.state, ticket=state.ticket, private=state.private)
        if claim.channel == conversation.channel:
            state = replace(state, standby=not turn.answerable)
        conversation.dialogue = state.as_json()
        conversation.language = plan.language or conversation.language
        if silent:
            return
        until = (turn.token_at or now) + outbox.REPLY_TOKEN_LIFE
        reply = outbox.Reply(turn.reply_token, until) if turn.reply_token else None
        if plan.slight and claim.channel == "line" and (reply is None or until <= now):
            return  # it would go as a push, which costs the town and tells nothing
        said = await outbox.enqueue(
            session, conversation, plan.bubbles, sender="bot", reply=reply, now=now, doors=plan.doors,
            doors_asked=plan.asked, quiet=plan.quiet, heard_on=claim.channel,
        )
        if secret is not None:
            for message in said:
                message.payload = without(message.payload, secret)
