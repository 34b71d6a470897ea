"""A raw event of a platform as an inbox row: the one way in for webhooks and for long polling. Understands no event."""

from datetime import datetime, timedelta

from bots.raw import RawIncoming
from handoff.intake.accounts import Account
from handoff.intake.inbox import PAUSE
from handoff.privacy.keys import KeyRing
from handoff.store.ids import new_id
from handoff.store.journal import RawEvent
from handoff.store.sealed import canonical


def sealed(account: Account, event: RawIncoming, *, keys: KeyRing, now: datetime, pause: timedelta = PAUSE) -> RawEvent:
    """Residents' words are ciphertext from here on."""
    row_id = new_id(now)
    return RawEvent(
        id=row_id, municipality_id=account.municipality_id, created_at=now, data_key_id=account.data_key_id,
        channel=account.kind, account_id=account.id, event_id=event.event_id[:80],
        conversation_key=keys.lookup("conversation", str(account.id), event.address or event.event_id),
        event_at=event.at or now, ready_at=now + pause,
        raw_sealed=account.seal(row_id, event.written or canonical(event.raw)),
    )
