"""`upfront validate`: config and rules, every problem with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from adapters.cli.options import config_option, json_option, print_json
from adapters.config.load import doubts, load_project
from engine.diagnostics import Diagnostic, Place, RefusedDocuments, UpfrontError


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
    except UpfrontError as error:
        if not as_json:
            raise
        print_json({"valid": False, "problems": _problems(error, config)})
        ctx.exit(error.exit_code)
    ruleset, warnings = project.ruleset, doubts(project)
    texts = {project.file: project.text, **ruleset.texts}
    counts = {
        "rules": len(ruleset.rules),
        "signals": len(ruleset.signals),
        "decisions": len(ruleset.decisions),
        "pools": len(ruleset.pools),
        "sources": len(project.config.sources),
        "facts": len(project.vocabulary),
    }
    if as_json:
        problems = [w.data(texts) for w in warnings]
        digest = ruleset.digest
        print_json({"valid": True, **counts, "ruleset_digest": digest, "problems": problems})
        return
    for warning in warnings:
        click.echo(warning.render(texts), err=True)
    click.echo("valid: " + ", ".join(f"{n} {name}" for name, n in counts.items()))


def _problems(error: UpfrontError, config: Path) -> list[dict[str, Any]]:
    if isinstance(error, RefusedDocuments):
        return [d.data(error.texts) for d in error.diagnostics]
    return [Diagnostic(Place(str(config)), "unreadable-file", error.message, error.hint).data()]
