"""Reads what ``terraform show -json`` and ``tofu show -json`` print of a plan, with everything odd that they have.

Both have format version 1.2; neither promises any key but the version. What is wrong with a file is said in one
sentence by PlanError; nothing of it is believed before.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from review.change import Change
from review.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Difference

from dataclasses import dataclass, field

VERSION: Final = re.compile(r"(?:0|1)\.[0-9]+")
"""Format versions whose keys mean what this reader takes them for."""

PLAN_KEYS: Final = ("resource_changes", "planned_values", "output_changes", "configuration", "resource_drift")
"""A plan has at least one of these; a state has none."""


class PlanError(Exception):
    """A file is not a plan's JSON; the message says what it is instead, or what is wrong with it, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two versions of a stack's code differ in besides its resources' arguments."""

    beside: tuple[Difference, ...] = ()
    """Backend, provider, outputs, data, lifecycles; by their path in the code."""
    ignored: tuple[Difference, ...] = ()
    """Arguments that differ, and that Terraform is told to leave as they are; the address comes first in the path."""
    left: tuple[str, ...] = ()
    """Addresses of a stack that is in the code no more: no plan will name them."""
    twins: tuple[str, ...] = ()
    """Environments that the stack's environment may have become."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One plan, or one comparison of synthesized code."""

    source: str
    """The file's name, or what the caller calls it; findings are grouped by it."""
    changes: tuple[Change, ...]
    """Managed resources, those without a change too, in the plan's order."""
    drift: tuple[Change, ...] = ()
    errored: bool = False
    complete: bool = True
    refresh_only: bool = False
    deferred: tuple[tuple[str, Change], ...] = ()
    """Why each was left out of the plan, and what it would be."""
    invocations: tuple[dict[str, Any], ...] = ()
    """Actions that run outside of resource changes (Terraform 1.14 and later)."""
    deferred_invocations: int = 0
    failed_checks: tuple[str, ...] = ()
    outputs: tuple[str, ...] = field(default=())
    """Names of outputs that change."""
    code: Comparison | None = None
    """What else differs, where this is a comparison of code."""
    region: str = ""
    """Region of the provider hashicorp/aws, if it is said as a plain value."""


