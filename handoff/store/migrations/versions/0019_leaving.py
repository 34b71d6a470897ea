"""What leaves the town: papers without who made them, bodies outside the pack, and what residents said about each.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, sealed, within_town

revision = "0019"
down_revision = "0018"

TABLES = ("partner", "body_question")


def upgrade() -> None:
    op.add_column("attachment", sa.Column("imprint", sa.String(10)))
    op.add_column("enclosure", sa.Column("as_it_came", sa.Boolean(), nullable=False, server_default=sa.false()))
    sealed(
        "partner",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        within_town("partner", "staff_id", "staff_member"),
    )
    sealed(
        "body_question",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body_id", sa.String(80), nullable=False),
        sa.Column("items", DOCUMENT, nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("body_question", "conversation_id", "conversation"),
        within_town("body_question", "ticket_id", "ticket"),
        within_town("body_question", "staff_id", "staff_member"),
    )
    for column in ("conversation_id", "ticket_id"):
        op.create_index(op.f(f"ix_body_question_{column}"), "body_question", [column])
    guard(TABLES)


def downgrade() -> None:
    drop(TABLES)
    op.drop_column("enclosure", "as_it_came")
    op.drop_column("attachment", "imprint")
