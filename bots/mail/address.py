"""What a mail address is, for forms too: the web process checks one without loading an SMTP library."""

import re

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*")
LONGEST_ADDRESS = 254


def is_address(text: str) -> bool:
    """Whether mail can go there: one plain ASCII address, nothing around it."""
    return len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) is not None
