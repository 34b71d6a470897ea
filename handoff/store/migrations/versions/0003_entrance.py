"""LINE as an entrance: codes into the town's page, wishes to be telephoned; quota and circuit breaker of an account.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import TIME, drop, guard, sealed, tenant, within_town

revision = "0003"
down_revision = "0002"

TABLES = ("entrance_code", "callback_wish")


def upgrade() -> None:
    """Add both tables and the account's columns."""
    _account()
    _codes()
    _wishes()
    guard(TABLES)


def downgrade() -> None:
    """Drop them."""
    drop(TABLES)
    with op.batch_alter_table("channel_account") as account:
        for column in ("failures", "quota_limit", "quota_used", "quota_at"):
            account.drop_column(column)


def _account() -> None:
    op.add_column("channel_account", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    for name in ("quota_limit", "quota_used"):
        op.add_column("channel_account", sa.Column(name, sa.Integer()))
    op.add_column("channel_account", sa.Column("quota_at", TIME))


def _codes() -> None:
    tenant(
        "entrance_code",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        within_town("entrance_code", "conversation_id", "conversation"),
        sa.UniqueConstraint("code_hash"),
    )
    op.create_index(op.f("ix_entrance_code_conversation_id"), "entrance_code", ["conversation_id"])


def _wishes() -> None:
    sealed(
        "callback_wish",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        within_town("callback_wish", "conversation_id", "conversation"),
        sa.UniqueConstraint("conversation_id"),
    )
