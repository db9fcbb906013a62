"""Bounds and fixed value sets that AWS puts on the settings of a cluster, each with its source."""

from types import MappingProxyType

from catalog import regions

CLOUDWATCH_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288),
    3653,
)
"""Days that a CloudWatch log group can keep events (CloudWatch Logs API Reference, PutRetentionPolicy)."""

ENHANCED_MONITORING_SECONDS = (0, 1, 5, 10, 15, 30, 60)
"""Seconds between Enhanced Monitoring samples, 0 for off (RDS API Reference, CreateDBInstance)."""

LOG_TYPES = ("postgresql", "iam-db-auth-error", "instance")
"""Logs that Aurora PostgreSQL exports to CloudWatch (RDS API, CreateDBCluster; 2026-11)."""

MISTAKEN_LOG_TYPES = MappingProxyType(
    {
        "audit": "is an Aurora MySQL log; on PostgreSQL pgaudit writes into the log 'postgresql'",
        "error": "is an Aurora MySQL log; PostgreSQL writes errors into the log 'postgresql'",
        "general": "is an Aurora MySQL log; on PostgreSQL set log_statement and export 'postgresql'",
        "slowquery": ("is an Aurora MySQL log; on PostgreSQL set log_min_duration_statement and export 'postgresql'"),
        "upgrade": "is a log of RDS for PostgreSQL, which Aurora does not export",
    }
)
"""Why log types that other RDS engines export are wrong here; each text continues "<log type> ..."."""

CA_CERTIFICATES = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")
"""Certificate authorities of server certificates, AWS's default first.

The two after the first are not offered in every Region. Source: Amazon Aurora User Guide, "Using
SSL/TLS to encrypt a connection to a DB cluster", 2026-04.
"""

RETIRED_CA_CERTIFICATES = ("rds-ca-2019",)
"""Certificate authorities that expired, in August 2024 (same source)."""

PORTS = range(1150, 65536)
"""TCP ports a cluster can listen on: 1150-65535 (RDS API, CreateDBCluster)."""

IDENTIFIER_LENGTH = 63
"""Most characters of a cluster's or an instance's identifier (RDS API, CreateDBCluster, CreateDBInstance)."""

ROLE_NAME_LENGTH = 64
"""Most characters of an IAM role name (IAM API, CreateRole)."""

RULE_NAME_LENGTH = 64
"""Most characters of an EventBridge rule's name (EventBridge API, PutRule)."""

FUNCTION_NAME_LENGTH = 64
"""Most characters of a Lambda function's name (Lambda API, CreateFunction)."""

LAMBDA_CONCURRENCY = range(1, 100_001)
"""Reserved concurrency; AWS raises an account's quota to tens of thousands (Lambda Developer Guide, quotas)."""

LAMBDA_ACCOUNT_CONCURRENCY = 1000
"""An account's quota in a region unless AWS raised it; new accounts begin lower, with 10 (same source, 2026-11)."""

LAMBDA_UNRESERVED = 100
"""What Lambda keeps of that for functions that reserve nothing (Lambda Developer Guide, reserved concurrency)."""

LAMBDA_MEMORY_MB = range(128, 10241)
"""Memory of a function in MB (Lambda API, CreateFunction)."""

LAMBDA_TIMEOUT_SECONDS = range(1, 901)
"""Longest run of a function in seconds (Lambda API, CreateFunction)."""

DATABASE_USERS = 30
"""Most users of an environment: their names fit into a function's variables, which take 4 KB in all (Lambda Developer
Guide, quotas), and into the role of a proxy, whose policies take 10,240 characters (IAM User Guide, quotas)."""

POLICY_NAME_LENGTH = 128
"""Most characters of an IAM policy's name (IAM API, CreatePolicy)."""

REGIONS_WITHOUT_RDS_PROXY = frozenset({"ap-east-2"})
"""Regions of the catalogue in which CloudFormation has no RDS Proxy (cfn-lint 1.58.0, 2026-10-20)."""

BACKUP_RETENTION_DAYS = range(1, 36)
"""Days that Aurora keeps automated backups: 1-35; they cannot be off (RDS API, CreateDBCluster)."""

PROMOTION_TIERS = range(16)
"""Failover priorities, 0 first (RDS API, CreateDBInstance)."""

INSTANCES_PER_CLUSTER = 16
"""Most DB instances in a cluster: one writer and 15 readers (Amazon Aurora User Guide, "Quotas")."""

VOLUME_TIB = 128
"""Largest cluster volume in TiB of versions without 256 TiB (Amazon Aurora User Guide, "Amazon Aurora size limits",
2026-04)."""

