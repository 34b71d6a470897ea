"""HTTP routes, one module a subject. Every module here that has a `router` is served."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from fastapi import APIRouter


def routers() -> Iterator[APIRouter]:
    """Of all modules here, by their names."""
    for found in pkgutil.iter_modules(__path__):
        router: APIRouter | None = getattr(import_module(f"{__name__}.{found.name}"), "router", None)
        if router is not None:
            yield router
