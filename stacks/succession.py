"""How one database stack follows another: whose parameters the contract's are, and how a stack ends.

An address of the one is never an address of the other, so nothing is ever moved between two states: a stack lets go
by ``removed`` blocks, and the other one takes over by ``import`` blocks. Either may be applied first, and neither
leaves a moment without the parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdktf import TerraformBackend, TerraformOutput, TerraformProvider, TerraformResource

from stacks import backends

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stacks.database import DatabaseStack

RELEASED: Final = "released"
"""Output by which a stack knows that it was released before it is destroyed."""

OUTLIVING: Final = ("aws_backup_vault", "aws_cloudwatch_log_group", "aws_kms_")
"""What final snapshot, copies and logs are kept in, and the keys that they are read with."""

USED_NO_MORE: Final = (".secrets",)
"""RDS deletes the secret with its cluster, so its key goes, too."""


def hand_over(stack: DatabaseStack) -> None:
    """Have the stack that serves own the contract's parameters, and the other one let go of them.

    The parameters exist, for the cluster that served first published them.
    """
    path = stack.loaded.names.contract
    if stack.generation.serves:
        for name, parameter in stack.contract.parameters.items():
            parameter.import_from(f"{path}/{name}")
    else:
        _let_go(stack, [f"aws_ssm_parameter.{output.friendly_unique_id}" for output in stack.contract.outputs.values()])


def release(stack: DatabaseStack) -> None:
    """Note in the state that what protected the cluster is gone, and that a final snapshot will be taken."""
    TerraformOutput(
        stack, RELEASED, static_id=True, value=True, description="Whether the stack may be destroyed by its next plan"
    )


def forget(stack: DatabaseStack) -> None:
    """Leave all that the stack made as it is, and out of its state."""
    _let_go(stack, _emptied(stack))


def destroy(stack: DatabaseStack) -> None:
    """Destroy what the stack made, but for what its final snapshot and its logs are read with.

    A stack that was not released before is refused when it is planned: AWS would refuse to delete the cluster, after
    its instances were deleted.
    """
    going = _emptied(stack)
    _let_go(stack, [each for each in going if each.startswith(OUTLIVING) and not each.endswith(USED_NO_MORE)])
    loaded, kind = stack.loaded, stack.loaded.names.database
    backends.remote_state(stack, loaded.state_of(kind), loaded.names.state_key(kind), "itself")
    stack.add_override(
        "data.terraform_remote_state.itself.lifecycle.postcondition",
        [
            {
                "condition": f"${{try(self.outputs.{RELEASED}, false)}}",
                "error_message": f"{loaded.names.stack(kind)} is still protected: say how: released and deploy that "
                "first, then how: destroyed.",
            }
        ],
    )
    release(stack)


ENDINGS: Final = {"released": release, "forgotten": forget, "destroyed": destroy}
"""What becomes of a stack that ends."""


def _let_go(stack: DatabaseStack, addresses: Iterable[str]) -> None:
    stack.let_go.update(addresses)
    stack.add_override(
        "removed", [{"from": address, "lifecycle": {"destroy": False}} for address in sorted(stack.let_go)]
    )


def _emptied(stack: DatabaseStack) -> list[str]:
    """Take everything but backend and provider out of a stack; return the addresses of its resources."""
    addresses = [
        f"{each.terraform_resource_type}.{each.friendly_unique_id}"
        for each in stack.node.find_all()
        if isinstance(each, TerraformResource)
    ]
    for child in stack.node.children:
        if not isinstance(child, (TerraformBackend, TerraformProvider)):
            stack.node.try_remove_child(child.node.id)
    return addresses
