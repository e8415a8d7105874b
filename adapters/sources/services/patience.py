"""How long a service is waited for, and when it is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from adapters.sources.services.answers import Problem

RATE_LIMITED = "rate-limited"
CIRCUIT_OPEN = "circuit-open"
_ABOUT_THE_SERVICE = ("timeout", "connection", "http-5", "not-authorised", "redirected")
"""Problems that the next key would have as well; others concern one key, and show a living service."""


class Breaker:
    """After so many failures on end nothing more is asked, until the end of the run.

    It does not try again later: what was answered so far is kept in the cache, so that another run
    asks only for the rest.
    """

    def __init__(self, give_up_after: int) -> None:
        self._left = self._all = give_up_after

    @property
    def is_open(self) -> bool:
        """Whether the service was given up."""
        return self._left <= 0

    def check(self) -> None:
        """Raise Problem when the service was given up."""
        if self.is_open:
            raise Problem(CIRCUIT_OPEN)

    def answered(self) -> None:
        """The service gave an answer."""
        if not self.is_open:
            self._left = self._all

    def failed(self, problem: str) -> None:
        """A request failed."""
        if problem.startswith(_ABOUT_THE_SERVICE):
            self._left -= 1
        elif problem not in (RATE_LIMITED, CIRCUIT_OPEN):
            self.answered()

    def gave_up(self, problem: str) -> None:
        """The last repetition failed; being asked to wait counts only now, for it is not failing."""
        if problem == RATE_LIMITED:
            self._left -= 1


class Pace:
    """Nothing is asked before the moment that the service itself named."""

    def __init__(self, clock: Callable[[], float], until: float) -> None:
        self._clock, self._until = clock, until
        self._resume, self._problem = 0.0, ""

    def hold(self, seconds: float, problem: str) -> None:
        """The service wants to be left alone for so long, because of that problem."""
        resume = self._clock() + seconds
        if resume > self._resume:
            self._resume, self._problem = resume, problem

    async def ready(self) -> None:
        """Wait until the service may be asked; Problem when that is too late for this run."""
        while (wait := self._resume - self._clock()) > 0:
            if self._resume >= self._until:
                raise Problem(self._problem)
            await asyncio.sleep(wait)


def retry_after(value: str | None) -> float | None:
    """The seconds that a Retry-After header asks to wait: a number, or a date of HTTP.

    >>> retry_after("120"), retry_after("soon"), retry_after(None)
    (120.0, None, None)
    """
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:12])
    try:
        until = parsedate_to_datetime(value)
    # A year or an offset of twenty digits is no number of C.
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
