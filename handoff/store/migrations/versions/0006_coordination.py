"""多機関協働: cases, consents, plans, meetings and dated tasks; on PostgreSQL with row-level security.

Frozen: it must stay as it is when the models move on, so it imports none of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from handoff.store.migrations.parts import DOCUMENT, TIME, drop, guard, sealed, tenant, within_town

revision = "0006"
down_revision = "0005"

TABLES = (
    "coordination_case", "case_ticket", "case_person", "case_agency", "consent", "case_entry", "support_plan",
    "meeting", "meeting_member", "meeting_item", "meeting_view", "case_task",
)
"""In order of creation."""


def upgrade() -> None:
    """Create everything."""
    for create in (_cases, _people, _course, _plans, _meetings, _papers, _tasks):
        create()
    guard(TABLES)


def downgrade() -> None:
    """Drop everything."""
    drop(TABLES)


def _cases() -> None:
    sealed(
        "coordination_case",
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("municipality_id", "id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_coordination_case_board"), "coordination_case", ["municipality_id", "stage"])
    tenant(
        "case_ticket",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("reporter", sa.Boolean(), nullable=False),
        within_town("case_ticket", "case_id", "coordination_case"),
        within_town("case_ticket", "ticket_id", "ticket"),
        sa.UniqueConstraint("ticket_id"),
    )
    op.create_index(op.f("ix_case_ticket_case_id"), "case_ticket", ["case_id"])


def _people() -> None:
    sealed(
        "case_person",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("case_person", "case_id", "coordination_case"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_case_person_case_id"), "case_person", ["case_id"])
    sealed(
        "case_agency",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.String(80)),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("case_agency", "case_id", "coordination_case"),
        within_town("case_agency", "staff_id", "staff_member"),
        sa.UniqueConstraint("case_id", "window_id"),
    )
    op.create_index(op.f("ix_case_agency_case_id"), "case_agency", ["case_id"])


def _course() -> None:
    sealed(
        "consent",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("consent", "case_id", "coordination_case"),
        within_town("consent", "person_id", "case_person"),
    )
    op.create_index(op.f("ix_consent_case_id"), "consent", ["case_id"])
    op.create_index(op.f("ix_consent_person"), "consent", ["person_id", "item"])
    sealed(
        "case_entry",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("means", sa.String(16)),
        sa.Column("result", sa.String(16)),
        sa.Column("at", TIME, nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("case_entry", "person_id", "case_person"),
        within_town("case_entry", "case_id", "coordination_case"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_case_entry_case"), "case_entry", ["case_id", "kind"])


def _plans() -> None:
    sealed(
        "support_plan",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("holds", sa.String(24), nullable=False),
        sa.Column("monitor_at", TIME, nullable=False),
        sa.Column("approved_at", TIME),
        sa.Column("decided_at", TIME),
        sa.Column("reported_at", TIME),
        sa.Column("final_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("support_plan", "case_id", "coordination_case"),
        within_town("support_plan", "person_id", "case_person"),
        sa.UniqueConstraint("municipality_id", "id"),
        sa.UniqueConstraint("person_id", "version"),
    )
    op.create_index(op.f("ix_support_plan_case_id"), "support_plan", ["case_id"])


def _meetings() -> None:
    sealed(
        "meeting",
        sa.Column("pack_meeting", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("occasion", sa.String(120)),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("held_at", TIME),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("meeting", "case_id", "coordination_case"),
        within_town("meeting", "person_id", "case_person"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_meeting_case_id"), "meeting", ["case_id"])


def _papers() -> None:
    sealed(
        "meeting_member",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid()),
        sa.Column("secrecy_at", TIME),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("meeting_member", "staff_id", "staff_member"),
        within_town("meeting_member", "meeting_id", "meeting"),
        sa.UniqueConstraint("meeting_id", "staff_id"),
    )
    sealed(
        "meeting_item",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("copied_from", sa.Uuid()),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        within_town("meeting_item", "meeting_id", "meeting"),
        sa.UniqueConstraint("municipality_id", "id"),
    )
    op.create_index(op.f("ix_meeting_item_meeting_id"), "meeting_item", ["meeting_id"])
    tenant(
        "meeting_view",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        within_town("meeting_view", "meeting_id", "meeting"),
        within_town("meeting_view", "staff_id", "staff_member"),
    )
    op.create_index(op.f("ix_meeting_view_meeting_id"), "meeting_view", ["meeting_id"])


def _tasks() -> None:
    tenant(
        "case_task",
        sa.Column("case_id", sa.Uuid()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("pack_meeting", sa.String(60)),
        sa.Column("occasion", sa.String(120)),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("done_at", TIME),
        sa.Column("details", DOCUMENT, nullable=False),
        within_town("case_task", "case_id", "coordination_case"),
        within_town("case_task", "person_id", "case_person"),
    )
    op.create_index(op.f("ix_case_task_case_id"), "case_task", ["case_id"])
    op.create_index(op.f("ix_case_task_due"), "case_task", ["municipality_id", "done_at", "due_at"])
