from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ledger.moment import (
    BULK_COLUMNS,
    COLUMNS,
    PERSONAL,
    PLAIN,
    leaf_digest,
    personal_digest,
    row_digests,
)
from engine.ledger.sealing import with_hashes

HASHES = ("salt", "personal", "leaf")
CONTENT = tuple(name for name in BULK_COLUMNS if name not in HASHES)
TEXTS = st.none() | st.text() | st.sampled_from(["", "\0", "a\0b", "🙂", "1:a", "-", "'", "0:"])
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(CONTENT, TEXTS)), min_size=1, max_size=12)


def salt(number: int) -> str:
    return hashlib.sha256(f"salt {number}".encode()).hexdigest()


def hashed_in_python(row: dict[str, str | None], number: int) -> dict[str, str | None]:
    row = {**row, "salt": salt(number)}
    row["personal"] = personal_digest(row)
    row["leaf"] = leaf_digest(row)
    return row


def hashed_in_columns(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    schema = pa.schema([(name, pa.string()) for name in (*CONTENT, "salt")])
    salted = [{**row, "salt": salt(number)} for number, row in enumerate(rows)]
    batch = pa.RecordBatch.from_pylist(salted, schema=schema)
    result: list[dict[str, str | None]] = with_hashes(batch).to_pylist()
    # Rows of a larger batch lie elsewhere in its memory.
    assert with_hashes(pa.concat_batches([batch, batch]).slice(len(rows))).to_pylist() == result
    return result


@settings(deadline=None)
@given(ROWS)
def test_columns_hash_as_python_does(rows: list[dict[str, str | None]]) -> None:
    assert hashed_in_columns(rows) == [hashed_in_python(row, n) for n, row in enumerate(rows)]


@settings(deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(CONTENT, TEXTS)))
def test_the_quick_way_of_hashing_a_row_agrees_with_the_plain_one(
    row: dict[str, str | None],
) -> None:
    hashed = hashed_in_python(row, 7)
    values = [1, *(hashed[name] for name in BULK_COLUMNS)]
    assert row_digests(values) == (hashed["personal"], hashed["leaf"])


def test_the_leaf_is_what_the_documentation_says_it_is() -> None:
    row = hashed_in_python({name: name for name in CONTENT} | {"offer_id": None}, 0)
    personal = hashlib.sha256(
        f"18:upfront.personal.164:{salt(0)}12:candidate_id11:customer_id6:reason7:reasons".encode()
    ).hexdigest()
    entry = (
        "16:upfront.moment.16:run_id-7:channel10:contact_at5:cause5:stage6:moment4:pain4:rule"
        f"64:{personal}"
    )
    assert row["leaf"] == hashlib.sha256(b"\0" + entry.encode()).hexdigest()


@pytest.mark.parametrize("name", [*PLAIN, "personal"])
def test_every_plain_column_is_in_the_leaf(name: str) -> None:
    row = hashed_in_python(dict.fromkeys(CONTENT, "x"), 0)
    assert leaf_digest({**row, name: "y"}) != row["leaf"]
    assert leaf_digest({**row, name: None}) != row["leaf"]


@pytest.mark.parametrize("name", [*PERSONAL, "salt"])
def test_every_personal_column_is_in_the_personal_digest_and_can_go_without_touching_the_leaf(
    name: str,
) -> None:
    row = hashed_in_python(dict.fromkeys(CONTENT, "x"), 0)
    assert personal_digest({**row, name: "y"}) != row["personal"]
    assert leaf_digest({**row, name: None}) == row["leaf"]


def test_every_stored_column_is_hashed() -> None:
    assert {"seq", *PLAIN, *PERSONAL, *HASHES} == set(COLUMNS)


def test_two_people_with_the_same_content_have_different_digests() -> None:
    row: dict[str, str | None] = dict.fromkeys(CONTENT, "x")
    assert hashed_in_python(row, 0)["personal"] != hashed_in_python(row, 1)["personal"]
