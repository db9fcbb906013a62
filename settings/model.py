"""The typed, complete model of an environment: what a file says over what its tier fills in.

Every field's text becomes its help in editors (``envs/environment.schema.json``) and in ``show``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field
from pydantic_core import core_schema

from catalog import limits
from findings.finding import shortened, shown
from settings.base import Settings
from settings.copies import ActivityStream, Copies
from settings.growth import CustomEndpoint, Pool, Readers, Roles
from settings.names import FIRST
from settings.past import Adoption, Encryption, GivenNames, Origin, SecretArn, SubnetGroupName
from settings.state import State
from settings.types import (
    AccountId,
    Between,
    Block,
    Cidr,
    DailyWindow,
    EitherBlock,
    Key,
    Matching,
    OneOf,
    RegionName,
    SecurityGroupId,
    Slug,
    SubnetId,
    UserName,
    VpcId,
    WeeklyWindow,
    wrong,
)
from settings.watching import Watching

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

SERVERLESS = "serverless"
"""The ``instance_class`` of Aurora Serverless v2; AWS calls the class ``db.serverless``."""


def _range(numbers: range, unit: str = "") -> Between:
    return Between(numbers.start, numbers.stop - 1, unit)


INTERFACE_ENDPOINTS = (
    "ec2messages",
    "events",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "rds",
    "rds-data",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
)
"""Interface endpoints by service name, as in ``com.amazonaws.<region>.<name>``."""

InterfaceEndpoint: TypeAlias = Annotated[
    str, OneOf(INTERFACE_ENDPOINTS, "an interface endpoint that this project offers")
]
InterfaceEndpoints: TypeAlias = list[InterfaceEndpoint]

Zone: TypeAlias = Annotated[
    str, Matching(r"[a-z]{2}(?:-[a-z]+)+-[0-9][a-h]", "an availability zone such as eu-west-1a")
]
TagKey: TypeAlias = Annotated[
    str,
    Matching(
        r"(?![aA][wW][sS]:|[rR][dD][sS]:)[A-Za-z0-9_.:/=+@-]{1,128}",
        "a tag's key of 1 to 128 letters, digits and _ . : / = + - @, beginning with neither aws: nor rds:",
    ),
]
ForeignTagKey: TypeAlias = Annotated[
    str, Matching(r"[^\x00-\x1f\x7f]{1,128}", "a tag's key, or how keys begin: 1 to 128 characters")
]
"""Of a tag that others write: whatever they call it."""
InstanceClassName: TypeAlias = Annotated[
    str, Matching(r"[\s\S]+", "an instance class such as db.r7g.large, or serverless")
]
InstanceKey: TypeAlias = Annotated[
    str,
    Matching(
        r"[1-9]|1[0-6]|(?=.{1,20}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
        "a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
]
RetentionDays: TypeAlias = Annotated[
    int, OneOf(limits.CLOUDWATCH_RETENTION_DAYS, "a retention that CloudWatch Logs has, in days")
]


class Aws(Settings):
    """Where in AWS the environment lives."""

    account_id: AccountId
    """The account's 12 digits, in quotes; Terraform refuses to work in any other account."""
    region: RegionName
    """The region, such as eu-west-1."""
    zones: Annotated[list[Zone], Field(min_length=2, max_length=3)] | None = None
    """The availability zones to spread over; by default the region's usual three."""


class SubnetCidrs(Settings):
    """CIDR blocks of one kind of subnet, by zone."""

    private: dict[Zone, Cidr] | None = None
    """Blocks of the private subnets, by zone."""
    isolated: dict[Zone, Cidr] | None = None
    """Blocks of the isolated subnets, by zone."""
    public: dict[Zone, Cidr] | None = None
    """Blocks of the public subnets, by zone; they exist only if there is NAT."""


