"""Secrets come from the environment: the text of config.yaml is kept in the ledger, and shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.config.documents import ConfigDocument
from adapters.config.services import ServiceDocument
from engine.language.document import Document, Path

_FROM_ENVIRONMENT = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})*")
# As SQLAlchemy reads addresses, and as libpq names the option.
_PASSWORDS = (re.compile(r"://[^:/]*:([^@]*)@"), re.compile(r"[?&]password=([^&]*)"))
_USER = re.compile(r"://([^/?#]*)@")
_SHOWN = re.compile(
    r"""(?P<before>://[^:/@\s]*:(?=[^@\n]*@)|[?&]password=|\b(?:bearer|client_secret)\b["']?\s*:\s*["']?)"""
    r"""(?P<secret>(?:(?<=:)[^@\n]+(?=@)|(?:\$\{\w+\}|[^\s"',}&])+))"""
)

_Spot = tuple[Path, int, int]
"""The text at a path of config.yaml, where in it a secret begins, and how long it is."""


def check_secrets(document: Document, config: ConfigDocument) -> None:
    """Report each secret that is written out."""
    for (path, offset, length), message, hint in _secrets(config):
        place = document.spot(path, offset, length)
        document.report(path, "wrong-value", message, hint, at=place)


def masked(text: str) -> str:
    """The text of a config.yaml, as broken as it may be, without what looks like a secret.

    >>> masked("read: {sql: x://u:pw@h, table: t}"), masked("auth: {bearer: a1b2}")
    ('read: {sql: x://u:**@h, table: t}', 'auth: {bearer: ****}')
    >>> masked("sql: x://u:${PW}@h/d?password=pw")
    'sql: x://u:${PW}@h/d?password=**'
    """

    def hidden(found: re.Match[str]) -> str:
        secret = found["secret"]
        shown = secret if _FROM_ENVIRONMENT.fullmatch(secret) else "*" * len(secret)
        return found["before"] + shown

    return _SHOWN.sub(hidden, text)


def _secrets(config: ConfigDocument) -> Iterator[tuple[_Spot, str, str]]:
    kept = "and config.yaml is kept in the ledger"
    for path, address in _databases(config):
        for password in (found for like in _PASSWORDS for found in like.finditer(address)):
            if not _FROM_ENVIRONMENT.fullmatch(password[1]):
                spot = path, password.start(1), len(password[1])
                hint = "write ${NAME} in its place, and put it into the environment variable NAME"
                yield spot, f"the address of a database holds a password, {kept}", hint
    for path, address in _addresses(config):
        user = _USER.search(address)
        if user is not None:
            spot = path, user.start(1), len(user[1])
            yield spot, f"the address holds a user or a password, {kept}", "write them under `auth`"
    for path, secret in _tokens(config):
        if not _FROM_ENVIRONMENT.fullmatch(secret):
            key = path[-1]
            hint = f"write {key}: ${{NAME}}, and put it into the environment variable NAME"
            yield (path, 0, len(secret)), f"`{key}` holds a secret, {kept}", hint


def _databases(config: ConfigDocument) -> Iterator[tuple[Path, str]]:
    yield ("ledger",), config.ledger
    places: list[tuple[Path, str | None]] = [(("output", "sql"), config.output.sql)]
    if config.candidates.read:
        places.append((("candidates", "read", "sql"), config.candidates.read.sql))
    for name, source in config.sources.items():
        path: Path = ("sources", name, "read")
        places.append(((*path, "sql"), source.read.sql))
        if source.read.history:
            places.append(((*path, "history", "sql"), source.read.history.sql))
    yield from ((path, address) for path, address in places if address is not None)


def _addresses(config: ConfigDocument) -> Iterator[tuple[Path, str]]:
    for path, settings in _services(config):
        yield (*path, "url"), settings.url
        if settings.auth and settings.auth.oauth2:
            yield (*path, "auth", "oauth2", "token_url"), settings.auth.oauth2.token_url


def _tokens(config: ConfigDocument) -> Iterator[tuple[Path, str]]:
    for path, settings in _services(config):
        if settings.auth and settings.auth.bearer:
            yield (*path, "auth", "bearer"), settings.auth.bearer
        if settings.auth and settings.auth.oauth2:
            yield (*path, "auth", "oauth2", "client_secret"), settings.auth.oauth2.client_secret


def _services(config: ConfigDocument) -> Iterator[tuple[Path, ServiceDocument]]:
    for name, source in config.sources.items():
        if source.read.service is not None:
            word, settings = source.read.service
            yield ("sources", name, "read", word), settings
