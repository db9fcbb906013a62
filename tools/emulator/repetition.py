"""Answers a repeated call as the first time: under load an answer is lost between emulator and client now and then.

The AWS SDKs repeat a call whose answer they did not get, and mark it as the same one (``amz-sdk-invocation-id``, AWS
SDKs and Tools Reference Guide, "Retry behavior", read in November 2026). The emulator would then refuse to create what
it has created already.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KEPT: Final = 500
"""Calls whose answers are kept: more than are on their way at once."""


@dataclass
class Call:
    """A call, and its answer once it has been done."""

    doing: threading.Lock = field(default_factory=threading.Lock)
    answer: tuple[tuple[Any, ...], list[bytes]] | None = None


class Repetition:
    """Stands before a WSGI application."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._finding = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a call, or once more one that was done before; S3's bodies are streams and bear repeating."""
        invocation = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not invocation or "/s3/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        call = self._call(invocation)
        with call.doing:
            if call.answer is None:
                started: list[tuple[Any, ...]] = []
                body = list(self._application(environ, lambda *arguments: started.append(arguments)))
                if not started[-1][0].startswith("2"):
                    start_response(*started[-1])
                    return body
                call.answer = (started[-1], body)
        start_response(*call.answer[0])
        return call.answer[1]

    def _call(self, invocation: str) -> Call:
        with self._finding:
            call = self._calls.setdefault(invocation, Call())
            self._calls.move_to_end(invocation)
            while len(self._calls) > KEPT:
                self._calls.popitem(last=False)
        return call
