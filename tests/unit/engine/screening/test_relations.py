"""Tables made of tables: as Ibis makes them, and of no other's columns."""

from __future__ import annotations

import ibis
import pytest
from ibis.common.exceptions import IntegrityError

from engine.screening.relations import columns_of, extended, filtered, joined, selected

PEOPLE = ibis.table({"id": "int64", "town": "string", "note": "string"}, name="people")
TOWNS = ibis.table({"town": "string", "size": "int64"}, name="towns")
SIZES = ibis.table({"size": "int64", "note": "string", "word": "string"}, name="sizes")


def test_what_is_selected_filtered_and_added_is_what_ibis_makes() -> None:
    doubled = selected(PEOPLE, {"id": PEOPLE["id"] * 2, "one": ibis.literal(1)})
    assert doubled.equals(PEOPLE.select(id=PEOPLE["id"] * 2, one=ibis.literal(1)))
    late = filtered(PEOPLE, PEOPLE["id"] > 5, PEOPLE["town"].notnull())
    assert late.equals(PEOPLE.filter([PEOPLE["id"] > 5, PEOPLE["town"].notnull()]))
    named = extended(PEOPLE, {"name": PEOPLE["town"], "id": PEOPLE["id"] + 1})
    assert named.columns == ("id", "town", "note", "name")
    assert named.equals(PEOPLE.mutate(name=PEOPLE["town"], id=PEOPLE["id"] + 1))


def test_tables_are_joined_one_after_the_other_and_keep_the_first_of_equal_names() -> None:
    every = joined(
        PEOPLE,
        (TOWNS, lambda mine, theirs: [mine["town"] == theirs["town"]]),
        (SIZES, lambda mine, theirs: [mine["size"] == theirs["size"]]),
    )
    by_ibis = PEOPLE.left_join(TOWNS, "town", rname="their {name}").left_join(
        SIZES, "size", rname="its {name}"
    )
    assert every.columns == ("id", "town", "note", "size", "word")
    assert every.equals(by_ibis.select(*every.columns))


def test_a_semi_join_keeps_the_columns_of_the_first() -> None:
    here = joined(
        PEOPLE, (TOWNS, lambda mine, theirs: [mine["town"] == theirs["town"]]), how="semi"
    )
    assert here.equals(PEOPLE.semi_join(TOWNS, "town").select(*PEOPLE.columns))
    assert set(columns_of(here)) == {"id", "town", "note"}


def test_a_column_of_another_table_is_refused() -> None:
    with pytest.raises(IntegrityError):
        selected(PEOPLE, {"size": TOWNS["size"]})
    with pytest.raises(IntegrityError):
        filtered(filtered(PEOPLE, PEOPLE["id"] > 1), PEOPLE["id"] < 5)
