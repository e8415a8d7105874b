"""Whatever a service does to one key is that key's problem alone, named, bounded, and no exception."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.services import WANTED, Heard, ask, reach, service
from tests.support.tmf_acts import (
    altered,
    dripping,
    gibberish,
    half_closed,
    huge,
    later,
    pending,
    reset,
    sent,
    slow,
    truncated,
)
from tests.support.tmf_server import Act, TmfServer, honest, status, tmf_server

KEYS = ["place 0", "place 1", "place 2", "place 3"]
BAD = "place 2"
RETRIES = 1
ONCE, EACH = 1, 1 + RETRIES


@pytest.fixture
def server() -> Iterator[TmfServer]:
    with tmf_server() as running:
        yield running


ONE_ITEM = {"id": "1", "state": "done", "qualificationResult": "qualified"}
ENDED = {"state": "terminatedWithError", "terminationError": [{"id": "E1", "value": "no"}]}


def items(*of: object) -> Act:
    return altered({"serviceQualificationItem": list(of)})


def in_the_year(year: str) -> dict[str, str]:
    return {"Retry-After": f"Mon, 01 Jan {year} 00:00:00 GMT"}


MISBEHAVIOURS: dict[str, tuple[Act, str, int]] = {
    "reset": (reset, "connection", EACH),
    "half closed": (half_closed, "connection", EACH),
    "no HTTP at all": (gibberish, "connection", EACH),
    "400": (status(400), "http-400", ONCE),
    "403": (status(403), "not-authorised", ONCE),
    "401 without a way to another token": (status(401), "not-authorised", ONCE),
    "404": (status(404), "http-404", ONCE),
    "429": (status(429), "rate-limited", EACH),
    "429 with Retry-After": (status(429, {"Retry-After": "0"}), "rate-limited", EACH),
    "429 with a date that is none": (
        status(429, in_the_year("99999999999999999999")),
        "rate-limited",
        EACH,
    ),
    "500": (status(500), "http-500", ONCE),
    "502": (status(502), "http-502", EACH),
    "503": (status(503), "http-503", EACH),
    "504": (status(504), "http-504", EACH),
    "204": (status(204), "bad-answer", ONCE),
    "redirect": (status(302, {"Location": "http://127.0.0.1:1/"}), "redirected", ONCE),
    "redirect to itself": (
        status(307, {"Location": "/checkServiceQualification"}),
        "redirected",
        ONCE,
    ),
    "truncated JSON": (truncated, "bad-answer", ONCE),
    "huge": (huge, "bad-answer", ONCE),
    "a page for people": (sent(b"<html>Log in</html>", "text/html"), "bad-answer", ONCE),
    "JSON as a page": (sent(b"{}", "text/html"), "bad-answer", ONCE),
    "packed": (sent(b"\x1f\x8b...", Content_Encoding="gzip"), "bad-answer", ONCE),
    "empty": (sent(b""), "bad-answer", ONCE),
    "a list": (sent([]), "bad-answer", ONCE),
    "null": (sent(b"null"), "bad-answer", ONCE),
    "NaN": (sent(b'{"state": NaN}'), "bad-answer", ONCE),
    "not UTF-8": (sent(b'{"state": "\xff"}'), "bad-answer", ONCE),
    "two states": (sent(b'{"state": "inProgress", "state": "done"}'), "bad-answer", ONCE),
    "a deep nest": (sent(b"[" * 500_000), "bad-answer", ONCE),
    "a long number": (sent(b'{"state": ' + b"9" * 10_000 + b"}"), "bad-answer", ONCE),
    "no state": (altered({"state": None}), "unknown-state", ONCE),
    "another state": (altered({"state": "rejected"}), "unknown-state", ONCE),
    "a state that is no text": (altered({"state": ["done"]}), "unknown-state", ONCE),
    "the whole ended with an error": (altered(ENDED), "terminated-with-error", ONCE),
    "the item ended with an error": (items({**ONE_ITEM, **ENDED}), "terminated-with-error", ONCE),
    "an error beside a result": (
        items({**ONE_ITEM, "terminationError": [{"value": "no"}]}),
        "terminated-with-error",
        ONCE,
    ),
    "done, but not the item": (items({**ONE_ITEM, "state": "inProgress"}), "unknown-state", ONCE),
    "no item": (items(), "bad-answer", ONCE),
    "items that are none": (altered({"serviceQualificationItem": "none"}), "bad-answer", ONCE),
    "two items": (items(ONE_ITEM, {**ONE_ITEM, "id": "2"}), "bad-answer", ONCE),
    "another item": (items({**ONE_ITEM, "id": "2"}), "bad-answer", ONCE),
    "no result": (items({"id": "1", "state": "done"}), "bad-answer", ONCE),
    "a result in another case": (
        items({**ONE_ITEM, "qualificationResult": "Qualified"}),
        "bad-answer",
        ONCE,
    ),
    "a result that is no text": (
        items({**ONE_ITEM, "qualificationResult": True}),
        "bad-answer",
        ONCE,
    ),
    "another place": (
        items({**ONE_ITEM, "service": {"place": [{"id": "reset", "role": "x"}]}}),
        "bad-answer",
        ONCE,
    ),
    "the whole says otherwise": (
        altered({"qualificationResult": "unqualified"}),
        "bad-answer",
        ONCE,
    ),
    "qualified, with a reason why not": (
        items({**ONE_ITEM, "eligibilityUnavailabilityReason": [{"code": "NO-PORT"}]}),
        "bad-answer",
        ONCE,
    ),
    "a date that is none": (altered({"expirationDate": "soon"}), "bad-answer", ONCE),
    "half a character": (
        items({**ONE_ITEM, "eligibilityUnavailabilityReason": [{"code": "\ud800"}]}),
        "bad-answer",
        ONCE,
    ),
    "a text that ends elsewhere": (
        items({**ONE_ITEM, "service": {"serviceCharacteristic": [{"name": "a", "value": "b\0"}]}}),
        "bad-answer",
        ONCE,
    ),
    "expired": (altered({"expirationDate": "2020-01-01T00:00:00Z"}), "expired", ONCE),
    "under way without an id": (
        altered({"state": "accepted", "id": None, "href": None}),
        "bad-answer",
        ONCE,
    ),
    "under way under half a character": (
        altered({"state": "accepted", "id": "\ud800"}),
        "bad-answer",
        ONCE,
    ),
    "under way under a path": (altered({"state": "accepted", "id": ".."}), "bad-answer", ONCE),
    "an error in the end": (later(pending, altered(ENDED)), "terminated-with-error", 1 + 2),
    "another task in the end": (later(altered({"id": "Q reset"})), "bad-answer", 1 + 1),
    "gone when polled": (later(status(404)), "http-404", 1 + 1),
}


@pytest.fixture(scope="module")
def all_at_once() -> tuple[TmfServer, Heard]:
    """Every misbehaviour in one run, each followed by a key that is answered honestly."""
    with tmf_server() as running:
        running.acts = {name: [act] for name, (act, _, _) in MISBEHAVIOURS.items()}
        keys = [key for name in MISBEHAVIOURS for key in (name, f"after {name}")]
        limits = reach(running.url, retries=RETRIES, give_up_after=1000)
        return running, ask(service(limits), keys)


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_a_misbehaviour_is_told_and_concerns_its_key_only(
    all_at_once: tuple[TmfServer, Heard], name: str
) -> None:
    server, heard = all_at_once
    _, problem, requests = MISBEHAVIOURS[name]
    assert (heard.problems[name], server.asked()[name]) == (problem, requests)
    assert heard.cells[name] == dict.fromkeys(WANTED)
    assert heard.dates[name] is None
    after = f"after {name}"
    assert (heard.problems[after], server.asked()[after]) == (None, ONCE)
    assert heard.cells[after]["result"] == "qualified"
    assert heard.dates[after] is not None


@pytest.mark.parametrize("act", [slow(), dripping], ids=["slow", "dripping"])
def test_an_answer_that_takes_too_long_is_none(server: TmfServer, act: Act) -> None:
    server.acts[BAD] = [act]
    heard = ask(service(reach(server.url, timeout=0.8, retries=RETRIES)), KEYS)
    assert heard.problems == {key: "timeout" if key == BAD else None for key in KEYS}
    assert server.asked()[BAD] == EACH
    assert 1.6 <= heard.took < 5


def test_misbehaviours_do_not_hold_up_the_others(all_at_once: tuple[TmfServer, Heard]) -> None:
    server, heard = all_at_once
    assert heard.took < 10
    assert server.wrong == []


@pytest.mark.parametrize(
    "acts",
    [
        [status(503), honest],
        [status(429, {"Retry-After": "0"}), status(502), honest],
        [status(503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), honest],
        [status(429, {"Retry-After": "when it suits you"}), honest],
        [reset, half_closed, honest],
        [later(pending, pending, honest)],
        [later(status(503), honest, state="accepted")],
        [later(honest, state="acknowledged")],
    ],
    ids=lambda acts: f"{len(acts)} acts",
)
def test_what_passes_is_waited_for(server: TmfServer, acts: list[Act]) -> None:
    server.acts[BAD] = acts
    heard = ask(service(reach(server.url, retries=2)), KEYS)
    assert set(heard.problems.values()) == {None}
    assert heard.cells[BAD]["result"] == "qualified"


def test_nobody_is_asked_while_the_service_wants_to_be_left_alone(server: TmfServer) -> None:
    server.acts["first"] = [status(503, {"Retry-After": "1"}), honest]
    heard = ask(service(reach(server.url, concurrency=1)), ["first", *KEYS])
    assert set(heard.problems.values()) == {None}
    assert heard.took >= 1


def test_who_is_to_come_back_after_the_deadline_does_not_come_back(server: TmfServer) -> None:
    server.acts["first"] = [status(429, {"Retry-After": "86400"})]
    heard = ask(service(reach(server.url, concurrency=1)), ["first", *KEYS])
    assert set(heard.problems.values()) == {"rate-limited"}
    assert server.asked() == {"first": 1}
    assert heard.took < 5


def test_a_service_that_only_fails_is_given_up(server: TmfServer) -> None:
    many = [f"place {n}" for n in range(300)]
    server.acts = {key: [status(503)] for key in many}
    heard = ask(service(reach(server.url, give_up_after=10, concurrency=4)), many)
    assert len(server.seen) <= 10 + 4
    assert set(heard.problems.values()) == {"http-503", "circuit-open"}
    assert list(heard.problems.values()).count("circuit-open") >= 290


def test_a_service_that_fails_now_and_then_is_not_given_up(server: TmfServer) -> None:
    many = [f"place {n}" for n in range(60)]
    server.acts = {key: [status(503)] for key in many[::2]}
    heard = ask(service(reach(server.url, give_up_after=5, concurrency=1, retries=0)), many)
    assert set(list(heard.problems.values())[::2]) == {"http-503"}
    assert set(list(heard.problems.values())[1::2]) == {None}


def test_problems_of_single_keys_do_not_give_a_service_up(server: TmfServer) -> None:
    many = [f"place {n}" for n in range(30)]
    server.acts = {key: [status(404)] for key in many}
    heard = ask(service(reach(server.url, give_up_after=5)), many)
    assert set(heard.problems.values()) == {"http-404"}


@pytest.mark.parametrize("act", [slow(), later(pending), dripping, status(503)], ids=lambda a: "")
def test_the_deadline_holds_whatever_the_service_does(server: TmfServer, act: Act) -> None:
    server.acts[BAD] = [act]
    limits = reach(
        server.url, deadline=1.0, timeout=60.0, retries=10, first_wait=0.2, give_up_after=1000
    )
    heard = ask(service(limits), KEYS)
    assert heard.took < 2.5
    assert heard.problems[BAD] in ("no-answer-in-time", "http-503")
    assert {heard.problems[key] for key in KEYS if key != BAD} == {None}


def test_nobody_at_home_is_a_problem_of_every_key() -> None:
    with tmf_server() as gone:
        url = gone.url
    heard = ask(service(reach(url, retries=1)), KEYS)
    assert set(heard.problems.values()) == {"connection"}


def test_no_more_is_asked_at_a_time_than_was_agreed(server: TmfServer) -> None:
    many = [f"place {n}" for n in range(40)]
    server.acts = {key: [slow(0.02)] for key in many}
    ask(service(reach(server.url, concurrency=3)), many)
    assert 1 < server.most_at_once <= 3


def test_tasks_under_way_do_not_keep_others_from_being_asked(server: TmfServer) -> None:
    waiting = [f"slow {n}" for n in range(6)]
    server.acts = {key: [later(*[pending] * 20, honest)] for key in waiting}
    order: list[int] = []
    asked = service(reach(server.url, concurrency=2), tell=lambda done, _: order.append(done))
    heard = ask(asked, [*waiting, *KEYS])
    assert set(heard.problems.values()) == {None}
    assert order == list(range(1, 11))
    places = {
        key: max(i for i, seen in enumerate(server.seen) if seen[2] == key) for key in heard.cells
    }
    assert max(places[key] for key in KEYS) < min(places[key] for key in waiting)
