"""The desk: a move between windows is offered and answered, and what goes to another body is kept item by item."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME

revision = "0007"
down_revision = "0006"

MOVE = ("status", "basis", "items", "answer_by", "answered_at", "answered_by", "answer_sealed", "basis_sealed")


def upgrade() -> None:
    """Moves made before this were taken as they were made."""
    for column in (
        sa.Column("status", sa.String(12), nullable=False, server_default="accepted"),
        sa.Column("basis", sa.String(12)),
        sa.Column("items", DOCUMENT, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("answer_by", TIME),
        sa.Column("answered_at", TIME),
        sa.Column("answered_by", sa.Uuid()),
        sa.Column("answer_sealed", sa.LargeBinary()),
        sa.Column("basis_sealed", sa.LargeBinary()),
    ):
        op.add_column("ticket_move", column)
    op.create_index(op.f("ix_ticket_move_open"), "ticket_move", ["status", "answer_by"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ticket_move_open"), "ticket_move")
    for column in reversed(MOVE):
        op.drop_column("ticket_move", column)
