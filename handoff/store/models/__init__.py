"""Rows. Import them from here."""

from handoff.store.models.attachments import Attachment, AttachmentChunk, Enclosure
from handoff.store.models.base import Base, SealedRow, TenantRow
from handoff.store.models.bodies import BodyQuestion, Partner
from handoff.store.models.channels import ChannelAccount, Contact
from handoff.store.models.conversations import Conversation, DecisionRecord, Message
from handoff.store.models.coordination import (
    Case,
    CaseAgency,
    CaseEntry,
    CasePerson,
    CaseTask,
    CaseTicket,
    ConsentRecord,
    MeetingItem,
    MeetingMember,
    MeetingRecord,
    MeetingView,
    SupportPlan,
)
from handoff.store.models.disclosure import Disclosure
from handoff.store.models.editing import KnowledgeDraft, KnowledgeVersion
from handoff.store.models.entrance import CallbackWish, EntranceCode
from handoff.store.models.learning import OwnCase, TriageCorrection
from handoff.store.models.notices import (
    CalendarFeed,
    DutyCall,
    DutyPerson,
    NightAlarm,
    StaffMail,
    WebhookDelivery,
    WebhookEndpoint,
)
from handoff.store.models.queues import Counter, Event, InboxItem, OutboxItem
from handoff.store.models.reaching import AnswerMail, ResumePhrase, SafeContactWish
from handoff.store.models.staff import AuditEntry, LoginAttempt, StaffMember, StaffSession, StaffToken, StaffWindow
from handoff.store.models.ticket_links import TicketLink
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
from handoff.store.models.unsent import UnsentDecision

__all__ = [
    "AnswerMail", "Attachment", "AttachmentChunk", "AuditEntry", "Base", "BodyQuestion", "CalendarFeed", "CallbackWish", "Case", "CaseAgency",
    "CaseEntry", "CasePerson", "CaseTask", "CaseTicket", "ChannelAccount", "ConsentRecord", "Contact",
    "ContactAttempt", "Conversation", "Counter", "DataKey", "DecisionRecord", "Disclosure", "Draft", "DutyCall", "DutyPerson",
    "Enclosure", "EntranceCode", "Event", "InboxItem", "KnowledgeDraft", "KnowledgeVersion", "LoginAttempt", "MeetingItem",
    "MeetingMember", "MeetingRecord", "MeetingView", "Message", "MunicipalityRow", "NightAlarm", "Note", "OutboxItem",
    "OwnCase", "Partner", "ResumePhrase", "SafeContactWish", "SealedRow", "StaffMail", "StaffMember", "StaffSession",
    "StaffToken", "StaffWindow", "SupportPlan", "TenantRow", "Ticket", "TicketLink", "TicketMove", "TicketStaff", "TicketWindow",
    "TriageCorrection", "UnsentDecision", "WebhookDelivery", "WebhookEndpoint",
]
