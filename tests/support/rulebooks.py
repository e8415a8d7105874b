"""Small rulebooks from YAML text, for tests of one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagnostics import Diagnostic, RefusedDocuments
from engine.language.load import RuleText, load_rules
from engine.language.ruleset import Ruleset
from engine.language.vocabulary import Vocabulary

LANGUAGES = ("en", "it")


def ruleset_of(
    *texts: str, vocabulary: Vocabulary, languages: Sequence[str] = LANGUAGES
) -> Ruleset:
    """The rulebook of these files, called `rules/a.yaml`, `rules/b.yaml`, …"""
    files = [RuleText(f"rules/{chr(97 + i)}.yaml", text) for i, text in enumerate(texts)]
    return load_rules(files, vocabulary, languages)


def problems_of(*texts: str, vocabulary: Vocabulary) -> Sequence[Diagnostic]:
    """The problems of these files; none when they are accepted."""
    try:
        ruleset_of(*texts, vocabulary=vocabulary)
    except RefusedDocuments as refused:
        return refused.diagnostics
    return ()
