"""The way to one service: requests with time limits, repeated where that is right and useful.

All that is asked here are questions: a check neither reserves nor orders anything, so one that was
heard twice is only answered twice, and a POST of it may be repeated as well as a GET.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import httpx2
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    wait_random_exponential,
)

from adapters.sources.services.access import NOT_AUTHORISED, Access, Given, Granted
from adapters.sources.services.answers import (
    BAD_ANSWER,
    Json,
    Page,
    Problem,
    groups,
    parsed,
    task_of,
    text,
    word,
)
from adapters.sources.services.patience import Breaker, Pace
from adapters.sources.services.replies import Reply, TokenRefused, Transient, reply_of, told
from adapters.sources.services.settings import Bearer, Client, Reach

_LONGEST_WAIT = 30.0
_UNDER_WAY = frozenset({"accepted", "acknowledged", "inProgress"})
"""TaskStateType: its enum says `accepted`, its descriptions `acknowledged`."""
_STATES = _UNDER_WAY | {"done", "terminatedWithError"}
_HEADERS = {
    "Accept": "application/json",
    # A packed body can be a thousand times what is sent.
    "Accept-Encoding": "identity",
    "User-Agent": "upfront",
}


class HttpLine:
    """A `Line` over HTTP; made by `connected`."""

    def __init__(self, client: httpx2.AsyncClient, reach: Reach, as_whom: Bearer | Client | None):
        loop = asyncio.get_running_loop()
        self._client, self._reach, self._clock = client, reach, loop.time
        self._until = loop.time() + reach.deadline
        self._slots = asyncio.Semaphore(reach.concurrency)
        self._pace = Pace(self._clock, self._until)
        self._breaker = Breaker(reach.give_up_after)
        self._access: Access = (
            Granted(as_whom, self._post_form) if isinstance(as_whom, Client) else Given(as_whom)
        )
        self._widening = wait_random_exponential(multiplier=reach.first_wait, max=_LONGEST_WAIT)

    async def page(self, path: str, params: Mapping[str, str]) -> Page:
        """What a GET of a list gives; Problem when a part of it says not of what whole."""
        reply = await self._ask("GET", path, params=params)
        items = parsed(reply.content)
        if not isinstance(items, list) or (reply.is_part and reply.total is None):
            raise Problem(BAD_ANSWER)
        return Page(groups(items), reply.total)

    async def finished(self, path: str, body: Json) -> Json:
        """A task that a POST to `path` made, once it is done."""
        task = first = _task(await self._ask("POST", path, json=body))
        while word(task.get("state"), _STATES, "unknown-state") in _UNDER_WAY:
            identity = _identity(first)
            await asyncio.sleep(self._reach.poll_every)
            task = _task(await self._ask("GET", f"{path}/{quote(identity, safe='')}"))
            if task.get("id", identity) != identity:
                raise Problem(BAD_ANSWER)
        if task["state"] == "terminatedWithError":
            raise Problem("terminated-with-error")
        return task

    async def _ask(self, method: str, path: str, **content: Any) -> Reply:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Transient),
            wait=self._wait,
            stop=self._is_enough,
            reraise=True,
        )
        self._breaker.check()
        try:
            return await retrying(self._once, method, path, content)
        except Transient as problem:
            self._breaker.gave_up(problem.kind)
            raise

    async def _once(self, method: str, path: str, content: Json) -> Reply:
        async with self._slots:
            await self._pace.ready()
            self._breaker.check()
            try:
                async with asyncio.timeout(self._reach.timeout):
                    reply = await self._sent(method, self._reach.url + path, content)
            except TimeoutError:
                problem: Problem = Transient("timeout")
            except Problem as found:
                problem = found
            else:
                self._breaker.answered()
                return reply
            if isinstance(problem, Transient) and problem.after is not None:
                self._pace.hold(problem.after, problem.kind)
            self._breaker.failed(problem.kind)
            # From here, so that no trace of the request hangs on it.
            raise problem from None

    async def _sent(self, method: str, url: str, content: Json) -> Reply:
        token = await self._access.token()
        with suppress(TokenRefused):
            return await self._body(method, url, content, token)
        return await self._body(method, url, content, await self._access.renewed(token))

    async def _body(self, method: str, url: str, content: Json, token: str | None) -> Reply:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with told(), self._client.stream(method, url, headers=headers, **content) as answer:
            return await reply_of(answer)

    async def _post_form(self, url: str, form: dict[str, str], whom: tuple[str, str]) -> Json:
        # RFC 6749, 2.3.1: both are form-encoded before they are put together.
        basic = httpx2.BasicAuth(*map(quote_plus, whom))
        async with told(), self._client.stream("POST", url, data=form, auth=basic) as answer:
            if 400 <= answer.status_code < 500 and answer.status_code != 429:
                raise Problem(NOT_AUTHORISED)
            return _task(await reply_of(answer))

    def _wait(self, state: RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome else None
        said = problem.after if isinstance(problem, Transient) else None
        return max(said or 0.0, float(self._widening(state)))

    def _is_enough(self, state: RetryCallState) -> bool:
        """Whether no attempt is left, or another would come too late or to nobody."""
        late = self._clock() + state.upcoming_sleep >= self._until
        return late or state.attempt_number > self._reach.retries or self._breaker.is_open


def _task(reply: Reply) -> Json:
    return task_of(parsed(reply.content))


def _identity(task: Json) -> str:
    """The id of a task, or else the end of its address: the host in it is not gone to."""
    href = task.get("href")
    end = unquote(href.rpartition("/")[2]) if isinstance(href, str) else None
    found = task.get("id", end)
    if not isinstance(found, str) or not 0 < len(found) <= 256 or found in (".", ".."):
        raise Problem(BAD_ANSWER)
    # Half a character can stand in no address.
    text(found)
    return found


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that this machine trusts, which take a third of a second to read."""
    return httpx2.create_ssl_context()


@asynccontextmanager
async def connected(reach: Reach, as_whom: Bearer | Client | None) -> AsyncIterator[HttpLine]:
    """The way to a service, open until the end of the block; Problem when there can be none."""
    _be_silent()
    limits = httpx2.Limits(
        max_connections=reach.concurrency + 1, max_keepalive_connections=reach.concurrency
    )
    timeout = httpx2.Timeout(reach.timeout, connect=min(reach.timeout, 5.0))
    async with told():
        made = httpx2.AsyncClient(
            verify=_trust(),
            headers=_HEADERS,
            limits=limits,
            timeout=timeout,
            follow_redirects=False,
        )
    async with made as client:
        yield HttpLine(client, reach, as_whom)


def _be_silent() -> None:
    """Keep the libraries from logging addresses, which can hold ids, and headers."""
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
