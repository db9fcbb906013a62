"""The base of every module: resources whose Terraform address is exactly the id they are given."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from cdktf import TerraformElement, TerraformLocal, TerraformResource, Token
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Element = TypeVar("Element", bound=TerraformElement)
Resource = TypeVar("Resource", bound=TerraformResource)
Inputs = ParamSpec("Inputs")


class Module(Construct):
    """A construct that freezes the addresses of what it creates.

    cdktf adds a hash of the construct path to the logical id of anything below the top of a stack, so that
    moving a construct would replace a database. Here ``add(RdsCluster, "aurora", …)`` is
    ``aws_rds_cluster.aurora`` wherever the module stands. An address must be unique in its stack.
    """

    def add(
        self,
        kind: Callable[Concatenate[Construct, str, Inputs], Element],
        logical_id: str,
        *positional: Inputs.args,
        **inputs: Inputs.kwargs,
    ) -> Element:
        """Create an element of this kind under a frozen logical id."""
        element = kind(self, f"{kind.__name__}.{logical_id}", *positional, **inputs)
        element.override_logical_id(logical_id)
        return element


def logical(*parts: str) -> str:
    """Join stable keys to a lower snake case logical id."""
    return "_".join(parts).replace("-", "_")


class Rows(Module):
    """Many resources of one kind by ``for_each`` over a table in ``locals``: each row is a resource under its key.

    A construct of its own for each of forty alarms would double what a synth costs; Terraform itself makes the same
    resources of a table, and a plan names each: ``aws_cloudwatch_metric_alarm.metric["writer_down"]``. Rows may lack
    columns.
    """

    def add_rows(
        self,
        kind: Callable[Concatenate[Construct, str, Inputs], Resource],
        logical_id: str,
        table: str,
        rows: Mapping[str, Mapping[str, Any]],
        *positional: Inputs.args,
        **inputs: Inputs.kwargs,
    ) -> Resource:
        """Create the table ``local.<table>`` and the resources of its rows, which ``column`` and the like read."""
        self.add(TerraformLocal, table, rows)
        resource = self.add(kind, logical_id, *positional, **inputs)
        resource.add_override("for_each", f"${{local.{table}}}")
        return resource


def column(name: str) -> str:
    """Return the text in a column of the row that a resource is made of."""
    return f"${{each.value.{name}}}"


def optional(name: str) -> str:
    """Return the text in a column that not every row has."""
    return f"${{try(each.value.{name}, null)}}"


@cache
def number_column(name: str) -> float:
    """Return the number in a column."""
    number: float = Token.as_number(column(name))
    return number


@cache
def mapping_column(name: str) -> Mapping[str, str]:
    """Return the mapping in a column."""
    mapping: Mapping[str, str] = Token.as_string_map(column(name))
    return mapping


@cache
def list_column(name: str) -> list[str]:
    """Return the list of texts in a column."""
    texts: list[str] = Token.as_list(column(name))
    return texts
