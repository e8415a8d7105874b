"""What dialers take: the columns of their files and the limits of each (docs/presets.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from adapters.config.output import LEDGER_TABLES, OutputDocument
from engine.language.document import Document
from engine.language.vocabulary import did_you_mean

GENESYS, VICIDIAL = "genesys-contact-list", "vicidial-lead-file"

MOST_COLUMNS, LONGEST_HEADER, MOST_CONTACTS = 50, 128, 1_000_000
"""Of a contact list of Genesys Cloud."""


@dataclass(frozen=True)
class LeadField:
    """A field of a VICIdial lead: the pattern (RE2) of what it takes whole, and that in words.

    `longest` is how many characters it keeps. What describes may be `cut` to that, what
    identifies or is dialled may not.
    """

    longest: int
    pattern: str = ""
    takes: str = ""
    cut: bool = False


def _digits(low: int, high: int) -> LeadField:
    return LeadField(high, f"^[0-9]{{{low},{high}}}$", f"{low} to {high} digits")


def _words(longest: int) -> LeadField:
    return LeadField(longest, cut=True)


LEAD = {
    "vendor_lead_code": LeadField(20),
    "source_code": LeadField(50),
    "list_id": _digits(3, 12),
    "phone_code": _digits(1, 4),
    "phone_number": _digits(6, 16),
    "title": _words(4),
    "first_name": _words(30),
    "middle_initial": _words(1),
    "last_name": _words(30),
    "address1": _words(100),
    "address2": _words(100),
    "address3": _words(100),
    "city": _words(50),
    "state": LeadField(2),
    "province": _words(50),
    "postal_code": LeadField(10),
    "country_code": LeadField(3),
    "gender": LeadField(1, "^[MFU]$", "M, F or U"),
    "date_of_birth": LeadField(10, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date like 1980-12-31"),
    "alt_phone": LeadField(12, "^[0-9]{6,12}$", "6 to 12 digits"),
    "email": LeadField(70),
    "security_phrase": LeadField(100),
    "comments": _words(255),
}
"""The fields of a VICIdial lead file, in their order."""
DIALLED = ("phone_number", "alt_phone")
"""Those of them that hold a number to dial."""
_FOR = {"phones": GENESYS, "zone": GENESYS, "delimiter": VICIDIAL, "too_long": VICIDIAL}
_DELIMITERS = ("\t", "|", ",")


def check_output(document: Document, output: OutputDocument, ledger: str) -> None:
    """Report what the dialer would not take, or what belongs to no dialer, in config.yaml; and a
    table that the `ledger` in the same database has for itself.
    """
    if document.refused_within(("output",)):
        return
    name = (output.table or "").rpartition(".")[2].casefold()
    if output.sql == ledger and name in LEDGER_TABLES:
        message, hint = (
            f"the ledger keeps `{output.table}` in this database",
            "choose another name, like `tonight`, or another database",
        )
        document.report(("output", "table"), "wrong-value", message, hint)
    for key, preset in _FOR.items():
        if key in output.model_fields_set and output.preset != preset:
            message = f"`{key}` belongs to `preset: {preset}`"
            document.report(("output", key), "wrong-value", message, key=True)
    if output.preset is None and output.columns:
        message, hint = (
            "`columns` belongs to a `preset`",
            f"add `preset: {GENESYS}` or `preset: {VICIDIAL}`",
        )
        document.report(("output", "columns"), "wrong-value", message, hint, key=True)
    if output.preset == GENESYS:
        _check_contact_list(document, output)
    elif output.preset == VICIDIAL:
        _check_lead_file(document, output)


def header_problem(name: str) -> str:
    """Why Genesys Cloud would not take a column of this name; empty if it would.

    >>> header_problem("phone"), header_problem("a" + chr(92))
    ('', 'the name of a column must not hold a backslash or a line break')
    """
    if len(name) > LONGEST_HEADER:
        return f"the name of a column has {LONGEST_HEADER} characters at most"
    if re.search(r"[\\\x00-\x1f]", name):
        return "the name of a column must not hold a backslash or a line break"
    return ""


def _check_contact_list(document: Document, output: OutputDocument) -> None:
    for name in output.columns:
        problem = header_problem(name)
        if problem:
            document.report(("output", "columns", name), "wrong-value", problem, key=True)
    if len(output.columns) > MOST_COLUMNS:
        message = (
            f"a contact list has {MOST_COLUMNS} columns at most, here are {len(output.columns)}"
        )
        document.report(("output", "columns"), "wrong-value", message, key=True)
    if not output.phones:
        message = f"`preset: {GENESYS}` needs a column with phone numbers"
        hint = "add `phones: {COLUMN: TYPE}`, like `phones: {mobile: Cell}`"
        document.report(("output", "preset"), "missing-key", message, hint)
    if output.columns:
        for name in output.phones:
            _known(document, ("output", "phones", name), name, output.columns, key=True)
        if output.zone is not None:
            _known(document, ("output", "zone"), output.zone, output.columns)


def _check_lead_file(document: Document, output: OutputDocument) -> None:
    for name, cell in output.columns.items():
        path = ("output", "columns", name)
        _known(document, path, name, LEAD, key=True)
        field = LEAD.get(name)
        if field is None or cell.value is None:
            continue
        if len(cell.value) > field.longest or not re.search(field.pattern, cell.value):
            takes = field.takes or f"at most {field.longest} characters"
            document.report(path, "wrong-value", f"`{name}` takes {takes}")
    if "phone_number" not in output.columns:
        message = f"`preset: {VICIDIAL}` needs the field `phone_number`"
        hint = "add `columns: {phone_number: COLUMN}` with the list's column of numbers"
        document.report(("output", "preset"), "missing-key", message, hint)
    if output.delimiter is not None and output.delimiter not in _DELIMITERS:
        message, hint = "a lead file is parted by tabs, bars or commas", 'write "\\t", "|" or ","'
        document.report(("output", "delimiter"), "wrong-value", message, hint)


def _known(
    document: Document, path: tuple[str, ...], name: str, known: Iterable[str], *, key: bool = False
) -> None:
    known = list(known)
    if name not in known:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
        document.report(path, "unknown-key", f"there is no column `{name}`", hint, key=key)
