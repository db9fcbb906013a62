"""The database activity stream: who did what, in Kinesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.rds_cluster_activity_stream import RdsClusterActivityStream

from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct


class ActivityStream(Module):
    """The stream ``activity`` of a cluster; a changed mode or key makes it anew, and each start restarts the cluster.

    The provider always starts it at once, whatever waits for the window otherwise.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        cluster_arn: str,
        mode: str,
        key_arn: str,
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Start the stream once the instances of ``ready`` are there, without one of which AWS refuses."""
        super().__init__(scope, "activity_stream")
        self.stream = self.add(
            RdsClusterActivityStream,
            "activity",
            resource_arn=cluster_arn,
            mode=mode,
            kms_key_id=key_arn,
            engine_native_audit_fields_included=False,
            depends_on=list(ready),
        )
        self.name = self.stream.kinesis_stream_name
