"""`upfront explain`: everything about one candidate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adapters.cli.explained import print_candidate
from adapters.cli.options import (
    as_of_option,
    config_option,
    json_option,
    list_path,
    moment,
    print_json,
)
from adapters.cli.recorded import as_recorded, print_moment, recorded_moment
from adapters.cli.show import STEPS, console, progress
from adapters.config.load import Project, load_project, load_settings
from adapters.ledger.store import Ledger
from adapters.wiring import project_ledger
from engine.diagnostics import UpfrontError

if TYPE_CHECKING:
    from adapters.listing import Place


@click.command("explain")
@click.argument("candidate_id")
@click.option("--run", "run_id", help="A recorded run: why the ledger says it was blocked.")
@click.option(
    "--list",
    "candidates",
    type=click.Path(path_type=Path),
    help="A list: screen it now and show every rule (default: the one config.yaml names).",
)
@as_of_option
@config_option
@json_option
def command(
    candidate_id: str,
    run_id: str | None,
    candidates: Path | None,
    as_of: str | None,
    config: Path,
    as_json: bool,
) -> None:
    """Everything about one candidate: each rule with the values put in, the age of each fact,
    decisions, the queue for room, and what would have to change for it to be allowed.

    Facts marked `pii` are masked. With --run, what the ledger has of a blocked candidate.

    Example: upfront explain L-000123 --list call-list.csv
    """
    if run_id is not None and candidates is not None:
        raise click.UsageError("say either --run or --list")
    if run_id is not None and as_of is not None:
        raise click.UsageError("a recorded run has its own clock: leave out --as-of")
    if run_id is not None:
        # What was recorded is told by the rules of its run; today's need not be valid.
        ledger = project_ledger(load_settings(config), create=False)
        with as_recorded():
            found = _from_ledger(ledger, run_id, candidate_id)
            if as_json:
                print_json(found)
                return
            for recorded in found:
                print_moment(recorded, console())
        return
    project = load_project(config)
    path = list_path(candidates, project.config.candidates.read, project.root)
    clock = moment(as_of, project.config.time_zone, datetime.now(UTC))
    rows = _from_list(project, path, clock, candidate_id)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print_candidate(row, console())


def _from_list(
    project: Project, place: Place, clock: datetime, candidate_id: str
) -> list[dict[str, Any]]:
    from adapters.screened import screen_list
    from engine.screening.candidate import explain_candidate

    with progress(len(STEPS)) as report:
        screened = screen_list(project, place, clock, report)
    rows = explain_candidate(screened.screening, screened.backend, candidate_id)
    screened.backend.close()
    if not rows:
        raise UpfrontError(
            f"{place} has no candidate of that id", "ids are those of the column config.yaml names"
        )
    return rows


def _from_ledger(ledger: Ledger, run_id: str, candidate_id: str) -> list[dict[str, Any]]:
    if ledger.find_run(run_id) is None:
        raise UpfrontError("the ledger has no such run", "`upfront audit list` shows the runs")
    moments = ledger.moments(run_id=run_id, candidate_id=candidate_id)
    if not moments:
        raise UpfrontError(
            "that run blocked no candidate of that id",
            "it was allowed, or not on the list; --list shows why",
        )
    return [recorded_moment(ledger, m) for m in moments]
