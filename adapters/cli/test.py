"""`upfront test`: the rule authors' tests."""

from __future__ import annotations

from pathlib import Path

import click
from rich.text import Text

from adapters.cli.options import config_option, json_option, print_json
from adapters.cli.show import console
from adapters.config.load import load_project
from adapters.rule_tests import Result, find_test_files, run_tests
from engine.language.ruleset import Ruleset

TESTS_FAILED = 5


@click.command("test")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1)
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], config: Path, as_json: bool) -> None:
    """Run the rule authors' tests (*.test.yaml), all or those under PATHS.

    Example: upfront test rules/consent.test.yaml
    """
    project = load_project(config)
    results = run_tests(project, find_test_files(project, paths))
    failed = [r for r in results if not r.passed]
    untested = _untested(project.ruleset, results) if not paths else []
    if as_json:
        print_json(
            {
                "passed": len(results) - len(failed),
                "failed": len(failed),
                "untested": untested,
                "tests": [_data(r) for r in results],
            }
        )
    else:
        _print(results, failed, untested)
    if failed or not results:
        ctx.exit(TESTS_FAILED)


def _untested(ruleset: Ruleset, results: list[Result]) -> list[str]:
    """Rules, decisions and pools that no test names."""
    named = {
        name for r in results for names in r.case.expect.rule_names().values() for name in names
    }
    proposed = {offer for r in results for offer in r.case.expect.proposed or []}
    parts = [*(r.id for r in ruleset.rules), *(p.id for p in ruleset.pools)]
    found = [p for p in parts if p not in named]
    for decision in ruleset.decisions:
        # A decision shows in what it does: a block by name, a waiver and an offer by effect.
        shows = {decision.id, *decision.waive} & named or {decision.propose} & proposed
        if not shows and decision.signal is None:
            found.append(decision.id)
    return sorted(found)


def _data(result: Result) -> dict[str, object]:
    return {
        "file": result.case.file,
        "line": result.case.line,
        "name": result.case.name,
        "passed": result.passed,
        "mismatches": [
            {"what": m.what, "expected": m.expected, "found": m.found} for m in result.mismatches
        ],
    }


def _print(results: list[Result], failed: list[Result], untested: list[str]) -> None:
    out = console()
    for result in failed:
        case = result.case
        out.print(
            Text.assemble((f"{case.file}:{case.line}: ", ""), ("failed: ", "bold red"), case.name)
        )
        for m in result.mismatches:
            out.print(Text(f"  {m.what}: expected {_spoken(m.expected)}, found {_spoken(m.found)}"))
    if untested:
        out.print(Text(f"no test names: {', '.join(untested)}", style="yellow"))
    if not results:
        out.print("there are no tests: write them beside the rules, in files *.test.yaml")
        return
    passed = len(results) - len(failed)
    style = "bold red" if failed else "bold green"
    out.print(Text(f"{passed} passed, {len(failed)} failed", style=style))


def _spoken(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) if value else "nothing"
    return str(value)
