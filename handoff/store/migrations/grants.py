"""Rights of the app role on PostgreSQL: it owns nothing and so cannot change schema or policies."""

from __future__ import annotations

from sqlalchemy import Connection

APP_ROLE = "tsunagu_app"
_GRANTS = (
    f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}",
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}",
    f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP_ROLE}",
    f"REVOKE UPDATE, DELETE ON audit_entry FROM {APP_ROLE}",
    f"REVOKE UPDATE ON consent, case_entry, meeting_view FROM {APP_ROLE}",
)


def grant(connection: Connection) -> bool:
    """Give the role its rights where it exists and is not ourselves. False when there is nothing to do."""
    if connection.dialect.name != "postgresql":
        return False
    asked = "SELECT current_user <> rolname FROM pg_roles WHERE rolname = $1"
    if not connection.exec_driver_sql(asked, (APP_ROLE,)).scalar():
        return False
    for statement in _GRANTS:
        connection.exec_driver_sql(statement)
    return True
