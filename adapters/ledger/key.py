"""The key that signs the ledger's checkpoints: an Ed25519 private key in a PEM file of its owner's."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.diagnostics import UpfrontError


class UnusableKey(UpfrontError):
    """The signing key cannot be read, made or trusted."""

    exit_code = 2


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path`. Raises UnusableKey, also when others than its owner may read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(100_000)
    except FileNotFoundError:
        raise UnusableKey(
            f"the signing key {path} does not exist",
            "put back the key this ledger was signed with (config.yaml names it as signing_key)",
        ) from None
    except OSError as error:
        raise UnusableKey(
            f"the signing key {path} cannot be read: {error.strerror}",
            "let the user who runs upfront read it",
        ) from None
    # The group may read it, as deployments do that keep secrets; nobody else may do anything.
    if os.name == "posix" and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise UnusableKey(
            f"the signing key {path} is open to other users (mode {stat.S_IMODE(mode):04o})",
            f"run `chmod 600 {path}`; if others may have copied it, make a new ledger and key",
        )
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(
            f"the signing key {path} is not an Ed25519 private key in PEM without password",
            "name another file as signing_key in config.yaml; it is made if it does not exist",
        )
    return key


def load_or_make_key(path: Path) -> Ed25519PrivateKey:
    """The private key in `path`, made with mode 0600 if there is no such file.

    The file appears whole or not at all, and one that exists is never replaced: of two processes
    that make it at once, both get the same key.
    """
    if not path.exists():
        _make_key(path)
    return load_key(path)


def _make_key(path: Path) -> None:
    data = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write_new(draft, data)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            except OSError:
                # No hard links on this file system: the exclusive open still never replaces a key.
                _write_new(path, data)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except FileExistsError:
        pass
    except OSError as error:
        raise UnusableKey(
            f"the signing key {path} cannot be made: {error.strerror}",
            "name a file in a folder that upfront may write to as signing_key in config.yaml",
        ) from None


def _write_new(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
