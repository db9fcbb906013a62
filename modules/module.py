"""The base of every module: resources whose Terraform address is exactly the id they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from cdktf import TerraformElement
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Callable

Element = TypeVar("Element", bound=TerraformElement)
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
