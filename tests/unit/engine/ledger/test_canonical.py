from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ledger.canonical import digest, is_digest, json_text, prefixed, texts_digest

FIELDS = st.lists(st.none() | st.text())


def parsed(text: str) -> list[str | None]:
    """Reads length-prefixed fields back, by the description in docs/ledger.md alone."""
    data = text.encode()
    fields: list[str | None] = []
    while data:
        if data[:1] == b"-":
            fields.append(None)
            data = data[1:]
            continue
        length, _, rest = data.partition(b":")
        fields.append(rest[: int(length)].decode())
        data = rest[int(length) :]
    return fields


@settings(deadline=None)
@given(FIELDS)
def test_what_was_prefixed_can_be_read_back_so_no_two_lists_look_the_same(
    fields: list[str | None],
) -> None:
    assert parsed(prefixed(fields)) == fields


def test_lengths_are_counted_in_bytes() -> None:
    assert prefixed(["è", "🙂", "\0"]) == "2:è4:🙂1:\0"


def test_a_digest_is_the_sha256_of_the_prefixed_fields() -> None:
    assert digest(["abc", None]) == hashlib.sha256(b"3:abc-").hexdigest()


def test_only_64_lower_case_hex_digits_are_a_digest() -> None:
    good = "0a" * 32
    assert is_digest(good)
    for bad in (
        good.upper(),
        good[:-1],
        good + "\n",
        " " + good[1:],
        "zz" * 32,
        None,
        7,
        b"0a" * 32,
    ):
        assert not is_digest(bad)


def test_the_digest_of_texts_depends_on_names_and_texts_and_not_on_their_order() -> None:
    texts = {"a.yaml": "x", "b.yaml": "y"}
    assert texts_digest(texts) == texts_digest(dict(reversed(texts.items())))
    assert texts_digest(texts) != texts_digest({"a.yaml": "y", "b.yaml": "x"})
    assert texts_digest(texts) != texts_digest({"a.yaml": "xb", ".yaml": "y"})


def test_json_has_one_spelling() -> None:
    assert json_text({"b": 1, "a": "è"}) == '{"a":"è","b":1}'