class CreatedNetwork(Settings):
    """A VPC of its own for the environment."""

    cidr: Cidr
    """The VPC's block, /16 to /24; each zone's subnets have fixed places in it."""
    ip: Literal["ipv4", "dual"] | None = None
    """dual gives VPC, subnets and database IPv6 addresses of Amazon's besides; ipv4 takes the database's away again."""
    database_subnets: Literal["private", "isolated"]
    """Which subnets hold the database: private (routed to NAT, if any) or isolated (no route out, ever)."""
    nat: Literal["none", "single", "per_zone"]
    """NAT gateways: none, one for all zones, or one in each zone."""
    interface_endpoints: InterfaceEndpoints = Field(default_factory=list)
    """AWS services reachable from private subnets without NAT."""
    endpoint_zones: dict[InterfaceEndpoint, Annotated[list[Zone], Field(min_length=1, max_length=3)]] = Field(
        default_factory=dict
    )
    """Zones in which an endpoint stands, where not in all: some services lack a zone, and each costs by the hour."""
    endpoint_policies: bool = True
    """Whether the endpoints, S3's too, take this account's principals and resources alone; else anybody's."""
    trusted_accounts: list[AccountId] = Field(default_factory=list)
    """Other accounts whose principals and resources the endpoints take as well."""
    flow_log_retention_days: RetentionDays
    """How long the VPC's flow logs are kept."""
    subnet_cidrs: SubnetCidrs = SubnetCidrs()
    """Blocks of the subnets where the usual places in the VPC's block do not suit."""


class ExistingNetwork(Settings):
    """A VPC that exists already."""

    vpc_id: VpcId
    """The VPC."""
    cidr: Block | None = None
    """Its block, /16 to /28, where it has one; ingress blocks are checked to lie inside it."""
    cidrs: Annotated[list[EitherBlock], Field(max_length=25)] = Field(default_factory=list)
    """Its blocks, where it has several, those of IPv6 too; this or cidr."""
    ip: Literal["ipv4", "dual"] | None = None
    """dual gives the database IPv6 addresses besides, which its subnets must have; ipv4 takes them away again."""
    database_subnets: Annotated[dict[Zone, SubnetId], Field(min_length=2, max_length=6)]
    """The subnets that hold the database, by zone."""
    private_subnets: Annotated[dict[Zone, SubnetId], Field(min_length=1, max_length=6)] | None = None
    """The subnets of the function and of RDS Proxy, by zone; by default the database's."""
    nat: bool = False
    """Whether the subnets of the function have a route to the internet, by NAT or otherwise."""
    subnet_group: SubnetGroupName | None = None
    """A DB subnet group that exists and stays someone else's; without one, the database gets its own."""
    interface_endpoints: InterfaceEndpoints = Field(default_factory=list)
    """AWS services that the VPC has interface endpoints for, with private DNS, which admit the VPC's block."""

    @property
    def blocks(self) -> list[str]:
        """The VPC's blocks."""
        return [self.cidr] if self.cidr else list(self.cidrs)


class Network(Settings):
    """The network: created, or given; one of the two."""

    create: CreatedNetwork | None = None
    """Create a VPC; adds the stack <environment>-network."""
    existing: ExistingNetwork | None = None
    """Use a VPC that exists."""

    @property
    def blocks(self) -> list[str]:
        """The VPC's blocks as far as the file says them: what AWS gives a created VPC of IPv6 is not known before."""
        if self.create:
            return [self.create.cidr]
        return self.existing.blocks if self.existing else []

    @property
    def ip(self) -> Literal["ipv4", "dual"] | None:
        """Protocols of the database; unsaid, they stay as they are, and IPv4 for a new one."""
        given = self.create or self.existing
        return given.ip if given else None

    @property
    def is_dual(self) -> bool:
        """Whether the database has IPv6 addresses besides."""
        return self.ip == "dual"


class Instance(Settings):
    """What one instance has of its own."""

    instance_class: InstanceClassName | None = None
    """Its class, where it is not the cluster's."""
    promotion_tier: Annotated[int, _range(limits.PROMOTION_TIERS)] | None = None
    """Order of promotion on failover, 0 first; tiers 0 and 1 of Serverless v2 scale with the writer."""
    zone: Zone | None = None
    """Its availability zone; numbered instances are spread by their number."""
    maintenance_window: WeeklyWindow | None = None
    """Its weekly maintenance window (UTC); by default staggered after the cluster's."""


