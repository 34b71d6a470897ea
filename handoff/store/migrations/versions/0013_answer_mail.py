"""Where a resident of the web chat wants to be told that an answer has come."""

from __future__ import annotations

import sqlalchemy as sa

from handoff.store.migrations.parts import TIME, drop, guard, sealed, within_town

revision = "0013"
down_revision = "0012"

TABLES = ("answer_mail",)


def upgrade() -> None:
    (table,) = TABLES
    sealed(
        table,
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("stop_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("sent_at", TIME),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(80)),
        sa.Column("letter_sealed", sa.LargeBinary(), nullable=False),
        within_town(table, "conversation_id", "conversation"),
        sa.UniqueConstraint("conversation_id"),
        sa.UniqueConstraint("municipality_id", "stop_hash"),
    )
    guard(TABLES)


def downgrade() -> None:
    drop(TABLES)
