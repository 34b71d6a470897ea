"""Editing knowledge: drafts of officials, and the versions that went live.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TABLES = ("knowledge_draft", "knowledge_version")


def upgrade() -> None:
    """Create both tables; on PostgreSQL with row-level security."""
    _draft()
    _version()
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            _guard(table)


def downgrade() -> None:
    """Drop both."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _guard(table: str) -> None:
    asked = "current_setting('app.municipality', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY town ON {table} USING (municipality_id = {asked} OR {asked} = '*')")


def _references(column: str, table: str) -> sa.ForeignKey:
    own = "municipality_id" if column == "municipality.id" else "data_key_id"
    return sa.ForeignKey(column, name=op.f(f"fk_{table}_{own}"), deferrable=True, initially="DEFERRED")


def _staff(table: str, column: str) -> sa.ForeignKeyConstraint:
    own, theirs = ["municipality_id", column], ["staff_member.municipality_id", "staff_member.id"]
    name = op.f(f"fk_{table}_municipality_id_{column}")
    return sa.ForeignKeyConstraint(own, theirs, name=name, deferrable=True, initially="DEFERRED")


def _sealed(table: str, *parts: Any) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(40), _references("municipality.id", table), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("data_key_id", sa.Uuid(), _references("data_key.id", table), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_municipality_id"), table, ["municipality_id"])


def _draft() -> None:
    _sealed(
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
        _staff("knowledge_draft", "saved_by"),
        _staff("knowledge_draft", "approved_by"),
        sa.UniqueConstraint("municipality_id", "id"),
        sa.UniqueConstraint("municipality_id", "number"),
    )
    op.create_index(op.f("ix_knowledge_draft_foresight"), "knowledge_draft", ["foresight_state"])


def _version() -> None:
    _sealed(
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
        _staff("knowledge_version", "published_by"),
        _staff("knowledge_version", "approved_by"),
        sa.UniqueConstraint("municipality_id", "sequence"),
    )
