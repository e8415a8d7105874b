"""`upfront schema`: JSON Schema, so that editors complete, explain and underline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from adapters.config.documents import ConfigDocument
from adapters.config.schema import CONFIG
from engine.diagnostics import UpfrontError
from engine.language.case_documents import TestFileDocument
from engine.language.documents import RuleFile
from engine.language.schema import RULES, TESTS, json_schema

KINDS = ("rules", "tests", "config")


@click.command("schema")
@click.argument("kind", metavar="[KIND]", type=click.Choice(KINDS), default="rules")
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path),
    help="Write the schemas of all three into a folder, where files of rules name them.",
)
def command(kind: str, folder: Path | None) -> None:
    """Print the JSON Schema of a KIND of file: rules, their tests, or config.

    An editor that knows the YAML language server reads the schema that the first line of a file
    names, as in the starter project.

    Example: upfront schema --into schemas
    """
    if folder is None:
        click.echo(schemas()[kind], nl=False)
        return
    for name, text in schemas().items():
        target = folder / file_name(name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UpfrontError(f"{target} can't be written: {error.strerror}") from error
        click.echo(f"wrote {target}")


def file_name(kind: str) -> str:
    """What the file of a schema is called, here and in the starter project.

    >>> file_name("rules")
    'rules.schema.json'
    """
    return f"{kind}.schema.json"


def schemas() -> Mapping[str, str]:
    """The text of each schema, by kind."""
    found = {
        "rules": json_schema(RuleFile, "Rules of Upfront", RULES),
        "tests": json_schema(TestFileDocument, "Tests of rules of Upfront", TESTS),
        "config": json_schema(ConfigDocument, "config.yaml of Upfront", CONFIG),
    }
    return {
        kind: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for kind, schema in found.items()
    }
