"""Editing knowledge: drafts of officials, and the versions that went live.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, sealed, within_town

revision = "0002"
down_revision = "0001"

TABLES = ("knowledge_draft", "knowledge_version")


def upgrade() -> None:
    """Create both tables; on PostgreSQL with row-level security."""
    _draft()
    _version()
    guard(TABLES)


def downgrade() -> None:
    """Drop both."""
    drop(TABLES)


def _draft() -> None:
    sealed(
        "knowledge_draft",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("authors", DOCUMENT, nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("approved_at", TIME),
        sa.Column("foresight_state", sa.String(8), nullable=False),
        sa.Column("foresight_of", sa.String(80)),
        sa.Column("foresight", DOCUMENT, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        within_town("knowledge_draft", "saved_by", "staff_member"),
        within_town("knowledge_draft", "approved_by", "staff_member"),
        sa.UniqueConstraint("municipality_id", "id"),
        sa.UniqueConstraint("municipality_id", "number"),
    )
    op.create_index(op.f("ix_knowledge_draft_foresight"), "knowledge_draft", ["foresight_state"])


def _version() -> None:
    sealed(
        "knowledge_version",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("edits", DOCUMENT, nullable=False),
        sa.Column("draft", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("authors", DOCUMENT, nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        within_town("knowledge_version", "published_by", "staff_member"),
        within_town("knowledge_version", "approved_by", "staff_member"),
        sa.UniqueConstraint("municipality_id", "sequence"),
    )
