"""Greetings, thanks, apologies, goodbyes: whether they are all of a turn, and which words answer them. Pure."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from handoff.intake.voice import Voice
from triage.types import Reason

SAME_AS = {
    "chat_more_thanks": "chat_thanks", "chat_only_thanks": "chat_thanks", "chat_good_news": "chat_thanks", "chat_report": "chat_thanks",
    "chat_more_hello": "chat_greeting", "chat_more_test": "chat_test", "withdrawal": "chat_goodbye",
    "retraction": "chat_goodbye",
}
"""Entries that are answered by the reply of another."""
CLOSING = {"chat_thanks", "chat_sorry", "chat_goodbye"}
"""What ends something, whatever the talk was about before."""
BEGINS = {"chat", "chat_greeting", "chat_evening"}
"""Said to who begins; where staff have the matter already, it would sound as if nothing had been heard."""
EVENING, MORNING = 18, 5


def all_of(now: Sequence[Reason]) -> set[str]:
    """The small talk that is all of a turn, by its replies; nothing where more is said. now: the reasons that rest on it."""
    found = {SAME_AS.get(reason.rule, reason.rule) for reason in now}
    return found if all(rule.startswith("chat_") for rule in found) else set()


def reply_to(
    now: Iterable[Reason], voice: Voice, zone: ZoneInfo, *, ticket: bool, later: bool = False, somebody: bool = False
) -> str:
    """The reply id. ticket: staff have the matter; later: it is not the first message; somebody: a person is told of."""
    spoken = (SAME_AS.get(reason.rule, reason.rule) for reason in now)
    reply = next((rule for rule in spoken if rule.startswith("chat_") and voice.knows(rule)), "chat")
    if ticket and reply in BEGINS:
        return "chat_after_route"
    if reply == "chat":
        return "opening" if somebody else "chat_more" if later else "chat"
    hour = voice.now.astimezone(zone).hour
    return "chat_evening" if reply == "chat_greeting" and (hour >= EVENING or hour < MORNING) else reply
