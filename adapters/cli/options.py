"""Options that several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

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


def moment(text: str | None, zone: str, default: datetime) -> datetime:
    """The clock of a run; without an offset it stands in the configured `zone`."""
    if text is None:
        return default
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"'{text}' is no moment; write it like 2026-03-02T09:30:00+01:00",
            param_hint="--as-of",
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=ZoneInfo(zone))


def print_json(value: Any) -> None:
    """Data for machines, on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def list_path(given: Path | None, read: str | None, root: Path) -> Path:
    """The list to screen: the one given, or what config.yaml names."""
    if given is not None:
        return given
    if read is None:
        raise click.UsageError("name a list, or say `candidates: {read: …}` in config.yaml")
    return root / read
