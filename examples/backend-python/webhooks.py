"""Signatures of what the server sends, as Standard Webhooks has them."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

MAX_AGE_S = 300


def is_signed(headers: Mapping[str, str], body: bytes, secrets: list[str]) -> bool:
    """Whether a request was signed lately, with one of the secrets. The body is its bytes, as they came."""
    sent_at = headers.get("webhook-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit()) or abs(time.time() - int(sent_at)) > MAX_AGE_S:
        return False
    signed = f"{headers.get('webhook-id')}.{sent_at}.".encode() + body
    given = headers.get("webhook-signature", "").encode().split()
    return any(
        hmac.compare_digest(signature, b"v1," + base64.b64encode(hmac.digest(_key_of(secret), signed, hashlib.sha256)))
        for secret in secrets
        for signature in given
    )


def _key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
