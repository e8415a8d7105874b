"""Options that several commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from adapters.config.databases import ListDocument
from adapters.config.parts import STANDARD_INPUT
from adapters.sources.given import StandardInput

if TYPE_CHECKING:
    # Arrow is a quarter of a second that commands without a list need not wait for.
    from adapters.listing import Place

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """`--config FILE`, default config.yaml."""
    return click.option(
        "--config",
        "config",
        type=click.Path(path_type=Path),
        default=Path("config.yaml"),
        show_default=True,
        help="The project's configuration.",
    )(command)


def json_option(command: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print data for machines.")(command)


def as_of_option(command: F) -> F:
    """`--as-of TS`."""
    return click.option(
        "--as-of",
        "as_of",
        metavar="TS",
        help="The run's clock, like 2026-03-02T09:30:00+01:00; default: now.",
    )(command)


def accept_shrink_option(command: F) -> F:
    """`--accept-shrink NAME`, as often as wanted."""
    return click.option(
        "--accept-shrink",
        metavar="NAME",
        multiple=True,
        help="Take this source as it is, though it shrank by more than its max_shrink.",
    )(command)


def moment(text: str | None, zone: str, default: datetime) -> datetime:
    """The clock of a run; without an offset it stands in the configured `zone`."""
    if text is None:
        return default
    try:
        given: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        given = None
    # In another zone the first and the last moments are of a year that no calendar here has.
    if given is None or not MINYEAR < given.year < MAXYEAR:
        raise click.BadParameter(
            f"'{text}' is no moment; write it like 2026-03-02T09:30:00+01:00",
            param_hint="--as-of",
        )
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))


def print_json(value: Any) -> None:
    """Data for machines, on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def list_path(given: Path | None, read: ListDocument | None, root: Path) -> Place:
    """The list to screen: the one given, or what config.yaml names; `-` is standard input."""
    if given is not None:
        return _piped() if str(given) == STANDARD_INPUT else given
    if read is None:
        raise click.UsageError("name a list, or say `candidates: {read: …}` in config.yaml")
    if read.file == STANDARD_INPUT:
        return _piped()
    return read if read.file is None else root / read.file


def _piped() -> StandardInput:
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("nothing is piped into `-`; try: upfront plan - < list.csv")
    given = StandardInput(sys.stdin.buffer)
    click.get_current_context().call_on_close(given.close)
    return given
