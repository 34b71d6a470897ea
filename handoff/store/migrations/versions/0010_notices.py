"""Staff told outside the console: rota, night alarms, calls, mail, webhooks, calendar feeds; names on API tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, sealed, tenant, within_town

revision = "0010"
down_revision = "0009"

TABLES = (
    "duty_person", "night_alarm", "duty_call", "staff_mail", "webhook_endpoint", "webhook_delivery", "calendar_feed",
)


def upgrade() -> None:
    _night()
    _mail()
    _webhooks()
    _tokens()
    guard(TABLES)


def downgrade() -> None:
    with op.batch_alter_table("staff_token") as token:
        for column in ("used_at", "scopes", "name"):
            token.drop_column(column)
    drop(TABLES)


def _night() -> None:
    sealed(
        "duty_person",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("removed_at", TIME),
        sa.Column("about_sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("municipality_id", "id"),
        within_town("duty_person", "staff_id", "staff_member"),
    )
    tenant(
        "night_alarm",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("urgency", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("called", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.UniqueConstraint("municipality_id", "id"),
        within_town("night_alarm", "ticket_id", "ticket"),
        within_town("night_alarm", "acknowledged_by", "staff_member"),
    )
    op.create_index(op.f("ix_night_alarm_ticket_id"), "night_alarm", ["ticket_id"])
    op.create_index("ix_night_alarm_due", "night_alarm", ["state", "due_at"])
    tenant(
        "duty_call",
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        *_on_its_way(),
        sa.Column("token_hash", sa.LargeBinary(32)),
        sa.Column("acknowledged_at", TIME),
        sa.UniqueConstraint("token_hash"),
        within_town("duty_call", "alarm_id", "night_alarm"),
        within_town("duty_call", "person_id", "duty_person"),
    )
    op.create_index(op.f("ix_duty_call_alarm_id"), "duty_call", ["alarm_id"])
    op.create_index("ix_duty_call_due", "duty_call", ["status", "due_at"])


def _mail() -> None:
    sealed(
        "staff_mail",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("told_until", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("error", sa.String(40)),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("staff_id"),
        within_town("staff_mail", "staff_id", "staff_member"),
    )
    op.create_index(op.f("ix_staff_mail_due_at"), "staff_mail", ["due_at"])


def _webhooks() -> None:
    sealed(
        "webhook_endpoint",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("stopped_at", TIME),
        sa.Column("stop_reason", sa.String(40)),
        sa.Column("target_sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    tenant(
        "webhook_delivery",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("at", TIME, nullable=False),
        *_on_its_way(),
        sa.Column("answer", sa.Integer()),
        sa.Column("sent_at", TIME),
        sa.UniqueConstraint("endpoint_id", "event_sequence"),
        within_town("webhook_delivery", "endpoint_id", "webhook_endpoint"),
    )
    op.create_index(op.f("ix_webhook_delivery_endpoint_id"), "webhook_delivery", ["endpoint_id"])
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["status", "due_at"])


def _tokens() -> None:
    tenant(
        "calendar_feed",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("used_at", TIME),
        sa.UniqueConstraint("token_hash"),
        within_town("calendar_feed", "staff_id", "staff_member"),
    )
    op.create_index(op.f("ix_calendar_feed_staff_id"), "calendar_feed", ["staff_id"])
    op.add_column("staff_token", sa.Column("name", sa.String(60)))
    op.add_column("staff_token", sa.Column("scopes", DOCUMENT))
    op.add_column("staff_token", sa.Column("used_at", TIME))


def _on_its_way() -> tuple[sa.Column[object], ...]:
    """Columns of what is sent, tried again and given up."""
    return (
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("lease_until", TIME),
        sa.Column("error", sa.String(40)),
    )
