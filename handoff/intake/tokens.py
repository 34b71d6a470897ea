"""What the database keeps of keys that residents hold: hashes. They are random, so a plain hash is enough."""

import hashlib


def hash_token(token: str) -> bytes:
    """SHA-256 of a bearer token or of a code in a link."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
