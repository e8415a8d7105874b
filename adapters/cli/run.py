"""`upfront run`: screen, record, release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

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
    if as_json:
        print_json(manifest)
    else:
        summary(manifest, console())
