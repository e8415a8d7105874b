"""Where the towns of the list are: what rules by country go by."""

from __future__ import annotations

from people import TOWNS

COLUMNS = ("town", "country", "subdivision", "time_zone")

# Codes of ISO 3166: the province in Italy, the autonomous community in Spain.
_SUBDIVISIONS = {
    "Roma": "RM",
    "Milano": "MI",
    "Torino": "TO",
    "Forlì": "FC",
    "Cagliari": "CA",
    "Napoli": "NA",
    "Bologna": "BO",
    "Madrid": "MD",
    "A Coruña": "GA",
    "León": "CL",
    "Málaga": "AN",
    "Barcelona": "CT",
    "Girona": "CT",
    "Lleida": "CT",
    "Tarragona": "CT",
}
_ZONES = {"IT": "Europe/Rome", "ES": "Europe/Madrid"}


def rows() -> list[tuple[str, str, str, str]]:
    """Rows of towns.csv."""
    found = []
    for _, town, spoken in TOWNS:
        country = "IT" if spoken == "it" else "ES"
        found.append((town, country, _SUBDIVISIONS[town], _ZONES[country]))
    return found
