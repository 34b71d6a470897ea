"""What routes ask for: services, the town of a path, the signed-in member of staff."""

from typing import Annotated

from fastapi import Depends, Request

from api.errors import Problem
from api.wiring import Services
from knowledge.loader import Knowledge
from knowledge.schema import Town


async def services(request: Request) -> Services:
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


ServicesDep = Annotated[Services, Depends(services)]


async def knowledge(services: ServicesDep) -> Knowledge:
    return await services.knowledge()


KnowledgeDep = Annotated[Knowledge, Depends(knowledge)]


async def town(municipality: str, known: KnowledgeDep) -> Town:
    """The town named in the path; 404 when there is none."""
    found = known.towns.get(municipality)
    if found is None:
        raise Problem(404, "Unknown municipality", f"known: {', '.join(sorted(known.towns))}")
    return found


TownDep = Annotated[Town, Depends(town)]
