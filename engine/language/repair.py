"""A value without what was refused in it, so that one problem does not hide the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from engine.language.document import Path

RULE_STAND_INS: dict[str, Any] = {
    "id": "stand-in",
    "title": "…",
    "owner": "…",
    "stage": "data",
    "require": "true",
    "applies": "true",
    "when": "true",
    "moment": "FMOT",
    "pain": "…",
    "reason": {"…": "…"},
    "given": {"signal": "…"},
    "per": "candidate.customer_id",
    "limit": 1,
}
"""What stands in for a part that was refused, so that the rest of its rule is looked at."""
for _key, _part in {
    "rules": "id title owner stage require moment pain reason",
    "signals": "id",
    "decisions": "id given",
    "pools": "id title per limit moment pain reason",
}.items():
    RULE_STAND_INS[_key] = [{name: RULE_STAND_INS[name] for name in _part.split()}]


def repaired(
    value: Any, errors: Iterable[tuple[Path, ErrorDetails]], stand_ins: Mapping[str, Any]
) -> Any:
    """A copy of `value` in which what the errors speak of is replaced, filled in or left out.

    `stand_ins` are values by key, for keys that can't be left out and for the items of lists
    under that key. None when nothing is left.
    """
    changes: dict[Path, Any] = {}
    for path, error in errors:
        if error["type"] == "missing":
            changes[(*path, str(error["loc"][-1]))] = stand_ins.get(str(error["loc"][-1]))
        elif error["type"] == "extra_forbidden":
            changes[path] = None
        else:
            changes[path] = _stand_in(path, stand_ins) if path else None
    return None if () in changes else _changed(value, (), changes)


def _stand_in(path: Path, stand_ins: Mapping[str, Any]) -> Any:
    names = [step for step in path if isinstance(step, str)]
    found = stand_ins.get(names[-1]) if names else None
    if isinstance(path[-1], str):
        return found
    # An item has the stand-in of its list's items, and can't be left out: places go by number.
    return (found[0] if isinstance(found, list) else found) or "…"


def _changed(value: Any, path: Path, changes: Mapping[Path, Any]) -> Any:
    if isinstance(value, dict):
        return _changed_group(value, path, changes)
    if isinstance(value, list):
        return _changed_list(value, path, changes)
    return value


def _changed_group(value: dict[str, Any], path: Path, changes: Mapping[Path, Any]) -> Any:
    result = {}
    for key, inner in value.items():
        at = (*path, key)
        found = changes[at] if at in changes else _changed(inner, at, changes)
        if found is not None or at not in changes:
            result[key] = found
    for at, found in changes.items():
        if at[:-1] == path and at[-1] not in value and found is not None:
            result[str(at[-1])] = found
    return result


def _changed_list(value: list[Any], path: Path, changes: Mapping[Path, Any]) -> Any:
    """Items keep their numbers, by which places are known."""
    result = []
    for number, inner in enumerate(value):
        at = (*path, number)
        result.append(changes[at] if at in changes else _changed(inner, at, changes))
    return result
