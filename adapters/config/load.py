"""Reads config.yaml and the rule files it names, and checks them together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from adapters.config.documents import ConfigDocument, FieldDocument, SourceDocument
from adapters.startup import keep_grammar
from engine.diagnostics import Diagnostic, Place, RefusedDocuments, UpfrontError
from engine.language.checking import check_document
from engine.language.load import RuleText, digest_of, load_rules
from engine.language.ruleset import Ruleset
from engine.language.text import Document, read_yaml
from engine.language.vocabulary import (
    CANDIDATE,
    FactType,
    Vocabulary,
    did_you_mean,
)
from engine.screening.inputs import Field

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Words that CEL keeps for itself (cel-spec, «Identifiers»), and the clocks.
_RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "package",
        "namespace",
        "now",
        "null",
        "return",
        "today",
        "true",
        "var",
        "void",
        "while",
    ]
)
TEST_SUFFIX = ".test.yaml"


@dataclass(frozen=True)
class Settings:
    """A checked config.yaml; its paths are relative to `root`."""

    root: Path
    file: str
    text: str
    config: ConfigDocument
    source_order: tuple[str, ...]
    vocabulary: Vocabulary

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what config.yaml says."""
        return digest_of({self.file: self.text})

    def path(self, name: str) -> Path:
        """A path of config.yaml, made absolute."""
        return self.root / name


@dataclass(frozen=True)
class Project(Settings):
    """A checked config.yaml with its rulebook."""

    ruleset: Ruleset


def load_settings(path: Path) -> Settings:
    """Read config.yaml at `path`, without the rules.

    Raises RefusedDocuments with every problem at once; NotReadable when the file can't be read.
    """
    text = read_text(path, "pass --config FILE, or run `upfront init DIR` for a new project")
    return _settings(path.parent, path.name, text)


def load_project(path: Path) -> Project:
    """Read config.yaml at `path` and every rule file; raises as `load_settings`."""
    settings = load_settings(path)
    files = list(rule_files(settings))
    keep_grammar()
    ruleset = load_rules(files, settings.vocabulary, settings.config.languages)
    return Project(**vars(settings), ruleset=ruleset)


def ruleset_of_texts(texts: Mapping[str, str]) -> Ruleset:
    """The rulebook of texts that a run stored: its rule files and its configuration.

    Raises RefusedDocuments when this version of the program does not accept them.
    """
    for file, text in texts.items():
        try:
            settings = _settings(Path(), file, text)
        except RefusedDocuments:
            continue
        rules = [RuleText(name, t) for name, t in texts.items() if name != file]
        return load_rules(rules, settings.vocabulary, settings.config.languages)
    raise RefusedDocuments([], texts)


def _settings(root: Path, file: str, text: str) -> Settings:
    document = read_yaml(file, text)
    config = None if document.problems else check_document(document, ConfigDocument)
    order = _check_sources(document, config) if config is not None else ()
    if config is None or document.problems:
        raise RefusedDocuments(document.problems, {file: text})
    vocabulary = Vocabulary(f.declaration for f in all_fields(config))
    return Settings(root, file, text, config, order, vocabulary)


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


class NotReadable(UpfrontError):
    """A file that config, rules or tests need can't be read."""

    exit_code = 2


def rule_files(settings: Settings) -> Iterable[RuleText]:
    """The rule files of `rules:`; folders are read recursively, tests left out."""
    root = settings.root

    def refused(i: int, message: str, hint: str = "") -> RefusedDocuments:
        place = read_yaml(settings.file, settings.text).place(("rules", i))
        problem = Diagnostic(place, "no-rules", message, hint)
        return RefusedDocuments([problem], {settings.file: settings.text})

    for i, name in enumerate(settings.config.rules):
        path = root / name
        if path.is_dir():
            found = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".yaml", ".yml"))
        elif path.is_file():
            found = [path]
        else:
            raise refused(i, f"there is no `{name}` here")
        rules = [p for p in found if not p.name.lower().endswith(TEST_SUFFIX)]
        if not rules:
            # Without rules everyone would be allowed.
            raise refused(i, f"there is no rule file under `{name}`", "rule files end in .yaml")
        for one in rules:
            relative = Path(os.path.relpath(one, root)).as_posix()
            yield RuleText(relative, read_text(one, "check the path under `rules:`"))


def expand(text: str) -> str:
    """Put environment variables in for `${NAME}`; NotReadable naming one that is not set."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if found is None:
            raise NotReadable(
                f"the environment variable {match[1]} is not set", "config.yaml refers to it"
            )
        return found

    return _SECRET.sub(value, text)


def all_fields(config: ConfigDocument) -> list[Field]:
    """Every declared field, the candidates' first."""
    fields = candidate_fields(config)
    for name, source in config.sources.items():
        fields += source_fields(name, source, config.time_zone)
    return fields


def candidate_fields(config: ConfigDocument) -> list[Field]:
    """The fields of the list itself."""
    return _fields(CANDIDATE, config.candidates.fields, config.time_zone)


def source_fields(name: str, source: SourceDocument, zone: str) -> list[Field]:
    """The fields of one source."""
    return _fields(name, source.fields, zone)


def _fields(source: str, documents: Mapping[str, FieldDocument], zone: str) -> list[Field]:
    return [field_of(f"{source}.{name}", d, zone) for name, d in documents.items()]


def field_of(fact: str, document: FieldDocument, zone: str) -> Field:
    """One field as the engine wants it."""
    return Field(
        fact=fact,
        column=document.column or fact.split(".", 1)[1],
        type=document.type,
        zone=zone,
        format=document.format,
        decimal=document.decimal,
        separator=document.separator,
        pii=document.pii,
    )


def _check_sources(document: Document, config: ConfigDocument) -> tuple[str, ...]:
    """Names that rules can say, keys that exist; the sources in an order that can be joined."""
    problems = document.problems

    def problem(path: tuple[str | int, ...], code: str, message: str, hint: str = "") -> None:
        problems.append(Diagnostic(document.place(path, key=True), code, message, hint))

    for name, source in config.sources.items():
        if name in _RESERVED or name == CANDIDATE:
            problem(("sources", name), "reserved-name", f"a source can't be called `{name}`")
        for fact in source.fields:
            _check_field(document, ("sources", name, "fields", fact), fact)
    built_in = {f.field for f in Vocabulary(()).values()}
    for fact in config.candidates.fields:
        path = ("candidates", "fields", fact)
        if fact in built_in:
            problem(path, "reserved-name", f"every candidate has `candidate.{fact}` already")
        _check_field(document, path, fact)
    vocabulary = Vocabulary(f.declaration for f in all_fields(config))
    graph: dict[str, set[str]] = {}
    for name, source in config.sources.items():
        graph[name] = set()
        for column, fact in source.key.items():
            if fact not in vocabulary:
                place = document.place(("sources", name, "key", column))
                hint = did_you_mean(fact, vocabulary)
                problems.append(
                    Diagnostic(place, "unknown-fact", f"there is no fact `{fact}`", hint)
                )
            elif vocabulary[fact].type is FactType.STRINGS:
                problem(("sources", name, "key", column), "wrong-type", "a list can't be a key")
            elif vocabulary[fact].source != CANDIDATE:
                graph[name].add(vocabulary[fact].source)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        problem(("sources",), "source-cycle", f"sources wait for each other: {cycle}")
        return ()


def _check_field(document: Document, path: tuple[str | int, ...], name: str) -> None:
    if name in _RESERVED:
        place: Place = document.place(path, key=True)
        document.problems.append(
            Diagnostic(place, "reserved-name", f"a field can't be called `{name}`")
        )
