"""`upfront run`: screen, record, release."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from adapters.batch import run_list
from adapters.cli.options import (
    accept_shrink_option,
    as_of_option,
    config_option,
    json_option,
    list_path,
    moment,
    print_json,
)
from adapters.cli.show import STEPS, console, progress, summary
from adapters.config.load import load_project
from adapters.shrinking import check_accepted
from engine.diagnostics import Interrupted, UpfrontError


@click.command("run")
@click.argument("candidates", type=click.Path(path_type=Path), required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Where the folder of the run is made.",
)
@as_of_option
@click.option(
    "--allowed", type=click.Path(path_type=Path), help="Put a copy of the allowed list here too."
)
@click.option("--overwrite", is_flag=True, help="Replace the file of --allowed if it exists.")
@accept_shrink_option
@config_option
@json_option
def command(
    candidates: Path | None,
    out: Path,
    as_of: str | None,
    allowed: Path | None,
    overwrite: bool,
    accept_shrink: tuple[str, ...],
    config: Path,
    as_json: bool,
) -> None:
    """Screen a list, record what was prevented, release who may be contacted.

    CANDIDATES is a file (CSV, JSON Lines, Parquet, Excel), or `-` for what is piped in;
    without it, the list that config.yaml names.

    Example: upfront run call-list.csv --allowed /srv/dialer/tonight.csv
    """
    started_at = datetime.now(UTC)
    project = load_project(config)
    check_accepted(project, accept_shrink)
    path = list_path(candidates, project.config.candidates.read, project.root)
    clock = moment(as_of, project.config.time_zone, started_at)
    try:
        with progress(len(STEPS)) as report:
            manifest = run_list(
                project,
                path,
                as_of=clock,
                started_at=started_at,
                out=out,
                allowed=allowed,
                overwrite=overwrite,
                progress=report,
                accept_shrink=accept_shrink,
            )
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted before everything was released",
            f"run the same again with --as-of {clock.isoformat()}: nothing is recorded twice",
        ) from None
    _say(manifest, as_json)


def _say(manifest: dict[str, Any], as_json: bool) -> None:
    """Print what the run came to; it is over and done whether that can be printed or not."""
    try:
        if as_json:
            print_json(manifest)
        else:
            summary(manifest, console())
        sys.stdout.flush()
    except BrokenPipeError:
        # Who listened has heard enough. What is still to be written goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    except OSError as error:
        raise UpfrontError(
            "the list is released, but what the run came to can't be printed: "
            f"{os.strerror(error.errno or 0)}",
            f"it stands in run.json, beside {manifest['outputs']['allowed']}",
        ) from error
