"""A raw event of a platform as an inbox row: the one way in for webhooks and for long polling. Understands no event."""

from datetime import datetime, timedelta

from bots.raw import RawIncoming
from handoff.intake.accounts import Account
from handoff.intake.inbox import PAUSE
from handoff.privacy.keys import KeyRing
from handoff.store.ids import new_id
from handoff.store.journal import RawEvent
from handoff.store.models import InboxItem


def sealed(account: Account, event: RawIncoming, *, keys: KeyRing, now: datetime, pause: timedelta = PAUSE) -> RawEvent:
    """Residents' words are ciphertext from here on."""
    item_id = new_id(now)
    place = event.address or event.event_id
    return RawEvent(
        id=item_id, municipality_id=account.municipality_id, account_id=account.id,
        data_key_id=account.data_key.id, channel=account.kind, event_id=event.event_id[:80],
        conversation_key=keys.lookup("conversation", str(account.id), place),
        event_at=event.at or now, received_at=now, ready_at=now + pause,
        raw_sealed=InboxItem.raw.seal(item_id, account.data_key, event.raw),
    )
