"""The schema of a release from the bindings that were generated from it: their source is read, nothing is imported."""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING, Final

from tools.provider_schemas.table import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REAL_NAME: Final = re.compile(r":param (\w+): .*?#(\w+) \w+#\w+\}")
"""A parameter, which may be called otherwise so as not to be a word of Python's, and the argument that it is."""

PRIMITIVE: Final = {"builtins.str": "string", "jsii.Number": "number", "builtins.bool": "boolean"}

TERRAFORMS: Final = frozenset(
    {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}
)


def version(package: Path) -> str:
    """Return the release of the provider that the bindings of a folder were generated from."""
    found: str = re.findall(r"hashicorp/aws/([0-9.]+)/docs", (package / "provider" / "__init__.py").read_text())[0]
    return found


def entries(package: Path, kind: str) -> Iterator[tuple[str, Entry]]:
    """Yield path and entry of everything that may be said of a kind; nothing of one that the release does not have."""
    module = _module(package, kind)
    if module is None:
        return
    (config,) = (name for name in module if name.endswith("Config") and _is_root(module[name]))
    yield from _struct(module, config, "", frozenset({config}))


def attributes(package: Path, kind: str) -> set[str]:
    """Return the names of all that can be referred to."""
    module = _module(package, kind)
    if module is None:
        return set()
    main = next(node for node in module.values() if _is_construct(node))
    return {part.name.rstrip("_") for part in main.body if isinstance(part, ast.FunctionDef) and part.decorator_list}


@functools.cache
def _module(package: Path, kind: str) -> dict[str, ast.ClassDef] | None:
    name = kind.replace("data.aws_", "data_aws_").replace("provider.aws", "provider").removeprefix("aws_")
    source = package / name / "__init__.py"
    if not source.is_file():
        return None
    return {node.name: node for node in ast.parse(source.read_text()).body if isinstance(node, ast.ClassDef)}


def _is_construct(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith((".TerraformResource", ".TerraformDataSource")) for base in node.bases)


def _is_root(node: ast.ClassDef) -> bool:
    """Whether this is what a construct is made of: the provider's has no base, and there is one class of that name."""
    return any(ast.unparse(base).endswith(".TerraformMetaArguments") for base in node.bases) or node.name == (
        "AwsProviderConfig"
    )


def _struct(
    module: dict[str, ast.ClassDef], name: str, prefix: str, above: frozenset[str]
) -> Iterator[tuple[str, Entry]]:
    init = next(part for part in module[name].body if isinstance(part, ast.FunctionDef) and part.name == "__init__")
    real = dict(REAL_NAME.findall(ast.get_docstring(init) or ""))
    for parameter, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        if parameter.annotation is None or (not prefix and parameter.arg in TERRAFORMS):
            continue
        type_, struct = _type(parameter.annotation, module)
        path = prefix + real.get(parameter.arg, parameter.arg)
        yield path, Entry(type_, required=default is None)
        if struct and struct not in above:
            yield from _struct(module, struct, f"{path}.", above | {struct})


def _type(annotation: ast.expr, module: dict[str, ast.ClassDef]) -> tuple[str, str | None]:
    """Return a type in the table's words, and the class of a block."""
    if isinstance(annotation, ast.Constant):
        return _type(ast.parse(str(annotation.value), mode="eval").body, module)
    if isinstance(annotation, ast.Name) and annotation.id in module:
        return "block", annotation.id
    if not isinstance(annotation, ast.Subscript):
        return PRIMITIVE.get(ast.unparse(annotation), "any"), None
    inner = annotation.slice
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    # Beside what is meant there stands what may be in its place: a token, or the fields of a class.
    of, struct = _type(next(one for one in reversed(parts) if not _stands_in(one)), module)
    match ast.unparse(annotation.value):
        case "typing.Sequence":
            return ("blocks", struct) if struct else (f"list of {of}", None)
        case "typing.Mapping":
            return f"map of {of}", None
    return of, struct


def _stands_in(one: ast.expr) -> bool:
    text = ast.unparse(one)
    return "IResolvable" in text.split("[")[0] or text.startswith("typing.Dict")
