"""Resume phrases and how residents may be reached.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa

from handoff.store.migrations.parts import TIME, drop, guard, sealed, tenant, within_town

revision = "0005"
down_revision = "0004"

TABLES = ("resume_phrase", "safe_contact_wish")


def upgrade() -> None:
    """Create both tables, one row a conversation."""
    tenant(
        "resume_phrase",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(32), nullable=False),
        sa.Column("used_at", TIME),
        within_town("resume_phrase", "conversation_id", "conversation"),
        sa.UniqueConstraint("conversation_id"),
        sa.UniqueConstraint("municipality_id", "lookup"),
    )
    sealed(
        "safe_contact_wish",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("wish_sealed", sa.LargeBinary(), nullable=False),
        within_town("safe_contact_wish", "conversation_id", "conversation"),
        sa.UniqueConstraint("conversation_id"),
    )
    guard(TABLES)


def downgrade() -> None:
    """Drop them."""
    drop(TABLES)
