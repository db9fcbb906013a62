"""What is left alone of resources that others made."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle


def description_left_alone(
    *, described: bool, create_before_destroy: bool | None = None
) -> TerraformResourceLifecycle | None:
    """Return a lifecycle in which a description counts at creation only, unless it is ours to give.

    A description of a security group or of a parameter group cannot be changed: another one replaces the group, and
    a group in use cannot be deleted.
    """
    if described and create_before_destroy is None:
        return None
    return TerraformResourceLifecycle(
        create_before_destroy=create_before_destroy, ignore_changes=None if described else ["description"]
    )
