"""Asks AWS itself, reading only: the same answers as from the command line."""

from __future__ import annotations

import os
from typing import Any

from operations.adoption.found import UnreadableError

HINT = (
    "boto3 is not installed, which only this needs: .venv/bin/python -m ensurepip, then .venv/bin/python -m pip "
    "install boto3; or give the JSON of aws rds describe-db-clusters, describe-db-instances and aws ec2 describe-vpcs"
)


def answers(identifier: str) -> dict[str, Any]:
    """Return what AWS says of one cluster and what it stands on, by the credentials and region of the surroundings.

    Raises UnreadableError where boto3 is missing, the cluster does not exist, or AWS refuses.
    """
    try:
        import boto3  # noqa: PLC0415 - an optional dependency
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above
    except ImportError:
        raise UnreadableError(HINT) from None
    try:
        return _asked(boto3, identifier)
    except (BotoCoreError, ClientError) as error:
        message = f"AWS does not answer: {error}"
        raise UnreadableError(message) from None


def _asked(boto3: Any, identifier: str) -> dict[str, Any]:
    # Terraform and the command line read AWS_REGION, boto3 does not.
    session = boto3.Session(region_name=os.environ.get("AWS_REGION") or None)
    rds, ec2, logs = (session.client(service) for service in ("rds", "ec2", "logs"))
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=identifier)["DBClusters"]
    members = {member["DBInstanceIdentifier"] for member in cluster.get("DBClusterMembers", ())}
    pages = rds.get_paginator("describe_db_instances").paginate()
    instances = [one for page in pages for one in page["DBInstances"] if one["DBInstanceIdentifier"] in members]
    groups = rds.describe_db_subnet_groups(DBSubnetGroupName=cluster["DBSubnetGroup"])["DBSubnetGroups"]
    parameters = []
    # Nobody can set anything in AWS's own groups, whose names begin like this.
    if not cluster["DBClusterParameterGroup"].startswith("default."):
        pages = rds.get_paginator("describe_db_cluster_parameters").paginate(
            DBClusterParameterGroupName=cluster["DBClusterParameterGroup"], Source="user"
        )
        parameters += [one for page in pages for one in page["Parameters"]]
    of_instances = {group["DBParameterGroupName"] for one in instances for group in one.get("DBParameterGroups") or ()}
    for group in sorted(one for one in of_instances if not one.startswith("default.")):
        pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=group, Source="user")
        parameters += [one for page in pages for one in page["Parameters"]]
    prefix = f"/aws/rds/cluster/{identifier}/"
    return {
        "DBClusters": [cluster],
        "DBInstances": instances,
        "DBSubnetGroups": groups,
        "Vpcs": ec2.describe_vpcs(VpcIds=[groups[0]["VpcId"]])["Vpcs"],
        "Parameters": parameters,
        "logGroups": logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"],
    }
