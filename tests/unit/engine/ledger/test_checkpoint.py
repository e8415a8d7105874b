from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.ledger.checkpoint import (
    Checkpoint,
    NoteRefused,
    key_id,
    open_checkpoint,
    open_note,
    read_checkpoint,
    sign_note,
    verifier_key,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "example.com/ledger"
CHECKPOINT = Checkpoint(ORIGIN, 42, hashlib.sha256(b"root").digest())
NOTE = CHECKPOINT.sign(KEY)

# The example that Go's checksum database documents its signed notes with.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_another_program_signed_is_understood() -> None:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(GO_KEY.split("+", 2)[2])[1:])
    assert open_note(GO_NOTE, "PeterNeumann", key).startswith("If you think")
    assert verifier_key("PeterNeumann", key) == GO_KEY


def test_a_checkpoint_is_origin_size_and_root_and_a_signature() -> None:
    text, _, signature = NOTE.rpartition("\n\n")
    assert text.split("\n") == [ORIGIN, "42", base64.b64encode(CHECKPOINT.root).decode()]
    dash, name, encoded = signature.split(" ")
    assert (dash, name) == ("\u2014", ORIGIN)
    data = ORIGIN.encode() + b"\n\x01" + KEY.public_key().public_bytes_raw()
    assert base64.b64decode(encoded)[:4] == hashlib.sha256(data).digest()[:4]
    assert key_id(ORIGIN, KEY.public_key()) == base64.b64decode(encoded)[:4]


def test_a_checkpoint_signed_is_a_checkpoint_opened() -> None:
    assert open_checkpoint(NOTE, KEY.public_key()) == CHECKPOINT


@pytest.mark.parametrize("at", range(len(NOTE)))
def test_no_character_of_a_checkpoint_can_be_changed(at: int) -> None:
    changed = NOTE[:at] + ("A" if NOTE[at] != "A" else "B") + NOTE[at + 1 :]
    with pytest.raises(NoteRefused):
        open_checkpoint(changed, KEY.public_key())


def test_another_key_under_the_same_name_is_refused_as_forged() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    with pytest.raises(NoteRefused) as caught:
        open_checkpoint(CHECKPOINT.sign(other), KEY.public_key())
    assert caught.value.forged


def test_a_witness_may_sign_too() -> None:
    witness = Ed25519PrivateKey.from_private_bytes(bytes(32))
    line = sign_note(CHECKPOINT.text(), "witness.example", witness).rpartition("\n\n")[2]
    assert open_checkpoint(NOTE + line, KEY.public_key()) == CHECKPOINT


def test_a_second_bad_signature_of_our_key_spoils_the_note() -> None:
    bad = sign_note("something else\n", ORIGIN, KEY).rpartition("\n\n")[2]
    with pytest.raises(NoteRefused):
        open_checkpoint(NOTE + bad, KEY.public_key())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a\n1\n",
        f"{ORIGIN}\n042\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n1\n{base64.b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n1\nnot base64\n",
        f"\n1\n{base64.b64encode(bytes(32)).decode()}\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        read_checkpoint(f"{text}\n\u2014 {ORIGIN} AAAA\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [("no newline", "a"), ("a\rb\n", "a"), ("a\n", "a b"), ("a\n", "a+b"), ("a\n", "")],
)
def test_what_a_note_cannot_carry_is_not_signed(text: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"note's text|key's name"):
        sign_note(text, name, KEY)
