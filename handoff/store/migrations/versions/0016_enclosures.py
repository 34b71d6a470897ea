"""Files that staff lay beside an answer: an attachment that waits for its message, and whose draft it waits beside.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import TIME, drop, guard, sealed, tenant, within_town

revision = "0016"
down_revision = "0015"

TABLES = ("enclosure",)


def upgrade() -> None:
    """An attachment may be without a message; the new table says whose it is until then."""
    _message(nullable=True)
    tenant(
        "enclosure",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.UniqueConstraint("attachment_id"),
        within_town("enclosure", "ticket_id", "ticket"),
        within_town("enclosure", "staff_id", "staff_member"),
        within_town("enclosure", "attachment_id", "attachment"),
    )
    op.create_index(op.f("ix_enclosure_ticket_id"), "enclosure", ["ticket_id"])
    guard(TABLES)


def downgrade() -> None:
    """What no message went with goes, too: the old table has no place for it."""
    drop(TABLES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT set_config('app.municipality', '*', true)")  # else the guard hides every town's rows
    op.execute("DELETE FROM attachment_chunk WHERE attachment_id IN (SELECT id FROM attachment WHERE message_id IS NULL)")
    op.execute("DELETE FROM attachment WHERE message_id IS NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table whose keys are still to be looked at cannot be altered
    _message(nullable=False)


def _message(*, nullable: bool) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("attachment", "message_id", nullable=nullable)
        return
    # SQLite changes no column. The table is made again under its own name and filled again: the chunks' keys, which are
    # looked at when the transaction ends, then find their attachments where they were.
    op.execute("CREATE TABLE attachment_kept AS SELECT * FROM attachment")
    op.drop_table("attachment")
    _attachment(nullable=nullable)
    op.execute("INSERT INTO attachment SELECT * FROM attachment_kept")
    op.drop_table("attachment_kept")


def _attachment(*, nullable: bool) -> None:
    """As in 0004, column for column, but for the message."""
    sealed(
        "attachment",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=nullable),
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
        within_town("attachment", "conversation_id", "conversation"),
        within_town("attachment", "message_id", "message"),
    )
    op.create_index("ix_attachment_open", "attachment", ["status", "due_at"])
    op.create_index("ix_attachment_conversation", "attachment", ["conversation_id"])
