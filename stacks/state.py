"""``<environment>-state``: the bucket and key that hold the other stacks' states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from modules import policies
from modules.encryption_key import EncryptionKey
from modules.state_bucket import StateBucket
from stacks.environment_stack import EnvironmentStack

if TYPE_CHECKING:
    from constructs import Construct

    from settings.loaded import Loaded
    from settings.state import S3State


class StateStack(EnvironmentStack):
    """The state bucket; its own state starts in a local file and is moved into the bucket afterwards."""

    def __init__(self, scope: Construct, *, loaded: Loaded, state: S3State) -> None:
        super().__init__(scope, kind="state", loaded=loaded)
        self.key = EncryptionKey(
            self,
            "state",
            alias=loaded.names.key_alias("state"),
            description=f"Terraform state of {loaded.names.prefix}",
            statements=[policies.administration(self.place), policies.use_without_grants_through(self.place, "s3")],
            protected=state.protected,
        )
        self.bucket = StateBucket(
            self, name=state.bucket, key_arn=self.key.arn, protected=state.protected, place=self.place
        )
        TerraformOutput(
            self,
            "bucket_name",
            static_id=True,
            value=self.bucket.bucket.bucket,
            description="Bucket of the states",
        )
        TerraformOutput(self, "key_arn", static_id=True, value=self.key.arn, description="Key that encrypts the states")
