"""Ends of tickets: attempts to reach somebody, the next date, and what the end rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import TIME, guard, sealed, within_town

revision = "0008"
down_revision = "0007"

TABLE = "contact_attempt"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("follow_up_at", TIME))
    op.add_column("ticket", sa.Column("closing_sealed", sa.LargeBinary()))
    sealed(
        TABLE,
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("means", sa.String(12), nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary()),
        within_town(TABLE, "ticket_id", "ticket"),
    )
    op.create_index(op.f(f"ix_{TABLE}_ticket_id"), TABLE, ["ticket_id"])
    guard([TABLE])


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("ticket", "closing_sealed")
    op.drop_column("ticket", "follow_up_at")
