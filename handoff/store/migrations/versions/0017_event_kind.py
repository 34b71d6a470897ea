"""Events by kind: who asks for the few inquiries among all events no longer looks through every one of them."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_index(op.f("ix_event_kind"), "event", ["kind", "municipality_id", "sequence"])


def downgrade() -> None:
    op.drop_index(op.f("ix_event_kind"), "event")
