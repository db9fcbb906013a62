"""Every name that AWS or Terraform sees, decided in one place.

A name is identity: changing one of these functions replaces databases.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog import engine_versions
from settings.past import GivenNames

NONE_GIVEN = GivenNames()

FIRST = "one"
"""The generation of a cluster that replaced none; it is in no name."""

KEYS_OF_THE_DATABASE = frozenset({"activity", "copies", "copies-elsewhere", "data", "logs", "secrets"})
"""What each generation has keys of its own for."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one environment of one project."""

    project: str
    environment: str
    given: GivenNames = NONE_GIVEN
    """What a running cluster was named by others."""
    generation: str = FIRST
    """Which cluster of the environment these are the names of."""

    @property
    def prefix(self) -> str:
        """First part of every name that is not given; also the cluster's identifier."""
        return f"{self.project}-{self.environment}"

    @property
    def _suffix(self) -> str:
        return "" if self.generation == FIRST else f"-{self.generation}"

    @property
    def of_generation(self) -> str:
        """First part of the names of what each generation of the database has of its own."""
        return f"{self.prefix}{self._suffix}"

    @property
    def database(self) -> str:
        """Kind of the generation's stack."""
        return f"database{self._suffix}"

    @property
    def cluster(self) -> str:
        """Identifier of the cluster."""
        return self.given.cluster or self.of_generation

    def instance(self, key: str) -> str:
        """Return the identifier of the instance with this key."""
        return self.given.instances.get(key) or f"{self.cluster}-{key}"

    def custom_endpoint(self, key: str) -> str:
        """Return the identifier of a custom endpoint."""
        return f"{self.cluster}-{key}"

    @property
    def subnet_group(self) -> str:
        """DB subnet group."""
        return self.given.subnet_group or self.cluster

    @property
    def security_group(self) -> str:
        """The database's security group."""
        return self.given.security_group or f"{self.of_generation}-database"

    def stack(self, kind: str) -> str:
        """Return the name of a stack of this environment."""
        return f"{self.environment}-{kind}"

    def state_key(self, kind: str) -> str:
        """Return the place of a stack's state in its backend."""
        return f"{self.project}/{self.environment}/{kind}"

    def cluster_parameter_group(self, engine_version: str) -> str:
        """Return a name with the family in it, so that a new major version gets a new group beside the old one."""
        if self.given.cluster_parameter_group:
            return self.given.cluster_parameter_group
        return f"{self.of_generation}-cluster-{engine_versions.family(engine_version)}"

    def instance_parameter_group(self, engine_version: str) -> str:
        """Return a name with the family in it, so that a new major version gets a new group beside the old one."""
        if self.given.instance_parameter_group:
            return self.given.instance_parameter_group
        return f"{self.of_generation}-instance-{engine_versions.family(engine_version)}"

    @property
    def monitoring_role(self) -> str:
        """Role of Enhanced Monitoring; IAM is global, so the name must differ between regions' environments."""
        return f"{self.of_generation}-rds-monitoring"

    @property
    def flow_logs_role(self) -> str:
        """Role that writes VPC flow logs."""
        return f"{self.prefix}-vpc-flow-logs"

    @property
    def flow_log_group(self) -> str:
        """Log group of the VPC's flow logs."""
        return f"/aws/vpc/{self.prefix}/flow-logs"

    def log_group(self, log_type: str) -> str:
        """Return the log group of an export (Aurora User Guide, publishing logs to CloudWatch Logs)."""
        return f"/aws/rds/cluster/{self.cluster}/{log_type}"

    @property
    def function(self) -> str:
        """Lambda function that answers; its role, rule and security group are called the same."""
        return f"{self.prefix}-database-access"

    @property
    def owner_function(self) -> str:
        """Lambda function that migrates; its role is called the same."""
        return f"{self.prefix}-database-owner"

    @property
    def failed_runs(self) -> str:
        """Queue of the scheduled runs that failed for good; its alarm is called the same."""
        return f"{self.owner_function}-failed-runs"

    def log_group_of(self, function: str) -> str:
        """Return the log group that Lambda writes to for a function (Lambda Developer Guide, CloudWatch logs)."""
        return f"/aws/lambda/{function}"

    @property
    def reader_scaling(self) -> str:
        """Policy by which readers come and go."""
        return f"{self.cluster}-readers"

    @property
    def backup(self) -> str:
        """Vault, plan and role of AWS Backup; IAM is global, and another region's vault is called the same."""
        return f"{self.of_generation}-copies"

    @property
    def proxy(self) -> str:
        """RDS Proxy in its first subnets, its CloudFormation stack and its security group."""
        return f"{self.prefix}-proxy"

    @property
    def proxy_elsewhere(self) -> str:
        """RDS Proxy in other subnets, of which four characters follow."""
        return f"{self.prefix}-p"

    @property
    def proxy_role(self) -> str:
        """Role by which RDS Proxy connects to the database."""
        return f"{self.prefix}-rds-proxy"

    def proxy_log_group(self, proxy: str) -> str:
        """Return the log group that a proxy writes to (Aurora User Guide, monitoring RDS Proxy)."""
        return f"/aws/rds/proxy/{proxy}"

    def policy(self, purpose: str) -> str:
        """Return the name of a policy for consumers; IAM is global, so it must differ between environments."""
        return f"{self.prefix}-database-{purpose}"

    def connecting_as(self, user: str) -> str:
        """Return the purpose of the policy by which one connects as a database user."""
        return f"connect-as-{user}"

    def key_alias(self, purpose: str) -> str:
        """Return the alias of a KMS key."""
        prefix = self.of_generation if purpose in KEYS_OF_THE_DATABASE else self.prefix
        return f"alias/{prefix}-{purpose}"

    def alarm(self, key: str) -> str:
        """Return the name of an alarm, an event subscription or a rule, by its stable key."""
        return f"{self.prefix}-{key.replace('_', '-')}"

    def topic(self, severity: str) -> str:
        """Return the name of the SNS topic of a severity."""
        return f"{self.prefix}-{severity}"

    def chat(self, severity: str) -> str:
        """Return the name of AWS Chatbot's configuration for a severity, and of its role; IAM is global."""
        return f"{self.prefix}-chat-{severity}"

    def dashboard(self, region: str) -> str:
        """Return a name with the Region in it: dashboards of an account are global (CloudWatch API, PutDashboard)."""
        return f"{self.prefix}-{region}"

    def saved_query(self, title: str) -> str:
        """Return the name of a saved query; a slash makes a folder."""
        return f"{self.prefix}/{title}"

    @property
    def log_metrics(self) -> str:
        """CloudWatch namespace of what is counted in the exported logs."""
        return f"{self.prefix}/logs"

    @property
    def contract(self) -> str:
        """Path above the connection contract's SSM parameters."""
        return f"/{self.project}/{self.environment}/database"
