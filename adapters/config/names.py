"""What rules can call by name: fields and sources, and the order in which sources are joined."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from adapters.config.candidates import CandidatesDocument
from adapters.config.computed_checks import check_computed, takes_lists
from adapters.config.documents import ConfigDocument
from adapters.config.fitting import check_source
from adapters.config.services_checks import check_service
from adapters.config.sources import SourceDocument
from engine.language.document import Document, Path
from engine.language.vocabulary import CANDIDATE, FactType, Vocabulary, did_you_mean

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
# Keys of the list and of sources that say nothing of which facts there are.
_WITHOUT_FACTS = frozenset(
    [*CandidatesDocument.model_fields, *SourceDocument.model_fields]
).difference(["fields"])


def check_sources(
    document: Document, config: ConfigDocument, vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Report names that rules can't say and keys that don't exist.

    Returns the sources in an order in which they can be joined; nothing if there is none.
    """
    for name, source in config.sources.items():
        if name in _RESERVED or name == CANDIDATE:
            _reserved(document, ("sources", name), f"a source can't be called `{name}`")
        for fact in source.fields:
            _check_field(document, ("sources", name, "fields", fact), fact)
        check_source(document, name, source, vocabulary)
        check_computed(document, name, source, vocabulary)
        check_service(document, name, source, vocabulary)
    built_in = {f.field for f in Vocabulary(()).values()}
    for fact in config.candidates.fields:
        path = ("candidates", "fields", fact)
        if fact in built_in:
            _reserved(document, path, f"every candidate has `candidate.{fact}` already")
        _check_field(document, path, fact)
    return _join_order(document, config, vocabulary)


def _check_field(document: Document, path: Path, name: str) -> None:
    if name in _RESERVED:
        _reserved(document, path, f"a field can't be called `{name}`")


def _reserved(document: Document, path: Path, message: str) -> None:
    place = document.place(path, key=True)
    document.report(path, "reserved-name", message, "call it otherwise", at=place)


def _join_order(
    document: Document, config: ConfigDocument, vocabulary: Vocabulary
) -> tuple[str, ...]:
    graph: dict[str, set[str]] = {}
    for name, source in config.sources.items():
        graph[name] = set()
        for column, fact in source.key.items():
            path = ("sources", name, "key", column)
            if fact not in vocabulary:
                hint = did_you_mean(fact, vocabulary)
                if not _in_doubt(document, fact):
                    document.report(path, "unknown-fact", f"there is no fact `{fact}`", hint)
            elif vocabulary[fact].type is FactType.STRINGS and not takes_lists(source, column):
                document.report(path, "wrong-type", "a list can't be a key", "join on one value")
            elif vocabulary[fact].source != CANDIDATE:
                graph[name].add(vocabulary[fact].source)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        ring: list[str] = error.args[1][::-1]
        place = document.place(("sources", ring[0]), key=True)
        message = f"sources wait for each other: {' → '.join(ring)}"
        hint = "join one of them on facts of the list"
        document.report(("sources",), "source-cycle", message, hint, at=place)
        return ()


def _in_doubt(document: Document, fact: str) -> bool:
    """Whether the fact may be one of those whose declaration was refused."""
    source = fact.split(".", 1)[0]
    top: Path = ("candidates",) if source == CANDIDATE else ("sources", source)
    hiding = [path for path in document.refused if hides_facts(path)]
    return not document.whole or any(
        path[: len(top)] == top or top[: len(path)] == path or len(path) == 1 for path in hiding
    )


def hides_facts(path: Path) -> bool:
    """Whether facts may be declared in a part of config.yaml that was refused.

    >>> hides_facts(("sources", "stock", "fields", "age")), hides_facts(("sources", "stock", "key"))
    (True, False)
    """
    if not path or path[0] not in ("candidates", "sources"):
        return not path or path[0] not in ConfigDocument.model_fields
    depth = 1 if path[0] == "candidates" else 2
    return len(path) <= depth or path[depth] not in _WITHOUT_FACTS
