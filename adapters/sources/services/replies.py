"""What comes back over HTTP: an answer, or the problem that it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2

from adapters.sources.services.access import NOT_AUTHORISED
from adapters.sources.services.answers import BAD_ANSWER, Problem
from adapters.sources.services.patience import RATE_LIMITED, retry_after

_LARGEST = 2 * 1024 * 1024
_FOUND = frozenset({200, 201, 202, 206})
_AGAIN = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """The body of an answer; of a list, whether it is a part only, and of how many in all."""

    content: bytes
    is_part: bool
    total: int | None


class Transient(Problem):
    """A problem that another attempt may not have; `after` seconds, if the service said so."""

    def __init__(self, kind: str, after: float | None = None) -> None:
        super().__init__(kind)
        self.after = after


class TokenRefused(Problem):
    """The service does not take the token; another one it may."""

    def __init__(self) -> None:
        super().__init__(NOT_AUTHORISED)


async def reply_of(answer: httpx2.Response) -> Reply:
    """The answer that an HTTP response is; Problem when it is none, or more than is read."""
    _see(answer)
    content = bytearray()
    async for chunk in answer.aiter_raw():
        content += chunk
        if len(content) > _LARGEST:
            raise Problem(BAD_ANSWER)
    total = answer.headers.get("X-Total-Count", "")
    counted = int(total) if total.isascii() and total.isdigit() and len(total) < 10 else None
    return Reply(bytes(content), answer.status_code == 206, counted)


def _see(answer: httpx2.Response) -> None:
    """See by its head whether the answer is one; what an error says of itself is not read."""
    status = answer.status_code
    if status == 401:
        raise TokenRefused
    if status == 403:
        raise Problem(NOT_AUTHORISED)
    if status == 429:
        raise Transient(RATE_LIMITED, retry_after(answer.headers.get("Retry-After")))
    if status in _AGAIN:
        raise Transient(f"http-{status}", retry_after(answer.headers.get("Retry-After")))
    if 300 <= status < 400:
        # Followed, it would take the token and the customer's key to wherever it points.
        raise Problem("redirected")
    if status >= 400:
        raise Problem(f"http-{status}")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    packed = answer.headers.get("Content-Encoding", "identity").lower()
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind[-5:] == "+json"
    )
    if status not in _FOUND or not is_json or packed != "identity":
        raise Problem(BAD_ANSWER)


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    """What goes wrong below HTTP, as a problem; the words of it can hold the address."""
    try:
        yield
    except httpx2.TimeoutException:
        raise Transient("timeout") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError):
        raise Transient("connection") from None
