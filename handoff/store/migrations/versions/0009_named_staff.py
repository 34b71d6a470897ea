"""Staff named for a restricted ticket, and staff who know the resident and are kept out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import guard, tenant, within_town

revision = "0009"
down_revision = "0008"

TABLE = "ticket_staff"


def upgrade() -> None:
    tenant(
        TABLE,
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        within_town(TABLE, "ticket_id", "ticket"),
        within_town(TABLE, "staff_id", "staff_member"),
        sa.UniqueConstraint("ticket_id", "staff_id"),
    )
    guard([TABLE])


def downgrade() -> None:
    op.drop_table(TABLE)
