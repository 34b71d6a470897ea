"""What a person has decided about words that did not reach a resident."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import drop, guard, tenant, within_town

revision = "0014"
down_revision = "0013"

TABLES = ("unsent_decision",)


def upgrade() -> None:
    (table,) = TABLES
    tenant(
        table,
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("choice", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("why", sa.String(80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        within_town(table, "ticket_id", "ticket"),
        within_town(table, "staff_id", "staff_member"),
    )
    op.create_index(op.f(f"ix_{table}_ticket_id"), table, ["ticket_id"])
    guard(TABLES)


def downgrade() -> None:
    drop(TABLES)
