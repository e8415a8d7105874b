"""`upfront plan`: what a run would do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

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
from adapters.screened import manifest_of, screen_list
from adapters.shrinking import check_accepted, refuse_shrunk_in_plan


@click.command("plan")
@click.argument("candidates", type=click.Path(path_type=Path), required=False)
@as_of_option
@accept_shrink_option
@config_option
@json_option
def command(
    candidates: Path | None,
    as_of: str | None,
    accept_shrink: tuple[str, ...],
    config: Path,
    as_json: bool,
) -> None:
    """What a run would do, without ledger and without files.

    Example: upfront plan call-list.csv
    """
    project = load_project(config)
    check_accepted(project, accept_shrink)
    path = list_path(candidates, project.config.candidates.read, project.root)
    clock = moment(as_of, project.config.time_zone, datetime.now(UTC))
    with progress(len(STEPS)) as report:
        screened = screen_list(project, path, clock, report)
        refuse_shrunk_in_plan(project, screened.gathered, accept_shrink)
        manifest = manifest_of(screened)
    screened.backend.close()
    if as_json:
        print_json(manifest)
    else:
        summary(manifest, console())
