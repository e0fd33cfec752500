"""Tokens: JSON Web Tokens, signed with the secret that the server has as `jwt-secret`."""

import time
import uuid

import jwt

VALID_FOR_S = 3600


class Tokens:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, user: str) -> dict:
        """A token for a user, the user's id, and when it expires, in ms since 1970."""
        now = int(time.time())
        claims = {"sub": user, "iat": now, "exp": now + VALID_FOR_S, "jti": str(uuid.uuid4())}
        token = jwt.encode(claims, self._secret, algorithm="HS256")
        return {"user": user, "token": token, "expiresAt": claims["exp"] * 1000}

    def user_of(self, header: str) -> str | None:
        """The user whose token is in an `Authorization` header; None if it is none, forged or expired."""
        try:
            required = {"require": ["sub", "exp"]}
            return jwt.decode(header.removeprefix("Bearer "), self._secret, algorithms=["HS256"], options=required)["sub"]
        except jwt.InvalidTokenError:
            return None
