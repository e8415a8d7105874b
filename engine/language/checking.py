"""A YAML document against its pydantic model: every problem at once, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.diagnostics import Place
from engine.language.document import Document, Path
from engine.language.repair import repaired
from engine.language.scalars import iso_date, read_plain
from engine.language.vocabulary import did_you_mean

M = TypeVar("M", bound=BaseModel)

_GROUP = "this must be a group of `key: value` lines"
_WHOLE = "this must be a whole number"
_MOMENT = "this must be a moment like 2026-03-31T09:00:00+02:00"
_DATE = "this must be a date like 2026-03-31"
_PLAIN = {
    "string_type": "this must be a text (put it in quotes)",
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "float_type": "this must be a number",
    "float_parsing": "this must be a number",
    "bool_type": "this must be true or false",
    "bool_parsing": "this must be true or false",
    "list_type": "this must be a list",
    "dict_type": _GROUP,
    "model_type": _GROUP,
    "model_attributes_type": _GROUP,
    "datetime_type": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "date_type": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "string_too_short": "this must not be empty",
    "too_short": "this must not be empty",
    "string_too_long": "this must be a single character",
    "string_pattern_mismatch": "a name is made of lower-case letters and digits, without accents and spaces",
}
# By how the kind of an error begins: what is meant, if it only stands between quotes.
_MEANT: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "date": (date,),
    "datetime": (datetime,),
    "int": (int,),
    "float": (int, float),
}
_BY_LANGUAGE = frozenset({"reason", "remedy", "because"})
_OF_TESTS = frozenset({"as_of", "base", "tests"})
_ROUNDS = 6


def check_document(
    document: Document,
    model: type[M],
    stand_ins: Mapping[str, Any] | None = None,
    language: str = "en",
) -> M | None:
    """The document as `model`, its problems added to `document.problems`.

    What is refused is left out, or has a stand-in by its key if `stand_ins` has one, so that the
    rest can be looked at: use the result only if there are no problems. None when nothing can be
    made of it. An empty document is checked as an empty mapping. Problems never quote values,
    only keys. `language` is the one that hints write sentences in.
    """
    if document.is_refused(()):
        return None
    value = {} if document.value is None else document.value
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(value)
        except ValidationError as error:
            details = error.errors(include_url=False)
        places = [_existing(document, e["loc"]) for e in details]
        _report(document, model, list(zip(places, details, strict=True)), language)
        value = repaired(value, zip(places, details, strict=True), stand_ins or {})
        if value is None:
            break
    return None


def _report(
    document: Document,
    model: type[BaseModel],
    errors: list[tuple[Path, ErrorDetails]],
    language: str,
) -> None:
    refused: set[Path] = set()
    missing: dict[Path, list[str]] = {}
    misspelt: set[Path] = set()
    for path, error in errors:
        last = str(error["loc"][-1]) if error["loc"] else ""
        kinds = {e["type"] for p, e in errors if p == path}
        if error["type"] == "missing":
            missing.setdefault(path, []).append(last)
        elif path in refused:
            continue
        elif error["type"] == "extra_forbidden":
            message = f"there is no key `{last}` here"
            hint = _known(document, model, path)
            document.report(path, "unknown-key", message, hint, key=True)
            misspelt |= {(*path[:-1], word) for word in hint.split("`")[1:2] if "mean" in hint}
            refused.add(path)
        else:
            # What is wrong with the whole may come of what was refused in it.
            if not document.refused_within(path):
                message, hint = _words(error, kinds, path, language)
                document.report(path, "wrong-value", message, hint, key=last == "[key]")
            refused.add(path)
    for path, keys in missing.items():
        # What was only misspelt is there.
        told = [
            k for k in keys if (*path, k) not in misspelt and not document.is_refused((*path, k))
        ]
        if told:
            document.report(path, "missing-key", *_missing(told), at=_beginning(document, path))
        refused |= {(*path, key) for key in keys}
    # Afterwards, so that two problems of one part are both told.
    document.refused |= refused


def _missing(keys: list[str]) -> tuple[str, str]:
    names = [f"`{key}`" for key in keys]
    if len(keys) == 1:
        return f"{names[0]} is missing", f"add `{keys[0]}: …`"
    return f"{', '.join(names[:-1])} and {names[-1]} are missing", "add them"


def _beginning(document: Document, path: Path) -> Place:
    """What stands for a whole part: its name if it is an item that has one, else its key."""
    for name in ("id", "name"):
        if (*path, name) in document.places and isinstance(path[-1], int):
            return document.place((*path, name))
    return document.place(path, key=True)


def _existing(document: Document, location: tuple[int | str, ...]) -> Path:
    """pydantic's location without the steps that name a branch of a union, not a key."""
    path: Path = ()
    for step in location:
        candidate = (*path, step)
        if candidate in document.places or candidate in document.keys:
            path = candidate
    return path


