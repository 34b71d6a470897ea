"""「ちがう」: corrections of judgements, and cases that a person has rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, sealed, within_town

revision = "0011"
down_revision = "0010"

TABLES = ("triage_correction", "own_case")


def upgrade() -> None:
    _correction()
    _case()
    guard(TABLES)


def downgrade() -> None:
    drop(TABLES)


def _correction() -> None:
    table = "triage_correction"
    sealed(
        table,
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("right", sa.String(100), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("draft", sa.Integer()),
        sa.Column("settled_by", sa.Uuid()),
        sa.Column("settled_at", TIME),
        sa.Column("word_sealed", sa.LargeBinary()),
        within_town(table, "conversation_id", "conversation"),
        within_town(table, "message_id", "message"),
        within_town(table, "ticket_id", "ticket"),
        within_town(table, "staff_id", "staff_member"),
        within_town(table, "settled_by", "staff_member"),
        sa.UniqueConstraint("message_id", "right"),
    )
    op.create_index(op.f(f"ix_{table}_conversation_id"), table, ["conversation_id"])


def _case() -> None:
    table = "own_case"
    sealed(
        table,
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("labels", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("judged_by", sa.Uuid()),
        sa.Column("judged_at", TIME),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        within_town(table, "written_by", "staff_member"),
        within_town(table, "judged_by", "staff_member"),
        sa.UniqueConstraint("municipality_id", "number"),
    )
