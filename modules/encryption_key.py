"""A customer managed KMS key with its alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import TerraformProvider
    from constructs import Construct

LONG_WINDOW_DAYS = 30
"""Longest wait before a key is gone (AWS KMS API Reference, ScheduleKeyDeletion: 7 to 30 days)."""

SHORT_WINDOW_DAYS = 7
"""Shortest wait before a key is gone."""


class EncryptionKey(Module):
    """A symmetric key, rotated yearly, that only the services named in its policy can use.

    A key that is gone takes what it encrypted with it: protected keys refuse to be destroyed and wait the
    longest.
    """

    def __init__(
        self,
        scope: Construct,
        logical_id: str,
        *,
        alias: str,
        description: str,
        statements: Sequence[policies.Statement],
        protected: bool,
        provider: TerraformProvider | None = None,
    ) -> None:
        """Create the key and its alias, elsewhere than in the stack's region if there is a provider for that."""
        super().__init__(scope, f"{logical_id}_key")
        self.key = self.add(
            KmsKey,
            logical_id,
            description=description,
            enable_key_rotation=True,
            deletion_window_in_days=LONG_WINDOW_DAYS if protected else SHORT_WINDOW_DAYS,
            policy=policies.document(statements),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            provider=provider,
        )
        self.arn = self.key.arn
        self.alias = self.add(KmsAlias, logical_id, name=alias, target_key_id=self.arn, provider=provider)
