"""Sources that are missing or empty: what stops a run before its work.

A do-not-call list that is not there must not open the gates. What is there and can't be read is
another matter: its facts are unknown, and the run goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.asking import Answer
from adapters.config.load import Project
from engine.diagnostics import UpfrontError
from engine.language.text import read_yaml

_MISSING = "put it there and run again; with `optional: true` runs go on, its facts unknown"
_EMPTY = "export it and run again; where no rows are as good as some, say `may_be_empty: true`"


class SourceNotThere(UpfrontError):
    """A source is missing, or has no rows, and config.yaml does not say that it may."""


def all_there(project: Project, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers of all sources; an optional one that has no rows says so as its failure.

    Raises SourceNotThere, naming each source that is missing or empty and may not be.
    """
    checked = dict(answers)
    problems: list[tuple[str, str]] = []
    for name, answer in answers.items():
        document = project.config.sources[name]
        # What could not be read has no rows either, and is unknown rather than empty.
        empty = answer.text is not None and not answer.rows and not document.may_be_empty
        if empty:
            checked[name] = replace(answer, failure=answer.failure or "it has no rows")
        if document.optional:
            continue
        if answer.is_missing:
            place = source_place(project, name)
            problems.append((f"{place}: source `{name}` is missing: {answer.failure}", _MISSING))
        elif empty:
            place = source_place(project, name)
            problems.append((f"{place}: source `{name}` is empty: it has no rows", _EMPTY))
    if problems:
        raise in_one(SourceNotThere, problems)
    return checked


def source_place(project: Project, name: str) -> str:
    """Where config.yaml begins to speak of a source: `config.yaml:19:3`."""
    document = read_yaml(project.file, project.text)
    return str(document.place(("sources", name), key=True))


def in_one(kind: type[UpfrontError], problems: list[tuple[str, str]]) -> UpfrontError:
    """Problems with their hints as one error, each on a line of its own."""
    hints = "\n = hint: ".join(dict.fromkeys(hint for _, hint in problems))
    if len(problems) == 1:
        return kind(problems[0][0], hints)
    lines = [f"{len(problems)} sources can't be used", *(f"  {what}" for what, _ in problems)]
    return kind("\n".join(lines), hints)
