"""次にすること as the ticket stands now: what the summary said, until somebody has done it.

Pure reading of a ticket's row; fixed, reviewed sentences. What triage saw is `steps`.
"""

from datetime import datetime

from handoff.desk.hours import TOKYO, day_text
from handoff.store.models import Ticket

OFFERED = "引き継ぎの相談中。受ける窓口が返事をするまで、もとの窓口が担当する"
REFUSED = "引き継ぎが戻ってきた。この窓口で続けるか、調整役と次の窓口を決める"
MIND_CHANGED = "mind_changed"
"""In a ticket's state: when the resident wrote that they have changed their mind (ISO)."""
UNWILLING = "気が変わったと書いている。電話や訪問の前に、この会話で気もちを確かめる"
NEVER_BY_TELEPHONE = frozenset({"dv", "sexual_violence"})
LIFE = frozenset({"suicide", "self_harm", "medical"})
ABUSE = frozenset({"child_abuse", "elder_abuse", "disability_abuse"})


def standing_step(ticket: Ticket, first: str) -> str:
    """The sentence. first: what the summary says is to be done at the beginning."""
    if ticket.status == "resolved":
        return "終わった案件です"
    if ticket.state.get("offered"):
        return OFFERED
    if not answered(ticket):
        if mind_changed(ticket) is not None and not ticket.crisis:
            return UNWILLING
        return REFUSED if ticket.state.get("refused") and ticket.urgency == "normal" else first
    return _after_answer(ticket)


def answered(ticket: Ticket) -> bool:
    """Whether the last word was ours."""
    if ticket.last_staff_at is None:
        return False
    return ticket.last_resident_at is None or ticket.last_staff_at >= ticket.last_resident_at


def mind_changed(ticket: Ticket) -> datetime | None:
    """When they wrote that they have changed their mind, until we have answered or it has ended."""
    said = ticket.state.get(MIND_CHANGED)
    at = datetime.fromisoformat(said) if said and ticket.status != "resolved" else None
    return None if at is None or (ticket.last_staff_at is not None and ticket.last_staff_at > at) else at


def _after_answer(ticket: Ticket) -> str:
    kinds = set(ticket.crisis)
    if kinds & LIFE:
        return "返事を待つあいだも目を離さない。返事がないときの動きを決める"
    if kinds & NEVER_BY_TELEPHONE:
        return "本人からの次の発言を待つ。こちらから電話・郵便・家族への連絡はしない"
    if kinds & ABUSE:
        return "安全を確かめた結果をメモに残し、虐待対応の手順をすすめる"
    if ticket.follow_up_at is not None:
        return f"住民の返事を待つ。次に連絡する日: {day_text(ticket.follow_up_at.astimezone(TOKYO).date())}"
    return "住民の返事を待つ。返事がないときに連絡する日を決める"
