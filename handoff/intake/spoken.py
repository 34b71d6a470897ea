"""Ways by which people speak to staff instead of writing: only their names, and that nothing can be sent over them."""

SPOKEN: dict[str, str] = {"phone": "電話", "counter": "来庁", "visit": "訪問"}
"""Channels of conversations that staff write down. The figures know the same ids."""
