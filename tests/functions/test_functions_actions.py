"""Every action, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.functions.platform import Platform


def test_first_migrate_and_all_other_actions(fresh: Platform) -> None:
    refused = fresh.fail("migrate")
    assert refused["type"] == "authentication-failed"
    first = fresh.succeed("migrate", authenticate="secret")
    print(first)
    print(fresh.succeed("health"))
    print(fresh.succeed("migrate"))
    print(fresh.succeed("query", sql="SELECT count(*), now() FROM experimentation.experiments WHERE id > %s", parameters=[1]))
    print(fresh.succeed("partitions"))
    print(fresh.iam.admitted, fresh.iam.refused)
