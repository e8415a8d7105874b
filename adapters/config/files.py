"""The files that a project is read from: config.yaml, rules, and the data that config.yaml names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from adapters.config.countries import Packs, is_pack
from adapters.config.documents import ConfigDocument
from adapters.config.parts import STANDARD_INPUT
from engine.diagnostics import Diagnostic, Place, Severity, UpfrontError, lines_of
from engine.language.document import Document
from engine.language.load import RuleText

TEST_SUFFIX = ".test.yaml"
# What editors and fingers make of .yaml.
_MISNAMED = re.compile(r"\.ya?ml\.txt$|\.(yam|ymal|yalm|yaml\s)$")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def is_test_file(path: PurePath) -> bool:
    """Whether a file has the name of a file of tests, in capitals or not.

    >>> is_test_file(Path("rules/consent.Test.yaml")), is_test_file(Path("rules/test.yaml"))
    (True, False)
    """
    return path.name.lower().endswith(TEST_SUFFIX)


def tested_by(file: str) -> str:
    """The name of the rule file that stands beside a file of tests, without its ending.

    >>> tested_by("rules/consent.Test.yaml")
    'rules/consent'
    """
    return file[: -len(TEST_SUFFIX)] if is_test_file(PurePath(file)) else file


class NotReadable(UpfrontError):
    """A file that config, rules or tests need can't be read."""

    exit_code = 2


def read_text(path: Path, hint: str) -> str:
    """A UTF-8 text file, a byte order mark removed; NotReadable (exit code 2) otherwise."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotReadable(f"there is no file {path}", hint) from error
    except UnicodeDecodeError as error:
        raise NotReadable(f"{path} is not a UTF-8 text file", "save it as UTF-8") from error
    except OSError as error:
        raise NotReadable(f"{path} can't be read: {error.strerror}", hint) from error


@dataclass
class RuleTexts:
    """The rule files that could be read, and what is wrong with the others.

    `texts` has what could be read of every file, to show the lines of problems.
    """

    files: list[RuleText] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)


def find_rules(
    root: Path, names: Sequence[str], document: Document, countries: Sequence[str] = ()
) -> RuleTexts:
    """The rule files that `rules: names` of config.yaml (`document`) stands for, each once.

    Folders are read recursively; tests are left out, and of the rule packs in a folder
    `countries` all but those of `countries:`.
    """
    found = RuleTexts()
    packs = Packs(countries)
    for i, name in enumerate(names):
        path = root / name
        if not path.exists():
            message = f"there is no `{name}` here"
            hint = f"paths are relative to {document.file}"
            document.report(("rules", i), "no-rules", message, hint)
            continue
        rules = [p for p in _yaml_files(path) if not is_test_file(p)]
        if path.is_dir():
            rules = list(packs.read(rules))
        if not rules:
            # Without rules everyone would be allowed.
            message, hint = f"there is no rule file under `{name}`", "rule files end in .yaml"
            if packs.found:
                hint = f"`countries:` switches on the packs there are: {', '.join(packs.found)}"
            document.report(("rules", i), "no-rules", message, hint)
        for rule in rules:
            file = Path(os.path.relpath(rule, root)).as_posix()
            if file not in found.texts:
                _read_rule(file, rule, packs, found)
    if names and all(problem.code != "no-rules" for problem in document.problems):
        packs.report_unknown(document)
    return found


def _yaml_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in (".yaml", ".yml"))


def _read_rule(file: str, path: Path, packs: Packs, found: RuleTexts) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        found.texts[file] = ""
        message = f"this file can't be read: {error.strerror}"
        found.problems.append(Diagnostic(Place(file), "unreadable-file", message))
        return
    result = decoded(file, content)
    if isinstance(result, Diagnostic):
        found.texts[file] = content.decode("utf-8", "replace")
        found.problems.append(result)
    else:
        found.texts[file] = text = packs.filled(path, result)
        found.files.append(RuleText(file, text, shared=is_pack(path)))


def decoded(file: str, content: bytes) -> str | Diagnostic:
    r"""The text of a UTF-8 file, a byte order mark removed; or what is wrong, and where.

    >>> decoded("a.yaml", "a: \xe8".encode("latin-1")).place
    Place(file='a.yaml', line=1, column=4, length=1)
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = lines_of(content[: error.start].decode("utf-8-sig", "replace"))
        place = Place(file, len(before), len(before[-1]) + 1)
        message = "this file is not written in UTF-8"
        if content.startswith(_UTF_16):
            place, message = Place(file), "this file is written in UTF-16, not in UTF-8"
        return Diagnostic(place, "unreadable-file", message, "save it as UTF-8")


def missing_data(root: Path, config: ConfigDocument, document: Document) -> Iterator[Diagnostic]:
    """A warning for each file of data that config.yaml names and that is not there.

    It may come later; a run then stops without it, unless the source is optional.
    """
    listed = config.candidates.read
    named: list[tuple[tuple[str, ...], str | None, str]] = [
        (("candidates", "read", "file"), listed.file if listed else None, "")
    ]
    for name, source in config.sources.items():
        then = "; a run fails without it"
        if source.optional:
            then = "; without it the facts of this source are unknown, which blocks"
        named.append((("sources", name, "read", "file"), source.read.file, then))
        if source.read.history is not None:
            log = source.read.history.file
            named.append((("sources", name, "read", "history", "file"), log, then))
    for path, file, then in named:
        if file not in (None, STANDARD_INPUT) and not (root / file).exists():
            message = f"there is no file `{file}`"
            hint = f"paths are relative to {document.file}{then}"
            place = document.place(path)
            yield Diagnostic(place, "missing-file", message, hint, Severity.WARNING)


def misnamed_rules(root: Path, names: Sequence[str]) -> Iterator[Diagnostic]:
    """A warning for each file among the rules that looks like one and is not read."""
    for name in names:
        for path in sorted((root / name).rglob("*")):
            if _MISNAMED.search(path.name.lower()) and path.is_file():
                file = Path(os.path.relpath(path, root)).as_posix()
                message = "this file is not read: its name does not end in .yaml"
                hint = "rename it, or move it elsewhere"
                yield Diagnostic(Place(file), "misnamed-file", message, hint, Severity.WARNING)
