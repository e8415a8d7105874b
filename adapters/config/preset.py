"""What lists from well-known systems look like: `candidates: {preset: NAME}` (docs/presets.md).

Each is a file in `presets/`, in the form of `candidates` itself. What the user writes goes before.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from engine.language.document import Document

_FOLDER = Path(__file__).parent / "presets"
PRESETS = ("salesforce-campaign-member", "hubspot-list", "dynamics-marketing-list")
NEEDED = ("id", "customer", "offer")
"""What `candidates` has to say, itself or by its preset."""


@cache
def preset(name: str) -> Mapping[str, Any]:
    """What a preset says of a list, as it would stand under `candidates`."""
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def with_preset(given: Any) -> Any:
    """`candidates` as it was written, with what its preset says of all that it does not.

    A field that is written is put together with the preset's, key by key; one of another type
    keeps only the preset's column, and that it is personal data.

    >>> fields = {"email": {"type": "string", "column": "E-mail"}, "phone": "string"}
    >>> merged = with_preset({"preset": "hubspot-list", "fields": fields})
    >>> merged["id"], merged["fields"]["email"], merged["fields"]["phone"]["column"]
    ('Record ID', {'type': 'string', 'column': 'E-mail', 'pii': True}, 'Phone Number')
    """
    if not isinstance(given, dict) or not isinstance(given.get("preset"), str):
        return given
    if given["preset"] not in PRESETS:
        # The name is told to be wrong; that there is no id is not what has to be mended.
        return {**dict.fromkeys(NEEDED, "row"), **given}
    known = preset(given["preset"])
    written = given.get("fields", {})
    if not isinstance(written, dict):
        return {**known, **given}
    fields = {
        **known["fields"],
        **{n: _field(known["fields"].get(n), f) for n, f in written.items()},
    }
    return {**known, **given, "fields": fields}


def _field(known: Mapping[str, Any] | None, given: Any) -> Any:
    if known is None:
        return given
    written = {"type": given} if isinstance(given, str) else given
    if not isinstance(written, dict):
        return given
    kept = known if written.get("type") == known["type"] else {"column", "pii"} & known.keys()
    return {**{key: known[key] for key in kept}, **written}


def said_by_preset(name: str | None) -> Mapping[str, Any]:
    """The fields that a preset declares, each as it does; none without a preset."""
    return preset(name)["fields"] if name in PRESETS else {}


def forget_what_follows(document: Document) -> None:
    """Tell nobody to add what a preset says, when only its name is misspelt."""
    if ("candidates", "preset") in document.refused:
        place = document.place(("candidates",), key=True)
        document.problems[:] = [
            p for p in document.problems if p.code != "missing-key" or p.place != place
        ]
