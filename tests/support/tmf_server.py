"""A server on loopback with the TM Forum APIs that are asked for facts, which misbehaves on demand.

It checks what it is asked, and what it answers when nothing else is told, against the published
definitions where they are beside the repository.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jsonschema import Draft4Validator

Json = dict[str, Any]
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "tmf"
_APIS = {
    "checkServiceQualification": ("TMF645-v4.0.1", "CheckServiceQualification"),
    "productOfferingQualification": ("TMF679-v4.0.0", "ProductOfferingQualification"),
    "checkProductStock": ("TMF687-v4.0.0", "CheckProductStock"),
    "productStock": ("TMF687-v4.0.0", "ProductStock"),
}
ITEMS = {
    "checkServiceQualification": "serviceQualificationItem",
    "productOfferingQualification": "productOfferingQualificationItem",
    "checkProductStock": "checkProductStockItem",
}

Act = Callable[["Asked", Any], None]
"""What is done about one request, given the honest answer to it."""


@cache
def published(api: str, definition: str) -> Draft4Validator | None:
    path = PUBLISHED / f"{api}.swagger.json"
    if not path.is_file():
        return None
    definitions = json.loads(path.read_text("utf-8"))["definitions"]
    return Draft4Validator({"$ref": f"#/definitions/{definition}", "definitions": definitions})


def broken(api: str, definition: str, value: Any) -> list[str]:
    """In which places a value is not as it was published."""
    validator = published(api, definition)
    return [] if validator is None else [e.json_path for e in validator.iter_errors(value)]


@dataclass
class TmfServer:
    """What the server knows and does, by the id that it is asked about.

    `acts` are done in turn, the last again and again; without any the answer is honest: `answers`
    is laid over the item of it. `stocks` are what there is of a product.
    """

    url: str = ""
    acts: dict[str, list[Act]] = field(default_factory=dict)
    answers: dict[str, Json] = field(default_factory=dict)
    headers: dict[str, Json] = field(default_factory=dict)
    stocks: dict[str, list[Json]] = field(default_factory=dict)
    page: int = 100
    token: str | None = None
    client: tuple[str, str] | None = None
    lasting: int = 3600
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    granted: int = 0
    most_at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    tasks: dict[str, tuple[str, list[Act], Any]] = field(default_factory=dict)
    _now: int = 0

    def asked(self) -> Counter[str]:
        """How many requests there were about each id."""
        return Counter(key for _, _, key in self.seen)

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self.lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            yield
        finally:
            with self.lock:
                self._now -= 1


class Asked(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: TmfServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if urlsplit(self.path).path == "/token":
            self._grant(parse_qs(body.decode()))
            return
        resource = self.path.rpartition("/")[2]
        api, definition = _APIS[resource]
        request = json.loads(body)
        mistakes = broken(api, f"{definition}_Create", request)
        self.state.wrong += mistakes
        if mistakes:
            status(400)(self, None)
            return
        item = request[ITEMS[resource]][0]
        self._act(_about(item), self._task(resource, request, item))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        *_, resource, last = parts.path.split("/")
        if last == "productStock":
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            key = next(v for name, v in query.items() if name.startswith("stockedProduct."))
            self._act(key, self._stocks(key, query))
            return
        assert resource in _APIS
        key, polls, end = self.state.tasks[unquote(last)]
        self._act(key, end, polls)

    def _act(self, key: str, answer: Any, acts: list[Act] | None = None) -> None:
        state = self.state
        with state.counted():
            with state.lock:
                state.seen.append((self.command, self.path, key))
                state.authorizations.append(self.headers.get("Authorization", ""))
                acts = acts or state.acts.get(key, [honest])
                act = acts.pop(0) if len(acts) > 1 else acts[0]
            if state.token is not None and self.headers.get("Authorization") != (
                f"Bearer {state.token}"
            ):
                status(401)(self, None)
            else:
                act(self, answer)

    def _grant(self, form: Mapping[str, list[str]]) -> None:
        state = self.state
        known = ":".join(state.client or ("", ""))
        basic = "Basic " + base64.b64encode(known.encode()).decode()
        if self.headers.get("Authorization") != basic or form["grant_type"] != [
            "client_credentials"
        ]:
            status(401)(self, None)
            return
        with state.lock:
            state.granted += 1
            state.token = f"granted-{state.granted}"
        self.send(
            {"access_token": state.token, "token_type": "Bearer", "expires_in": state.lasting}
        )

    def _task(self, resource: str, request: Json, item: Json) -> Json:
        key, api = _about(item), _APIS[resource]
        done: Json = {"state": "done"}
        if resource == "checkServiceQualification":
            done |= {"qualificationResult": "qualified"}
        elif resource == "productOfferingQualification":
            done |= {"qualificationItemResult": "qualified"}
        else:
            done |= {"availabilityResult": "available"}
        item = merged(item | done, self.state.answers.get(key, {}))
        answer = {**request, "id": f"Q {key}", "state": "done", ITEMS[resource]: [item]}
        if resource == "checkServiceQualification":
            answer["qualificationResult"] = item["qualificationResult"]
        if key not in self.state.headers and key not in self.state.answers:
            self.state.wrong += broken(*api, answer)
        return {**answer, **self.state.headers.get(key, {})}

    def _stocks(self, key: str, query: Json) -> Any:
        first, limit = int(query.get("offset", 0)), int(query.get("limit", 100))
        path = next(n for n in query if n.startswith("stockedProduct."))
        inner: Any = {"id": key}
        for part in reversed(path.split(".")[1:-1]):
            inner = {part: inner}
        found = [{"stockedProduct": inner, **stock} for stock in self.state.stocks.get(key, [])]
        page = found[first : first + min(limit, self.state.page)]
        for stock in page:
            self.state.wrong += broken("TMF687-v4.0.0", "ProductStock", stock)
        return page, {"X-Total-Count": str(len(found)), "X-Result-Count": str(len(page))}

    def send(
        self,
        content: Any,
        code: int = 200,
        headers: Mapping[str, str] | None = None,
        kind: str = "application/json;charset=utf-8",
    ) -> None:
        """Answer with JSON, or with bytes as they are."""
        if isinstance(content, tuple):
            content, headers = content
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Tests look at `seen`."""


def _about(item: Json) -> str:
    """The id that an item is about."""
    service = item.get("service", {})
    product = item.get("checkedProductStock", {}).get("stockedProduct", {})
    named = (
        item.get("productOffering"),
        *(product.get(f"product{n}") for n in ("Offering", "Specification")),
    )
    for found in (*service.get("place", []), service, *named, product):
        if found and "id" in found:
            return str(found["id"])
    raise AssertionError(item)


def merged(value: Json, over: Json) -> Json:
    """A copy with other values put in, deeper ones too; None takes a key away."""
    copy = {k: v for k, v in value.items() if over.get(k, v) is not None}
    for name, new in over.items():
        if isinstance(new, dict) and isinstance(copy.get(name), dict):
            copy[name] = merged(copy[name], new)
        elif new is not None:
            copy[name] = new
    return copy


def honest(asked: Asked, answer: Any) -> None:
    """Tell the truth."""
    asked.send(answer)


def status(code: int, headers: Mapping[str, str] | None = None) -> Act:
    """An error, or another strange status, with something that is no answer."""
    error = {"code": str(code), "reason": "because"}
    return lambda asked, _: asked.send(error, code, headers)


@contextmanager
def tmf_server(**known: Any) -> Iterator[TmfServer]:
    """The server, on a port of its own."""
    state = TmfServer(**known)
    handler = type("Handler", (Asked,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
