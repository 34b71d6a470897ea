"""Requests to see what is kept about oneself, and what people decided about each piece of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import TIME, drop, guard, sealed, within_town

revision = "0015"
down_revision = "0014"

TABLES = ("disclosure",)


def upgrade() -> None:
    (table,) = TABLES
    sealed(
        table,
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("requester", sa.String(8), nullable=False),
        sa.Column("whose", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("confirmed_by", sa.Uuid()),
        sa.Column("confirmed_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("outcome", sa.String(10)),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town(table, "ticket_id", "ticket"),
        within_town(table, "staff_id", "staff_member"),
    )
    op.create_index(op.f(f"ix_{table}_ticket_id"), table, ["ticket_id"])
    guard(TABLES)


def downgrade() -> None:
    drop(TABLES)
