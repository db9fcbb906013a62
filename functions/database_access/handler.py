"""The Lambda function: one event in, one typed answer out.

The answer is ``{"action", "ok": true, "milliseconds", "result"}`` or ``{"action", "ok": false, "milliseconds",
"error": {"type", "message"}}``. A failure is an answer, not an exception, so that no traceback leaves the function;
alarms go by the metric ``Failures``, which counts what is not healthy as well. Where nobody reads the answer, the event
says that it is scheduled, and a failure raises once it is logged: Lambda then tries again, and hands over what is left.
Logs and metrics hold actions, types and times, never SQL, rows or secrets.
"""

from __future__ import annotations

import gc

# What is imported stays, and to look for garbage among it is a quarter of a cold start.
gc.disable()

import importlib
import os
import time
from typing import TYPE_CHECKING, Any

import psycopg
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from database_access import events, limits
from database_access.connections import refusal
from database_access.failures import AccessFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext


def _imported_when_asked(action: str) -> Callable[[Any], dict[str, Any]]:
    """Return what runs an action: there are two functions of this archive, and neither answers all of them."""

    def run(asked: events.Event) -> dict[str, Any]:
        answer: dict[str, Any] = importlib.import_module(f"database_access.actions.{action}").run(asked)
        return answer

    return run


ACTIONS: dict[type[events.Event], Callable[[Any], dict[str, Any]]] = {
    events.Health: _imported_when_asked("health"),
    events.Migrate: _imported_when_asked("migrate"),
    events.Partitions: _imported_when_asked("partitions"),
    events.Query: _imported_when_asked("query"),
    events.UpgradeCheck: _imported_when_asked("upgrade_check"),
}

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "database-access")

ANSWERING_SECONDS = 2.0
"""What is left to answer in, when whatever was asked for has to have ended."""


class ScheduledRunFailed(Exception):  # noqa: N818 - what Lambda records, by its name
    """A scheduled action failed; the message is the failure's type and what it is about, as the logs have it."""


logger = Logger(service=SERVICE)

metrics = Metrics(service=SERVICE, namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "DatabaseAccess"))


@logger.inject_lambda_context(log_event=False, clear_state=True)
@metrics.log_metrics
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do what the event asks for; only ScheduledRunFailed is raised."""
    started = time.perf_counter()
    action = "unknown"
    answer: dict[str, Any]
    try:
        asked = events.parse(event, _answered())
        action = asked.action
        with limits.within(_seconds(context)):
            answer = {"ok": True, "result": ACTIONS[type(asked)](asked)}
    except AccessFailure as failure:
        answer = _failed(failure)
    except psycopg.Error as error:
        answer = _failed(refusal(error))
    except Exception as error:
        # Whatever it is, its text might hold what nobody should see.
        logger.error("unexpected failure", extra={"kind": type(error).__name__, "at": _place(error)})
        answer = {"ok": False, "error": {"type": "internal", "message": f"unexpected {type(error).__name__}"}}
    answer = {"action": action, "milliseconds": round((time.perf_counter() - started) * 1000, 1), **answer}
    _told(answer)
    # Whatever is wrong with a scheduled event, nobody reads what the answer says of it.
    if not answer["ok"] and isinstance(event, dict) and event.get("scheduled"):
        raise ScheduledRunFailed(_about(answer)) from None
    return answer


def _seconds(context: LambdaContext) -> float:
    """Return the time to act in: what Lambda leaves, less what answering takes."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return float("inf") if remaining is None else max(1.0, remaining() / 1000 - ANSWERING_SECONDS)


def _about(answer: dict[str, Any]) -> str:
    failed = [name for name, done in answer.get("result", {}).items() if isinstance(done, dict) and "failed" in done]
    return ": ".join([f"{answer['action']} failed", answer["error"]["type"], *([", ".join(failed)] if failed else [])])


def _answered() -> Sequence[str]:
    """Return the actions of this function: there are two of this archive, and each has the rights for its own alone."""
    return os.environ.get("DATABASE_ACTIONS", ",".join(events.EVENTS)).split(",")


def _failed(failure: AccessFailure) -> dict[str, Any]:
    done = {} if failure.result is None else {"result": failure.result}
    return {"ok": False, "error": {"type": failure.type, "message": str(failure)}, **done}


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""


def _told(answer: dict[str, Any]) -> None:
    """Log and measure an answer. A message may quote what the caller or the server said, so the type alone is kept."""
    metrics.add_dimension(name="action", value=answer["action"])
    metrics.add_metric(name="Milliseconds", unit=MetricUnit.Milliseconds, value=answer["milliseconds"])
    good = answer["ok"] and answer["result"].get("healthy", True)
    metrics.add_metric(name="Failures", unit=MetricUnit.Count, value=0 if good else 1)
    about = {key: answer[key] for key in ("action", "ok", "milliseconds")}
    if answer["ok"]:
        logger.info("done", extra=about)
    else:
        logger.error("failed", extra=about | {"error": answer["error"]["type"]})


# Nor is it ever looked at again (Python documentation, gc.freeze).
gc.freeze()
gc.enable()
