"""Rule files → a checked `Ruleset`, or every problem in them at once.

Open this first to see how a rulebook is read: text → shape → parts → names that resolve.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.checking import check_document
from engine.language.document import Document
from engine.language.documents import RuleFile
from engine.language.parts import PartReader
from engine.language.repair import RULE_STAND_INS
from engine.language.resolve import check_names
from engine.language.ruleset import Ruleset
from engine.language.text import read_yaml
from engine.language.vocabulary import Vocabulary


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Identified)

# `rules` and a number: how far down a rule stands.
_ITEM = 2


@dataclass(frozen=True)
class RuleText:
    """A rule file: its name relative to config.yaml, and everything it says.

    One that is `shared` between projects may speak languages that this one does not list.
    """

    file: str
    text: str
    shared: bool = False


def load_rules(
    files: Iterable[RuleText], vocabulary: Vocabulary, languages: Sequence[str]
) -> Ruleset:
    """Read and check a whole rulebook; the order of files and of rules in them is irrelevant.

    `languages` are those of config.yaml, the default first. Raises RefusedDocuments with every
    problem found, each with file, line and column.
    """
    files = list(files)
    ruleset, problems = check_rules(files, vocabulary, languages)
    if problems or ruleset is None:
        raise RefusedDocuments(problems, {f.file: f.text for f in files})
    return ruleset


def check_rules(
    files: Iterable[RuleText],
    vocabulary: Vocabulary | None,
    languages: Sequence[str],
    *,
    whole: bool = True,
) -> tuple[Ruleset | None, list[Diagnostic]]:
    """The rulebook, and every problem in it; with problems there is no rulebook.

    With `vocabulary` None, or no languages, because config.yaml can't be used, what speaks of
    facts or languages is not judged. Unless these are the `whole` rulebook, as a file could not
    be read, names that are missing are not told.
    """
    sources = sorted(files, key=lambda f: f.file)
    problems: list[Diagnostic] = []
    readers: list[PartReader] = []
    for source in sources:
        document = read_yaml(source.file, source.text)
        parsed = check_document(document, RuleFile, RULE_STAND_INS, *languages[:1])
        if parsed is not None:
            _not_empty(document, parsed)
            reader = PartReader(document, parsed, vocabulary, languages, shared=source.shared)
            reader.read()
            readers.append(reader)
        whole = whole and _has_all_ids(document)
        problems += document.problems
    ruleset = Ruleset(
        rules=_sorted(readers, lambda r: r.rules),
        signals=_sorted(readers, lambda r: r.signals),
        decisions=_sorted(readers, lambda r: r.decisions),
        pools=_sorted(readers, lambda r: r.pools),
        languages=tuple(languages),
        texts={f.file: f.text for f in sources},
        digest="",
    )
    references = [reference for reader in readers for reference in reader.references]
    unordered = {pool for reader in readers for pool in reader.unordered}
    problems += check_names(ruleset, references, whole=whole, unordered=unordered)
    if problems:
        return None, problems
    return replace(ruleset, digest=digest_of(ruleset.texts)), []


def _not_empty(document: Document, parsed: RuleFile) -> None:
    """A file without a word would pass for one whose rules are in force."""
    if not (parsed.rules or parsed.signals or parsed.decisions or parsed.pools):
        message = "this file holds no rules, signals, decisions or pools"
        if not document.problems:
            document.report((), "empty-file", message, "write some, or delete the file")


def _has_all_ids(document: Document) -> bool:
    """Whether every name that the file gives could be read."""
    return document.whole and not any(
        len(path) <= _ITEM or path[_ITEM:] in (("id",), ("signal",)) for path in document.refused
    )


def _sorted(
    readers: Iterable[PartReader], parts: Callable[[PartReader], Iterable[T]]
) -> tuple[T, ...]:
    return tuple(sorted((p for r in readers for p in parts(r)), key=lambda p: p.id))


def digest_of(texts: Mapping[str, str]) -> str:
    """SHA-256 (hex) of texts by name; names and texts are length-prefixed, order is by name.

    >>> digest_of({"a": "x", "b": "y"}) == digest_of({"b": "y", "a": "x"})
    True
    """
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        for part in (name.encode(), text.encode()):
            digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()
