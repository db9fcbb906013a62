"""The schema of a release of which Terraform can start the provider."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.emulator import provider_mirror
from tools.provider_schemas.table import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def schema(version: str) -> dict[str, Any]:
    """Return what ``terraform providers schema`` says of a release."""
    with tempfile.TemporaryDirectory(prefix="aurora-schema-") as name:
        folder = Path(name)
        required = {"aws": {"source": "hashicorp/aws", "version": f"= {version}"}}
        (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
        configuration = folder / "cli.tfrc"
        configuration.write_text(provider_mirror.configuration(provider_mirror.find(version)))
        said = ""
        for arguments in (["init", "-input=false", "-no-color"], ["providers", "schema", "-json"]):
            said = subprocess.run(
                ["terraform", f"-chdir={folder}", *arguments],  # noqa: S607 - the user's own
                env=_surroundings(configuration),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout
    found: dict[str, Any] = json.loads(said)["provider_schemas"][provider_mirror.PROVIDER]
    return found


def entries(found: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of everything that may be said of a kind."""
    if kind == "provider.aws":
        block = found["provider"]["block"]
    else:
        section = "data_source_schemas" if kind.startswith("data.") else "resource_schemas"
        block = found[section].get(kind.removeprefix("data."), {"block": {}})["block"]
    yield from _block(block, "")


def attributes(found: Mapping[str, Any], kind: str) -> set[str]:
    """Return the names of all that can be referred to."""
    section = "data_source_schemas" if kind.startswith("data.") else "resource_schemas"
    block = found[section].get(kind.removeprefix("data."), {"block": {}})["block"]
    return {*block.get("attributes", {}), *block.get("block_types", {})}


def _surroundings(configuration: Path) -> dict[str, str]:
    return os.environ | {"TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1"}


def _block(block: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Entry]]:
    for name, attribute in block.get("attributes", {}).items():
        yield from _attribute(attribute, f"{prefix}{name}")
    for name, nested in block.get("block_types", {}).items():
        single = nested["nesting_mode"] == "single" or nested.get("max_items") == 1
        yield f"{prefix}{name}", Entry("block" if single else "blocks", required=nested.get("min_items", 0) > 0)
        yield from _block(nested["block"], f"{prefix}{name}.")


def _attribute(attribute: Mapping[str, Any], path: str) -> Iterator[tuple[str, Entry]]:
    settable = attribute.get("required") or attribute.get("optional")
    if not settable:
        return
    nested = attribute.get("nested_type")
    type_, within = ("blocks", nested) if nested else _type(attribute["type"])
    yield path, Entry(type_, required=bool(attribute.get("required")), deprecated=bool(attribute.get("deprecated")))
    if nested:
        yield from _block(nested, f"{path}.")
    elif within:
        for name, one in within.items():
            inner, _ = _type(one)
            yield f"{path}.{name}", Entry(inner, required=False)


def _type(type_: Any) -> tuple[str, Mapping[str, Any] | None]:
    """Return a type in the table's words, and the arguments of an object."""
    match type_:
        case "bool":
            return "boolean", None
        case str():
            return type_, None
        case ["list" | "set", ["object", members]]:
            return "blocks", members
        case ["object", members]:
            return "block", members
        case ["list" | "set", of]:
            return f"list of {_type(of)[0]}", None
        case ["map", of]:
            return f"map of {_type(of)[0]}", None
    raise ValueError(type_)
