"""``make output``: the outputs of the stacks."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tools.delivery import stacks, terraform
from tools.delivery.given import StoppedError, given


def output() -> None:
    """Print the outputs of the stacks, whole: a line each, or with FORMAT=json one object by stack."""
    style = given("FORMAT") or "text"
    if style not in ("text", "json"):
        message = f"FORMAT={style} is not one of text, json"
        raise StoppedError(message)
    selection = stacks.select()
    terraform.program()
    stacks.synthesize(selection.environment, quiet=True)
    with ThreadPoolExecutor() as pool:
        found = dict(zip(selection.chosen, pool.map(_shown, selection.chosen), strict=True))
    if style == "json":
        print(json.dumps(found, indent=2))
        return
    for stack, values in found.items():
        print(f"{stack}" if values else f"{stack}: no outputs; it is not deployed, or all of it was destroyed")
        width = max(map(len, values), default=0)
        for name, value in values.items():
            print(f"  {name.ljust(width)}  {value if isinstance(value, str) else json.dumps(value)}")


def _shown(stack: str) -> dict[str, Any]:
    found = sorted(stacks.outputs(stack).items())
    return {name: "(sensitive)" if entry["sensitive"] else entry["value"] for name, entry in found}
