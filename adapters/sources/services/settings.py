"""What asking a service may cost, and whom it is asked as."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.sources.read import SourceFailure


@dataclass(frozen=True)
class Reach:
    """A service's address and what asking it may cost; times in seconds.

    `timeout` is for one request, `deadline` for the whole source, `first_wait` the widest wait
    before the first repetition, which doubles with each.
    """

    url: str
    timeout: float = 10.0
    deadline: float = 1800.0
    concurrency: int = 8
    retries: int = 3
    give_up_after: int = 20
    poll_every: float = 2.0
    first_wait: float = 0.5


@dataclass(frozen=True)
class Bearer:
    """A token that was given to us; it is nobody's to see."""

    token: str

    def __repr__(self) -> str:
        return "Bearer(…)"


@dataclass(frozen=True)
class Client:
    """What OAuth 2.0 calls client credentials: a token is asked for with them."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str | None = None

    def __repr__(self) -> str:
        return "Client(…)"


def checked_url(url: str, what: str) -> str:
    """The address; SourceFailure, which does not show it, when it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SourceFailure(f"{what} is no address like https://host/path") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise SourceFailure(f"{what} is no address like https://host/path")
    if "@" in parts.netloc:
        raise SourceFailure(f"{what} holds a user or a password; they belong under `auth`")
    if parts.query or parts.fragment:
        raise SourceFailure(f"{what} has something behind `?` or `#`, where ids and paths follow")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise SourceFailure(f"{what} holds characters that no address can have")
    return url


def checked_secret(secret: str, what: str) -> str:
    """A secret that a header can carry, without the line break that files end with."""
    found = secret.strip()
    if not found or not found.isascii() or not found.isprintable() or " " in found:
        raise SourceFailure(f"{what} is empty, or holds characters that can't be sent")
    return found
