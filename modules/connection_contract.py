"""The connection contract: what consumers need to connect, none of it secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct


class ConnectionContract(Module):
    """The same values as SSM parameters under one path and as outputs of the stack.

    Where another cluster serves they are outputs only, for the parameters mean that one. Names are a contract: changing
    one breaks consumers. Values are plain text, for the managed secret holds only user name and password, and nothing
    here is either of them.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        path: str | None,
        values: Mapping[str, tuple[str, str]],
        after: Mapping[str, Sequence[ITerraformDependable]] | None = None,
    ) -> None:
        """Publish by parameter name the value and what it is for; ``after`` names what has to be done before.

        Without a path there are no parameters.
        """
        super().__init__(scope, "connection_contract")
        published = values if path else {}
        self.parameters = {
            name: self.add(
                SsmParameter,
                logical(*name.split("/")),
                name=f"{path}/{name}",
                type="String",
                value=value,
                description=about,
                depends_on=(after or {}).get(name),
            )
            for name, (value, about) in published.items()
        }
        self.outputs = {
            name: TerraformOutput(self, logical(*name.split("/")), static_id=True, value=value, description=about)
            for name, (value, about) in values.items()
        }