def _known(document: Document, model: type[BaseModel], path: Path) -> str:
    """What to write instead of a key that is not known."""
    last = str(path[-1])
    known = sorted(_keys(model, path[:-1]))
    hint = did_you_mean(last, known)
    if hint:
        return hint
    words = set(last.lower().split("_")) & set(known)
    if len(words) == 1:
        return f"did you mean `{words.pop()}`?"
    if last.startswith("-"):
        return "a space is missing behind the dash"
    above = _empty_above(document, path)
    if above:
        return f"if it belongs to `{above}`, indent it deeper"
    for length in range(len(path) - 2, -1, -1):
        beside = path[length]
        if isinstance(beside, str) and last in _keys(model, path[:length]):
            return f"if it belongs beside `{beside}`, indent it less"
    if len(path) == 1 and last in _OF_TESTS:
        return "tests stand in files whose name ends in .test.yaml"
    inside = [key for key in known if last in _keys(model, (*path[:-1], key))]
    if inside and last not in known:
        return f"it is a key of {' or '.join(f'`{key}`' for key in inside)}: indent it deeper"
    return f"known here: {', '.join(known)}" if known else ""


def _empty_above(document: Document, path: Path) -> str:
    """The key right above this one, if nothing stands behind its colon."""
    siblings = [key for key in document.keys if key[:-1] == path[:-1]]
    at = siblings.index(path) if path in siblings else 0
    above = siblings[at - 1] if at else ()
    empty = above and above in document.written and not document.written[above].raw
    return str(above[-1]) if empty else ""


def _words(error: ErrorDetails, kinds: set[str], path: Path, language: str) -> tuple[str, str]:
    """Message and hint."""
    kind, given, context = error["type"], error.get("input"), error.get("ctx", {})
    last = str(path[-1]) if path else ""
    if kinds == {"int_type", "string_type"} or kinds == {"int_from_float", "string_type"}:
        return "this must be a whole number, or an expression that gives one", ""
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        one = "one of: " if "," in expected else ""
        hint = did_you_mean(given, expected.split(", ")) if isinstance(given, str) else ""
        return f"this must be {one}{expected}", hint
    if kind == "value_error":
        # A validator may give a hint beside its message.
        message, *hints = map(str, context["error"].args if "error" in context else [error["msg"]])
        return message, hints[0] if hints else ""
    if kind in ("dict_type", "model_type") and last in _BY_LANGUAGE and isinstance(given, str):
        return "this must be a sentence by language", f"write {last}: {{{language}: …}}"
    if kind == "dict_type" and last.count(".") == 1:
        source, _, field = last.partition(".")
        return _GROUP, f"write {source}: {{{field}: …}}"
    if kind in ("dict_type", "model_type") and isinstance(given, dict):
        return _GROUP, ""
    if kind == "list_type" and isinstance(given, dict):
        dashes = any(key.startswith("-") for key in given)
        hint = "put a space behind the dash" if dashes else "begin each item with `- `"
        return _PLAIN[kind], hint
    if kind == "string_type" and isinstance(given, dict):
        return _PLAIN[kind], "put it between single quotes: to YAML, a colon and { } make a group"
    if kind == "string_pattern_mismatch" and isinstance(given, str):
        return _PLAIN[kind], _as_name(given, str(context.get("pattern", "")))
    if "float" in kind or kind.startswith("int_"):
        return _PLAIN[kind], _as_number(given) or _unquoted(kind, given)
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        sign = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
        bounds = [f"{words} {context[name]:g}" for name, words in sign.items() if name in context]
        share = kind == "less_than_equal" and context["le"] == 1 and 1 < given <= 100
        hint = f"{given:g} % is written {given / 100:g}" if share else ""
        return f"this must be {' and '.join(bounds)}", hint
    if kind.startswith("date_") and (day := iso_date(str(given))):
        return _PLAIN[kind], _unquoted(kind, given) or f"write {day}"
    return _PLAIN.get(kind, error["msg"].lower()), _unquoted(kind, given)


def _as_name(given: str, pattern: str) -> str:
    """The name that is meant by one with capitals, accents or spaces in it."""
    apart = unicodedata.normalize("NFKD", given.strip().lower())
    words = "".join(letter for letter in apart if not unicodedata.combining(letter))
    for joint in ("-", "_"):
        name = re.sub(r"[\s_-]+", joint, words)
        if re.fullmatch(pattern, name):
            return f"write {name}"
    return ""


def _unquoted(kind: str, given: Any) -> str:
    """That a value is right but for the quotes around it."""
    meant = _MEANT.get(kind.partition("_")[0], ())
    right = isinstance(given, str) and type(read_plain(given)) in meant
    return "write it without quotes" if right else ""


def _as_number(given: Any) -> str:
    """How a number is written that somebody wrote as 12% or 0,12."""
    match = re.fullmatch(r"([0-9]{1,9})(?:,([0-9]{1,9}))?\s*(%?)", str(given).strip())
    if not isinstance(given, str) or match is None:
        return ""
    number = float(f"{match[1]}.{match[2] or 0}") / (100 if match[3] else 1)
    return f"write {number:g}"


def _keys(model: type[BaseModel], path: Path) -> set[str]:
    """The keys that the model knows at `path`, followed through lists, dicts and unions."""
    models = {model}
    for step in path:
        following: set[type[BaseModel]] = set()
        for one in models:
            for name, info in one.model_fields.items():
                if isinstance(step, str) and (info.alias or name) == step:
                    following |= _models_in(info.annotation)
        models = following if isinstance(step, str) and following else models
    return {info.alias or name for one in models for name, info in one.model_fields.items()}


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    inner = getattr(annotation, "__args__", ())
    return {model for part in inner for model in _models_in(part)}
