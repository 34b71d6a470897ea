"""Attachments and their sealed chunks; what was taken back from an open crisis record may be withheld under seal.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import TIME, drop, guard, sealed, within_town

revision = "0004"
down_revision = "0003"

TABLES = ("attachment", "attachment_chunk")


def upgrade() -> None:
    """Create both tables and the message's column."""
    op.add_column("message", sa.Column("withheld_sealed", sa.LargeBinary()))
    _attachment()
    sealed(
        "attachment_chunk",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("attachment_id", "part", "number"),
        within_town("attachment_chunk", "attachment_id", "attachment"),
    )
    guard(TABLES)


def downgrade() -> None:
    """Drop them."""
    drop(TABLES)
    with op.batch_alter_table("message") as message:
        message.drop_column("withheld_sealed")


def _attachment() -> None:
    sealed(
        "attachment",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("media_type", sa.String(80)),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("lease_until", TIME),
        sa.Column("error", sa.String(40)),
        sa.Column("kept_at", TIME),
        sa.Column("handle_sealed", sa.LargeBinary()),
        sa.Column("name_sealed", sa.LargeBinary()),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("municipality_id", "id"),
        within_town("attachment", "conversation_id", "conversation"),
        within_town("attachment", "message_id", "message"),
    )
    op.create_index("ix_attachment_open", "attachment", ["status", "due_at"])
    op.create_index("ix_attachment_conversation", "attachment", ["conversation_id"])
