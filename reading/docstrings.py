"""What the models say of their fields, read from the source where a message or the schema asks for it.

pydantic's ``use_attribute_docstrings`` reads it for every model at every start, a sixth of what ``check`` takes.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel


@functools.cache
def of(model: type[BaseModel]) -> dict[str, str]:
    """Return what is said of a model's fields, inherited ones included, by the fields' names."""
    said: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        said |= _in_module(kind.__module__).get(kind.__name__, {})
    return {name: text for name, text in said.items() if name in model.model_fields}


@functools.cache
def _in_module(name: str) -> dict[str, dict[str, str]]:
    """Return the texts below annotated names, by the class that they stand in; nothing for modules of others."""
    if not name.startswith("settings."):
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[name]))
    return {part.name: dict(_texts(part.body)) for part in tree.body if isinstance(part, ast.ClassDef)}


def _texts(body: list[ast.stmt]) -> list[tuple[str, str]]:
    return [
        (field.target.id, inspect.cleandoc(text.value.value))
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    ]
