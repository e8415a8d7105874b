"""`upfront rules`: the rulebook, to be read."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.cli.options import config_option, json_option, print_json
from adapters.cli.show import console
from adapters.config.load import load_project
from adapters.documents.html import html_page
from adapters.documents.markdown import markdown_page
from engine.diagnostics import UpfrontError
from engine.language.graph import decision_graph
from engine.language.rulebook import DecisionEntry, Rulebook, RuleEntry, rulebook
from engine.language.ruleset import Ruleset
from engine.language.vocabulary import did_you_mean

_PAGES = (".html", ".htm")


@click.command("rules")
@click.option("--markdown", is_flag=True, help="Print the rulebook as Markdown.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write the rulebook as one page to a file, its decisions as pictures.",
)
@click.option("--language", help="Of the sentences; default: the first of config.yaml.")
@config_option
@json_option
def command(
    markdown: bool, html: Path | None, language: str | None, config: Path, as_json: bool
) -> None:
    """Show the rulebook: every rule, signal, decision and pool with its words.

    As a table, or whole as Markdown, as a page or as data.

    Example: upfront rules --html rulebook.html --language it
    """
    if sum((markdown, html is not None, as_json)) > 1:
        raise click.UsageError("give one of --markdown, --html and --json")
    ruleset = load_project(config).ruleset
    chosen = _language(language, ruleset)
    if html is not None:
        _write(html, html_page(ruleset, chosen))
    elif markdown:
        click.echo(markdown_page(ruleset, chosen), nl=False)
    elif as_json:
        print_json(_data(ruleset, chosen))
    else:
        _print(rulebook(ruleset, chosen), console())


def _language(language: str | None, ruleset: Ruleset) -> str:
    known = ruleset.languages
    if language is None:
        return known[0]
    if language not in known:
        hint = did_you_mean(language, known) or f"there are: {', '.join(known)}"
        raise click.UsageError(f"config.yaml has no language '{language}'. {hint}")
    return language


def _write(path: Path, page: str) -> None:
    if path.suffix.lower() not in _PAGES:
        # A slip of the hand must not cost somebody their rules.
        raise click.UsageError(f"'{path}' is no page: name a file that ends in .html")
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UpfrontError(f"{path} can't be written: {error.strerror}") from error
    click.echo(f"wrote {path}")


def _data(ruleset: Ruleset, language: str) -> dict[str, Any]:
    """The rulebook and its graph as JSON has it."""
    book = rulebook(ruleset, language)
    graph = [
        {
            "nodes": [asdict(node) for node in group.nodes],
            "arrows": [
                {
                    "from": group.nodes.index(arrow.start),
                    "to": group.nodes.index(arrow.end),
                    "word": arrow.word,
                }
                for arrow in group.arrows
            ],
        }
        for group in decision_graph(ruleset)
    ]
    return {**_plain(asdict(book)), "graph": graph}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.rstrip("_"): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _print(book: Rulebook, out: Console) -> None:
    for stage, rules in book.stages.items():
        _table(out, str(stage), [(r.id, r.title, r.owner, _marks(r)) for r in rules])
    _table(out, "decisions", [(d.id, d.title, d.owner, _does(d)) for d in book.decisions])
    _table(out, "signals", [(s.id, s.title, "", "") for s in book.signals])
    _table(out, "pools", [(p.id, p.title, p.owner, f"per {', '.join(p.per)}") for p in book.pools])


def _table(out: Console, title: str, rows: list[tuple[str, str, str, str]]) -> None:
    if not rows:
        return
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        show_header=False,
    )
    for row in rows:
        table.add_row(f"  {row[0]}", *map(Text, row[1:]))
    out.print(table)


def _marks(rule: RuleEntry) -> str:
    marks = {
        "legal": rule.legal,
        "shadow": rule.mode == "shadow",
        "warn": rule.severity == "warn",
        "unknown passes": rule.on_unknown == "allow",
        f"from {rule.from_}": rule.from_ is not None,
        f"until {rule.until}": rule.until is not None,
    }
    return ", ".join(mark for mark, there in marks.items() if there)


def _does(decision: DecisionEntry) -> str:
    if decision.block is not None:
        return "blocks"
    if decision.waive:
        return f"waives {', '.join(decision.waive)}"
    return f"proposes {decision.propose}" if decision.propose else f"raises {decision.raises}"
