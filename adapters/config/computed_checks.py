"""What config.yaml says of computed sources, held against what numbers, calendars and clocks know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from adapters.config.computed import (
    EVE,
    HOLIDAY,
    KINDS,
    CalendarDocument,
    ComputedDocument,
    ContactWindowDocument,
    Kind,
    PhoneDocument,
    days,
    spans,
)
from adapters.config.sources import SourceDocument
from engine.language.document import Document, Path
from engine.language.vocabulary import FactType, Vocabulary, did_you_mean

SEPARATOR = "|"
"""What parts the elements of a computed list."""
# The countries whose parts share so little that holidays without a part would be wrong.
_ONLY_IN_PARTS = frozenset({"GB"})
# What the library calls a category of holidays, and is the opposite.
_NOT_FREE = frozenset({"workday"})
_SHOWN = 20
_OF_FILES = (
    "as_of", "max_age", "clock_skew", "pick", "delimiter", "encoding", "header", "sheet",
)  # fmt: skip
_OF_CELLS = ("format", "decimal", "blank", "true_is", "false_is")


def check_computed(
    document: Document, name: str, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    """Report what is wrong with a computed source: its settings, keys and fields."""
    word, settings = source.read.computed or ("", None)
    if settings is None:
        return
    path: Path = ("sources", name)
    _check_keys(document, path, word, source, vocabulary)
    _check_fields(document, path, word, source, vocabulary)
    for key in _OF_FILES:
        if document.has((*path, key)):
            message = f"`{key}` is for what is read, and `{word}` is computed"
            document.report((*path, key), "unknown-key", message, "leave it out", key=True)
    _check_settings(document, (*path, "read", word), settings, source.key)


def takes_lists(source: SourceDocument, key: str) -> bool:
    """Whether a key may be a list."""
    word, _ = source.read.computed or ("", None)
    return word in KINDS and FactType.STRINGS in KINDS[word].keys.get(key, ())


def _check_keys(
    document: Document, path: Path, word: str, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    kind = KINDS[word]
    at = (*path, "key")
    for key, fact in source.key.items():
        if key not in kind.keys:
            hint = did_you_mean(key, kind.keys) or f"known here: {', '.join(kind.keys)}"
            message = f"`{word}` has no key `{key}`"
            document.report((*at, key), "unknown-key", message, hint, key=True)
        elif fact in vocabulary and not _fits(vocabulary[fact].type, kind.keys[key]):
            wanted = " or ".join(kind.keys[key])
            message = f"`{fact}` is of type {vocabulary[fact].type}, and `{key}` must be {wanted}"
            document.report((*at, key), "wrong-type", message)
    for key in sorted(kind.needed - source.key.keys()):
        hint = f"add `{key}: SOURCE.FACT`"
        place = document.place(at, key=True)
        document.report(at, "missing-key", f"`{word}` needs the key `{key}`", hint, at=place)
    _check_pairs(document, at, word, source, vocabulary)


def _fits(given: FactType, wanted: tuple[FactType, ...]) -> bool:
    # A list where there is no place for one is told of every kind of source.
    return given in wanted or (given is FactType.STRINGS and FactType.STRINGS not in wanted)


def _check_pairs(
    document: Document, at: Path, word: str, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    """Keys that make sense beside another only."""
    given = source.key
    place = document.place(at, key=True)
    if word == "contact_window" and not given.keys() & {"zone", "zones", "number"}:
        message = "`contact_window` must know where it rings"
        hint = "add `zones: phone.zones`, `zone: …` or `number: …`"
        document.report(at, "missing-key", message, hint, at=place)
    if word == "contact_window" and "region" in given and "number" not in given:
        message = "the key `region` says where a `number` is from, and there is none"
        document.report((*at, "region"), "missing-key", message, "add `number: …`", key=True)
    day = vocabulary.get(given.get("day", ""))
    if day is not None and day.type is FactType.DATE:
        message = f"`{day.name}` is a date, the same in every zone"
        hint = "leave `zone` out, or use a timestamp as `day`"
        for zone in ((*at, "zone"), (*at[:-1], "read", word, "zone")):
            if document.has(zone):
                document.report(zone, "wrong-type", message, hint, key=True)


def _check_fields(
    document: Document, path: Path, word: str, source: SourceDocument, vocabulary: Vocabulary
) -> None:
    kind = KINDS[word]
    number = vocabulary.get(source.key.get("number", ""))
    for name, field in source.fields.items():
        at = (*path, "fields", name)
        given = field.column or name
        if given not in kind.gives:
            _unknown_fact(document, at, word, given, kind)
        elif field.type is not kind.gives[given]:
            message = f"`{given}` is not of type {field.type}"
            hint = f"write {name}: {_as_field(kind.gives[given])}"
            document.report(_inner(document, at, "type"), "wrong-type", message, hint)
        elif field.separator not in (None, SEPARATOR):
            message = f'computed lists are parted by "{SEPARATOR}"'
            document.report((*at, "separator"), "wrong-value", message)
        elif key := next((key for key in _OF_CELLS if document.has((*at, key))), None):
            message = f"`{key}` is for cells, and this fact is computed"
            document.report((*at, key), "unknown-key", message, "leave it out", key=True)
        elif given == "e164" and number is not None and number.pii and not field.pii:
            message = f"`e164` is personal data, as `{number.name}` is"
            document.report(
                at, "wrong-value", message, f"write {name}: {{type: string, pii: true}}"
            )


def _as_field(given: FactType) -> str:
    listed = given is FactType.STRINGS
    return f'{{type: {given}, separator: "{SEPARATOR}"}}' if listed else str(given)


def _unknown_fact(document: Document, at: Path, word: str, given: str, kind: Kind) -> None:
    hint = did_you_mean(given, kind.gives) or f"it gives: {', '.join(kind.gives)}"
    inner = _inner(document, at, "column")
    message = f"`{word}` gives no fact `{given}`"
    document.report(inner, "unknown-fact", message, hint, key=inner == at)


def _inner(document: Document, path: Path, key: str | int) -> Path:
    """The part under a key if it is written, else the whole."""
    return (*path, key) if (*path, key) in document.places else path


def _check_settings(
    document: Document, path: Path, settings: ComputedDocument, key: Iterable[str]
) -> None:
    if isinstance(settings, PhoneDocument | ContactWindowDocument) and settings.region:
        _check_region(document, (*path, "region"), settings.region)
    if isinstance(settings, ContactWindowDocument):
        named = _check_hours(document, (*path, "hours"), settings)
        if not {EVE, HOLIDAY} & named:
            return
    if isinstance(settings, CalendarDocument | ContactWindowDocument):
        _check_country(document, path, settings, key)


def _check_region(document: Document, path: Path, region: str) -> None:
    # Only who names a region waits for the import.
    from phonenumbers import SUPPORTED_REGIONS

    if region not in SUPPORTED_REGIONS:
        hint = _code_of(region, SUPPORTED_REGIONS)
        document.report(path, "wrong-value", "this is no region that has telephone numbers", hint)


def _check_country(
    document: Document,
    path: Path,
    settings: CalendarDocument | ContactWindowDocument,
    key: Iterable[str],
) -> None:
    # Only who asks for holidays waits for the import.
    import holidays

    known = set(holidays.registry.EntityLoader.get_country_codes(include_aliases=False))
    country, part = settings.country, settings.subdivision
    if country is None:
        if "country" not in key:
            message = "whose holidays? there is no country"
            hint = "add `country: IT`, or a key `country: SOURCE.FACT`"
            document.report(path, "missing-key", message, hint, at=document.place(path, key=True))
        if part is not None:
            message = "a subdivision needs the country it is part of"
            document.report((*path, "subdivision"), "missing-key", message, "add `country: …`")
    elif country not in known:
        message, hint = "no holidays are known of this country", _code_of(country, known)
        document.report((*path, "country"), "wrong-value", message, hint)
        return
    else:
        _check_part(document, path, country, part, "subdivision" in key)
    if isinstance(settings, CalendarDocument):
        asked = known if country is None else {country}
        _check_words(document, path, settings, [getattr(holidays, code) for code in sorted(asked)])


def _check_part(
    document: Document, path: Path, country: str, part: str | None, is_keyed: bool
) -> None:
    import holidays

    calendar = getattr(holidays, country)
    parts = [*calendar.subdivisions, *calendar.subdivisions_aliases]
    some = ", ".join(calendar.subdivisions[:_SHOWN])
    some += " …" if len(calendar.subdivisions) > _SHOWN else ""
    if part is not None and part.removeprefix(f"{country}-") not in parts:
        message = f"{country} has no such subdivision with holidays of its own"
        hint = did_you_mean(part, parts) or (f"known here: {some}" if some else "leave it out")
        document.report((*path, "subdivision"), "wrong-value", message, hint)
    elif part is None and country in _ONLY_IN_PARTS and not is_keyed:
        message = f"the parts of {country} share only some of their holidays"
        place = document.place((*path, "country"))
        hint = f"add `subdivision:` with one of {some}"
        document.report((*path, "subdivision"), "missing-key", message, hint, at=place)


def _check_words(
    document: Document, path: Path, settings: CalendarDocument, calendars: Sequence[Any]
) -> None:
    """Categories and language, as one at least of the calendars knows them."""
    kinds = {kind for c in calendars for kind in c.supported_categories} - _NOT_FREE
    languages = {name for c in calendars for name in c.supported_languages}
    languages |= {name.split("_")[0] for name in languages}
    for number, kind in enumerate(settings.categories):
        if kind not in kinds:
            hint = did_you_mean(kind, kinds) or f"known here: {', '.join(sorted(kinds))}"
            at = _inner(document, (*path, "categories"), number)
            document.report(at, "wrong-value", "there are no holidays of this kind", hint)
    if settings.language is not None and settings.language not in languages:
        hint = f"known here: {', '.join(sorted(languages))}"
        message = "the holidays have no names in this language"
        document.report((*path, "language"), "wrong-value", message, hint)


def _code_of(written: str, known: Iterable[str]) -> str:
    """What to write instead of a country that was named otherwise."""
    from holidays.registry import COUNTRIES

    folded = written.casefold().replace(" ", "_")
    for module, (_, code, *others) in COUNTRIES.items():
        if code in known and folded in {module, *(o.casefold() for o in (code, *others))}:
            return f"write {code}"
    return "write two letters like IT"


def _check_hours(document: Document, path: Path, settings: ContactWindowDocument) -> set[str]:
    """Report hours that are none; returns the days that are named."""
    seen: dict[str, str] = {}
    for named, texts in settings.hours.items():
        at = (*path, named)
        found = days(named)
        if not found:
            message = "these days run backwards: a week begins with mon"
            document.report(at, "wrong-value", message, "name them in two lines", key=True)
        for day in found:
            if day in seen:
                message = f"{day} is named twice, here and as `{seen[day]}`"
                document.report(at, "wrong-value", message, key=True)
                break
            seen[day] = named
        try:
            spans(texts)
        except ValueError as error:
            message, *hints = map(str, error.args)
            document.report(at, "wrong-value", message, "".join(hints))
    return set(seen)
