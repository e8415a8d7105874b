"""What the server of tests/support/tmf_server.py may do about a request besides telling the truth."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from tests.support.tmf_server import ITEMS, Act, Asked, Json, merged


def sent(content: Any, kind: str = "application/json", **headers: str) -> Act:
    """Another content than the honest one."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda asked, _: asked.send(content, 200, named, kind)


def altered(over: Json) -> Act:
    """The honest answer with other values put in."""
    return lambda asked, answer: asked.send(merged(answer, over))


def slow(seconds: float = 30.0) -> Act:
    """The truth, too late."""

    def act(asked: Asked, answer: Any) -> None:
        if not asked.state.closing.wait(seconds):
            asked.send(answer)
        else:
            asked.close_connection = True

    return act


def dripping(asked: Asked, answer: Any) -> None:
    """A byte now and then, so that there is never a long silence and never an end."""
    body = json.dumps(answer).encode()
    asked.send_response(200)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Content-Length", str(len(body)))
    asked.end_headers()
    try:
        for byte in body:
            if asked.state.closing.wait(0.02):
                break
            asked.wfile.write(bytes([byte]))
    except OSError:
        pass
    asked.close_connection = True


def truncated(asked: Asked, answer: Any) -> None:
    """Half of the JSON, of which it is said to be the whole."""
    body = json.dumps(answer).encode()
    asked.send(body[: len(body) // 2])


def half_closed(asked: Asked, answer: Any) -> None:
    """Half of what was announced, and then the end."""
    body = json.dumps(answer).encode()
    asked.send_response(200)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Content-Length", str(len(body)))
    asked.end_headers()
    asked.wfile.write(body[: len(body) // 2])
    asked.wfile.flush()
    asked.connection.shutdown(socket.SHUT_WR)
    asked.close_connection = True


def reset(asked: Asked, _: Any) -> None:
    """The connection is cut without a word."""
    asked.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.connection.close()
    asked.close_connection = True


def gibberish(asked: Asked, _: Any) -> None:
    """Something that is not HTTP."""
    asked.wfile.write(b"220 mail.example ESMTP\r\n")
    asked.close_connection = True


def huge(asked: Asked, _: Any) -> None:
    """More than anybody would read, without an end that is announced."""
    asked.send_response(200)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Connection", "close")
    asked.end_headers()
    try:
        for _ in range(64):
            asked.wfile.write(b"[" * 1_000_000)
    except OSError:
        pass
    asked.close_connection = True


def later(*polls: Act, state: str = "inProgress") -> Act:
    """A task under way; what is done about each poll of it, the last again and again."""

    def act(asked: Asked, answer: Any) -> None:
        name = answer["id"]
        asked.state.tasks[name] = (name.removeprefix("Q "), list(polls), answer)
        under_way = {**answer, "state": state}
        del under_way[next(n for n in under_way if n in ITEMS.values())]
        asked.send(under_way, 201)

    return act


def pending(asked: Asked, answer: Any) -> None:
    """Not done yet."""
    asked.send({"id": answer["id"], "state": "inProgress"})