LARGER_VOLUME_TIB = 256
"""Largest cluster volume in TiB of the other versions (same source)."""

SERVERLESS_MINIMUM_ACU = (0.0, 256.0)
"""Lowest and highest minimum capacity in ACU; 0 pauses an idle instance (same source)."""

SERVERLESS_MAXIMUM_ACU = (1.0, 256.0)
"""Lowest and highest maximum capacity in ACU (same source)."""

SERVERLESS_MAXIMUM_ACU_OF_OLD_VERSIONS = 128.0
"""Highest maximum capacity in ACU of versions without 256 ACU (same source)."""

SERVERLESS_PAUSE_SECONDS = range(300, 86401)
"""Idle seconds after which a Serverless v2 instance pauses: 300-86400 (same source)."""

CAPPING_ACU = 0.5
"""Minimum capacity up to which Serverless v2 caps max_connections (same source, 2026-04)."""

CONNECTIONS_AT_CAPPING_ACU = 2000
"""The most connections of a Serverless v2 instance with such a minimum capacity (same source, 2026-04)."""

INSIGHTS_MINIMUM_ACU = 2.0
"""Minimum capacity that AWS recommends with Performance Insights (Amazon Aurora User Guide, "Performance and
scaling for Aurora Serverless v2", 2026-04)."""

CAPACITY_PARAMETERS = (
    *("autovacuum_max_workers", "autovacuum_vacuum_cost_limit", "autovacuum_work_mem"),
    *("effective_cache_size", "maintenance_work_mem", "max_connections"),
)
"""Parameters that Aurora derives from the maximum capacity of Serverless v2 (same source, 2026-04)."""

CAPACITY_IGNORES = ("shared_buffers",)
"""Parameters that Serverless v2 takes no notice of, for it sizes them as it scales (same source, 2026-04)."""

RESERVED_MASTER_USERNAMES = frozenset(
    {
        # Names of the service's own roles, and names that the service answers with "is a reserved word
        # used by the engine" (terraform-aws-modules/terraform-aws-rds names user; others admin). Not root: public
        # configurations run with it (Helicone/helicone, valhalla, read November 2026).
        *("admin", "rdsadmin", "rdsrepladmin", "rdsproxyadmin", "rds"),
        # Role names that PostgreSQL itself refuses or gives a meaning of their own.
        *("none", "public", "pg_database_owner"),
        # Reserved key words (PostgreSQL 17 documentation, Appendix C, marked "reserved").
        *("all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization"),
        *("binary", "both", "case", "cast", "check", "collate", "collation", "column", "concurrently"),
        *("constraint", "create", "cross", "current_catalog", "current_date", "current_role"),
        *("current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable"),
        *("desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "freeze"),
        *("from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect"),
        *("into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime"),
        *("localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order"),
        *("outer", "overlaps", "placing", "primary", "references", "returning", "right", "select"),
        *("session_user", "similar", "some", "symmetric", "system_user", "table", "tablesample", "then"),
        *("to", "trailing", "true", "union", "unique", "user", "using", "variadic", "verbose", "when"),
        *("where", "window", "with"),
    }
)
"""Names, in lower case, that cannot be the master user's."""

RESERVED_DATABASE_NAMES = RESERVED_MASTER_USERNAMES - {"public", "pg_database_owner", "none"}
"""Names, in lower case, that cannot be the initial database's: RDS answers with "is a reserved word for this engine"
(RDS API Reference, CreateDBCluster, DatabaseName; read November 2026)."""

RESERVED_DATABASE_USERS = RESERVED_MASTER_USERNAMES - {"admin", "root"}
"""Names, in lower case, that cannot be a database user's: PostgreSQL's reserved words, and roles of RDS."""

_BUNDLE_HOSTS = {
    "aws": "truststore.pki.rds.amazonaws.com",
    "aws-us-gov": "truststore.pki.us-gov-west-1.rds.amazonaws.com",
    "aws-cn": "rds-truststore.s3.cn-north-1.amazonaws.com.cn",
}


def ca_bundle_url(region: str) -> str:
    """Return the address of the certificate bundle that verifies servers in the Region.

    It is the bundle of all Regions of the partition, so it also fits a cluster's copy in another
    Region; an unlisted Region is taken for a commercial one. Sources: Amazon RDS User Guide and Amazon
    RDS User Guide for China, "Using SSL/TLS to encrypt a connection to a DB instance or cluster".
    """
    known = regions.find(region)
    return f"https://{_BUNDLE_HOSTS[known.partition if known else 'aws']}/global/global-bundle.pem"
