"""Rule files → a checked `Ruleset`, or every problem in them at once.

Open this first to see how a rulebook is read: text → shape → parts → names that resolve.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from engine.diagnostics import Diagnostic, Place, RefusedDocuments
from engine.language.checking import check_document
from engine.language.documents import RuleFile
from engine.language.parts import PartReader
from engine.language.resolve import check_names
from engine.language.ruleset import Ruleset
from engine.language.text import read_yaml
from engine.language.vocabulary import Vocabulary


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Identified)


@dataclass(frozen=True)
class RuleText:
    """A rule file: its name relative to config.yaml, and everything it says."""

    file: str
    text: str


def load_rules(
    files: Iterable[RuleText], vocabulary: Vocabulary, languages: Sequence[str]
) -> Ruleset:
    """Read and check a whole rulebook; the order of files and of rules in them is irrelevant.

    `languages` are those of config.yaml, the default first. Raises RefusedDocuments with every
    problem found, each with file, line and column.
    """
    sources = sorted(files, key=lambda f: f.file)
    texts = {f.file: f.text for f in sources}
    problems: list[Diagnostic] = []
    readers: list[PartReader] = []
    for source in sources:
        document = read_yaml(source.file, source.text)
        parsed = None if document.problems else check_document(document, RuleFile)
        if parsed is not None and not any(
            (parsed.rules, parsed.signals, parsed.decisions, parsed.pools)
        ):
            # Without a word it would pass for a file whose rules are in force.
            document.problems.append(
                Diagnostic(
                    Place(source.file),
                    "empty-file",
                    "this file holds no rules, signals, decisions or pools",
                    "write some, or delete the file",
                )
            )
        if parsed is not None:
            reader = PartReader(document, parsed, vocabulary, languages)
            reader.read()
            readers.append(reader)
        problems.extend(document.problems)
    ruleset = Ruleset(
        rules=_sorted(readers, lambda r: r.rules),
        signals=_sorted(readers, lambda r: r.signals),
        decisions=_sorted(readers, lambda r: r.decisions),
        pools=_sorted(readers, lambda r: r.pools),
        languages=tuple(languages),
        texts=texts,
        digest=digest_of(texts),
    )
    # References can only be judged once every file could be read: a rule in a file that is
    # broken elsewhere would be reported as missing.
    if not problems:
        problems.extend(check_names(ruleset))
    if problems:
        raise RefusedDocuments(problems, texts)
    return ruleset


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
