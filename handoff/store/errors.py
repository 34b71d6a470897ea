"""What can go wrong with the store, as classes with meaning. `api/errors.py` alone turns them into status codes."""


class StoreError(Exception):
    """Anything below. Texts are for officials: what, why, how to fix; never a resident's word."""


class Unscoped(StoreError):
    """A statement or a row that belongs to no town, or to another than the session's. A mistake in our code."""


class ReadOnly(StoreError):
    """A reading session was made to write. A mistake in our code."""


class Busy(StoreError):
    """The store takes nothing at this moment: queue full, too slow, locked or away. Try again later (503)."""


class SchemaUnfit(StoreError):
    """The database is older or newer than the program, or empty."""
