"""The guarded session: one town sees its own rows, and a statement that forgets the town does not run.

Each session carries a `Scope`. ORM statements get the town added to every tenant entity in them, new rows get the
town, and what cannot be scoped (text, Core statements on tenant tables, bulk writes, another town's row) is refused
as `Unscoped`. PostgreSQL stands behind it with row-level security on `app.municipality`.
Must not know engines or what rows mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from sqlalchemy import Alias, Column, Delete, Insert, Select, Table, TextClause, Update, bindparam, event, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from handoff.store.errors import ReadOnly, Unscoped
from handoff.store.ids import new_id
from handoff.store.models import Base, Counter, DataKey, SealedRow, TenantRow
from handoff.store.sealed import NoDataKey, carry, has_pending, seal_pending

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import QueryContext

    from handoff.clock import Clock
    from handoff.privacy.keys import KeyRing
    from handoff.store.wake import Notice

EVERYWHERE = "*"
"""The scope of claims, login and accounts: all towns. Also the value of `app.municipality` in the database."""

_KEY = "scope"
_TELL = select(func.set_config("app.municipality", bindparam("town"), True))
"""Made once: each transaction says it."""


@dataclass
class Counted:
    """A counter whose row this transaction has locked. written: what the row says."""

    value: int
    written: int = field(init=False)

    def __post_init__(self) -> None:
        self.written = self.value


@dataclass
class Scope:
    """What a session may touch, with the store's keys and clock; `emitted` goes out when it commits.

    met: rows of a writing session. Its identity map is weak: what nobody holds would be read from the database again.
    ahead: what was read for several conversations at once, by question and conversation (`handoff.store.ahead`).
    counted: how far counters went in this transaction, by town and name (`handoff.store.counters`).
    """

    municipality_id: str
    keys: KeyRing
    clock: Clock
    read_only: bool = False
    emitted: dict[Notice, None] = field(default_factory=dict)
    met: list[Any] = field(default_factory=list)
    ahead: dict[Any, dict[UUID, list[Any]]] = field(default_factory=dict)
    counted: dict[tuple[str, str], Counted] = field(default_factory=dict)

    @property
    def everywhere(self) -> bool:
        return self.municipality_id == EVERYWHERE

    def as_info(self) -> dict[str, Any]:
        """For `Session(info=…)`."""
        return {_KEY: self, "municipality": self.municipality_id, "keys": self.keys, "clock": self.clock}


def scope_of(session: Session | AsyncSession) -> Scope:
    """The scope of a store's session. Unscoped for any other session."""
    scope: Scope | None = session.info.get(_KEY)
    if scope is None:
        raise Unscoped("this session was not opened by a Store")
    return scope


class GuardedSession(Session):
    """The only session class of the store. Legacy bulk methods bypass flush and guard: refused."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise Unscoped("bulk methods bypass sealing and the town guard; add rows to the session")

    bulk_save_objects = bulk_insert_mappings = bulk_update_mappings = _refuse


@cache
def tenant_tables() -> frozenset[Table]:
    """The tables of all rows that belong to a town."""
    mapped = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantRow))
    return frozenset(mapper.local_table for mapper in mapped if isinstance(mapper.local_table, Table))


@event.listens_for(GuardedSession, "after_begin")
def _tell_database(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Row-level security reads this setting; it ends with the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TELL, {"town": scope_of(session).municipality_id})


@event.listens_for(GuardedSession, "do_orm_execute")
def _guard_statement(state: ORMExecuteState) -> None:
    scope = scope_of(state.session)
    statement = state.statement
    _check_parts(statement, everywhere=scope.everywhere)
    if isinstance(statement, Select):
        state.statement = _lock_only_own_rows(statement)
    if scope.everywhere:
        return
    if isinstance(statement, Insert):
        _check_insert(state, statement, scope.municipality_id)
        return
    if isinstance(statement, (Update, Delete)):
        _check_write(state, statement)
    town = scope.municipality_id
    criteria = with_loader_criteria(TenantRow, lambda row: row.municipality_id == town, include_aliases=True)
    state.statement = state.statement.options(criteria)


def _check_parts(statement: Any, *, everywhere: bool) -> None:
    """No text; and no tenant table that the ORM would not add the town to, because it is named without its class."""
    scoped: set[Table] = set()
    bare: set[Table] = set()
    for part in visitors.iterate(statement):
        if isinstance(part, TextClause):
            raise Unscoped("text() is not allowed outside the journal and the migrations")
        table = _table_of(part)
        if table is not None:
            (scoped if "parententity" in part._annotations else bare).add(table)
    # The ORM's own loading (`session.get`) names bare columns of the class that it selects: those are scoped with it.
    if not everywhere and bare - scoped:
        raise Unscoped("a Core statement on a town's table; use the mapped class, so that the town is added")


def _table_of(part: Any) -> Table | None:
    """The tenant table that a part of a statement stands for: the table itself, a column of it, an alias of it."""
    source: Any = part.table if isinstance(part, Column) else part
    while isinstance(source, Alias):
        source = source.element
    if not isinstance(source, Table):
        return None
    plain = Base.metadata.tables.get(source.key)
    return plain if plain in tenant_tables() else None


def _lock_only_own_rows(statement: Select[Any]) -> Select[Any]:
    """FOR UPDATE without OF would lock the joined data key too, and SKIP LOCKED would then skip half the town."""
    lock = statement._for_update_arg
    if lock is None or lock.of:
        return statement
    entities = [column["entity"] for column in statement.column_descriptions if column.get("entity") is not None]
    if not entities:
        return statement
    return statement.with_for_update(
        of=entities, nowait=lock.nowait, read=lock.read, skip_locked=lock.skip_locked, key_share=lock.key_share
    )


def _check_insert(state: ORMExecuteState, statement: Insert, town: str) -> None:
    if _table_of(statement.table) is None:
        return
    if statement.select is not None:
        raise Unscoped("INSERT … SELECT cannot be scoped; add rows to the session")
    if isinstance(state.parameters, list):
        towns = {row.get("municipality_id") for row in state.parameters}
    else:
        given = statement.compile(dialect=state.session.get_bind().dialect).params
        named = (value for name, value in given.items() if _names_town(name) and value is not None)
        towns = {*named, *_in(state.parameters)}
    if towns != {town}:
        raise Unscoped("an INSERT names another town, or none")


def _in(parameters: Any) -> tuple[str, ...]:
    return (parameters["municipality_id"],) if parameters and "municipality_id" in parameters else ()


def _names_town(parameter: str) -> bool:
    """`municipality_id`, or `municipality_id_m3` in a VALUES list of several rows."""
    return parameter == "municipality_id" or parameter.startswith("municipality_id_m")


def _check_write(state: ORMExecuteState, statement: Update | Delete) -> None:
    if isinstance(state.parameters, list) or state.execution_options.get("dml_strategy") == "bulk":
        raise Unscoped("a bulk UPDATE by primary key cannot be scoped; change rows of the session")
    if isinstance(statement, Update):
        dialect = state.session.get_bind().dialect
        if "municipality_id" in statement.compile(dialect=dialect).params or _in(state.parameters):
            raise Unscoped("a row cannot move to another town")


@event.listens_for(GuardedSession, "before_attach")
def _refuse_strangers(session: Session, row: Any) -> None:
    """A row read in another town's session must not be written through this one."""
    scope = scope_of(session)
    if isinstance(row, TenantRow) and not scope.everywhere:
        town: str | None = row.municipality_id
        if town not in (None, scope.municipality_id):
            raise Unscoped(f"{type(row).__name__} of another town")


