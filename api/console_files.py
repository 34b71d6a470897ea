"""The console's style sheets and scripts: one version over them all stands in their path, so that a browser keeps them.

Must not know any page. What is served here is the same for everybody; nothing of a town or a person is a file.
"""

import hashlib
import re
from functools import cache

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.settings import ROOT

FOLDER = ROOT / "api" / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ASKED_EACH_TIME = "no-cache"
"""A browser may keep it, and asks by its tag whether it is still the same."""
_VERSION = re.compile(r"[0-9a-f]{12}")


@cache
def version() -> str:
    """Content hash over all files: modules name each other by their place, so one that changes moves them all."""
    whole = hashlib.sha256()
    for path in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        whole.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def place() -> str:
    """Where the files of this version are."""
    return f"/static/{version()}"


class ConsoleFiles(StaticFiles):
    """Under their version the files are for ever; under another (a page from before an update) or none, the current ones
    are asked about each time.
    """

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        first, _, rest = path.partition("/")
        answer = await super().get_response(rest if _VERSION.fullmatch(first) else path, scope)
        answer.headers["Cache-Control"] = FOR_EVER if first == version() else ASKED_EACH_TIME
        return answer
