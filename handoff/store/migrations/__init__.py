"""The schema's history. `HEAD` is known here so that opening a store needs no Alembic (a test keeps it true)."""

HEAD = "0019"
