"""What a fake platform does wrong, call by call. The plan is asked once per message call."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """accept: whether the call takes effect all the same. status None: the ordinary answer (after delay seconds)."""

    accept: bool
    status: int | None = None
    message: str = ""
    delay: float = 0.0
    retry_after: int | None = None


def fails_before(status: int = 500) -> Fault:
    """Not accepted, and says so with a 5xx."""
    return Fault(accept=False, status=status, message="Internal server error")


def fails_after(status: int = 500) -> Fault:
    """Accepted, and answers a 5xx all the same."""
    return Fault(accept=True, status=status, message="Internal server error")


def slow(seconds: float, *, accept: bool = True) -> Fault:
    """Answers after a while; without accept, with a 500."""
    return Fault(accept=accept, status=None if accept else 500, delay=seconds)


def refuses(status: int, message: str, *, retry_after: int | None = None) -> Fault:
    """Refuses in the platform's own words."""
    return Fault(accept=False, status=status, message=message, retry_after=retry_after)


@dataclass
class Plan:
    """The faults to come: first what was queued, then what the chooser says for the n-th call (from 0)."""

    queued: deque[Fault | None] = field(default_factory=deque)
    chooser: Callable[[int], Fault | None] | None = None
    calls: int = 0

    def next(self) -> Fault | None:
        """The fault of this call; None: all goes well."""
        number, self.calls = self.calls, self.calls + 1
        if self.queued:
            return self.queued.popleft()
        return self.chooser(number) if self.chooser else None
