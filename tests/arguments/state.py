"""The rows of the state stack."""

from __future__ import annotations

from settings.state import S3State
from tests.arguments.rows import PREVENT_DESTROY, Row, Said, Such, Where, rows

BUCKET = "${aws_s3_bucket.state.id}"


def _state(where: Where) -> S3State:
    assert isinstance(where.environment.state, S3State)
    return where.environment.state


LIFECYCLE = "aws_s3_bucket_lifecycle_configuration.state"

ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration.state"

ROWS: tuple[Row, ...] = (
    *rows(
        "aws_s3_bucket.state",
        ("bucket", Said(lambda w: _state(w).bucket), "Every other stack's backend names it"),
        ("force_destroy", False, "A bucket with states in it is not deleted by mistake"),
    ),
    Row("aws_s3_bucket.state", *PREVENT_DESTROY, lambda w: _state(w).protected),
    *rows(
        "aws_s3_bucket_versioning.state",
        ("bucket", BUCKET, "The states' bucket"),
        ("versioning_configuration.status", "Enabled", "An older state can be brought back"),
    ),
    *rows(
        LIFECYCLE,
        ("bucket", BUCKET, "The states' bucket"),
        ("depends_on", ["aws_s3_bucket_versioning.state"], "Rules about versions are refused before there are any"),
        ("rule[].id", "expire-old-versions", "Left out, it is random"),
        ("rule[].status", "Enabled", "A rule that is not enabled does nothing"),
        ("rule[].filter[].prefix", "", "All states; a rule without a filter is refused by newer providers"),
        ("rule[].noncurrent_version_expiration[].noncurrent_days", 90, "A quarter to notice what went wrong"),
        ("rule[].noncurrent_version_expiration[].newer_noncurrent_versions", 50, "And fifty versions in any case"),
        ("rule[].expiration[].expired_object_delete_marker", True, "Markers of what is gone would be kept for ever"),
        (
            "rule[].abort_incomplete_multipart_upload[].days_after_initiation",
            7,
            "Parts of uploads cost and are seen nowhere",
        ),
    ),
    *rows(
        "aws_s3_bucket_ownership_controls.state",
        ("bucket", BUCKET, "The states' bucket"),
        ("rule.object_ownership", "BucketOwnerEnforced", "No access lists: the policy alone decides"),
    ),
    *rows(
        "aws_s3_bucket_policy.state",
        ("bucket", BUCKET, "The states' bucket"),
        ("depends_on", ["aws_s3_bucket_public_access_block.state"], "S3 refuses two such changes at once"),
        ("policy", Such(lambda text: "aws:SecureTransport" in text), "No plain HTTP; test_synthesis_state.py holds it"),
    ),
    *rows(
        "aws_s3_bucket_public_access_block.state",
        ("bucket", BUCKET, "The states' bucket"),
        ("block_public_acls", True, "No list makes a state public"),
        ("ignore_public_acls", True, "Nor does one that was there before"),
        ("block_public_policy", True, "No policy makes a state public"),
        ("restrict_public_buckets", True, "Nor does one that was there before"),
    ),
    *rows(
        ENCRYPTION,
        ("bucket", BUCKET, "The states' bucket"),
        (
            "rule[].apply_server_side_encryption_by_default.kms_master_key_id",
            "${aws_kms_key.state.arn}",
            "Whoever reads a state needs this key",
        ),
        ("rule[].apply_server_side_encryption_by_default.sse_algorithm", "aws:kms", "Under our key, not under S3's"),
        ("rule[].bucket_key_enabled", True, "Otherwise each object costs a call of KMS"),
    ),
    *rows(
        "aws_kms_key.state",
        ("description", Such(lambda text: "state" in text), "Who is about to delete a key reads what it is for"),
    ),
)
