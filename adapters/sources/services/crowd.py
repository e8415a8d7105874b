"""Many questions to one service, side by side, until all are answered or time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from adapters.sources.services.answers import Kind, Line, Problem, Told
from adapters.sources.services.line import connected
from adapters.sources.services.settings import Bearer, Client, Reach

_WAITING_FOR_EACH_SLOT = 32
"""Keys under way for each request at a time: most of them wait for a task to be done."""

Heard = Callable[[str, Told | str], None]
"""Given each question with its answer, or with the class of the problem, as it comes."""


def ask_all(
    kind: Kind,
    reach: Reach,
    as_whom: Bearer | Client | None,
    questions: Mapping[str, Mapping[str, str]],
    heard: Heard,
) -> None:
    """Ask each question, whose key is given with it; what `heard` misses got no answer in time."""
    try:
        asyncio.run(_ask_all(kind, reach, as_whom, questions, heard))
    except Problem as problem:
        # There is no way to the service at all.
        for question in questions:
            heard(question, problem.kind)


async def _ask_all(
    kind: Kind,
    reach: Reach,
    as_whom: Bearer | Client | None,
    questions: Mapping[str, Mapping[str, str]],
    heard: Heard,
) -> None:
    async def work(line: Line, mine: Iterator[str]) -> None:
        for question in mine:
            try:
                heard(question, await kind.tell(line, questions[question]))
            except Problem as problem:
                heard(question, problem.kind)

    async with connected(reach, as_whom) as line:
        todo = iter(questions)
        most = min(reach.concurrency * _WAITING_FOR_EACH_SLOT, len(questions))
        workers = [asyncio.create_task(work(line, todo)) for _ in range(most)]
        _, late = await asyncio.wait(workers, timeout=reach.deadline)
        for worker in late:
            worker.cancel()
        for worker in workers:
            with suppress(asyncio.CancelledError):
                await worker