@event.listens_for(GuardedSession, "loaded_as_persistent")
@event.listens_for(GuardedSession, "pending_to_persistent")
def _hold(session: Session, row: Any) -> None:
    scope = scope_of(session)
    if not scope.read_only:
        scope.met.append(row)


@event.listens_for(GuardedSession, "before_flush")
def _settle(session: Session, context: UOWTransaction, instances: Any) -> None:
    scope = scope_of(session)
    written = changes_in(session) if scope.read_only else [*session.new, *session.dirty, *session.deleted]
    if scope.read_only and written:
        raise ReadOnly(f"a reading session was made to write {type(written[0]).__name__}")
    for row in session.new:
        _fill(row, scope)
    for row in written:
        _check_town(row, scope)
    for row in written:
        if isinstance(row, SealedRow) and has_pending(row):
            seal_pending(row, _data_key(session, row))


def changes_in(session: Session) -> list[Any]:
    """The rows that a flush would write."""
    changed = (row for row in session.dirty if session.is_modified(row) or _waits(row))
    return [*session.new, *changed, *session.deleted]


def _waits(row: Any) -> bool:
    return isinstance(row, SealedRow) and has_pending(row)


def _fill(row: Any, scope: Scope) -> None:
    """What a new row was not given: the session's town, the store's time, an id."""
    if isinstance(row, (TenantRow, Counter, DataKey)) and not scope.everywhere:
        _default(row, "municipality_id", scope.municipality_id)
    if isinstance(row, TenantRow):
        _default(row, "created_at", scope.clock())
        _default(row, "id", new_id(row.created_at))


def _default(row: Any, name: str, value: Any) -> None:
    if getattr(row, name) is None:
        setattr(row, name, value)


def _check_town(row: Any, scope: Scope) -> None:
    town: str | None = getattr(row, "municipality_id", None)
    if not isinstance(row, (TenantRow, Counter, DataKey)):
        return
    if town is None or (not scope.everywhere and town != scope.municipality_id):
        raise Unscoped(f"{type(row).__name__} of another town, or of none")


def _data_key(session: Session, row: SealedRow) -> DataKey:
    """The row's data key, from the row, the session or the database, left on the row for later reading."""
    key: DataKey | None = row.__dict__.get("data_key")
    wanted: UUID | None = row.data_key_id
    if key is None or wanted not in (None, key.id):
        fresh = (new for new in session.new if isinstance(new, DataKey) and new.id == wanted)
        key = next(fresh, None) or (session.get(DataKey, wanted) if wanted else None)
    if key is None or key.municipality_id != row.municipality_id:
        raise NoDataKey(f"{type(row).__name__} {row.id}: no data key of its town; pass data_key= or data_key_id=")
    row.data_key = key
    return key


@event.listens_for(DataKey, "load")
def _equip(key: DataKey, context: QueryContext) -> None:
    """Rows stay readable after their session ended: their key carries what unwraps it."""
    scope: Scope | None = context.session.info.get(_KEY)
    if scope is not None:
        carry(key, scope.keys)
