"""LINE as an entrance: codes into the town's page, wishes to be telephoned; quota and circuit breaker of an account.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)
TABLES = ("entrance_code", "callback_wish")


def upgrade() -> None:
    """Add both tables and the account's columns."""
    _account()
    _codes()
    _wishes()
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            _guard(table)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("channel_account") as account:
        for column in ("failures", "quota_limit", "quota_used", "quota_at"):
            account.drop_column(column)


def _guard(table: str) -> None:
    asked = "current_setting('app.municipality', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY town ON {table} USING (municipality_id = {asked} OR {asked} = '*')")


def _account() -> None:
    op.add_column("channel_account", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    for name in ("quota_limit", "quota_used"):
        op.add_column("channel_account", sa.Column(name, sa.Integer()))
    op.add_column("channel_account", sa.Column("quota_at", TIME))


def _town(table: str) -> sa.Column[str]:
    town = sa.ForeignKey(
        "municipality.id", name=op.f(f"fk_{table}_municipality_id"), deferrable=True, initially="DEFERRED"
    )
    return sa.Column("municipality_id", sa.String(40), town, nullable=False)


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", "conversation_id"], ["conversation.municipality_id", "conversation.id"],
        name=op.f(f"fk_{table}_municipality_id_conversation_id"), deferrable=True, initially="DEFERRED",
    )


def _codes() -> None:
    op.create_table(
        "entrance_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        _town("entrance_code"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        _of_conversation("entrance_code"),
        sa.UniqueConstraint("code_hash", name=op.f("uq_entrance_code_code_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrance_code")),
    )
    for column in ("municipality_id", "conversation_id"):
        op.create_index(op.f(f"ix_entrance_code_{column}"), "entrance_code", [column])


def _wishes() -> None:
    key = sa.ForeignKey("data_key.id", name=op.f("fk_callback_wish_data_key_id"), deferrable=True, initially="DEFERRED")
    op.create_table(
        "callback_wish",
        sa.Column("id", sa.Uuid(), nullable=False),
        _town("callback_wish"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("data_key_id", sa.Uuid(), key, nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        _of_conversation("callback_wish"),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_callback_wish_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_wish")),
    )
    op.create_index(op.f("ix_callback_wish_municipality_id"), "callback_wish", ["municipality_id"])
