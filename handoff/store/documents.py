"""A frozen dataclass as the document that a sealed column keeps: dicts, lists, tuples and plain values, as deep as it goes.

As `dataclasses.asdict`, which copies every leaf and asks each class for its fields anew: an eleventh of what the worker
does for a message (measured). Must not know what it is given.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any


def document(value: Any) -> dict[str, Any]:
    """The fields of a dataclass. AttributeError for anything else."""
    return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or value is None or kind is int or kind is bool:
        return value
    if kind is tuple or kind is list:
        return kind([_plain(one) for one in value])
    if kind is dict:
        return {key: _plain(one) for key, one in value.items()}
    return document(value) if is_dataclass(value) else value
