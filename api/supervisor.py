"""Keeps one worker process running beside the web process, and carries wake-ups to and from it.

The worker is `tsunagu worker` itself. When it dies it is started again, after a pause that grows while it keeps dying.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from handoff.clock import Clock
from handoff.store.wake import Wake

log = structlog.get_logger()
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
HEALTHY_SECONDS = 30.0
TERM_SECONDS = 10.0


@dataclass
class Supervisor:
    """One worker child. `start` and `stop` belong to the web process's lifespan."""

    wake: Wake
    _task: asyncio.Task[None] | None = field(default=None)
    _child: asyncio.subprocess.Process | None = field(default=None)
    _clock: Clock | None = field(default=None)

    def start(self, *, clock: Clock | None = None) -> None:
        """clock: a set one, which the worker must share: by a clock behind ours it would see each pause end too late."""
        self._clock = clock
        self._task = asyncio.create_task(self._keep())

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def _keep(self) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                code = await self._run()
            except OSError as why:  # no process, no descriptor, no memory: it may pass
                log.error("worker_not_started", exc_info=why)
                code = -1
            pause = FIRST_PAUSE if loop.time() - began > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            log.warning("worker_ended", code=code, seconds=round(pause, 1))
            await asyncio.sleep(pause)

    async def _run(self) -> int:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            command = (sys.executable, "-m", "api.cli", *self.command(theirs.fileno()))
            self._child = await asyncio.create_subprocess_exec(*command, pass_fds=[theirs.fileno()])
            self.wake.attach(ours.detach())
        return await self._child.wait()

    def command(self, wake_fd: int) -> list[str]:
        """The worker's, with how many seconds a set clock is ahead of the real one."""
        asked = ["worker", "--wake-fd", str(wake_fd)]
        if self._clock is not None:
            asked.append(f"--clock-ahead={(self._clock() - datetime.now(UTC)).total_seconds()}")
        return asked

    async def stop(self) -> None:
        """Ask the worker to finish what it has in hand; kill it if it takes too long."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._child is None or self._child.returncode is not None:
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._child.wait(), TERM_SECONDS)
        except TimeoutError:
            self._child.kill()
            await self._child.wait()
