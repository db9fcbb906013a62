"""What the function, the proxy and the applications may do: one statement per reason.

``docs/access-policies.md`` lists every one of them with its reason; a test holds it against what is synthesized.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modules.policies import Place, Statement


def read_contract(place: Place, path: str) -> Statement:
    """Read the contract in one call.

    AWS authorizes GetParametersByPath by the path that is asked for, not by the parameters that are returned
    (Systems Manager User Guide, how Parameter Store authorizes parameter retrieval).
    """
    return {
        "Sid": "ReadContract",
        "Effect": "Allow",
        "Action": ["ssm:GetParametersByPath"],
        "Resource": [place.arn("ssm", f"parameter{path}")],
    }


def read_contract_by_name(place: Place, path: str) -> Statement:
    """Read parameters of the contract by name: several, as ECS injects them, or one, as operators of Kubernetes do."""
    return {
        "Sid": "ReadContractByName",
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": [place.arn("ssm", f"parameter{path}/*")],
    }


def invoke(place: Place, function: str, alias: str) -> Statement:
    """Call one function by its alias, and no version of it beside."""
    return {
        "Sid": f"Invoke{''.join(word.title() for word in function.split('_'))}",
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction"],
        "Resource": [place.arn("lambda", f"function:{alias}")],
    }


def data_api(place: Place, cluster: str) -> Statement:
    """Send SQL to one cluster over HTTPS, with the credentials in a secret that the caller may read besides."""
    return {
        "Sid": "CallDataApi",
        "Effect": "Allow",
        "Action": [
            "rds-data:BatchExecuteStatement",
            "rds-data:BeginTransaction",
            "rds-data:CommitTransaction",
            "rds-data:ExecuteStatement",
            "rds-data:RollbackTransaction",
        ],
        "Resource": [place.arn("rds", f"cluster:{cluster}")],
    }


def connect(place: Place, user: str, resource_ids: Sequence[str]) -> Statement:
    """Connect as one database user, to the cluster or the proxy of these resource ids and to no other."""
    return {
        "Sid": f"ConnectAs{''.join(word.title() for word in user.split('_'))}",
        "Effect": "Allow",
        "Action": ["rds-db:connect"],
        "Resource": [place.arn("rds-db", f"dbuser:{resource_id}/{user}") for resource_id in resource_ids],
    }


def connect_as_any(place: Place, users: Sequence[str], resource_ids: Sequence[str]) -> Statement:
    """Connect as any of these users, as a proxy does that has authenticated who asks for it."""
    return {
        "Sid": "ConnectAsUsers",
        "Effect": "Allow",
        "Action": ["rds-db:connect"],
        "Resource": [
            place.arn("rds-db", f"dbuser:{resource_id}/{user}") for resource_id in resource_ids for user in users
        ],
    }


def read_secret(place: Place, secret_arn: str, key_arn: str | None) -> list[Statement]:
    """Read one secret, and decrypt with its key only what Secrets Manager decrypts for that.

    Secrets Manager's own key, which is meant without a key, admits the whole account through it.
    """
    read: Statement = {
        "Sid": "ReadMasterSecret",
        "Effect": "Allow",
        "Action": ["secretsmanager:GetSecretValue"],
        "Resource": [secret_arn],
    }
    if key_arn is None:
        return [read]
    return [
        read,
        {
            "Sid": "DecryptMasterSecret",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [key_arn],
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": place.service("secretsmanager"),
                    "kms:EncryptionContext:SecretARN": secret_arn,
                }
            },
        },
    ]


def write_logs(place: Place, group: str) -> Statement:
    """Write to one log group, which exists already."""
    arn = place.arn("logs", f"log-group:{group}")
    return {
        "Sid": "WriteLogs",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": [arn, f"{arn}:log-stream:*"],
    }


def hand_over(place: Place, queue: str) -> Statement:
    """Have Lambda send to a queue, in the function's name, what failed."""
    return {
        "Sid": "SendFailedRuns",
        "Effect": "Allow",
        "Action": ["sqs:SendMessage"],
        "Resource": [place.arn("sqs", queue)],
    }


def trace() -> Statement:
    """Send traces; X-Ray has no resources to name for it (Service Authorization Reference, AWS X-Ray)."""
    return {
        "Sid": "SendTraces",
        "Effect": "Allow",
        "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        "Resource": ["*"],
    }


def network_interfaces(place: Place, *, function: str, subnets: Sequence[str], security_group: str) -> list[Statement]:
    """Let Lambda keep network interfaces in the function's subnets; the function's own code may not.

    The least that a function in a VPC needs (Lambda Developer Guide, giving functions access to a VPC; read
    November 2026): the Describe calls only work on all resources, deleting has to be allowed on all resources of the
    account in the region, for Lambda asks before any interface exists. ``subnets`` are ARNs. Lambda makes these
    calls from outside of the function, without ``lambda:SourceFunctionArn``, which is how the last statement tells
    the function's code from Lambda.
    """
    interfaces = place.arn("ec2", "network-interface/*")
    return [
        {
            "Sid": "CreateInterfaces",
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkInterface"],
            "Resource": [interfaces, *subnets, place.arn("ec2", f"security-group/{security_group}")],
        },
        {
            "Sid": "AddressInterfaces",
            "Effect": "Allow",
            "Action": ["ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"],
            "Resource": [interfaces],
        },
        {
            "Sid": "DeleteInterfaces",
            "Effect": "Allow",
            "Action": ["ec2:DeleteNetworkInterface"],
            "Resource": [place.arn("ec2", "*/*")],
        },
        {
            "Sid": "DescribeInterfaces",
            "Effect": "Allow",
            "Action": ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"],
            "Resource": ["*"],
        },
        {
            "Sid": "InterfacesAreNotForTheCode",
            "Effect": "Deny",
            "Action": [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": ["*"],
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": place.arn("lambda", f"function:{function}")}},
        },
    ]
