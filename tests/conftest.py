"""What all tests share: no network but loopback, real databases, and skips that CI does not accept."""

import gc
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["tests.databases"]

MEMORY, ENOUGH = Path("/dev/shm"), 4 << 30
LOCAL = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}


class OutsideNetwork(Exception):
    """A test tried to leave the machine."""


def _guard(event: str, args: tuple[Any, ...]) -> None:
    """An audit hook sees every connect of the process, whichever library makes it."""
    if event != "socket.connect":
        return
    address = args[1]
    if isinstance(address, tuple) and address and str(address[0]) not in LOCAL:
        raise OutsideNetwork(f"tests stay on loopback, not {address[0]}")


sys.addaudithook(_guard)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Which tests stay on one worker: a file's own, and the journeys of an engine, which share a running house."""
    for item in items:
        group = item.nodeid.split("::")[0]
        if group.startswith("tests/journeys/"):
            group = "journeys on postgresql" if "postgresql" in item.keywords or "[postgresql" in item.name else "journeys"
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_configure() -> None:
    """Temporary files in memory where there is plenty: a test that waits for a disk guards nothing more."""
    gc.disable()  # reading six thousand tests makes nothing but what stays
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_finish() -> None:
    """Six thousand tests and all modules stay to the end; looking them through for garbage takes a third of a second."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """In CI a part that is missing is a failure, except ../shared, which a user's clone does not have."""
    report = yield
    if os.environ.get("CI") and report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2])
        if "needs " in reason and "../shared" not in reason:
            report.outcome = "failed"
            report.longrepr = f"{reason} (skips are failures where CI is set)"
    return report


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
