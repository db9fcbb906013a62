"""A small service for Terraform's ``http`` state backend, with LOCK and UNLOCK and a password."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "terraform"

PASSWORD = "password-of-a-test-server"  # noqa: S105 - the server lives as long as its test and on the loopback address


@dataclass
class StateService:
    """The address of the service and what it holds, by path."""

    address: str = ""
    states: dict[str, bytes] = field(default_factory=dict)
    locks: dict[str, bytes] = field(default_factory=dict)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, body: bytes, lock: str) -> tuple[HTTPStatus, bytes]:
        """Answer a request; ``lock`` is the id of the lock under which Terraform writes."""
        with self.one_at_a_time:
            held = self.locks.get(path)
            match method:
                case "GET":
                    found = self.states.get(path)
                    return (HTTPStatus.OK, found) if found is not None else (HTTPStatus.NOT_FOUND, b"")
                case "POST" if held is None or json.loads(held)["ID"] == lock:
                    self.states[path] = body
                    return HTTPStatus.OK, b""
                case "LOCK" if held is None:
                    self.locks[path] = body
                    return HTTPStatus.OK, b""
                # Terraform's force-unlock sends nothing of the lock.
                case "UNLOCK" if held is not None and (not body or json.loads(body)["ID"] == json.loads(held)["ID"]):
                    del self.locks[path]
                    return HTTPStatus.OK, b""
            return HTTPStatus.LOCKED, held or b""


@contextlib.contextmanager
def running() -> Iterator[StateService]:
    """Yield a running service on the loopback address; it wants USER and PASSWORD."""
    service = StateService()
    expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def handle_request(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path, _, query = self.path.partition("?")
            status, answer = HTTPStatus.UNAUTHORIZED, b""
            if self.headers.get("Authorization") == expected:
                status, answer = service.answer(self.command, path, body, query.removeprefix("ID="))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_LOCK = do_UNLOCK = handle_request  # noqa: N815 - names that the library asks for

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
