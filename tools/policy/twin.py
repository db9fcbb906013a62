"""Writes a stack's JSON as HCL, for a reader that understands HCL better.

Terraform takes both for the same (Terraform documentation, "JSON Configuration Syntax"); the policy scanner does
not: it reads no policy document in JSON (``tests/tools/policy`` proves it). Nothing that is deployed is made here.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

BINDINGS = "cdktf_cdktf_provider_aws"

PREFIXES = {"resource": "", "data": "data_"}
"""Blocks that carry a type and a name, and what the bindings put before the type."""

NAMED = ("output", "variable")
"""Blocks that carry a name."""

LEFT_OUT = ("check", "import", "removed")
"""Blocks that make nothing, so that a scanner has nothing to say of them."""

BUILT_IN = {
    "terraform_data": frozenset({"input", "triggers_replace"}),
    "data_terraform_remote_state": frozenset({"config", "defaults"}),
}
"""Arguments of Terraform's own types whose value is an object; its others are blocks."""


def hcl(stack: Mapping[str, Any]) -> str:
    """Return the text of a ``cdk.tf.json`` as HCL, without cdktf's own notes (``//``) and what makes nothing."""
    return "".join(f"{line}\n" for line in _top(stack))


def _top(stack: Mapping[str, Any]) -> Iterator[str]:
    unknown = stack.keys() - {"//", "terraform", "provider", "locals", *PREFIXES, *NAMED, *LEFT_OUT}
    if unknown:
        raise ValueError(f"no HCL is written for {', '.join(sorted(unknown))}")
    yield from _terraform(stack["terraform"])
    for name, configurations in stack.get("provider", {}).items():
        for configuration in configurations:
            yield from _block(f'provider "{name}"', configuration, _maps("provider"))
    for kind, prefix in PREFIXES.items():
        for type_, named in stack.get(kind, {}).items():
            for name, body in named.items():
                yield from _block(f'{kind} "{type_}" "{name}"', body, _maps(f"{prefix}{type_}"))
    for kind in NAMED:
        for name, body in stack.get(kind, {}).items():
            yield from _block(f'{kind} "{name}"', body, body.keys())
    if "locals" in stack:
        yield from _block("locals", stack["locals"], stack["locals"].keys())


def _terraform(settings: Mapping[str, Any]) -> Iterator[str]:
    yield "terraform {"
    for key, value in settings.items():
        if key == "backend":
            for name, configuration in value.items():
                yield from _block(f'backend "{name}"', configuration, configuration.keys())
        elif key == "cloud":
            yield from _block("cloud", value, frozenset())
        elif key == "required_providers":
            yield from _block("required_providers", value, value.keys())
        else:
            yield f"{key} = {_value(value)}"
    yield "}"


def _block(header: str, body: Mapping[str, Any], maps: AbstractSet[str]) -> Iterator[str]:
    """Yield a block; of its arguments those in ``maps`` are attributes whatever they hold."""
    yield f"{header} {{"
    for key, value in body.items():
        if key == "//":
            continue
        blocks = value if isinstance(value, list) else [value]
        if key not in maps and blocks and all(isinstance(block, dict) for block in blocks):
            for block in blocks:
                yield from _block(key, block, maps)
        else:
            yield f"{key} = {_value(value, bare=key in BARE)}"
    yield "}"


BARE = ("depends_on", "ignore_changes", "replace_triggered_by", "provider")
"""Meta-arguments that name things, in JSON as strings and in HCL as they are."""


def _value(value: Any, *, bare: bool = False) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {_value(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_value(item, bare=bare) for item in value) + "]"
        case str() if bare:
            return value
        case _:
            # A string is a template in both syntaxes, with the same escapes.
            return json.dumps(value, ensure_ascii=False)


@functools.cache
def _maps(type_: str) -> AbstractSet[str]:
    """Return the arguments of a type whose value is a map; everything else that holds an object is a block.

    So say the bindings, which are generated from the provider's schema: a map is a ``Mapping``, a block a class of
    its own. The AWS provider has no attribute that holds an object and could not be written as a block.
    """
    if type_ in BUILT_IN:
        return BUILT_IN[type_]
    source = _bindings() / type_.removeprefix("aws_") / "__init__.py"
    return frozenset(re.findall(r"^        (\w+): .*\btyping\.Mapping\[", source.read_text(), re.MULTILINE))


@functools.cache
def _bindings() -> Path:
    # Located and not imported: importing the package loads all of its modules.
    spec = importlib.util.find_spec(BINDINGS)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(BINDINGS)
    return Path(spec.origin).parent
