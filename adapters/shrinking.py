"""Sources that have fewer rows than the last run saw: a list cut in half must not open the gates."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.config.load import Project, Settings
from adapters.presence import in_one, source_place
from adapters.wiring import Gathered, project_ledger
from engine.diagnostics import UpfrontError
from engine.language.vocabulary import did_you_mean

if TYPE_CHECKING:
    from adapters.ledger.store import Ledger, WholeRead


class SourceShrank(UpfrontError):
    """A source has fewer rows than the last recorded run read, by more than its `max_shrink`."""


class NothingToAccept(UpfrontError):
    """`--accept-shrink` names what is no source with a `max_shrink`."""

    exit_code = 2


def check_accepted(settings: Settings, accepted: Collection[str]) -> None:
    """Raises NothingToAccept for a name under which config.yaml has no `max_shrink`."""
    watched = [n for n, source in settings.config.sources.items() if source.max_shrink is not None]
    for name in accepted:
        if name not in watched:
            known = f"sources that have one: {', '.join(watched)}" if watched else "none has one"
            raise NothingToAccept(
                f"--accept-shrink {name}: no source of that name has a `max_shrink`",
                did_you_mean(name, watched) or known,
            )


def is_watched(project: Project, gathered: Gathered) -> bool:
    """Whether a source that was read is to be held against the last run."""
    return bool(_watched(project, gathered))


def refuse_shrunk(
    project: Project, gathered: Gathered, ledger: Ledger, accepted: Collection[str]
) -> None:
    """Raises SourceShrank for sources that shrank by more than they may and are not `accepted`.

    A source is held against the last recorded run that read it whole; the first one passes.
    """
    now = _watched(project, gathered)
    problems = []
    for name, before in ledger.last_whole(now).items():
        allowed = project.config.sources[name].max_shrink
        if allowed is not None and name not in accepted and _shrunk(now[name], before, allowed):
            problems.append((_words(project, name, now[name], before), _hint(name)))
    if problems:
        raise in_one(SourceShrank, sorted(problems))


def refuse_shrunk_in_plan(project: Project, gathered: Gathered, accepted: Collection[str]) -> None:
    """The same for a plan, which makes no ledger: where there is none, nothing can have shrunk."""
    if not is_watched(project, gathered):
        return
    from adapters.ledger.opening import NoLedger

    try:
        ledger = project_ledger(project, create=False)
    except NoLedger:
        return
    refuse_shrunk(project, gathered, ledger, accepted)


def _watched(project: Project, gathered: Gathered) -> dict[str, int]:
    """How many rows the sources have that say how much they may shrink, and were read whole."""
    sources = project.config.sources
    return {
        name: answer.rows
        for name, answer in gathered.answers.items()
        if sources[name].max_shrink is not None and answer.is_whole
    }


def _shrunk(now: int, before: WholeRead, allowed: Decimal) -> bool:
    return now < before.rows * (1 - allowed)


def _words(project: Project, name: str, now: int, before: WholeRead) -> str:
    allowed = project.config.sources[name].max_shrink or Decimal(0)
    less = (before.rows - now) / before.rows
    return (
        f"{source_place(project, name)}: source `{name}` has {now:,} rows; the last run that read "
        f"it ({before.run_id}, as of {before.as_of}) had {before.rows:,}: it shrank by {less:.1%}, "
        f"more than `max_shrink: {(allowed * 100).normalize():f}%`"
    )


def _hint(name: str) -> str:
    return f"find out why; if it is right, `--accept-shrink {name}` accepts it this once"
