"""Environments made up by tests, synthesized in one run for each set of them, and ways to look at the result."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.harness import BASE, Synthesized, merged, synthesized

if TYPE_CHECKING:
    from collections.abc import Iterator

Resources = dict[str, dict[str, Any]]
"""Arguments by address."""


def variants(**changes: dict[str, Any]) -> Synthesized:
    """Synthesize environments, each by its name the least environment with changes laid over it."""
    environments = {name.replace("_", "-"): merged(BASE, change) for name, change in changes.items()}
    return _synthesized(json.dumps(environments))


def alike(**changes: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Synthesize variants of one environment, `test`; return their stacks by variant and kind, to be compared.

    One run makes them all, so each is really an environment of its own; its name is put back to `test` afterwards.
    """
    output = variants(**{_code(number): change for number, change in enumerate(changes.values())})
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for number, variant in enumerate(changes):
        found[variant] = {
            kind: json.loads(json.dumps(output.stack(f"{_code(number)}-{kind}")).replace(_code(number), "test"))
            for kind in ("network", "database")
        }
    return found


def _code(number: int) -> str:
    return f"zq{number}qz"


@functools.cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="variants-")


@functools.cache
def _synthesized(environments: str) -> Synthesized:
    folder = Path(tempfile.mkdtemp(dir=_scratch().name))
    envs = folder / "envs"
    envs.mkdir()
    for name, environment in json.loads(environments).items():
        # JSON is YAML, and quotes what has to be quoted.
        (envs / f"{name}.yaml").write_text(json.dumps(environment, indent=1))
    return synthesized(envs, folder / "out")


def resources(stack: dict[str, Any], *kinds: str) -> Resources:
    """Return a stack's resources by address, all or those of some types, without cdktf's own notes."""
    return {
        f"{kind}.{name}": {key: value for key, value in arguments.items() if key != "//"}
        for kind, by_name in stack["resource"].items()
        if not kinds or kind in kinds
        for name, arguments in by_name.items()
    }


def chosen(found: Resources, *arguments: str) -> Resources:
    """Return only some arguments of each resource; an argument that is not there is not there."""
    return {address: {name: values[name] for name in arguments if name in values} for address, values in found.items()}


def cluster(stack: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a database stack's cluster."""
    return resources(stack, "aws_rds_cluster")["aws_rds_cluster.aurora"]


def instances(stack: dict[str, Any]) -> Resources:
    """Return a database stack's instances by address."""
    return resources(stack, "aws_rds_cluster_instance")


def parameters(stack: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return value and apply method of each parameter in a database stack's cluster parameter group."""
    (group,) = resources(stack, "aws_rds_cluster_parameter_group").values()
    return {setting["name"]: (setting["value"], setting["apply_method"]) for setting in group["parameter"]}


def policy(arguments: dict[str, Any], name: str = "policy") -> dict[str, dict[str, Any]]:
    """Return a policy's statements by their Sid."""
    return {statement["Sid"]: statement for statement in json.loads(arguments[name])["Statement"]}


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every scalar below a value, with the keys that lead to it; cdktf's notes are left out."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key != "//":
                yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, str(index)))
    else:
        yield path, value


def everything(*outputs: Synthesized) -> dict[str, dict[str, Any]]:
    """Return every stack of some outputs by name."""
    return {name: output.stack(name) for output in outputs for name in output.stacks}