@dataclass(frozen=True, slots=True)
class _CountOrKeyed:
    """Lets a plain number stand for instances keyed 1, 2, 3 and so on."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": limits.INSTANCES_PER_CLUSTER}, handler(schema)]}

    @staticmethod
    def expand(value: Any) -> Any:
        if isinstance(value, dict):
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            said = str(value).lower() if isinstance(value, bool) else value
            numbers = f"a number of instances from 1 to {limits.INSTANCES_PER_CLUSTER}"
            raise wrong(f"{shown(said)} is neither {numbers} nor a mapping of keys to instances")
        if not 1 <= value <= limits.INSTANCES_PER_CLUSTER:
            raise wrong(
                f"{shortened(str(value))} is not between 1 and {limits.INSTANCES_PER_CLUSTER}; "
                "a cluster has one writer and up to 15 readers"
            )
        return {str(number): {} for number in range(1, value + 1)}


Instances: TypeAlias = Annotated[
    dict[InstanceKey, Instance], Field(min_length=1, max_length=limits.INSTANCES_PER_CLUSTER), _CountOrKeyed()
]


class Capacity(Settings):
    """The capacity range of Serverless v2, in Aurora capacity units (1 ACU is about 2 GiB of memory)."""

    minimum: Annotated[float, Between(*limits.SERVERLESS_MINIMUM_ACU, "ACU")]
    """Least capacity in steps of 0.5; 0 lets the cluster pause."""
    maximum: Annotated[float, Between(*limits.SERVERLESS_MAXIMUM_ACU, "ACU")]
    """Most capacity in steps of 0.5."""
    pause_after_seconds: Annotated[int, _range(limits.SERVERLESS_PAUSE_SECONDS, "seconds")] | None = None
    """Idle time before a cluster with minimum 0 pauses; AWS's default is 300."""


class Backup(Settings):
    """Automated backups, which also give point-in-time recovery."""

    retention_days: Annotated[int, _range(limits.BACKUP_RETENTION_DAYS, "days")]
    """How far back point-in-time recovery reaches."""
    window: DailyWindow = "01:00-02:00"
    """When the daily backup starts (UTC), at least 30 minutes."""
    final_snapshot: bool | None = None
    """Whether a destroy takes a last snapshot; unsaid, it does of a protected environment."""
    copies: Copies | None = None
    """Copies in a vault of AWS Backup besides, such as {region: eu-central-1}; {} takes every default."""


class Maintenance(Settings):
    """When AWS may change the cluster."""

    window: WeeklyWindow = "sun:03:00-sun:03:30"
    """Weekly window (UTC), at least 30 minutes; instances follow one after the other."""


class Monitoring(Settings):
    """Enhanced Monitoring and CloudWatch Database Insights."""

    interval_seconds: Annotated[int, OneOf(limits.ENHANCED_MONITORING_SECONDS, "an Enhanced Monitoring interval")]
    """Seconds between operating system metrics; 0 turns Enhanced Monitoring off."""
    insights: Literal["standard", "advanced"]
    """Database Insights: standard keeps 7 days of query statistics, advanced 465 days."""


class Logs(Settings):
    """Days that each exported log is kept in CloudWatch Logs."""

    postgresql: RetentionDays
    """The PostgreSQL log."""
    iam_db_auth_error: Annotated[RetentionDays, Field(alias="iam-db-auth-error")]
    """Failed IAM database authentication."""
    instance: RetentionDays
    """The instance log."""


class MasterUser(Settings):
    """The master user, whose password RDS keeps in Secrets Manager and nobody else ever sees."""

    name: Annotated[
        str, Matching(r"[A-Za-z][A-Za-z0-9_]{0,62}", "1 to 63 letters, digits and underscores, a letter first")
    ] = "clusteradmin"
    """Name of the master user; changing it replaces the cluster."""
    # What stands here by mistake may be a password, which no message repeats.
    password: Annotated[
        str,
        Matching("managed|elsewhere", "managed or elsewhere; a password never stands in a file", repeated=False),
    ] = "managed"  # noqa: S105 - where it is kept, not what it is
    """managed by RDS; or kept elsewhere, and then nothing about it is ever sent to AWS."""
    secret_arn: SecretArn | None = None
    """Secret that holds a password kept elsewhere, if one does; only the contract repeats it."""
    rotation_days: Annotated[int, Between(1, 365, "days")] = 30
    """Days between rotations of a managed password."""

    @property
    def is_managed(self) -> bool:
        """Whether RDS keeps the password in a secret of its own making."""
        return self.password == "managed"  # noqa: S105 - where it is kept


