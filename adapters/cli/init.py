"""`upfront init`: a starter project that runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from engine.diagnostics import UpfrontError

_PARTS = ("config.yaml", "rules", "samples", "schemas")
_HERE = Path(__file__).resolve().parent
_GITIGNORE = "out/\nupfront.db*\nupfront.key\n"


def starter() -> Path:
    """Where the starter project is: inside the installed package, or in the checkout."""
    packed = _HERE / "starter"
    return packed if packed.is_dir() else _HERE.parents[1]


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Make a starter project in FOLDER: config.yaml, rules with tests, and a sample list.

    Example: upfront init my-project
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UpfrontError(f"{folder} exists and is not empty", "name a new folder")
    source = starter()
    # Built beside and renamed, so that a half-made project is never left.
    draft = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name in _PARTS:
            part = source / name
            if part.is_dir():
                ignored = shutil.ignore_patterns("*.py", "__pycache__", "source")
                shutil.copytree(part, draft / name, ignore=ignored)
            else:
                shutil.copy(part, draft / name)
        (draft / ".gitignore").write_text(_GITIGNORE, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise UpfrontError(f"{folder} can't be made: {error.strerror}") from error
    click.echo(f"made {folder}; now try:\n")
    click.echo(f"  cd {folder}")
    click.echo("  upfront validate")
    click.echo("  upfront test")
    click.echo("  upfront run --as-of 2026-03-02T09:30:00+01:00")
