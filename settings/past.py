"""Where a database comes from: the names, keys and groups of a cluster that exists already, and what it was made of."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from settings.base import Settings
from settings.types import Key, KeyArn, Matching

Identifier: TypeAlias = Annotated[
    str,
    Matching(
        r"(?=.{1,63}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
        "an identifier of 1 to 63 lower-case letters, digits and single hyphens, a letter first",
    ),
]
"""Of a cluster or an instance (RDS API Reference, CreateDBCluster and CreateDBInstance)."""

SubnetGroupName: TypeAlias = Annotated[
    str,
    Matching(
        r"(?!default$)[a-z0-9 ._-]{1,255}",
        "a DB subnet group's name: 1 to 255 lower-case letters, digits, spaces and . _ -, but not default",
    ),
]
"""RDS API Reference, CreateDBSubnetGroup."""

ParameterGroupName: TypeAlias = Annotated[
    str,
    Matching(
        r"(?=.{1,255}$)(?!default\.)[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*",
        "a parameter group's name: 1 to 255 lower-case letters, digits and single hyphens, a letter first, "
        "and none of AWS's own, which begin with default.",
    ),
]
"""RDS API Reference, CreateDBClusterParameterGroup and CreateDBParameterGroup."""

SecurityGroupName: TypeAlias = Annotated[
    str,
    Matching(
        r"(?!sg-)[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}",
        "a security group's name: 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not beginning with sg-",
    ),
]
"""EC2 API Reference, CreateSecurityGroup."""

SecretArn: TypeAlias = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]{1,519}",
        "the ARN of a secret in Secrets Manager; a password never stands in a file",
        repeated=False,
    ),
]

KeyId: TypeAlias = Annotated[
    str, Matching(r"(?:mrk-)?[0-9a-f-]{32,36}", "the id of a KMS key, such as 1234abcd-12ab-34cd-56ef-1234567890ab")
]

Purpose: TypeAlias = Literal["data", "secrets", "logs"]

LogType: TypeAlias = Literal["postgresql", "iam-db-auth-error", "instance"]

ParameterGroupKind: TypeAlias = Literal["cluster", "instance"]


class GivenNames(Settings):
    """Names that are not made of the project's and the file's; each change of one replaces what has it."""

    cluster: Identifier | None = None
    """Identifier of the cluster."""
    instances: dict[str, Identifier] = Field(default_factory=dict)
    """Identifiers of instances, by their keys in database.instances."""
    subnet_group: SubnetGroupName | None = None
    """The subnet group that this environment makes or takes over."""
    cluster_parameter_group: ParameterGroupName | None = None
    """The cluster's parameter group; the derived name has the family in it, so that a major upgrade gets a new one."""
    instance_parameter_group: ParameterGroupName | None = None
    """The instances' parameter group."""
    security_group: SecurityGroupName | None = None
    """The database's security group."""


class Encryption(Settings):
    """Keys that exist already, by ARN; where one is named, none is made, and its policy is left alone."""

    data: KeyArn | None = None
    """Key of the storage; another one than the cluster's replaces the cluster."""
    secrets: KeyArn | None = None
    """Key of the master user's secret."""
    performance_insights: KeyArn | None = None
    """Key of Performance Insights, where it is not the storage's; AWS does not let it change while that is on."""
    logs: KeyArn | None = None
    """Key of the database's log groups."""


class Adoption(Settings):
    """What existed before this file and is imported by the next plan; the cluster itself always is.

    Once that plan is applied the block may go: an import of what is in the state already plans nothing.
    """

    instances: list[str] = Field(default_factory=list)
    """Keys of the instances that exist."""
    subnet_group: bool = False
    """Whether the subnet group exists, and is for this database alone."""
    parameter_groups: list[ParameterGroupKind] = Field(default_factory=list)
    """Which parameter groups exist under the names that this environment has for them."""
    log_groups: list[LogType] = Field(default_factory=list)
    """Exports whose log groups exist; RDS makes the group of an export that finds none."""
    security_group: (
        Annotated[str, Matching(r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a security group id such as sg-0a1b2c3d4e5f60718")]
        | None
    ) = None
    """The database's own security group, by id, which has the name that this environment has for it."""
    rules: dict[
        Key, Annotated[str, Matching(r"sgr-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a rule's id such as sgr-0a1b2c3d4e5f60718")]
    ] = Field(default_factory=dict)
    """Its rules that exist, by the key of the source in database.access, by id."""
    keys: dict[Purpose, KeyId] = Field(default_factory=dict)
    """Keys that were made for this database alone, by id; their policies are written anew."""
    monitoring_role: bool = False
    """Whether the role of Enhanced Monitoring exists under the name that this environment has for it."""


class Origin(Settings):
    """What the cluster is made of, at its creation only: it may stay here for ever, and a change of it plans nothing.

    Name of the database, master user and, but for a snapshot, version are the source's.
    """

    snapshot: (
        Annotated[
            str,
            Matching(
                r"(?:arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:(?:cluster-snapshot|snapshot):|rds:)?[a-z][a-z0-9:-]{0,254}",
                "a snapshot's name or ARN",
            ),
        ]
        | None
    ) = None
    """A snapshot of a cluster, by name, or by ARN where another account shares it."""
    cluster: (
        Annotated[
            str,
            Matching(
                r"(?:arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:cluster:)?[a-z][a-z0-9-]{0,62}",
                "a cluster's identifier, or its ARN where another account shares it",
            ),
        ]
        | None
    ) = None
    """A cluster that runs; with time, latest or clone."""
    resource_id: (
        Annotated[
            str,
            Matching(r"cluster-[A-Z0-9]{10,40}", "a cluster's resource id such as cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ]
        | None
    ) = None
    """A deleted cluster whose automated backups are retained; with time or latest."""
    time: (
        Annotated[
            str,
            Matching(
                r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z",
                "a time in UTC such as 2026-11-25T03:00:00Z",
            ),
        ]
        | None
    ) = None
    """The point in time."""
    latest: bool = False
    """The latest point in time, about five minutes ago."""
    clone: bool = False
    """A clone, copy-on-write, of the source as it is: made in minutes, and only changed pages are paid for."""
    refresh: Annotated[str, Matching(r"\S[\s\S]{0,98}\S", "a text of 2 to 100 characters, such as a date")] | None = (
        None
    )
    """Another text makes the cluster anew of its origin and deletes the old one; not where it is protected."""
