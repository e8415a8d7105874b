"""Whom a service is asked as: a token that was given, or one that is asked for and renewed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, Protocol

from adapters.sources.services.answers import Json, Problem
from adapters.sources.services.settings import Bearer, Client

NOT_AUTHORISED = "not-authorised"
_MARGIN = 30.0
_SHORTEST = 0.1

PostForm = Callable[[str, dict[str, str], tuple[str, str]], Awaitable[Json]]
"""Sends a form to an address with a user and a password; raises Problem."""


class Access(Protocol):
    """Gives the token to send, None for none; `refused` is told that a token was not taken."""

    async def token(self) -> str | None: ...

    async def renewed(self, refused: str | None) -> str | None: ...


class Given:
    """A token that can't be renewed."""

    def __init__(self, bearer: Bearer | None) -> None:
        self._token = bearer.token if bearer else None

    async def token(self) -> str | None:
        return self._token

    async def renewed(self, refused: str | None) -> str | None:
        raise Problem(NOT_AUTHORISED)


class Granted:
    """Tokens of OAuth 2.0's client credentials grant (RFC 6749, 4.4), one at a time.

    A token is asked for anew shortly before it ends, and once when a service refuses it. After a
    refusal of the credentials themselves nothing more is asked.
    """

    def __init__(self, client: Client, post_form: PostForm) -> None:
        self._client, self._post_form = client, post_form
        self._token: str | None = None
        self._until = 0.0
        self._denied = False
        self._one = asyncio.Lock()

    async def token(self) -> str | None:
        async with self._one:
            if self._token is None or monotonic() >= self._until:
                await self._ask()
            return self._token

    async def renewed(self, refused: str | None) -> str | None:
        async with self._one:
            # Another request may have brought a new one meanwhile.
            if self._token == refused:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        if self._denied:
            raise Problem(NOT_AUTHORISED)
        form = {"grant_type": "client_credentials"}
        if self._client.scope:
            form["scope"] = self._client.scope
        asked = monotonic()
        try:
            answer = await self._post_form(
                self._client.token_url,
                form,
                (self._client.client_id, self._client.client_secret),
            )
            self._token = _token(answer)
        except Problem as problem:
            self._token = None
            self._denied = problem.kind == NOT_AUTHORISED
            raise
        lasting = _seconds(answer.get("expires_in"))
        self._until = asked + max(lasting - min(_MARGIN, lasting / 10), _SHORTEST)


def _token(answer: Json) -> str:
    token = answer.get("access_token")
    usable = isinstance(token, str) and token.isascii() and token.isprintable() and token.strip()
    kind = answer.get("token_type")
    if not usable or not isinstance(kind, str) or kind.lower() != "bearer":
        raise Problem(NOT_AUTHORISED)
    return str(token)


def _seconds(value: Any) -> float:
    """How long a token lasts; one that does not say is used until it is refused."""
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError, OverflowError):
        return float("inf")
