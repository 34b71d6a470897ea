"""What all rows share: the metadata with fixed constraint names, UTC times, the tenant column, the sealing key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

if TYPE_CHECKING:
    from handoff.store.models.towns import DataKey

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

DOCUMENT = JSON().with_variant(JSONB(), "postgresql")
"""Small JSON in clear. PostgreSQL compares jsonb (DISTINCT, GROUP BY), json it does not."""


def references(column: str) -> ForeignKey:
    """A foreign key checked at commit: rows of one transaction may be written in any order."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


def within_town(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that can't point into another town, checked at commit."""
    own, theirs = ["municipality_id", column], [f"{table}.municipality_id", f"{table}.id"]
    return ForeignKeyConstraint(own, theirs, deferrable=True, initially="DEFERRED")


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC on both engines (SQLite forgets zones). ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime(), UUID: Uuid(), dict[str, Any]: DOCUMENT, list[str]: DOCUMENT,
    }


class TenantRow(Base):
    """A row of one town. The guarded session adds the town to every statement on it and refuses unscoped ones."""

    __abstract__ = True
    tells: ClassVar[str | None] = None
    """The kind of the town's event that each writing of such a row makes (`store.events`); None: whoever writes says so."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    municipality_id: Mapped[str] = mapped_column(String(40), references("municipality.id"), index=True)
    created_at: Mapped[datetime]

    @classmethod
    def with_town_key(cls) -> UniqueConstraint:
        """The target of composite foreign keys (municipality_id, …_id): a child can't point into another town."""
        return UniqueConstraint("municipality_id", "id")


class SealedRow(TenantRow):
    """A tenant row with sealed columns; its data key comes along with the row."""

    __abstract__ = True

    data_key_id: Mapped[UUID] = mapped_column(references("data_key.id"))

    @declared_attr
    @classmethod
    def data_key(cls) -> Mapped[DataKey]:
        return relationship("DataKey", lazy="joined", innerjoin=True)
