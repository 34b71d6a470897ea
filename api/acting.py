"""One act of an official on something with a number: one transaction, refusals written down, troubles in plain words.
Or one look at it, for which nobody who writes has to wait.

Which pages there are and what may go wrong on them it does not know: that is given to it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Form
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import Problem
from api.session import require
from api.wiring import Services
from handoff.desk.staff import SignedIn

Worker = Annotated[SignedIn, Depends(require("staff", "coordinator", "admin"))]
LongText = Annotated[str, Form(max_length=30_000)]
Said = TypeVar("Said")


@dataclass(frozen=True)
class Acting:
    """Acts on one kind of thing. `unseen`: not theirs to see, which is 404 and recorded by `record`.

    spoken: errors whose own text (Japanese first) is written for officials, with the status they get;
    troubles: the text for the others, all 409.
    """

    unseen: type[Exception]
    title: str
    record: Callable[..., Awaitable[Any]]
    spoken: Mapping[type[Exception], int]
    troubles: Mapping[type[Exception], str]

    @asynccontextmanager
    async def __call__(self, services: Services, staff: SignedIn, number: str) -> AsyncIterator[AsyncSession]:
        async with self._spoken(services, staff, number), services.store.town(staff.municipality_id) as session:
            yield session

    @asynccontextmanager
    async def looking(self, services: Services, staff: SignedIn, number: str) -> AsyncIterator[AsyncSession]:
        """What has to be recorded about it was, in a transaction before."""
        async with self._spoken(services, staff, number), services.store.reading(staff.municipality_id) as session:
            yield session

    @asynccontextmanager
    async def _spoken(self, services: Services, staff: SignedIn, number: str) -> AsyncIterator[None]:
        try:
            yield
        except self.unseen:
            await self.record(services.store, staff, number, now=services.clock())
            raise Problem(404, self.title) from None
        except tuple(self.spoken) as why:
            raise Problem(_found(self.spoken, why), str(why).split(" / ", maxsplit=1)[0]) from None
        except tuple(self.troubles) as why:
            raise Problem(409, _found(self.troubles, why)) from None


def _found(said: Mapping[type[Exception], Said], why: Exception) -> Said:
    return next(said[kind] for kind in type(why).__mro__ if kind in said)
