"""Towns known to the database, and the data keys that seal their residents' words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from handoff.store.models.base import Base, references


class MunicipalityRow(Base):
    """A town of `knowledge/municipalities/`; facts about it stay in the files. The one row without a tenant column."""

    __tablename__ = "municipality"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    data_key_id: Mapped[UUID | None] = mapped_column(references("data_key.id"))
    created_at: Mapped[datetime]


class DataKey(Base):
    """A random AES-256 key, wrapped by the key file. One a conversation, one a town for what is no conversation's.

    Destroying it (wrapped = None) makes everything sealed with it unreadable for good.
    """

    __tablename__ = "data_key"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    municipality_id: Mapped[str] = mapped_column(String(40), index=True)
    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_version: Mapped[int]
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]
