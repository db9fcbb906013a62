"""The managed policies that applications attach to their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy

from modules import policies
from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from constructs import Construct


class ConsumerPolicies(Module):
    """One policy per purpose, so that each application attaches what it needs and no more."""

    def __init__(
        self,
        scope: Construct,
        *,
        name: Callable[[str], str],
        purposes: Mapping[str, tuple[str, Sequence[policies.Statement]]],
    ) -> None:
        """Create the policies: by purpose, what it is for and its statements."""
        super().__init__(scope, "consumer_policies")
        self.policies = {
            purpose: self.add(
                IamPolicy,
                logical(purpose),
                name=name(purpose),
                description=about,
                policy=policies.document(statements),
            )
            for purpose, (about, statements) in purposes.items()
        }
