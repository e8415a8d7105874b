"""Rule packs by country: which of the files in a folder `countries` are rules of this project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from engine.diagnostics import Diagnostic
from engine.language.document import Document
from engine.language.vocabulary import did_you_mean

_FOLDER = "countries"
_COMMON = "COMMON"
# In common.yaml this list of one text stands for the countries that are switched on. Read as it
# stands, it blocks everybody.
_PLACEHOLDER = '"{countries}"'
# Packs that are not called as ISO 3166 calls their country.
_ISO = {"UK": "GB"}


class Packs:
    """The rule packs that `countries:` of config.yaml switches on, and those there are.

    A pack is a file like `it.yaml` or `es-ct.yaml` in a folder `countries` among the rules. The
    pack of a region brings that of its country with it, and any pack brings `common.yaml`.
    """

    def __init__(self, countries: Sequence[str]) -> None:
        self._countries = countries
        self._on = {part for code in countries for part in (code, code.partition("-")[0])}
        self._found: set[str] = set()

    @property
    def found(self) -> list[str]:
        """The packs there are among the rules read so far, switched on or not."""
        return sorted(self._found)

    def read(self, files: Iterable[Path]) -> Iterator[Path]:
        """Those of the rule files of a folder that are rules of this project."""
        for path in files:
            code = path.stem.upper()
            if not is_pack(path):
                yield path
            elif code == _COMMON:
                if self._on:
                    yield path
            else:
                self._found.add(code)
                if code in self._on:
                    yield path

    def filled(self, path: Path, text: str) -> str:
        """A rule file's text; in common.yaml with the countries that are switched on.

        >>> Packs(["ES-CT", "UK"]).filled(Path("countries/common.yaml"), 'x in ["{countries}"]')
        'x in ["ES", "GB"]'
        """
        if not is_pack(path) or path.stem.upper() != _COMMON:
            return text
        codes = sorted(_ISO.get(code, code) for code in self._on if "-" not in code)
        return text.replace(_PLACEHOLDER, ", ".join(f'"{code}"' for code in codes))

    def report_unknown(self, document: Document) -> None:
        """Tell which of the countries have no pack, once all rules were read."""
        for i, code in enumerate(self._countries):
            if not self._found:
                hint = "packs stand in a folder `countries` among the rules, as `upfront init` makes it"
                message = "there are no rule packs by country here"
                document.report(("countries", i), "unknown-country", message, hint)
                return
            if code not in self._found:
                message = f"there is no rule pack `{code}`"
                document.report(("countries", i), "unknown-country", message, self._meant(code))

    def _meant(self, code: str) -> str:
        meant = did_you_mean(code, self._found)
        renamed = {iso: pack for pack, iso in _ISO.items() if pack in self._found}
        if code in renamed:
            meant = f"did you mean `{renamed[code]}`?"
        return f"{meant} There are {', '.join(self.found)}".strip()


def is_pack(path: PurePath) -> bool:
    """Whether a file found in a folder of rules, or its test, belongs to the packs by country.

    >>> is_pack(Path("rules/countries/it.yaml")), is_pack(Path("rules/consent.yaml"))
    (True, False)
    """
    return path.parent.name == _FOLDER


def pointed(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The problems; where a pack reads a fact that is not declared, with where to read of it."""
    return [_pointed(problem) for problem in problems]


def _pointed(problem: Diagnostic) -> Diagnostic:
    if problem.code != "unknown-fact" or not is_pack(PurePath(problem.place.file)):
        return problem
    where = "declare it in config.yaml as docs/country-packs.md shows, or switch the pack off"
    return replace(problem, hint=f"{problem.hint}; {where}" if problem.hint else where)
