"""What each service takes as a name of its own making, for everything that is named after the project and the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.finding import error
from findings.rule import Rule
from settings.state import PgState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

PROJECT: KeyPath = ("project",)


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a service demands of a name, and where it says so."""

    what: str
    allowed: str
    """Pattern of the whole name."""
    demands: str
    """Continues "which"."""
    source: str


GROUP_NAME: Final = NameRule(
    "the security group",
    r"(?!sg-)[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}",
    "must not begin with sg-, which AWS keeps for ids",
    "EC2 API Reference, CreateSecurityGroup; read November 2026",
)
PARAMETER_PATH: Final = NameRule(
    "the contract's SSM path",
    r"/(?![aA][wW][sS]|[sS][sS][mM])[a-zA-Z0-9_.\-/]{1,1010}",
    "must not begin with aws or ssm",
    "Systems Manager API Reference, PutParameter; read November 2026",
)
SCHEMA: Final = NameRule(
    "the schema of the state",
    r"(?!pg_).{1,63}",
    "must not begin with pg_, which PostgreSQL keeps for itself",
    "PostgreSQL 17 documentation, CREATE SCHEMA; names_fit keeps it within 63 characters",
)
CLUSTER: Final = NameRule(
    "the cluster",
    r"(?=.{1,63}$)[a-z](?:-?[a-z0-9])*",
    "has at most 63 lower-case letters, digits and single hyphens, a letter first",
    "RDS API Reference, CreateDBCluster; read November 2026",
)
ROLE: Final = NameRule(
    "the role",
    r"[\w+=,.@-]{1,64}",
    "has at most 64 characters",
    "IAM API Reference, CreateRole; read November 2026",
)
STACK: Final = NameRule(
    "the CloudFormation stack of RDS Proxy",
    r"[a-zA-Z][a-zA-Z0-9-]{0,127}",
    "begins with a letter and has at most 128 letters, digits and hyphens",
    "CloudFormation API Reference, CreateStack; read November 2026",
)
KEY_ALIAS: Final = NameRule(
    "the key's alias",
    r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}",
    "must not begin with alias/aws/",
    "KMS API Reference, CreateAlias; read November 2026",
)
LOG_GROUP: Final = NameRule(
    "the log group",
    r"[.\-_/#A-Za-z0-9]{1,512}",
    "has at most 512 characters",
    "CloudWatch Logs API Reference, CreateLogGroup; read November 2026",
)


def _named(environment: Environment, names: Names) -> Iterator[tuple[NameRule, str, KeyPath]]:
    """Yield every name that is made, what it has to be, and the key that makes it."""
    cluster: KeyPath = ("names", "cluster") if names.given.cluster else PROJECT
    group: KeyPath = ("names", "security_group") if names.given.security_group else PROJECT
    yield CLUSTER, names.cluster, cluster
    yield GROUP_NAME, names.security_group, group
    yield PARAMETER_PATH, names.contract, PROJECT
    yield ROLE, names.monitoring_role, PROJECT
    yield KEY_ALIAS, names.key_alias("data"), PROJECT
    if environment.network.create is not None:
        yield LOG_GROUP, names.flow_log_group, PROJECT
        yield ROLE, names.flow_logs_role, PROJECT
    if environment.access is not None:
        yield GROUP_NAME, names.function, PROJECT
        yield ROLE, names.function, PROJECT
        yield ROLE, names.owner_function, PROJECT
        yield LOG_GROUP, names.log_group_of(names.function), PROJECT
        if environment.access.proxy.enabled:
            yield STACK, names.proxy, PROJECT
            yield GROUP_NAME, names.proxy, PROJECT
            yield ROLE, names.proxy_role, PROJECT
    if isinstance(environment.state, PgState):
        for kind in ("database", "network", "access"):
            yield SCHEMA, environment.state.arguments(names.state_key(kind))["schema_name"], PROJECT


def service_names(environment: Environment, names: Names) -> Iterator[Finding]:
    """Refuse names that a service keeps for itself; what is only too long is told with the number of characters."""
    told: set[tuple[NameRule, KeyPath]] = set()
    for rule, name, path in _named(environment, names):
        if re.fullmatch(rule.allowed, name) or _only_too_long(rule, name) or (rule, path) in told:
            continue
        told.add((rule, path))
        remedy = "choose another project" if path == PROJECT else "choose another name"
        yield error(path, f"{rule.what} would be {name}, which {rule.demands}; {remedy}")


def _only_too_long(rule: NameRule, name: str) -> bool:
    """Whether the beginning of a name is one: then it is only too long, which ``names_fit`` counts."""
    fits: Callable[[str], object] = re.compile(rule.allowed).fullmatch
    return any(fits(name[:length]) for length in (40, 41))


RULES: tuple[Rule, ...] = (
    Rule(
        "service-names",
        "error",
        "A project or file whose name makes a name that a service keeps for itself",
        "The name of the project begins a dozen names, each of a service with rules of its own: security groups do not "
        "begin with sg-, SSM paths not with aws or ssm, PostgreSQL's schemas not with pg_.",
        "Choose another project.",
    ),
)
