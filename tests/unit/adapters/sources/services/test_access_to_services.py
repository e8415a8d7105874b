"""Tokens are asked for once, renewed in time, and go nowhere but to the service."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.sources.read import SourceFailure
from adapters.sources.services.settings import Bearer, Client, checked_secret, checked_url
from tests.support.services import Heard, ask, reach, service
from tests.support.tmf_acts import later, reset
from tests.support.tmf_server import TmfServer, honest, status, tmf_server

SECRET = "secret/of&ours"
KEYS = [f"+3319977700{n}" for n in range(8)]


@pytest.fixture
def server() -> Iterator[TmfServer]:
    # Both are form-encoded before they are put together (RFC 6749, 2.3.1).
    known = ("upfront%2B1", "secret%2Fof%26ours")
    with tmf_server(client=known, token="nobody has this one") as running:
        yield running


def client(server: TmfServer) -> Client:
    return Client(f"{server.url}/token", "upfront+1", SECRET, "qualify")


def asked_with(server: TmfServer, whom: Bearer | Client | None) -> Heard:
    return ask(service(reach(server.url, give_up_after=1000), as_whom=whom), KEYS)


def test_one_token_serves_all_requests(server: TmfServer) -> None:
    heard = asked_with(server, client(server))
    assert set(heard.problems.values()) == {None}
    assert server.granted == 1
    assert set(server.authorizations) == {"Bearer granted-1"}


def test_a_token_is_renewed_before_it_ends(server: TmfServer) -> None:
    server.lasting = 0
    heard = asked_with(server, client(server))
    assert set(heard.problems.values()) == {None}
    server.acts = {KEYS[0]: [later(*[status(503)] * 2, honest)]}
    limits = reach(server.url, concurrency=1, poll_every=0.15)
    heard = ask(service(limits, as_whom=client(server)), KEYS[:1])
    assert heard.problems == {KEYS[0]: None}
    assert server.granted >= 3


def test_a_token_that_is_refused_is_renewed_once(server: TmfServer) -> None:
    server.acts = {KEYS[0]: [status(401), honest], KEYS[1]: [status(401)]}
    heard = asked_with(server, client(server))
    assert heard.problems == {**dict.fromkeys(KEYS), KEYS[1]: "not-authorised"}
    assert server.asked()[KEYS[0]] == server.asked()[KEYS[1]] == 2


def test_credentials_that_are_refused_are_not_tried_again(server: TmfServer) -> None:
    heard = asked_with(server, replace(client(server), client_secret="another"))
    assert set(heard.problems.values()) == {"not-authorised"}
    assert server.seen == []


def test_a_given_token_is_sent_and_not_asked_for(server: TmfServer) -> None:
    server.token = "given"
    assert set(asked_with(server, Bearer("given")).problems.values()) == {None}
    assert set(asked_with(server, Bearer("another")).problems.values()) == {"not-authorised"}
    assert set(asked_with(server, None).problems.values()) == {"not-authorised"}
    assert server.granted == 0


def test_a_service_where_no_token_works_is_given_up(server: TmfServer) -> None:
    server.token = "another"
    limits = reach(server.url, give_up_after=3, concurrency=1)
    heard = ask(service(limits, as_whom=Bearer("given")), KEYS)
    assert set(heard.problems.values()) == {"not-authorised", "circuit-open"}
    assert len(server.seen) == 3


def test_a_redirect_takes_neither_token_nor_key_anywhere(server: TmfServer) -> None:
    with tmf_server() as elsewhere:
        for code in (301, 302, 303, 307, 308):
            location = {"Location": f"{elsewhere.url}/checkServiceQualification"}
            server.acts = {key: [status(code, location)] for key in KEYS}
            heard = asked_with(server, client(server))
            assert set(heard.problems.values()) == {"redirected"}
        assert elsewhere.seen == []


def test_neither_keys_nor_secrets_are_spoken_of(
    server: TmfServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx2", "httpcore2", "asyncio"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    server.acts = {
        KEYS[0]: [reset],
        KEYS[1]: [status(500)],
        KEYS[2]: [later(honest)],
        KEYS[3]: [status(302, {"Location": f"http://127.0.0.1:1/{KEYS[3]}"})],
        KEYS[4]: [status(401)],
    }
    asked = service(server.url, as_whom=client(server))
    heard = ask(asked, KEYS)
    spoken = " ".join(
        [
            caplog.text,
            asked.failure,
            repr(asked),
            str(heard.problems.values()),
            repr(client(server)),
            repr(Bearer(SECRET)),
        ]
    )
    assert "4 of 8 keys got no usable answer" in spoken
    assert [word for word in (*KEYS, SECRET, "granted-1") if word in spoken] == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "qualify.example",
        "ftp://qualify.example",
        "https://",
        "https://user:hunter2@qualify.example",
        "https://qualify.example/v4?key=hunter2",
        "https://qualify.example/v4#hunter2",
        "https://qualify.example:hunter2/",
        "https://qualify.example/hunter2\n",
        "https://[hunter2/",
    ],
)
def test_an_address_that_is_none_is_told_without_it(url: str) -> None:
    with pytest.raises(SourceFailure) as failure:
        checked_url(url, "`url`")
    assert "hunter2" not in str(failure.value)
    assert str(failure.value).startswith("`url` ")


@pytest.mark.parametrize(
    "secret", ["", " \n", "hunter2 hunter2", "hunter2\nX-Header: 1", "hünter2"]
)
def test_a_token_that_no_header_can_carry_is_told_without_it(secret: str) -> None:
    with pytest.raises(SourceFailure) as failure:
        checked_secret(secret, "the token of `bearer`")
    assert "nter2" not in str(failure.value)
    assert checked_secret("hunter2\r\n", "…") == "hunter2"
