"""Signing keys of webhooks; the web process makes them without loading what posts."""

import base64
import secrets


def new_secret() -> str:
    """A signing key in the form other systems expect: whsec_…"""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
