"""Ends of tickets: attempts to reach somebody, the next date, and what the end rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
TABLE = "contact_attempt"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("follow_up_at", TIME))
    op.add_column("ticket", sa.Column("closing_sealed", sa.LargeBinary()))
    _attempts()
    op.create_index(op.f(f"ix_{TABLE}_municipality_id"), TABLE, ["municipality_id"])
    op.create_index(op.f(f"ix_{TABLE}_ticket_id"), TABLE, ["ticket_id"])
    if op.get_bind().dialect.name == "postgresql":
        asked = "current_setting('app.municipality', true)"
        op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY town ON {TABLE} USING (municipality_id = {asked} OR {asked} = '*')")


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("ticket", "closing_sealed")
    op.drop_column("ticket", "follow_up_at")


def _attempts() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(40), _references("municipality.id", "municipality_id"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("data_key_id", sa.Uuid(), _references("data_key.id", "data_key_id"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("means", sa.String(12), nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary()),
        sa.ForeignKeyConstraint(
            ["municipality_id", "ticket_id"], ["ticket.municipality_id", "ticket.id"],
            name=op.f(f"fk_{TABLE}_municipality_id_ticket_id"), deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )


def _references(column: str, own: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, name=op.f(f"fk_{TABLE}_{own}"), deferrable=True, initially="DEFERRED")
