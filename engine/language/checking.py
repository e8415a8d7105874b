"""A YAML document against its pydantic model: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.diagnostics import Diagnostic
from engine.language.text import Document, Path
from engine.language.vocabulary import did_you_mean

M = TypeVar("M", bound=BaseModel)


def check_document(document: Document, model: type[M]) -> M | None:
    """The document as `model`, or None with the problems added to `document.problems`.

    An empty document is checked as an empty mapping. Problems never quote values, only keys.
    """
    value = {} if document.value is None else document.value
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        document.problems.extend(_diagnostics(document, model, details))
        return None


def _diagnostics(
    document: Document, model: type[BaseModel], errors: Iterable[ErrorDetails]
) -> Iterable[Diagnostic]:
    for error in errors:
        path = _existing(document, error["loc"])
        last = error["loc"][-1] if error["loc"] else ""
        kind, context = error["type"], error.get("ctx", {})
        if kind == "extra_forbidden":
            known = sorted(_keys(model, path[:-1]))
            hint = did_you_mean(str(last), known) or (
                f"known here: {', '.join(known)}" if known else ""
            )
            place = document.place(path, key=True)
            yield Diagnostic(place, "unknown-key", f"there is no key `{last}` here", hint)
        elif kind == "missing":
            place = document.place(path, key=True)
            yield Diagnostic(place, "missing-key", f"`{last}` is missing", f"add `{last}: …`")
        else:
            place = document.place(path, key=last == "[key]")
            yield Diagnostic(place, "wrong-value", _words(kind, context, error))


def _existing(document: Document, location: tuple[int | str, ...]) -> Path:
    """pydantic's location without the steps that name a branch of a union, not a key."""
    path: Path = ()
    for step in location:
        candidate = (*path, step)
        if candidate in document.places or candidate in document.keys:
            path = candidate
    return path


def _words(kind: str, context: dict[str, Any], error: ErrorDetails) -> str:
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", "")).replace("'", "")
        one = " or " in expected or "," in expected
        return f"this must be {'one of: ' if one else ''}{expected.replace(' or ', ', ')}"
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    if kind.startswith("union_tag") or kind == "model_type":
        return "this must be a group of `key: value` lines"
    plain = {
        "string_type": "this must be a text (put it in quotes)",
        "int_type": "this must be a whole number",
        "int_from_float": "this must be a whole number",
        "int_parsing": "this must be a whole number",
        "float_type": "this must be a number",
        "float_parsing": "this must be a number",
        "bool_type": "this must be true or false",
        "bool_parsing": "this must be true or false",
        "list_type": "this must be a list",
        "dict_type": "this must be a group of `key: value` lines",
        "datetime_type": "this must be a moment like 2026-03-31T09:00:00+02:00",
        "date_type": "this must be a date like 2026-03-31",
        "date_from_datetime_parsing": "this must be a date like 2026-03-31",
        "string_too_short": "this must not be empty",
        "too_short": "this must not be empty",
        "string_pattern_mismatch": "a name is made of lower-case letters and digits, without spaces",
    }
    return plain.get(kind, error["msg"].lower())


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


def problem(
    document: Document, path: Path, code: str, message: str, hint: str = "", *, key: bool = False
) -> Diagnostic:
    """A diagnostic at the place of `path` in `document`."""
    return Diagnostic(document.place(path, key=key), code, message, hint)