class Access(Settings):
    """Who may open a connection: named security groups and blocks. Nothing else can."""

    security_groups: dict[Key, SecurityGroupId] = Field(default_factory=dict)
    """Security groups by a stable name."""
    cidrs: dict[Key, EitherBlock] = Field(default_factory=dict)
    """Blocks inside the VPC by a stable name."""
    peered: dict[Key, EitherBlock] = Field(default_factory=dict)
    """Blocks outside the VPC that reach it by peering, a transit gateway or a VPN, by a stable name."""
    vpc_ipv6: bool = False
    """Whether the VPC's own blocks of IPv6 may connect, where the database has such addresses."""
    attached: list[SecurityGroupId] = Field(default_factory=list)
    """Groups of others that are on the cluster as well; whom they admit is not decided here."""


GenerationName: TypeAlias = Annotated[
    str,
    Matching(
        r"(?!(?:state|network|database|access|monitoring)$)[a-z][a-z0-9]{0,9}",
        "a generation's name of 1 to 10 lower-case letters and digits, a letter first, that is no stack's",
    ),
]
DatabaseName: TypeAlias = Annotated[
    str,
    Matching(r"[A-Za-z][A-Za-z0-9_]{0,62}", "1 to 63 letters, digits and underscores, a letter first"),
]
EngineVersion: TypeAlias = Annotated[
    str,
    Matching(r"[0-9]{2}(?:\.[0-9]{1,2})?", 'a version such as "15.10" (exact) or "15" (newest minor)'),
]


class Ended(Settings):
    """The end of the generation that does not serve; it is reached by plans of that generation's stack alone."""

    generation: GenerationName
    """Which one."""
    how: Literal["released", "destroyed", "forgotten"]
    """released: may be deleted, can be taken back; then destroyed, with a final snapshot. Or forgotten: runs on."""


class Successor(Settings):
    """A second cluster beside the one that runs, to take its place; what it does not say it has alike."""

    generation: GenerationName
    """Its name, the end of every name and of the stack that are its own; take another one each time."""
    origin: Origin | None = None
    """What it is made of, such as {cluster: acme-prod, time: "2026-11-25T03:00:00Z"}."""
    exists: bool = False
    """Whether it runs: applications and functions are then let to it as well, and it may serve."""
    serves: bool = False
    """Whether contract, policies, functions, proxy and alarms mean it; false again goes back."""
    ended: Ended | None = None
    """The end of the one that does not serve, such as {generation: one, how: released}."""
    name: DatabaseName | None = None
    """Name of its initial database."""
    initial_database: bool | None = None
    """Whether it is made with that database."""
    engine_version: EngineVersion | None = None
    """Its version."""
    upgrade: bool = False
    """As database.upgrade, for it alone."""
    allow_major_version_upgrade: bool = False
    """As database.allow_major_version_upgrade, for it alone: a rehearsal, or the upgrade itself."""
    instance_class: InstanceClassName | None = None
    """Class of its instances that have none of their own."""
    instances: Instances | None = None
    """Its instances."""
    capacity: Capacity | None = None
    """Its range of Serverless v2."""
    storage: Literal["standard", "io_optimized"] | None = None
    """How its storage is paid for."""
    parameters: dict[str, str | int | float | bool] | None = None
    """Its PostgreSQL parameters, all of them."""
    master_user: MasterUser | None = None
    """Its master user."""
    encryption: Encryption | None = None
    """Keys that exist already, by ARN, instead of those of encryption; {} makes keys of its own."""


