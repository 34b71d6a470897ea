"""Ties between tickets of one household, and of one matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, tenant, within_town

revision = "0012"
down_revision = "0011"

TABLES = ("ticket_link",)


def upgrade() -> None:
    (table,) = TABLES
    tenant(
        table,
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("windows", DOCUMENT, nullable=False),
        sa.Column("tied_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("ended_by", sa.Uuid()),
        within_town(table, "one_id", "ticket"),
        within_town(table, "other_id", "ticket"),
        within_town(table, "staff_id", "staff_member"),
        sa.UniqueConstraint("one_id", "other_id"),
    )
    op.create_index(op.f(f"ix_{table}_one_id"), table, ["one_id"])
    op.create_index(op.f(f"ix_{table}_other_id"), table, ["other_id"])
    guard(TABLES)


def downgrade() -> None:
    drop(TABLES)
