"""Reads config.yaml and the rule files it names, and checks them together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from adapters.config.countries import is_pack, pointed
from adapters.config.dialers import check_output
from adapters.config.documents import STAND_INS, ConfigDocument
from adapters.config.fields import FieldDocument
from adapters.config.files import (
    NotReadable,
    find_rules,
    is_test_file,
    misnamed_rules,
    missing_data,
    read_text,
    tested_by,
)
from adapters.config.names import check_sources, hides_facts
from adapters.config.preset import forget_what_follows
from adapters.config.secrets import check_secrets, masked
from adapters.config.sources import SourceDocument
from adapters.startup import keep_grammar
from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.checking import check_document
from engine.language.load import RuleText, check_rules, digest_of, load_rules
from engine.language.ruleset import Ruleset
from engine.language.text import read_yaml
from engine.language.vocabulary import CANDIDATE, Vocabulary
from engine.screening.inputs import Field

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
__all__ = [
    "NotReadable",
    "Project",
    "Settings",
    "all_fields",
    "candidate_fields",
    "doubts",
    "expand",
    "field_of",
    "is_test_file",
    "load_project",
    "load_settings",
    "read_text",
    "rule_files",
    "ruleset_of_texts",
    "source_fields",
    "tested_by",
]


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
    return _read(path).settings()


def load_project(path: Path) -> Project:
    """Read config.yaml at `path` and every rule file; raises as `load_settings`.

    A broken config.yaml does not hide the problems of the rules: they are looked at as far as
    can be told without it.
    """
    reading = _read(path)
    names = reading.config.rules if reading.config and not reading.refused("rules") else []
    countries = (
        reading.config.countries if reading.config and not reading.refused("countries") else []
    )
    found = find_rules(path.parent, names, reading.document, countries)
    keep_grammar()
    ruleset, problems = check_rules(
        found.files,
        reading.vocabulary if reading.knows_facts else None,
        () if reading.config is None or reading.refused("languages") else reading.config.languages,
        whole=not found.problems,
    )
    problems = [*reading.document.problems, *found.problems, *pointed(problems)]
    if problems or ruleset is None:
        raise RefusedDocuments(problems, {reading.file: masked(reading.text), **found.texts})
    return Project(**vars(reading.settings()), ruleset=ruleset)


def ruleset_of_texts(texts: Mapping[str, str]) -> Ruleset:
    """The rulebook of texts that a run stored: its rule files and its configuration.

    Raises RefusedDocuments when this version of the program does not accept them.
    """
    for file, text in texts.items():
        reading = _Reading(Path(), file, text)
        if reading.config is None or reading.document.problems:
            continue
        rules = [
            RuleText(name, text, shared=is_pack(PurePath(name)))
            for name, text in texts.items()
            if name != file
        ]
        return load_rules(rules, reading.vocabulary, reading.config.languages)
    raise RefusedDocuments([], texts)


def rule_files(settings: Settings) -> Iterable[RuleText]:
    """The rule files of `rules:`; folders are read recursively, tests left out.

    Raises RefusedDocuments when there are none, or when one can't be read.
    """
    document = read_yaml(settings.file, settings.text)
    config = settings.config
    found = find_rules(settings.root, config.rules, document, config.countries)
    problems = [*document.problems, *found.problems]
    if problems:
        raise RefusedDocuments(problems, {settings.file: masked(settings.text), **found.texts})
    return found.files


def doubts(settings: Settings) -> list[Diagnostic]:
    """Warnings: what a project can be used with, though its author will hardly have meant it."""
    document = read_yaml(settings.file, settings.text)
    return [
        *missing_data(settings.root, settings.config, document),
        *misnamed_rules(settings.root, settings.config.rules),
    ]


def _read(path: Path) -> _Reading:
    hint = "pass --config FILE, or run `upfront init DIR` for a new project"
    reading = _Reading(path.parent, path.name, read_text(path, hint))
    # Not in what a run recorded: that it holds a secret can't be mended any more.
    if reading.config is not None:
        check_secrets(reading.document, reading.config)
    return reading


class _Reading:
    """config.yaml, read as far as it can be; `config` is None when nothing can be made of it."""

    def __init__(self, root: Path, file: str, text: str) -> None:
        self.root, self.file, self.text = root, file, text
        self.document = read_yaml(file, text)
        self.config = check_document(self.document, ConfigDocument, STAND_INS)
        forget_what_follows(self.document)
        self.vocabulary = Vocabulary(())
        self._order: tuple[str, ...] = ()
        if self.config is not None:
            self.vocabulary = Vocabulary(f.declaration for f in all_fields(self.config))
            self._order = check_sources(self.document, self.config, self.vocabulary)
            check_output(self.document, self.config.output, self.config.ledger)

    def settings(self) -> Settings:
        """The checked settings; RefusedDocuments with every problem."""
        if self.config is None or self.document.problems:
            raise RefusedDocuments(self.document.problems, {self.file: masked(self.text)})
        return Settings(self.root, self.file, self.text, self.config, self._order, self.vocabulary)

    def refused(self, key: str) -> bool:
        """Whether something was refused under this key of the file."""
        return self.document.refused_within((key,))

    @property
    def knows_facts(self) -> bool:
        """Whether all declared facts could be read."""
        return self.document.whole and not any(map(hides_facts, self.document.refused))


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
        decimal=document.decimal or ".",
        separator=document.separator,
        pii=document.pii,
    )
