"""`upfront test`: the rule authors' tests, what they cover, and which changes they would notice."""

from __future__ import annotations

import sys
from math import nan
from pathlib import Path

import click

from adapters.cli.junit import junit
from adapters.cli.options import config_option, json_option, print_json
from adapters.cli.show import console
from adapters.cli.tested import data, show
from adapters.cli.watch import watch
from adapters.config.load import NotReadable, load_project
from adapters.rule_tests import Tested, find_test_files, run_tests
from engine.language.ruleset import Ruleset

TESTS_FAILED = 5


def _percent(text: str) -> float:
    """A number from 0 to 100, with or without the sign behind it."""
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = nan
    if not 0 <= percent <= 100:
        raise click.BadParameter(f"'{text}' is no number from 0 to 100; write it like 95")
    return percent


@click.command("test")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1)
@config_option
@click.option("--coverage", "full", is_flag=True, help="Show every outcome and how many had it.")
@click.option(
    "--min-coverage",
    type=_percent,
    metavar="PERCENT",
    help="Fail (exit code 5) if less of the outcomes is covered.",
)
@click.option(
    "--mutate",
    is_flag=True,
    help="Change every condition a little, and list the changes that no test notices.",
)
@click.option("--watch", "watching", is_flag=True, help="Run again whenever a file changes.")
@click.option(
    "--junit",
    "junit_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JUnit XML, for continuous integration.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    config: Path,
    full: bool,
    min_coverage: float | None,
    mutate: bool,
    watching: bool,
    junit_file: Path | None,
    as_json: bool,
) -> None:
    """Run the rule authors' tests (*.test.yaml), all or those under PATHS.

    With PATHS, coverage and --mutate look at the rule files beside these tests.

    Example: upfront test rules/consent.test.yaml
    """
    if watching and as_json:
        raise click.UsageError("--watch is for people, --json for machines: use one of them")

    def once() -> int:
        project = load_project(config)
        if mutate and sys.stderr.isatty():
            click.echo("running the tests on every small change of the rules …", err=True)
        files = find_test_files(project, paths)
        tested = run_tests(project, files, mutate=mutate, whole=not paths)
        untested = _untested(project.ruleset, tested) if not paths else []
        if junit_file is not None:
            _write(junit_file, junit(tested))
        if as_json:
            print_json(data(tested, untested))
        else:
            show(tested, untested, console(), full=full)
        return _exit_code(tested, min_coverage, mutate=mutate)

    if watching:
        watch(config, paths, once)
        return
    code = once()
    if code:
        ctx.exit(code)


def _exit_code(tested: Tested, min_coverage: float | None, *, mutate: bool) -> int:
    problems = []
    if tested.failed and mutate:
        problems.append("changes of the rules are tried once all tests pass")
    percent = tested.coverage.percent
    if min_coverage is not None and percent < min_coverage:
        problems.append(f"the coverage of {percent:g} % is below {min_coverage:g} %")
    for problem in problems:
        click.echo(problem, err=True)
    survived = tested.mutation is not None and not tested.mutation.passed
    return TESTS_FAILED if tested.failed or not len(tested) or problems or survived else 0


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotReadable(f"{path} can't be written: {error.strerror}", "check the path") from error


def _untested(ruleset: Ruleset, tested: Tested) -> list[str]:
    """Rules, decisions and pools that no test names."""
    expected = [one.expect for result in tested for one in result.case.candidates]
    named = {
        name for expect in expected for names in expect.rule_names().values() for name in names
    }
    proposed = {offer for expect in expected for offer in expect.proposed or []}
    parts = [*(r.id for r in ruleset.rules), *(p.id for p in ruleset.pools)]
    found = [p for p in parts if p not in named]
    for decision in ruleset.decisions:
        # A decision shows in what it does: a block by name, a waiver and an offer by effect.
        shows = {decision.id, *decision.waive} & named or {decision.propose} & proposed
        if not shows and decision.signal is None:
            found.append(decision.id)
    return sorted(found)
