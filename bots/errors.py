"""What can go wrong when sending, told apart by what to do next."""


class SendError(Exception):
    """Base. code is a short ASCII word for the log and the staff screen; never carries message text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Retryable(SendError):
    """Not accepted; try again later. retry_after in seconds where the platform said so."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class Rejected(SendError):
    """Never will be accepted (bad request, blocked, quota used up): tell staff."""


class Unauthorised(SendError):
    """The channel's credentials don't work: pause the channel, tell the admin."""


class Uncertain(SendError):
    """May have been accepted, and the platform has no way to ask: show to staff, never send again by itself."""


class ReplyExpired(SendError):
    """The reply token was refused outright: push instead."""


class Unreadable(Exception):
    """A raw event that cannot be read as this channel's at all."""
