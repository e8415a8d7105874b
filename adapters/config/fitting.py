"""What has to fit within one source: its kind, its fields, its keys and what is asked of its age."""

from __future__ import annotations

from adapters.config.fields import FieldDocument
from adapters.config.history import AT
from adapters.config.sources import SourceDocument
from engine.language.document import Document, Path
from engine.language.vocabulary import FactType, Vocabulary


def check_source(
    document: Document, name: str, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    """Report keys of a source that contradict each other, each where it is written."""
    path: Path = ("sources", name)
    if document.refused_within((*path, "read")):
        # Which kind of source it is can't be told.
        return
    _check_age(document, path, source)
    for field, how in source.fields.items():
        at = (*path, "fields", field)
        if document.refused_within(at):
            continue
        if source.read.history is None:
            _check_plain(document, at, how)
        else:
            _check_counted(document, at, how, source)
    if source.read.history is not None:
        _check_log(document, path, source, vocabulary)


def _check_age(document: Document, path: Path, source: SourceDocument) -> None:
    for key, given in (("may_be_empty", source.may_be_empty), ("max_shrink", source.max_shrink)):
        if given and not source.read.is_whole:
            message = f"`{key}` is for sources that are read whole"
            _report(document, (*path, key), message, "this one is only asked about candidates")
    by_rows = source.as_of is not None and source.as_of.column is not None
    if source.may_be_empty and by_rows and source.max_age is not None:
        message = "a column dates nothing in a source without rows, so it is not known to be fresh"
        hint = "leave this out, or date the source as a whole: `as_of: {file: modified}`"
        _report(document, (*path, "may_be_empty"), message, hint)


def _check_plain(document: Document, path: Path, field: FieldDocument) -> None:
    for key, given in (("count", field.count), ("last", field.last)):
        if given is not None:
            message = f"`{key}` is for fields of a contact log"
            hint = "read the source as one: `read: {history: …, at: …}`"
            _report(document, (*path, key), message, hint)


def _check_counted(
    document: Document, path: Path, field: FieldDocument, source: SourceDocument
) -> None:
    """A field of a contact log is either a count or a last moment, of columns that are named."""
    read, count = source.read, field.count
    if (count is None) == (field.last is None):
        message = "a field of a contact log is either a `count` or the `last` of something"
        hint = "write `count: {within: 7d}` with type integer, or `last: contact` with timestamp"
        document.report(path, "wrong-value", message, hint, at=document.place(path, key=True))
    if field.column is not None or field.format is not None:
        key = "column" if field.column is not None else "format"
        message = f"a field of a contact log has no `{key}`"
        _report(document, (*path, key), message, "it is counted, not read from a cell")
    if field.last == "refusal" and read.refusals is None:
        message = "`read` does not say which results are refusals"
        _report(
            document, (*path, "last"), message, "add `result: COLUMN, refusals: [refused]` to it"
        )
    columns = {"channel": read.channel, "purpose": read.purpose, "result": read.result}
    for kind, column in columns.items():
        if count is not None and getattr(count, kind) is not None and column is None:
            message = f"`read` does not say which column of the log holds the {kind}"
            _report(document, (*path, "count", kind), message, f"add `{kind}: COLUMN` to it")


def _check_log(
    document: Document, path: Path, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    if source.pick is not None:
        message = "a contact log has many rows for one key"
        _report(document, (*path, "pick"), message, "leave `pick` out: all of them are counted")
    if set(source.key) == {AT}:
        message = "a contact log needs a key besides `at`: whose contacts they are"
        at = document.place((*path, "key"), key=True)
        hint = "add for example `customer_id: candidate.customer_id`"
        document.report((*path, "key"), "wrong-value", message, hint, at=at)
    ends = source.key.get(AT)
    if ends is not None and ends in vocabulary and vocabulary[ends].type is not FactType.TIMESTAMP:
        message = f"`{AT}` is the moment at which windows end; `{ends}` is no timestamp"
        hint = "write `at: candidate.contact_at`, or leave it out for the moment of the run"
        document.report((*path, "key", AT), "wrong-type", message, hint)


def _report(document: Document, path: Path, message: str, hint: str) -> None:
    document.report(path, "wrong-value", message, hint, at=document.place(path, key=True))
