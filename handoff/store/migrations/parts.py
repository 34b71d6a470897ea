"""The building blocks of migrations: a town's table, its sealed columns, keys that stay in the town, the guard.

Frozen like the migrations that use it: they must make the same schema when the models move on, so this imports no
model, and what stands here is added to, not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

TIME = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def references(column: str, table: str) -> sa.ForeignKey:
    """A key of `table` to a town (`municipality.id`) or to a data key (`data_key.id`), checked at commit."""
    own = "municipality_id" if column == "municipality.id" else "data_key_id"
    return sa.ForeignKey(column, name=op.f(f"fk_{table}_{own}"), deferrable=True, initially="DEFERRED")


def within_town(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A key that can't point into another town, checked at commit."""
    own, theirs = ["municipality_id", column], [f"{target}.municipality_id", f"{target}.id"]
    name = op.f(f"fk_{table}_municipality_id_{column}")
    return sa.ForeignKeyConstraint(own, theirs, name=name, deferrable=True, initially="DEFERRED")


def tenant(table: str, *parts: Any) -> None:
    """Create a table of rows that belong to a town."""
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(40), references("municipality.id", table), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_municipality_id"), table, ["municipality_id"])


def sealed(table: str, *parts: Any) -> None:
    """Create a town's table with sealed columns."""
    tenant(table, sa.Column("data_key_id", sa.Uuid(), references("data_key.id", table), nullable=False), *parts)


def guard(tables: Sequence[str]) -> None:
    """On PostgreSQL: rows of the town that a transaction named, all for `*`, none where it named nothing."""
    if op.get_bind().dialect.name != "postgresql":
        return
    asked = "current_setting('app.municipality', true)"
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY town ON {table} USING (municipality_id = {asked} OR {asked} = '*')")


def drop(tables: Sequence[str]) -> None:
    """Drop tables, given in the order of their creation."""
    for table in reversed(tables):
        op.drop_table(table)