def parsed(data: bytes, source: str) -> Plan:
    """Return the plan in the bytes of a file.

    Raises PlanError if they are not the JSON of a plan.
    """
    if data.startswith(b"PK\x03\x04"):
        raise PlanError(
            f"{source}: is a plan as `terraform plan -out` saves it; review what `terraform show -json` prints of it"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PlanError(f"{source}: is not text in UTF-8; `terraform show -json PLAN > plan.json` makes it") from None
    if not text.strip():
        raise PlanError(f"{source}: is empty; did `terraform show -json` fail?")
    try:
        document = json.loads(text)
    except RecursionError:
        raise PlanError(f"{source}: is nested too deeply to be a plan") from None
    except ValueError as error:
        raise PlanError(f"{source}: {_not_json(text, error)}") from None
    return from_document(document, source)


def from_document(document: Any, source: str) -> Plan:
    """Return the plan in a parsed JSON document; raise PlanError if it is none."""
    if not isinstance(document, dict):
        raise PlanError(f"{source}: is {_kind(document)}, where a plan is an object")
    version = document.get("format_version")
    if not isinstance(version, str) or not VERSION.fullmatch(version):
        raise PlanError(
            f"{source}: format_version is {clean(json.dumps(version))}; a plan of Terraform or OpenTofu has 1.0 to 1.9"
        )
    if not any(key in document for key in PLAN_KEYS):
        if "values" in document:
            raise PlanError(f"{source}: is a state, not a plan; show the file that `terraform plan -out` saved")
        raise PlanError(f"{source}: has none of {', '.join(PLAN_KEYS)}, so it is no plan")
    try:
        return _plan(document, source)
    except RecursionError:
        raise PlanError(f"{source}: is nested too deeply to be a plan") from None


def _plan(document: dict[str, Any], source: str) -> Plan:
    listed = {key: _list(document, key, source) for key in ("resource_changes", "resource_drift", "checks")}
    deferred = _list(document, "deferred_changes", source)
    return Plan(
        source=source,
        changes=tuple(_changes(listed["resource_changes"], f"{source}: resource_changes")),
        drift=tuple(_changes(listed["resource_drift"], f"{source}: resource_drift")),
        errored=document.get("errored") is True,
        complete=document.get("complete") is not False,
        refresh_only="resource_changes" not in document and not deferred,
        deferred=tuple(_deferred(deferred, f"{source}: deferred_changes")),
        invocations=tuple(one for one in _list(document, "action_invocations", source) if isinstance(one, dict)),
        deferred_invocations=len(_list(document, "deferred_action_invocations", source)),
        failed_checks=tuple(_failed(listed["checks"])),
        outputs=tuple(_outputs(document.get("output_changes"))),
        region=_region(document.get("configuration")),
    )


def _list(document: dict[str, Any], key: str, source: str) -> list[Any]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise PlanError(f"{source}: {key} is {_kind(value)}, where a plan has a list")
    return value


def _changes(entries: list[Any], place: str) -> Iterator[Change]:
    for index, entry in enumerate(entries):
        change = _change(entry, f"{place}[{index}]")
        if change.mode == "managed":
            yield change


def _change(entry: Any, place: str) -> Change:
    if not isinstance(entry, dict):
        raise PlanError(f"{place}: is {_kind(entry)}, where a plan has an object")
    for key in ("address", "type"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise PlanError(f"{place}: {key} is {_kind(entry.get(key))}, where a plan has a text")
    change = entry.get("change")
    if not isinstance(change, dict):
        raise PlanError(f"{place}: change is {_kind(change)}, where a plan has an object")
    actions = change.get("actions")
    if not isinstance(actions, list) or not all(isinstance(action, str) for action in actions):
        raise PlanError(f"{place}: change.actions is not a list of texts")
    for side in ("before", "after"):
        if not isinstance(change.get(side), (dict, type(None))):
            raise PlanError(f"{place}: change.{side} is {_kind(change[side])}, where a plan has an object or null")
    importing = change.get("importing")
    return Change(
        address=entry["address"],
        type=entry["type"],
        mode=_text(entry.get("mode")) or "managed",
        actions=tuple(actions),
        before=change.get("before"),
        after=change.get("after"),
        unknown=change.get("after_unknown"),
        before_sensitive=change.get("before_sensitive"),
        after_sensitive=change.get("after_sensitive"),
        replace_paths=tuple(_paths(change.get("replace_paths"))),
        reason=_text(entry.get("action_reason")),
        previous_address=_text(entry.get("previous_address")),
        importing=importing if isinstance(importing, dict) else None,
        deposed=_text(entry.get("deposed")),
    )


def _paths(value: Any) -> Iterator[str]:
    for path in value if isinstance(value, list) else ():
        if isinstance(path, list) and path and isinstance(path[0], str):
            yield path[0]


def _deferred(entries: list[Any], place: str) -> Iterator[tuple[str, Change]]:
    for index, entry in enumerate(entries):
        inner = entry.get("resource_change") if isinstance(entry, dict) else None
        change = _change(inner, f"{place}[{index}].resource_change")
        if change.mode == "managed":
            yield _text(entry.get("reason")) or "unknown", change


def _failed(checks: list[Any]) -> Iterator[str]:
    for entry in checks:
        if isinstance(entry, dict) and entry.get("status") in ("fail", "error"):
            place = entry.get("address")
            shown = place.get("to_display") if isinstance(place, dict) else None
            yield _text(shown) or "a check"


def _outputs(value: Any) -> Iterator[str]:
    for name, change in value.items() if isinstance(value, dict) else ():
        if isinstance(change, dict) and change.get("actions") not in (["no-op"], None):
            yield name


def _region(configuration: Any) -> str:
    configured = configuration.get("provider_config") if isinstance(configuration, dict) else None
    found = set()
    for provider in configured.values() if isinstance(configured, dict) else ():
        if isinstance(provider, dict) and str(provider.get("full_name")).endswith("/hashicorp/aws"):
            expressions = provider.get("expressions")
            region = expressions.get("region") if isinstance(expressions, dict) else None
            found.add(_text(region.get("constant_value")) if isinstance(region, dict) else None)
    # With several it is not known which resource is where.
    return (found.pop() or "") if len(found) == 1 else ""


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "nothing"}
    return names.get(type(value), "a number")


def _not_json(text: str, error: ValueError) -> str:
    if text.lstrip().startswith('{"@level"'):
        return "is what `terraform plan -json` streams; review what `terraform show -json PLAN` prints"
    if isinstance(error, json.JSONDecodeError):
        if error.lineno > 1 and error.msg == "Extra data":
            return f"line {error.lineno}: has something after the plan; give each plan a file of its own"
        return f"line {error.lineno}, column {error.colno}: is not JSON: {error.msg}"
    return "has a number that is too long to be a plan's"
