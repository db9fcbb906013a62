"""The function in a process of its own, as Lambda starts it: ``python -m tests.functions.invocation '[events]' file``.

Logs and metrics go to standard output. The answers, and the AWS calls that each event made, go to the file as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore

if TYPE_CHECKING:
    from botocore.session import Session

RESOURCES = ("Path", "SecretId")
"""The parameters of the calls that name a resource."""


def main(events: list[dict[str, Any]], file: Path) -> None:
    """Invoke the function with each event in turn."""
    calls: list[list[str]] = []

    def record(**event: Any) -> None:
        params, model = event["params"], event["model"]
        resource = next((str(params[name]) for name in RESOURCES if name in params), "")
        calls.append([f"{model.service_model.service_name}:{model.name}", resource])

    def observe(session: Session) -> None:
        session.register("before-parameter-build", record)

    botocore.register_initializer(observe)
    from database_access import handler  # noqa: PLC0415 - its clients are to be observed
    from tests.functions.platform import LambdaContext  # noqa: PLC0415

    report = []
    for event in events:
        answer = handler.handle(event, LambdaContext())
        report.append({"answer": answer, "calls": list(calls)})
        calls.clear()
    file.write_text(json.dumps(report))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), Path(sys.argv[2]))
