"""What schemathesis does not know of the API: what a key may ask, as the document says it for each operation."""

import os

import schemathesis

# The scopes of the key with which everything is asked.
SCOPES = set(os.environ["MOBILEIM_KEY_SCOPES"].split(","))

# What is said before anybody looks at the key.
BEFORE = {404, 405, 429, 503}


def needed(case):
    """The scopes of which an operation needs one; none for what needs no key."""
    security = case.operation.definition.raw.get("security", [])
    return {scope for way in security for scopes in way.values() for scope in scopes}


@schemathesis.check
def no_leak_across_scopes(ctx, response, case):
    """Whoever has not the scope is told that, and nothing else."""
    scopes = needed(case)
    has_key = "Authorization" in (response.request.headers or {})
    if not has_key or not scopes or scopes & SCOPES or response.status_code in BEFORE:
        return
    sent = response.request.headers["Authorization"]
    if sent != "Bearer " + os.environ["MOBILEIM_KEY"]:
        return
    assert response.status_code == 403, f"answered with {response.status_code} without {scopes}"
    assert response.json().get("missingScope") in scopes, "it does not say which scope is missing"
