"""`upfront explain`: everything about one candidate."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from adapters.cli.options import (
    as_of_option,
    config_option,
    json_option,
    list_path,
    moment,
    print_json,
)
from adapters.cli.recorded import print_moment, recorded_moment
from adapters.cli.show import STEPS, console, progress
from adapters.config.load import Project, load_project
from engine.diagnostics import UpfrontError

_HOLDS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


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
    """Everything about one candidate: each rule, its conditions, the values seen.

    Example: upfront explain L-000123 --list call-list.csv
    """
    if run_id is not None and candidates is not None:
        raise click.UsageError("say either --run or --list")
    project = load_project(config)
    if run_id is not None:
        found = _from_ledger(project, run_id, candidate_id)
        if as_json:
            print_json(found)
            return
        for recorded in found:
            print_moment(recorded, console())
        return
    path = list_path(candidates, project.config.candidates.read, project.root)
    clock = moment(as_of, project.config.time_zone, datetime.now(UTC))
    rows = _from_list(project, path, clock, candidate_id)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        _print(row, console())


def _from_list(
    project: Project, path: Path, clock: datetime, candidate_id: str
) -> list[dict[str, Any]]:
    from adapters.batch import screen_list
    from engine.screening.candidate import explain_candidate

    with progress(len(STEPS)) as report:
        screened = screen_list(project, path, clock, report)
    rows = explain_candidate(screened.screening, screened.backend, candidate_id)
    screened.backend.close()
    if not rows:
        raise UpfrontError(
            f"{path} has no candidate of that id", "ids are those of the column config.yaml names"
        )
    return rows


def _from_ledger(project: Project, run_id: str, candidate_id: str) -> list[dict[str, Any]]:
    from adapters.wiring import project_ledger

    ledger = project_ledger(project, create=False)
    if ledger.find_run(run_id) is None:
        raise UpfrontError("the ledger has no such run", "`upfront audit list` shows the runs")
    moments = ledger.moments(run_id=run_id, candidate_id=candidate_id)
    if not moments:
        raise UpfrontError(
            "that run blocked no candidate of that id",
            "it was allowed, or not on the list; --list shows why",
        )
    return [recorded_moment(ledger, m) for m in moments]


def _print(row: dict[str, Any], out: Console) -> None:
    style = "bold green" if row["verdict"] == "allowed" else "bold red"
    out.print(Text.assemble(f"{row['candidate_id']} (row {row['row']}): ", (row["verdict"], style)))
    for reason in row["reasons"]:
        out.print(Text(f"  {reason['outcome']}: {reason['rule']}: {reason['sentence']}"))
        if reason.get("remedy"):
            out.print(Text(f"    what would help: {reason['remedy']}", style="dim"))
    for rule in row["rules"]:
        _print_rule(rule, out)
    for kind in ("signals", "decisions"):
        shown = [f"{name} ({how})" for name, how in row[kind].items() if how != "no"]
        if shown:
            out.print(Text(f"{kind}: {', '.join(shown)}"))
    if row["pools"]:
        pools = ", ".join(f"{name} {how}" for name, how in row["pools"].items())
        out.print(Text(f"pools: {pools} (place {row['place']} in the queue)"))


def _print_rule(rule: dict[str, Any], out: Console) -> None:
    note = " (waived)" if rule["waived"] and rule["outcome"] in ("failed", "unknown") else ""
    note += "" if rule["blocks"] else " (blocks nothing)"
    styles = {"passed": "green", "failed": "bold red", "unknown": "bold yellow"}
    outcome = rule["outcome"] or "not evaluated"
    out.print(Text.assemble((f"{outcome:<15}", styles.get(outcome, "dim")), rule["id"], note))
    if outcome not in ("failed", "unknown"):
        return
    for part, prefix in (("applies", "applies: "), ("conditions", "")):
        for condition in rule[part]:
            mark, style = _HOLDS[condition["holds"]]
            out.print(Text.assemble(" " * 15, (mark, style), f" {prefix}{condition['text']}"))
    for name, fact in rule["facts"].items():
        state = "" if fact["state"] == "value" else f" ({fact['state']})"
        out.print(Text(f"{' ' * 17}{name} = {fact['value']}{state}", style="dim"))