class Database(Settings):
    """The Aurora PostgreSQL cluster."""

    generation: GenerationName = FIRST
    """Which of the clusters that this environment has had it is; another name than one ends every name of its own."""
    successor: Successor | None = None
    """A second cluster that is to take its place: restored, with another key, name or user, or upgraded."""
    exists: bool = False
    """Whether the cluster runs already: AWS goes on running versions that it creates no longer."""
    origin: Origin | None = None
    """What it is made of, such as {snapshot: before-the-release} or {cluster: acme-staging, clone: true}."""
    name: DatabaseName = "experimentation"
    """Name of the initial database; changing it replaces the cluster."""
    initial_database: bool = True
    """Whether the cluster is made with that database; without, it is made by SQL, and renamed as one likes."""
    port: Annotated[int, _range(limits.PORTS)] = 5432
    """Port; changing it reboots every instance at once."""
    engine_version: EngineVersion = "15.10"
    """Exact ("15.10": AWS applies no minor upgrades) or major ("15": AWS does); it moves nothing without upgrade."""
    upgrade: bool = False
    """Set for the one deployment that moves the running cluster to engine_version, within its major version."""
    allow_major_version_upgrade: bool = False
    """Set for the one deployment that moves to a new major version; applies at once."""
    instance_class: InstanceClassName
    """Class of every instance that has none of its own; serverless for Serverless v2."""
    instances: Instances
    """How many (1 to 16), or each by a stable key with what it has of its own."""
    capacity: Capacity | None = None
    """Range of Serverless v2; needed if any instance is serverless."""
    storage: Literal["standard", "io_optimized"] = "standard"
    """Standard, or I/O-Optimized (pays off if I/O is a quarter of the bill; AWS allows the change once in 30 days)."""
    tuning: Literal["minimal", "medium", "full"]
    """How far parameters are tuned for experiments: see docs/tiers.md."""
    parameters: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """PostgreSQL parameters over the tuning; how and when each applies follows from the parameter."""
    preload_libraries: list[str] = Field(default_factory=list)
    """Libraries to preload besides pg_stat_statements and pgaudit."""
    changes_apply: Literal["at_once", "in_window"]
    """Whether changes that interrupt apply at once or wait for the maintenance window."""
    backup: Backup
    """Automated backups."""
    maintenance: Maintenance = Maintenance()
    """Maintenance window."""
    monitoring: Monitoring
    """Enhanced Monitoring and Database Insights."""
    logs: Logs
    """Log exports."""
    master_user: MasterUser = MasterUser()
    """The master user."""
    access: Access = Access()
    """Who may connect."""
    readers: Readers | None = None
    """Readers that come and go by load, such as {minimum: 1, maximum: 4, cpu_percent: 60}."""
    endpoints: dict[Key, CustomEndpoint] = Field(default_factory=dict)
    """Host names over some of the instances, such as {analytics: {instances: [reports]}}; in the contract."""
    data_api: bool = False
    """Whether SQL is answered over HTTPS, too; who may ask is IAM's to say."""
    roles: Roles = Roles()
    """Roles that the cluster assumes to reach S3 or Lambda."""
    activity_stream: ActivityStream | None = None
    """Records of who did what, in Kinesis; starting and stopping it restarts the cluster. {} takes every default."""
    ca_certificate: Annotated[str, OneOf(limits.CA_CERTIFICATES, "a certificate authority of Amazon RDS")] = (
        "rds-ca-rsa2048-g1"
    )
    """Authority that signs the instances' certificates."""


class Proxy(Settings):
    """RDS Proxy, which pools connections; clients and the proxy itself authenticate by IAM."""

    enabled: bool = False
    """Whether there is a proxy."""
    pool: Pool = Pool()
    """How it shares the database's connections out."""


class DatabaseUser(Settings):
    """A database user for one application or person, who logs in by IAM and shares nothing with another."""

    role: Literal["reader", "writer", "migrator"]
    """The group whose rights it has: experiment_reader, experiment_writer or experiment_migrator."""


