"""What RDS Proxy is called: other subnets make it anew, and CloudFormation does so under another name only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import DataResource, TerraformLocal, TerraformResourceLifecycle

from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


class ProxyName(Module):
    """The usual name in the subnets of the first deployment, and in any others one that follows them.

    ``terraform_data`` remembers the first subnets in the state, so a proxy that stays where it is keeps its name. The
    other name is as long as the usual one, so it needs no limit of its own.
    """

    def __init__(self, scope: Construct, *, usual: str, elsewhere: str, subnet_ids: Sequence[str]) -> None:
        """Remember the subnets; ``elsewhere`` is completed by four characters of them."""
        super().__init__(scope, "naming_of_the_proxy")
        # Locals, because the quotes of an expression would not survive ``cdktf synth --hcl``.
        self.add(TerraformLocal, "proxy_subnets", ",".join(subnet_ids))
        self.add(TerraformLocal, "proxy_usual", usual)
        self.add(TerraformLocal, "proxy_elsewhere", f"{elsewhere}${{substr(sha1(local.proxy_subnets), 0, 4)}}")
        self.first = self.add(
            DataResource,
            "proxy_subnets",
            input={"ids": "${local.proxy_subnets}"},
            lifecycle=TerraformResourceLifecycle(ignore_changes=["input"]),
        )
        is_first = "terraform_data.proxy_subnets.input.ids == local.proxy_subnets"
        self.name = f"${{{is_first} ? local.proxy_usual : local.proxy_elsewhere}}"
