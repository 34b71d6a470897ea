"""Logs: events with allow-listed keys; a resident's words cannot get in, not even by an exception's message."""

import json
import subprocess
import sys

CANARY = "夫になぐられました"
PROGRAM = f"""
import logging, warnings
import structlog
from api import logs

logs.set_up("FORM")
log = structlog.get_logger()
log.info("turn", municipality="taiki", text={CANARY!r}, body={CANARY!r}, attempts=2)
try:
    raise ValueError({CANARY!r})
except ValueError as why:
    log.error("turn_failed", exc_info=why)
    log.error("turn_failed_again", exc_info=True)
    logging.getLogger("sqlalchemy.pool").error("lost %s", {CANARY!r}, exc_info=True)
try:
    import json as j
    j.loads("{{" + {CANARY!r})
except ValueError as why:
    log.error("not_json", exc_info=why)
logging.getLogger("httpx").info("GET %s", {CANARY!r})
logging.getLogger("aiohttp").warning({CANARY!r})
"""


def written(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("FORM", form)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    return done.stderr


def test_no_word_of_a_resident_is_written() -> None:
    for form in ("json", "console"):
        text = written(form)
        assert CANARY not in text
        assert CANARY.encode("unicode_escape").decode() not in text
        assert "taiki" in text


def test_errors_are_told_by_class_and_place_and_what_was_dropped_is_counted() -> None:
    lines = [json.loads(line) for line in written("json").splitlines()]
    told = {line["event"]: line for line in lines if line["event"] != "library"}
    assert told["turn"]["dropped"] == 2
    assert (told["turn"]["municipality"], told["turn"]["attempts"]) == ("taiki", 2)
    assert told["turn_failed"]["error"] == told["turn_failed_again"]["error"] == "ValueError"
    assert told["turn_failed"]["place"] == "<string>:10"
    assert told["not_json"]["error"] == "JSONDecodeError"
    libraries = {line["logger"]: line.get("error") for line in lines if line["event"] == "library"}
    assert libraries == {"sqlalchemy.pool": "ValueError", "aiohttp": None}, "chatter below a warning is left out"
