"""What config.yaml says of TM Forum services, held against what they give and are asked by."""

from __future__ import annotations

from adapters.config.services import CHARACTERISTIC, Offered, offered
from adapters.config.sources import SourceDocument
from engine.language.document import Document, Path
from engine.language.vocabulary import FactType, Vocabulary, did_you_mean

_OF_WHAT_IS_READ = ("pick", "delimiter")
_IDS = (FactType.STRING, FactType.INTEGER, FactType.STRINGS)
"""Types that a key may have; a list is told of every kind of source."""


def check_service(
    document: Document, name: str, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    """Report what is wrong with a source that is a service: its keys, fields and dates."""
    word, settings = source.read.service or ("", None)
    if settings is None:
        return
    path: Path = ("sources", name)
    gives = offered(word, settings)
    _check_keys(document, path, word, source, vocabulary, gives)
    _check_fields(document, path, source, gives)
    _check_dates(document, path, word, source, gives)
    for key in _OF_WHAT_IS_READ:
        if document.has((*path, key)):
            message = f"`{key}` is for what is read as a whole, and `{word}` is asked key by key"
            document.report((*path, key), "unknown-key", message, "leave it out", key=True)


def _check_keys(
    document: Document,
    path: Path,
    word: str,
    source: SourceDocument,
    vocabulary: Vocabulary,
    gives: Offered,
) -> None:
    at = (*path, "key")
    place = document.place(at, key=True)
    for key, fact in source.key.items():
        if key not in gives.keys:
            hint = did_you_mean(key, gives.keys) or f"known here: {', '.join(gives.keys)}"
            message = f"`{word}` has no key `{key}`"
            document.report((*at, key), "unknown-key", message, hint, key=True)
        elif fact in vocabulary and vocabulary[fact].type not in _IDS:
            message = f"`{fact}` is of type {vocabulary[fact].type}, and `{key}` must be an id"
            hint = "declare it as a string"
            document.report((*at, key), "wrong-type", message, hint)
    given = [key for key in source.key if key in gives.one_of]
    if len(given) > 1:
        message = f"`{word}` is asked by one of {_or(gives.one_of)}, not by several"
        document.report(at, "wrong-value", message, f"keep `{given[0]}` alone", at=place)
    wanted = gives.one_of or gives.any_of
    # A misspelt key is told already, and may be the one that is missed.
    if not source.key.keys() & set(wanted) and set(source.key) <= set(gives.keys):
        message = f"`{word}` needs the key {_or(wanted)}"
        document.report(at, "missing-key", message, f"add `{wanted[0]}: SOURCE.FACT`", at=place)


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _check_fields(document: Document, path: Path, source: SourceDocument, gives: Offered) -> None:
    parted: dict[str, str | None] = {}
    for name, field in source.fields.items():
        at = (*path, "fields", name)
        given = field.column or name
        if parted.setdefault(given, field.separator) != field.separator:
            message = f"`{given}` is put together with one separator for all fields that read it"
            hint = f"write the same as above: {parted[given]!r}" if parted[given] else ""
            document.report(_inner(document, at, "separator"), "wrong-value", message, hint)
        if gives.characteristics and given.startswith(CHARACTERISTIC) and given != CHARACTERISTIC:
            continue
        if given not in gives.gives:
            known = f"it gives: {', '.join(gives.gives)}"
            if gives.characteristics:
                column = f"{CHARACTERISTIC}{given}"
                known += f"; a characteristic is {name}: {{type: {field.type}, column: {column}}}"
            inner = _inner(document, at, "column")
            message = f"{gives.name} gives no fact `{given}`"
            hint = did_you_mean(given, gives.gives) or known
            document.report(inner, "unknown-fact", message, hint, key=inner == at)
        elif field.type is not gives.gives[given]:
            message = f"`{given}` is of type {gives.gives[given]}, not {field.type}"
            listed = f'write {name}: {{type: list<string>, separator: "|"}}'
            hint = listed if gives.gives[given] is FactType.STRINGS else ""
            document.report(_inner(document, at, "type"), "wrong-type", message, hint)
        elif field.format is not None:
            message = "`format` is for cells, and services write dates in one way"
            document.report((*at, "format"), "unknown-key", message, "leave it out", key=True)


def _check_dates(
    document: Document, path: Path, word: str, source: SourceDocument, gives: Offered
) -> None:
    as_of = source.as_of
    if as_of is not None and as_of.format is not None:
        message = "`format` is for cells, and services write dates in one way"
        document.report(
            (*path, "as_of", "format"), "unknown-key", message, "leave it out", key=True
        )
    if as_of is not None and as_of.column not in gives.dates:
        known = " or ".join(f"`as_of: {name}`" for name in gives.dates)
        hint = f"leave it out, or write {known}" if known else "leave it out"
        message = f"an answer of `{word}` is dated by when it was given"
        document.report((*path, "as_of"), "wrong-value", message, hint)


def _inner(document: Document, path: Path, key: str) -> Path:
    """The part under a key if it is written, else the whole."""
    return (*path, key) if (*path, key) in document.places else path
