"""The S3 bucket that holds an environment's Terraform states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from constructs import Construct

OLD_VERSIONS_KEPT = 50
"""Newest old versions of a state that are always kept."""

OLD_VERSION_DAYS = 90
"""Days after which older versions go."""


class StateBucket(Module):
    """A versioned, encrypted, private bucket that answers over TLS, to its own account, and takes one key only.

    ``force_destroy`` stays off: a bucket with states in it cannot be deleted by Terraform at all.
    """

    def __init__(self, scope: Construct, *, name: str, key_arn: str, protected: bool, place: policies.Place) -> None:
        super().__init__(scope, "state_bucket")
        self.bucket = self.add(
            S3Bucket,
            "state",
            bucket=name,
            force_destroy=False,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        bucket_id = self.bucket.id
        self.versioning = self.add(
            S3BucketVersioningA,
            "state",
            bucket=bucket_id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        self.encryption = self.add(
            S3BucketServerSideEncryptionConfigurationA,
            "state",
            bucket=bucket_id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    bucket_key_enabled=True,
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="aws:kms", kms_master_key_id=key_arn
                        )
                    ),
                )
            ],
        )
        self.ownership = self.add(
            S3BucketOwnershipControls,
            "state",
            bucket=bucket_id,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        self.public_access = self.add(
            S3BucketPublicAccessBlock,
            "state",
            bucket=bucket_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        arn = f"arn:{place.partition}:s3:::{name}"
        self.policy = self.add(
            S3BucketPolicy,
            "state",
            bucket=bucket_id,
            policy=policies.document(_refusals(arn, key_arn, place)),
            depends_on=[self.public_access],
        )
        self.expiry = self.add(
            S3BucketLifecycleConfiguration,
            "state",
            bucket=bucket_id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire-old-versions",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(
                            noncurrent_days=OLD_VERSION_DAYS, newer_noncurrent_versions=OLD_VERSIONS_KEPT
                        )
                    ],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(expired_object_delete_marker=True)],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                )
            ],
            depends_on=[self.versioning],
        )


def _refusals(bucket_arn: str, key_arn: str, place: policies.Place) -> list[policies.Statement]:
    """Refuse whatever a state has no use for; what is allowed is left to the policies of principals.

    Terraform names no encryption, so objects get the bucket's own. Who does name one has to name its key: S3 takes the
    account's own key for ``aws:kms`` without one, and with a key of the caller's it stores what nobody else can read.
    """
    everything: policies.Statement = {"Effect": "Deny", "Principal": "*", "Resource": [bucket_arn, f"{bucket_arn}/*"]}
    puts: policies.Statement = {**everything, "Action": "s3:PutObject", "Resource": f"{bucket_arn}/*"}
    return [
        {
            **everything,
            "Sid": "RefuseWithoutTls",
            "Action": "s3:*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            **everything,
            "Sid": "RefuseOldTls",
            "Action": "s3:*",
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        },
        {
            **everything,
            "Sid": "RefuseOtherAccounts",
            "Action": "s3:*",
            "Condition": {
                "StringNotEquals": {"aws:PrincipalAccount": place.account_id},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        },
        {
            **puts,
            "Sid": "RefuseOtherKeys",
            "Condition": {
                "Null": {"s3:x-amz-server-side-encryption": "false"},
                "StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn},
            },
        },
        {
            **puts,
            "Sid": "RefuseKeysOfClients",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
        },
    ]
