from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from adapters.ledger.key import UnusableKey, load_key, load_or_make_key


def test_a_key_is_made_for_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "upfront.key"
    made = load_or_make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make_key(path).private_bytes_raw() == made.private_bytes_raw()
    assert [p.name for p in tmp_path.iterdir()] == ["upfront.key"]


def test_many_who_make_the_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: load_or_make_key(tmp_path / "k"), range(8)))
    assert len({key.private_bytes_raw() for key in keys}) == 1


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620])
def test_a_key_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "upfront.key"
    load_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(UnusableKey, match=f"open to other users.*{mode:04o}") as caught:
        load_key(path)
    assert "chmod 600" in caught.value.hint


def test_a_key_kept_for_a_group_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "upfront.key"
    load_or_make_key(path)
    path.chmod(0o640)
    load_key(path)


def _ec_key() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("content", [b"", b"not a key", b"\xff" * 100, _ec_key()])
def test_what_is_not_an_ed25519_key_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "upfront.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UnusableKey, match="not an Ed25519 private key"):
        load_or_make_key(path)
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_made_or_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match="cannot be made"):
        load_or_make_key(tmp_path / "nowhere" / "upfront.key")
    with pytest.raises(UnusableKey, match="does not exist"):
        load_key(tmp_path / "upfront.key")
    with pytest.raises(UnusableKey, match="cannot be read"):
        load_key(tmp_path)
