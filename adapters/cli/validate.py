"""`upfront validate`: config and rules, every problem with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from adapters.cli.options import config_option, json_option, print_json
from adapters.config.load import load_project
from engine.diagnostics import Diagnostic, RefusedDocuments


@click.command("validate")
@config_option
@json_option
@click.pass_context
def command(ctx: click.Context, config: Path, as_json: bool) -> None:
    """Check config.yaml and the rules: every problem, with its place.

    Example: upfront validate
    """
    try:
        project = load_project(config)
    except RefusedDocuments as error:
        if not as_json:
            raise
        print_json({"valid": False, "problems": [_data(d) for d in error.diagnostics]})
        ctx.exit(error.exit_code)
    ruleset = project.ruleset
    counts = {
        "rules": len(ruleset.rules),
        "signals": len(ruleset.signals),
        "decisions": len(ruleset.decisions),
        "pools": len(ruleset.pools),
        "sources": len(project.config.sources),
        "facts": len(project.vocabulary),
    }
    if as_json:
        print_json({"valid": True, **counts, "ruleset_digest": ruleset.digest})
    else:
        click.echo("valid: " + ", ".join(f"{n} {name}" for name, n in counts.items()))


def _data(diagnostic: Diagnostic) -> dict[str, Any]:
    place = diagnostic.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "length": place.length,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }
