"""Resume phrases and how residents may be reached.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TIME = sa.DateTime(timezone=True)
TABLES = ("resume_phrase", "safe_contact_wish")


def upgrade() -> None:
    """Create both tables."""
    _tenant(
        "resume_phrase",
        sa.Column("lookup", sa.LargeBinary(32), nullable=False),
        sa.Column("used_at", TIME),
        sa.UniqueConstraint("municipality_id", "lookup"),
    )
    _tenant(
        "safe_contact_wish",
        sa.Column("data_key_id", sa.Uuid(), _references("data_key.id", "safe_contact_wish"), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("wish_sealed", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            _guard(table)


def downgrade() -> None:
    """Drop them."""
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


def _tenant(table: str, *parts: Any) -> None:
    """A table of rows of a town, one a conversation."""
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(40), _references("municipality.id", table), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("conversation_id"),
        sa.ForeignKeyConstraint(
            ["municipality_id", "conversation_id"], ["conversation.municipality_id", "conversation.id"],
            name=op.f(f"fk_{table}_municipality_id_conversation_id"), deferrable=True, initially="DEFERRED",
        ),
    )
    op.create_index(op.f(f"ix_{table}_municipality_id"), table, ["municipality_id"])
