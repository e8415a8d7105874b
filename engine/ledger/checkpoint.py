"""What is signed: checkpoints (C2SP tlog-checkpoint) and statements, as C2SP signed notes with Ed25519.

A checkpoint says «at this size the tree had this root». Kept outside, it proves that the history
before it was neither rewritten nor cut short. A statement signs the digest of a row that is not in
the tree: what a run says of itself, or an erasure.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID_BYTES = 4
MAX_NOTE_CHARACTERS = 100_000
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteRefused(Exception):
    """A signed note that cannot be trusted; `forged` when only its signature is to blame."""

    def __init__(self, message: str, forged: bool = False) -> None:
        super().__init__(message)
        self.forged = forged


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes by which a signature line names its key."""
    data = name.encode() + b"\n" + ED25519 + key.public_bytes_raw()
    return hashlib.sha256(data).digest()[:KEY_ID_BYTES]


def verifier_key(name: str, key: Ed25519PublicKey) -> str:
    """The public key in one line, `name+id+base64`, as verifiers of signed notes take it."""
    encoded = base64.b64encode(ED25519 + key.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, key).hex()}+{encoded}"


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The text with a signature line under it. `name` is the key's name, the ledger's origin.

    Raises ValueError for a text or name that a signed note cannot carry.
    """
    if not text.endswith("\n") or _FORBIDDEN.search(text):
        raise ValueError("a note's text ends with a newline and has no control characters")
    if not name or "+" in name or any(c.isspace() for c in name):
        raise ValueError("a key's name is not empty and has neither spaces nor '+'")
    signature = key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, name: str, key: Ed25519PublicKey) -> str:
    """The text of a note that `key` signed under `name`. Raises NoteRefused otherwise.

    Signatures of other keys (a witness's, say) are ignored, as the format asks.
    """
    if len(note) > MAX_NOTE_CHARACTERS or _FORBIDDEN.search(note):
        raise NoteRefused("it is not a signed note")
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not text or not signatures.endswith("\n"):
        raise NoteRefused("it is not a signed note")
    text += "\n"
    wanted = key_id(name, key)
    verified = False
    for line in signatures[:-1].split("\n"):
        signer, raw = _signature_line(line)
        if signer != name or raw[:KEY_ID_BYTES] != wanted:
            continue
        try:
            key.verify(raw[KEY_ID_BYTES:], text.encode())
        except (InvalidSignature, UnicodeEncodeError):
            raise NoteRefused("its signature does not fit its text", forged=True) from None
        verified = True
    if not verified:
        raise NoteRefused("it is not signed with this ledger's key", forged=True)
    return text


@dataclass(frozen=True)
class Checkpoint:
    """The tree's root at one size; `origin` names the ledger, and the key that signs for it."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, key: Ed25519PrivateKey) -> str:
        """The checkpoint as a signed note."""
        return sign_note(self.text(), self.origin, key)


def read_checkpoint(note: str) -> Checkpoint:
    """What a note claims to be, its signature not yet looked at. Raises NoteRefused.

    Extension lines are allowed, as the format says, and mean nothing here.
    """
    lines = note.rpartition("\n\n")[0].split("\n")
    if len(lines) < 3 or not all(lines) or not _SIZE.match(lines[1]):
        raise NoteRefused("it is not a checkpoint")
    root = _base64(lines[2])
    if len(root) != hashlib.sha256().digest_size:
        raise NoteRefused("its root is not a SHA-256 hash")
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(note: str, key: Ed25519PublicKey) -> Checkpoint:
    """A checkpoint whose signature by `key`, under its own origin, is good. Raises NoteRefused."""
    checkpoint = read_checkpoint(note)
    open_note(note, checkpoint.origin, key)
    return checkpoint


def statement(kind: str, origin: str, digest: str) -> str:
    """The text that signs a row by its digest; its first line is nobody's origin."""
    return f"upfront {kind}\n{origin}\n{digest}\n"


def _signature_line(line: str) -> tuple[str, bytes]:
    dash, name, encoded = [*line.split(" "), "", ""][:3]
    if dash != "\u2014" or not name or line.count(" ") != 2:
        raise NoteRefused("it is not a signed note")
    raw = _base64(encoded)
    if len(raw) <= KEY_ID_BYTES:
        raise NoteRefused("it is not a signed note")
    return name, raw


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("it holds something that is not base64") from None
    # One value has one spelling, so that nobody can change a note without changing its meaning.
    if base64.b64encode(raw).decode() != text:
        raise NoteRefused("it holds something that is not base64")
    return raw
