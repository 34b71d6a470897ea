"""Attachments and their sealed chunks; what was taken back from an open crisis record may be withheld under seal.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)
TABLES = ("attachment", "attachment_chunk")


def upgrade() -> None:
    """Create both tables and the message's column."""
    op.add_column("message", sa.Column("withheld_sealed", sa.LargeBinary()))
    _attachment()
    _sealed(
        "attachment_chunk",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("attachment_id", "part", "number"),
        _within_town("attachment_chunk", "attachment_id", "attachment"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            _guard(table)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("message") as message:
        message.drop_column("withheld_sealed")


def _attachment() -> None:
    _sealed(
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
        _within_town("attachment", "conversation_id", "conversation"),
        _within_town("attachment", "message_id", "message"),
    )
    op.create_index("ix_attachment_open", "attachment", ["status", "due_at"])
    op.create_index("ix_attachment_conversation", "attachment", ["conversation_id"])


def _guard(table: str) -> None:
    asked = "current_setting('app.municipality', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY town ON {table} USING (municipality_id = {asked} OR {asked} = '*')")


def _references(column: str, table: str) -> sa.ForeignKey:
    own = "municipality_id" if column == "municipality.id" else "data_key_id"
    return sa.ForeignKey(column, name=op.f(f"fk_{table}_{own}"), deferrable=True, initially="DEFERRED")


def _within_town(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    own, theirs = ["municipality_id", column], [f"{target}.municipality_id", f"{target}.id"]
    name = op.f(f"fk_{table}_municipality_id_{column}")
    return sa.ForeignKeyConstraint(own, theirs, name=name, deferrable=True, initially="DEFERRED")


def _sealed(table: str, *parts: Any) -> None:
    """A tenant table with sealed columns."""
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
