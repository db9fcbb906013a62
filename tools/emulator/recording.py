"""Writes what is asked of the emulator, one JSON object a line: service, operation and parameters in botocore's words.

``account``, ``region``, ``agent`` (the client), ``invocation`` (the client's own id of the call, the same for its
repetitions) and ``status`` of the answer stand beside them. What no service model of botocore knows is written with
what is known of it, so that nothing goes unseen.
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Application = Any
"""A WSGI application."""

SIGNED_AS: Final = {"monitoring": "cloudwatch"}
"""Services whose requests are signed with another name than botocore's."""

SCOPE: Final = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")

BODY_IS_CONTENT: Final = {("s3", "PutObject"), ("s3", "UploadPart")}
"""Requests whose body is somebody's data, such as a state with all that is in it; it is not kept."""


LARGE: Final = 1024
"""Bytes of a blob that are kept; a function's archive has megabytes."""


class Recorder:
    """Stands before the emulator's WSGI application."""

    def __init__(self, application: Application, file: Path) -> None:
        self._application = application
        self._file = file
        self._writing = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request as the emulator does, and write it down."""
        body = _read(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        asked = described(dict(environ), body)

        def starting(status: str, *arguments: Any) -> Any:
            if asked is not None:
                asked["status"] = int(status.split(maxsplit=1)[0])
                self._write(asked)
            return start_response(status, *arguments)

        answer: Iterable[bytes] = self._application(environ, starting)
        return answer

    def _write(self, asked: dict[str, Any]) -> None:
        line = json.dumps(asked, default=_encoded) + "\n"
        with self._writing, self._file.open("a", encoding="utf-8") as file:
            file.write(line)


def described(environ: dict[str, Any], body: bytes) -> dict[str, Any] | None:
    """Return what a request asks, or None if it is not signed like one to AWS (the emulator has pages of its own)."""
    from moto.core.request import Request  # noqa: PLC0415 - imported once the environment is prepared

    request = Request(environ | {"wsgi.input": io.BytesIO(body)})
    found = SCOPE.search(request.headers.get("Authorization", ""))
    if not found:
        return None
    service = SIGNED_AS.get(found["service"], found["service"])
    try:
        operation, parameters = _asked(service, request)
    except Exception as error:
        # Whatever a model does not know, the request is answered as if nobody wrote.
        operation, parameters = f"{request.method} {request.path}", {"unknown": repr(error)}
    if (service, operation) in BODY_IS_CONTENT:
        parameters = {name: value for name, value in parameters.items() if name != "Body"}
    return {
        "service": service,
        "operation": operation,
        "parameters": parameters,
        "account": _account(found["key"]),
        "region": found["region"],
        "agent": request.headers.get("User-Agent", ""),
        "invocation": request.headers.get("Amz-Sdk-Invocation-Id", ""),
    }


def _asked(service: str, request: Any) -> tuple[str, dict[str, Any]]:
    """Return operation and parameters, as far as the service's model tells."""
    from moto.core.parse import PROTOCOL_PARSERS  # noqa: PLC0415 - as above
    from moto.core.request import determine_request_protocol  # noqa: PLC0415 - as above
    from moto.core.routing import get_service_router  # noqa: PLC0415 - as above
    from moto.core.utils import get_service_model  # noqa: PLC0415 - as above

    model = get_service_model(service)
    place: dict[str, Any] = {}
    target = request.headers.get("X-Amz-Target", "")
    name = request.values.get("Action") or target.rpartition(".")[2]
    if not name:
        matched, place = get_service_router(service).match(request)
        name = matched.name
    protocol = determine_request_protocol(model, request.content_type)
    parameters = PROTOCOL_PARSERS[protocol](model.operation_model(name)).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": place,
        }
    )
    return name, parameters


def _account(key: str) -> str:
    from moto.iam.models import get_account_id_from  # noqa: PLC0415 - as above

    return str(get_account_id_from(key))


def _read(environ: dict[str, Any]) -> bytes:
    if environ.get("wsgi.input_terminated"):
        found: bytes = environ["wsgi.input"].read()
    else:
        found = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return found


def _encoded(value: object) -> str:
    """Return what JSON has no type for as text: the beginning of blobs in base64, times as they print."""
    if not isinstance(value, bytes):
        return str(value)
    return base64.b64encode(value[:LARGE]).decode()
