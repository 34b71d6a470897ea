"""Staff named for a restricted ticket, and staff who know the resident and are kept out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)
TABLE = "ticket_staff"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f(f"fk_{TABLE}_municipality_id"),
            deferrable=True, initially="DEFERRED",
        ),
        _within_town("ticket_id", "ticket"),
        _within_town("staff_id", "staff_member"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("ticket_id", "staff_id"),
    )
    op.create_index(op.f(f"ix_{TABLE}_municipality_id"), TABLE, ["municipality_id"])
    if op.get_bind().dialect.name == "postgresql":
        asked = "current_setting('app.municipality', true)"
        op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY town ON {TABLE} USING (municipality_id = {asked} OR {asked} = '*')")


def downgrade() -> None:
    op.drop_table(TABLE)


def _within_town(column: str, target: str) -> sa.ForeignKeyConstraint:
    own, theirs = ["municipality_id", column], [f"{target}.municipality_id", f"{target}.id"]
    name = op.f(f"fk_{TABLE}_municipality_id_{column}")
    return sa.ForeignKeyConstraint(own, theirs, name=name, deferrable=True, initially="DEFERRED")
