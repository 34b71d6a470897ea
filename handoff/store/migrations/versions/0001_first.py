"""The first schema: towns, channels, conversations, queues, staff, tickets; on PostgreSQL with row-level security.

Frozen: it must stay as it is when the models move on, so it imports none of them (`parts` is frozen with it).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, references, sealed, tenant, within_town

revision = "0001"
down_revision = None

TABLES = (
    "data_key", "municipality", "counter", "login_attempt", "channel_account", "contact", "conversation",
    "message", "decision", "inbox_item", "outbox_item", "event", "staff_member", "staff_window",
    "staff_session", "staff_token", "audit_entry", "ticket", "ticket_window", "ticket_move", "note", "draft",
)
"""In order of creation."""
WITHOUT_TOWN = ("municipality", "login_attempt")


def upgrade() -> None:
    """Create everything."""
    for create in (
        _towns, _channels, _conversations, _decisions, _queues, _outbox, _staff, _audit, _tickets, _writing,
    ):
        create()
    guard([table for table in TABLES if table not in WITHOUT_TOWN])


def downgrade() -> None:
    """Drop everything."""
    drop(TABLES)


def _towns() -> None:
    op.create_table(
        "data_key",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("municipality_id", sa.String(40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("destroyed_at", TIME),
    )
    op.create_index(op.f("ix_data_key_municipality_id"), "data_key", ["municipality_id"])
    op.create_table(
        "municipality",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("data_key_id", sa.Uuid(), references("data_key.id", "municipality")),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("municipality_id", sa.String(40), references("municipality.id", "counter"), primary_key=True),
        sa.Column("name", sa.String(24), primary_key=True),
        sa.Column("value", sa.Integer(), nullable=False),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index(op.f("ix_login_attempt_key_at"), "login_attempt", ["key", "at"])


def _channels() -> None:
    sealed(
        "channel_account",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("credentials_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("paused_until", TIME),
        sa.Column("pause_reason", sa.String(60)),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    sealed(
        "contact",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("address_lookup", sa.LargeBinary(32)),
        sa.Column("address_sealed", sa.LargeBinary()),
        sa.Column("name_sealed", sa.LargeBinary()),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        within_town("contact", "account_id", "channel_account"),
        sa.UniqueConstraint("account_id", "address_lookup"),
        sa.UniqueConstraint("municipality_id", "id"),
    )


def _conversations() -> None:
    sealed(
        "conversation",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("holder", sa.String(8), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dialogue", DOCUMENT, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32)),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
        within_town("conversation", "contact_id", "contact"),
        sa.UniqueConstraint("municipality_id", "id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_conversation_contact_id"), "conversation", ["contact_id"])
    sealed(
        "message",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(8), nullable=False),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("at", TIME, nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary()),
        sa.Column("client_message_id", sa.String(64)),
        sa.Column("external_lookup", sa.LargeBinary(32)),
        sa.Column("unsent_at", TIME),
        sa.Column("media", sa.String(16)),
        within_town("message", "conversation_id", "conversation"),
        sa.UniqueConstraint("conversation_id", "client_message_id"),
        sa.UniqueConstraint("conversation_id", "sequence"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_message_external"), "message", ["conversation_id", "external_lookup"])


def _decisions() -> None:
    sealed(
        "decision",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("upto_sequence", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(8), nullable=False),
        sa.Column("urgency", sa.String(12), nullable=False),
        sa.Column("knowledge", sa.String(64), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("decision", "conversation_id", "conversation"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_decision_conversation"), "decision", ["conversation_id", "upto_sequence"])


def _queues() -> None:
    sealed(
        "inbox_item",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.String(80), nullable=False),
        sa.Column("conversation_key", sa.LargeBinary(32), nullable=False),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("event_at", TIME, nullable=False),
        sa.Column("ready_at", TIME, nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("glanced", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("lease_until", TIME),
        sa.Column("error", sa.String(80)),
        sa.Column("raw_sealed", sa.LargeBinary()),
        sa.UniqueConstraint("account_id", "event_id"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_inbox_item_conversation"), "inbox_item", ["conversation_key", "status"])
    op.create_index(op.f("ix_inbox_item_open"), "inbox_item", ["status", "ready_at"])


def _outbox() -> None:
    sealed(
        "outbox_item",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("first_sequence", sa.Integer(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("reply_until", TIME),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("lease_until", TIME),
        sa.Column("how", sa.String(10)),
        sa.Column("error", sa.String(80)),
        sa.Column("sent_at", TIME),
        sa.Column("payload_sealed", sa.LargeBinary()),
        within_town("outbox_item", "conversation_id", "conversation"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_outbox_item_open"), "outbox_item", ["status", "due_at"])
    op.create_index(op.f("ix_outbox_item_order"), "outbox_item", ["conversation_id", "first_sequence"])
    tenant(
        "event",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("ticket_id", sa.Uuid()),
        sa.UniqueConstraint("municipality_id", "sequence"),
    )
    op.create_index(op.f("ix_event_conversation"), "event", ["conversation_id"])


def _staff() -> None:
    sealed(
        "staff_member",
        sa.Column("login", sa.String(80), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", TIME),
        sa.Column("name_sealed", sa.LargeBinary()),
        sa.UniqueConstraint("login"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    tenant(
        "staff_window",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.String(80), nullable=False),
        within_town("staff_window", "staff_id", "staff_member"),
        sa.UniqueConstraint("staff_id", "window_id"),
    )
    tenant(
        "staff_session",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        within_town("staff_session", "staff_id", "staff_member"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"])
    tenant(
        "staff_token",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("revoked_at", TIME),
        within_town("staff_token", "staff_id", "staff_member"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_staff_token_staff_id"), "staff_token", ["staff_id"])


def _audit() -> None:
    sealed(
        "audit_entry",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("ticket_id", sa.Uuid()),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary()),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.UniqueConstraint("municipality_id", "sequence"),
    )
    op.create_index(op.f("ix_audit_entry_ticket"), "audit_entry", ["ticket_id"])


def _tickets() -> None:
    sealed(
        "ticket",
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("urgency", sa.String(12), nullable=False),
        sa.Column("coordinator", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("fields", DOCUMENT, nullable=False),
        sa.Column("patterns", DOCUMENT, nullable=False),
        sa.Column("crisis", DOCUMENT, nullable=False),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("due_at", TIME),
        sa.Column("last_resident_at", TIME),
        sa.Column("last_staff_at", TIME),
        sa.Column("first_read_at", TIME),
        sa.Column("first_answer_at", TIME),
        sa.Column("resolved_at", TIME),
        sa.Column("outcome", sa.String(24)),
        sa.Column("state", DOCUMENT, nullable=False),
        sa.Column("summary_sealed", sa.LargeBinary(), nullable=False),
        within_town("ticket", "assignee_id", "staff_member"),
        within_town("ticket", "conversation_id", "conversation"),
        sa.UniqueConstraint("municipality_id", "id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_ticket_conversation_id"), "ticket", ["conversation_id"])
    op.create_index(op.f("ix_ticket_queue"), "ticket", ["municipality_id", "status", "urgency"])
    tenant(
        "ticket_window",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.String(80), nullable=False),
        sa.Column("role", sa.String(8), nullable=False),
        within_town("ticket_window", "ticket_id", "ticket"),
        sa.UniqueConstraint("ticket_id", "window_id"),
    )
    op.create_index(op.f("ix_ticket_window_window"), "ticket_window", ["municipality_id", "window_id"])


def _writing() -> None:
    sealed(
        "ticket_move",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("from_window", sa.String(80), nullable=False),
        sa.Column("to_window", sa.String(80), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        within_town("ticket_move", "ticket_id", "ticket"),
    )
    op.create_index(op.f("ix_ticket_move_ticket_id"), "ticket_move", ["ticket_id"])
    sealed(
        "note",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("note", "ticket_id", "ticket"),
    )
    op.create_index(op.f("ix_note_ticket_id"), "note", ["ticket_id"])
    sealed(
        "draft",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("draft", "ticket_id", "ticket"),
        sa.UniqueConstraint("ticket_id", "staff_id"),
    )
