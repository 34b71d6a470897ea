"""Rows. Import them from here."""

from handoff.store.models.base import Base, SealedRow, TenantRow
from handoff.store.models.channels import ChannelAccount, Contact
from handoff.store.models.conversations import Conversation, DecisionRecord, Message
from handoff.store.models.editing import KnowledgeDraft, KnowledgeVersion
from handoff.store.models.queues import Counter, Event, InboxItem, OutboxItem
from handoff.store.models.staff import AuditEntry, LoginAttempt, StaffMember, StaffSession, StaffToken, StaffWindow
from handoff.store.models.tickets import (
    ContactAttempt,
    Draft,
    Note,
    Ticket,
    TicketMove,
    TicketStaff,
    TicketWindow,
)
from handoff.store.models.towns import DataKey, MunicipalityRow

__all__ = [
    "AuditEntry", "Base", "ChannelAccount", "Contact", "ContactAttempt", "Conversation", "Counter", "DataKey", "DecisionRecord", "Draft",
    "Event", "InboxItem", "KnowledgeDraft", "KnowledgeVersion", "LoginAttempt", "Message", "MunicipalityRow", "Note", "OutboxItem", "SealedRow",
    "StaffMember", "StaffSession", "StaffToken", "StaffWindow", "TenantRow", "Ticket", "TicketMove", "TicketStaff", "TicketWindow",
]
