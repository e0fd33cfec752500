"""What schemathesis does not know of the API: what a key may ask, as the document says it for each operation."""

import os

import schemathesis

# The scopes of the key with which everything is asked.
SCOPES = set(os.environ["MOBILEIM_KEY_SCOPES"].split(","))

# What is said before anybody looks at the key.
BEFORE = {404, 405, 429, 503}


# How long a question about events may wait for one, in seconds, as the document says.
MAY_WAIT = range(1, 31)


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """What the document cannot say of events: nobody is to wait for them here, and which positions there are. What is wrong stays so."""
    path = case.operation.path
    wait = str((case.query or {}).get("wait", ""))
    if path == "/api/v1/events" and wait.isdecimal() and int(wait) in MAY_WAIT:
        case.query["wait"] = 0
    position = case.body.get("position") if isinstance(case.body, dict) else None
    # Half of them stay ahead of the newest event.
    if path == "/api/v1/events/consumers/{name}" and type(position) is int and position > 0 and position % 2 == 0:
        case.body["position"] = 1


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
