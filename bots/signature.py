"""Is a webhook call the platform's own? Bytes and secrets only: no SDK, no JSON, no database.

The thin web process calls this on the raw body, before anything reads it.
"""

import base64
import binascii
import hmac

LINE_HEADER = "x-line-signature"
TELEGRAM_HEADER = "x-telegram-bot-api-secret-token"


def line_signature_ok(secret: str, body: bytes, header: str | None) -> bool:
    """True when header is base64(HMAC-SHA256(channel secret, raw body)).

    Source: LINE Developers, "Verify webhook signature". An empty secret never matches, nor does anything malformed.
    """
    if not secret or not header:
        return False
    try:
        given = base64.b64decode(header.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return False
    wanted = hmac.digest(secret.encode(), body, "sha256")
    return hmac.compare_digest(given, wanted)


def telegram_secret_ok(secret: str, header: str | None) -> bool:
    """True when header is the secret token given to setWebhook. An empty secret never matches."""
    if not secret or not header:
        return False
    return hmac.compare_digest(secret.encode(), header.encode("utf-8", "surrogatepass"))
