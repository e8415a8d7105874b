"""The shape of config.yaml, as pydantic models; every key is documented in docs/configuration.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from adapters.config.candidates import CandidatesDocument
from adapters.config.output import OutputDocument
from adapters.config.parts import Name, OneOrMore, Part, Text, Zone
from adapters.config.sources import SourceDocument


class ConfigDocument(Part):
    """All of config.yaml."""

    version: Literal[1]
    """The version of this file's format."""
    rules: Annotated[list[Text], OneOrMore, Field(min_length=1)]
    """Files or folders of rules. Folders are read recursively; `*.test.yaml` are tests."""
    countries: Annotated[list[Text], OneOrMore] = Field(default_factory=list)
    """The countries whose rule packs, in the folder `countries` of the rules, are switched on."""
    languages: Annotated[list[Text], Field(min_length=1)]
    """Languages of the reasons. The first is the default, and every sentence needs it."""
    time_zone: Zone
    """What `today` means, and where moments without an offset stand, like `Europe/Rome`."""
    backend: Literal["duckdb"] = "duckdb"
    """Where the screening is computed."""
    ledger: Text = "sqlite:///upfront.db"
    """Where prevented moments are kept: an SQLAlchemy URL of an SQLite file."""
    signing_key: Text = "upfront.key"
    """The file of the ledger's key; made with mode 0600 if absent."""
    cache: Text = ".upfront-cache"
    """The folder for what is kept between runs to save time, made with mode 0700. It can be deleted at any time."""
    candidates: CandidatesDocument
    """The list: what its columns mean."""
    output: OutputDocument = Field(default_factory=OutputDocument)
    """How the lists of a run are written, and where else the allowed one goes."""
    sources: dict[Name, SourceDocument] = Field(default_factory=dict)
    """Reference data by name, joined to candidates by key."""

    def joined_on(self) -> frozenset[str]:
        """The facts that sources are joined on."""
        return frozenset(fact for source in self.sources.values() for fact in source.key.values())


STAND_INS: dict[str, Any] = {
    "version": 1,
    "rules": ["…"],
    "languages": ["…"],
    "time_zone": "UTC",
    "candidates": {"id": "row", "customer": "…", "offer": "…"},
    "id": "row",
    "customer": "…",
    "offer": "…",
    "type": "string",
    "read": "…",
    "key": {"…": "candidate.offer_id"},
    "fields": {"stand_in": "string"},
}
"""What stands in for a part that was refused, so that the rest is looked at."""