class ConsumerAccess(Settings):
    """How applications reach the database: two functions, the users and policies of applications, RDS Proxy."""

    query: bool
    """Whether the function answers queries, read only; its other actions are always there."""
    partitions_at: Annotated[
        str, Matching(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", "a time of the day in UTC such as 00:30")
    ] = "00:30"
    """When the function makes the coming days' partitions, every day (UTC)."""
    reserved_concurrency: Annotated[int, _range(limits.LAMBDA_CONCURRENCY)] | None = None
    """Most instances at once of the function that reads, set aside from the account's quota; by default none."""
    memory_mb: Annotated[int, _range(limits.LAMBDA_MEMORY_MB, "MB")] = 512
    """Memory of the function; processor time grows with it."""
    timeout_seconds: Annotated[int, _range(limits.LAMBDA_TIMEOUT_SECONDS, "seconds")] = 300
    """Longest run of the function, so also of a migration."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe messages that the function logs."""
    log_retention_days: RetentionDays
    """How long the logs of the function and of the proxy are kept."""
    tracing: bool = False
    """Whether AWS X-Ray traces the function."""
    master_secret: bool = False
    """Whether the function that migrates may read the master user's secret, which makes users; adds a policy."""
    users: Annotated[dict[UserName, DatabaseUser], Field(max_length=limits.DATABASE_USERS)] = Field(
        default_factory=dict
    )
    """Database users by name; with any, the three groups cannot log in. Changed by the next migration as master."""
    shared_logins: bool = False
    """Whether the three groups may log in beside users, while applications move to users of their own."""
    proxy: Proxy = Proxy()
    """RDS Proxy."""


class Acceptance(Settings):
    """A warning that this environment lives with, and why."""

    warning: str
    """The warning's identifier."""
    reason: Annotated[str, Matching(r"(?=[\s\S]*\S[\s\S]*\S)[\s\S]{10,500}", "a reason of at least ten characters")]
    """Why it is accepted; reviewers read this."""


class OwnTags(Settings):
    """Keys of the tags that every resource gets, where an organization has others for the same."""

    project: TagKey = "project"
    """Key of the project's tag."""
    environment: TagKey = "environment"
    """Key of the environment's tag."""
    tier: TagKey = "tier"
    """Key of the tier's tag."""
    stack: TagKey = "stack"
    """Key of the stack's tag."""
    managed_by: Annotated[TagKey, Field(alias="managed-by")] = "managed-by"
    """Key of the tag that says that Terraform manages the resource."""

    @property
    def keys(self) -> dict[str, str]:
        """The keys by what they say."""
        return self.model_dump(by_alias=True)


class IgnoredTags(Settings):
    """Tags that something else writes on our resources, and that no plan takes away."""

    keys: list[ForeignTagKey] = Field(default_factory=list)
    """Keys of such tags."""
    key_prefixes: list[ForeignTagKey] = Field(default_factory=list)
    """How the keys of such tags begin."""


class Environment(Settings):
    """A deployable copy of the platform: one file in ``envs/``."""

    tier: Literal["development", "staging", "production"]
    """Row of defaults that this environment starts from: development, staging or production."""
    project: Slug
    """First part of every name."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tags for every resource, besides project, environment and managed-by."""
    own_tags: OwnTags = OwnTags()
    """Other keys for the tags that every resource gets anyway, such as {environment: Environment}."""
    ignore_tags: IgnoredTags = IgnoredTags()
    """Tags that something else writes, such as {keys: [LastBackup], key_prefixes: ["cost:"]}."""
    protected: bool
    """Deletion protection, final snapshot, prevent_destroy, surviving logs and long KMS windows, together."""
    aws: Aws
    """Account, region, zones."""
    network: Network
    """Created or existing network, such as {create: {cidr: 10.10.0.0/16}}."""
    database: Database
    """The cluster."""
    names: GivenNames = GivenNames()
    """Names that a running cluster has, such as {cluster: acme-prod, instances: {"1": acme-prod-0}}."""
    encryption: Encryption = Encryption()
    """Keys that exist already, by ARN."""
    adopt: Adoption | None = None
    """What existed before this file, imported by the next plan. {} is the cluster alone."""
    expires: (
        Annotated[str, Matching(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", "a day such as 2026-12-01")]
        | None
    ) = None
    """Last day of an environment that is for a while; check warns in its last days, and refuses it afterwards."""
    access: ConsumerAccess | None = None
    """How applications reach the database; adds the stack <environment>-access. {} takes every default."""
    monitoring: Watching = Watching()
    """Alarms, events, dashboard: on unless it says enabled: false."""
    state: State
    """Terraform state backend, such as {backend: s3, bucket: my-terraform-state, region: eu-west-1}."""
    accept: list[Acceptance] = Field(default_factory=list)
    """Warnings that this environment lives with."""
