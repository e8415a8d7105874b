"""`upfront lint`: what is valid but suspicious, proven where it can be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from adapters.cli.options import as_of_option, config_option, json_option, moment, print_json
from adapters.config.load import Project, load_project, read_text
from adapters.rule_tests import find_test_files
from engine.diagnostics import Diagnostic, Place, RefusedDocuments
from engine.language.cases import Case, read_cases
from engine.language.lint.findings import Report, spoken
from engine.language.lint.lint import lint
from engine.language.lint.solver import INSTALL, Solver, installed

WARNED = 2


@click.command("lint")
@as_of_option
@click.option("--strict", is_flag=True, help="Exit with 2 when there are warnings.")
@click.option("--no-proofs", is_flag=True, help="Look for examples only, prove nothing.")
@click.option(
    "--proof-seconds",
    type=click.FloatRange(min=0.001),
    default=2.0,
    show_default=True,
    help="The longest that one proof may take.",
)
@click.option("--verbose", is_flag=True, help="Show every question asked, and its answer.")
@config_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    as_of: str | None,
    strict: bool,
    no_proofs: bool,
    proof_seconds: float,
    verbose: bool,
    config: Path,
    as_json: bool,
) -> None:
    """Find rules that are valid but suspicious: conditions that can't be true or false, rules that
    others make needless or that contradict each other, missing tests and translations.

    What takes a proof needs the solver z3: pip install 'upfront[lint]'. Exits with 0, or with 2 if
    rules or tests are not valid, or if --strict is given and there are warnings.

    Example: upfront lint --strict
    """
    try:
        project = load_project(config)
        cases, texts = _cases(project)
    except RefusedDocuments as error:
        if not as_json:
            raise
        problems = [d.data(error.texts) for d in error.diagnostics]
        print_json({"valid": False, "problems": problems})
        ctx.exit(error.exit_code)
    zone = ZoneInfo(project.config.time_zone)
    now = moment(as_of, zone.key, datetime.now(UTC))
    proofs = "left out" if no_proofs else "z3" if installed() else "not installed"
    solve = Solver(project.vocabulary, now, zone, proof_seconds) if proofs == "z3" else None
    keys = {name: list(source.key.values()) for name, source in project.config.sources.items()}
    report = lint(project.ruleset, project.vocabulary, cases, keys, now, zone, solve)
    texts |= project.ruleset.texts
    if as_json:
        print_json({"as_of": now.isoformat(), **_data(report, texts, proofs, verbose=verbose)})
    else:
        _print(report, texts, proofs, verbose=verbose)
    if strict and report.findings:
        ctx.exit(WARNED)


def _cases(project: Project) -> tuple[list[Case], dict[str, str]]:
    """Every test of the rulebook; RefusedDocuments with every problem in them."""
    cases: list[Case] = []
    problems: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for path in find_test_files(project, ()):
        name = str(path)
        texts[name] = read_text(path, "check the path")
        found, wrong = read_cases(
            name, texts[name], project.vocabulary, project.ruleset, project.config.time_zone
        )
        cases += found
        problems += wrong
    if problems:
        raise RefusedDocuments(problems, texts)
    return cases, texts


def _data(
    report: Report, texts: dict[str, str], proofs: str, *, verbose: bool
) -> dict[str, object]:
    data: dict[str, object] = {
        "warnings": [
            {**f.diagnostic.data(texts), "example": dict(f.example)} for f in report.findings
        ],
        "proofs": proofs,
        "questions": {
            "by_example": report.by_example,
            "by_proof": report.proven,
            "open": len(report.open),
        },
        "open": [{**_at(q.place), "question": q.question, "why": q.why} for q in report.open],
    }
    if verbose:
        data["settled"] = [
            {**_at(q.place), "question": q.question, "example": dict(q.example)}
            for q in report.settled
        ]
    return data


def _at(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}


def _print(report: Report, texts: dict[str, str], proofs: str, *, verbose: bool) -> None:
    if verbose:
        for settled in report.settled:
            shown = spoken(settled.example) or "any candidate"
            click.echo(f"{settled.place}: {settled.question} yes: {shown}")
        for question in report.open:
            click.echo(f"{question.place}: {question.question} can't tell: {question.why}")
        click.echo()
    for found in report.findings:
        click.echo(found.diagnostic.render(texts))
        click.echo()
    count = len(report.findings)
    click.echo(f"{count or 'no'} warning{'' if count == 1 else 's'}; {_answered(report, proofs)}")


def _answered(report: Report, proofs: str) -> str:
    """How the questions about conditions were answered, in one line."""
    open_, asked = len(report.open), len(report.open) + report.by_example + report.proven
    said = f"{asked} questions: {report.by_example} answered by an example, {report.proven} proven"
    if not open_:
        return said
    if proofs == "z3":
        return f"{said}, {open_} can't be told (--verbose lists them)"
    why = "left out by --no-proofs" if proofs == "left out" else f"to prove them, {INSTALL}"
    return f"{said}, {open_} not proven: {why}"
