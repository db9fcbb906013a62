"""Taking away what was added, with `make`: what used it lets go first, in whatever stack it is, and nothing stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import UNCHANGED
from tests.e2e.test_e2e_delivery import Delivery, delivering
from tests.harness import BASE, merged
from tests.tools.delivery.conftest import project, with_terraform

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["delivering", "project", "with_terraform"]

pytestmark = pytest.mark.e2e_wide

ACCOUNT, ANOTHER = "444444444444", "555555555555"

GROWN: dict[str, Any] = merged(
    BASE,
    {
        "aws": {"account_id": ACCOUNT, "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
        "network": {"create": {"nat": "single", "interface_endpoints": ["ssm", "kms", "secretsmanager", "sts"]}},
        "database": {
            "engine_version": "15.10",
            "instances": {"1": {}, "2": {"zone": "eu-west-1b"}, "3": {"zone": "eu-west-1c"}},
            "access": {"cidrs": {"private": "10.10.0.0/18"}},
            "monitoring": {"interval_seconds": 60},
        },
        "access": {"proxy": {"enabled": True}},
        "monitoring": {"enabled": True},
        "state": {"backend": "local"},
    },
)
"""A development with something of everything that can be taken away again."""

SMALLER = {
    "aws": {"zones": ["eu-west-1b", "eu-west-1c"]},
    "network": {"create": {"interface_endpoints": ["ssm"]}},
    "database": {"instances": {"1": None}, "monitoring": {"interval_seconds": 0}},
}
"""The first zone is left, by an instance too, so that nothing is where it was in any list."""

LEAST = merged(
    SMALLER,
    {"network": {"create": {"interface_endpoints": []}}, "access": {"proxy": {"enabled": False}}},
)


WITH_ACCESS = merged(
    BASE,
    {
        "aws": {"account_id": ANOTHER},
        "network": {"create": {"nat": "single"}},
        "database": {"engine_version": "15.10"},
        "access": {},
        "monitoring": {"enabled": True},
        "state": {"backend": "local"},
    },
)


def write(dev: Delivery, said: dict[str, Any]) -> None:
    """Write the environment's file."""
    (dev.project.root / "envs" / "dev.yaml").write_text(json.dumps(said, indent=1))


def deployed(dev: Delivery, said: dict[str, Any]) -> dict[str, list[str]]:
    """Deploy a file, see that nothing is left to do, and return what each stack has."""
    write(dev, said)
    dev.make("deploy")
    stacks = dev.stacks()
    for stack in stacks:
        dev.terraform(stack, "plan", "-detailed-exitcode", expected=UNCHANGED)
    return {stack: dev.terraform(stack, "state", "list").split() for stack in stacks}


def test_zones_endpoints_and_proxy_are_taken_away_again(delivering: Callable[[str, str], Delivery]) -> None:
    dev = delivering("dev", ACCOUNT)
    before = deployed(dev, GROWN)
    assert "aws_subnet.private_a" in before["dev-network"]

    smaller = deployed(dev, merged(GROWN, SMALLER))
    gone = {stack: sorted({*before[stack]} - {*smaller[stack]}) for stack in before}
    assert gone["dev-network"] == [
        "aws_eip.nat_a",
        "aws_nat_gateway.a",
        "aws_route.private_a",
        "aws_route_table.private_a",
        "aws_route_table_association.isolated_a",
        "aws_route_table_association.private_a",
        "aws_route_table_association.public_a",
        "aws_subnet.isolated_a",
        "aws_subnet.private_a",
        "aws_subnet.public_a",
        "aws_vpc_endpoint.kms",
        "aws_vpc_endpoint.secretsmanager",
        "aws_vpc_endpoint.sts",
    ]
    assert "aws_iam_role.monitoring" in gone["dev-database"]
    assert gone["dev-access"] == []
    # Other subnets make the proxy anew, and it is watched under the name that it has now.
    names = json.loads(dev.terraform("dev-access", "output", "-json", "proxy_name"))
    assert names.startswith("experimentation-dev-p")
    assert names != "experimentation-dev-proxy"
    assert names in json.dumps(json.loads(dev.terraform("dev-monitoring", "show", "-json")))

    least = deployed(dev, merged(GROWN, LEAST))
    assert not [one for one in least["dev-network"] if "endpoint" in one and not one.endswith(".s3")]
    assert not [one for one in least["dev-access"] if "proxy" in one]


def test_a_stack_that_left_the_file_is_named_until_it_is_gone(delivering: Callable[[str, str], Delivery]) -> None:
    dev = delivering("dev", ANOTHER)
    deployed(dev, WITH_ACCESS)

    # Nothing that it uses goes before it.
    without = merged(WITH_ACCESS, {"access": None, "network": {"create": {"nat": "none"}}})
    write(dev, without)
    said = dev.make("plan", "STACK=network")
    assert "make destroy ENV=dev STACK=access" in said
    assert "make destroy ENV=dev STACK=access first" in dev.make("deploy", expected=2)
    dev.make("destroy", "STACK=access")
    assert "nothing of it is deployed" in dev.make("destroy", "STACK=access", expected=2)
    assert deployed(dev, without).keys() == {"dev-network", "dev-database", "dev-monitoring"}
    assert "STACK=access" not in dev.make("plan", "STACK=network")
