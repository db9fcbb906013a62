"""How applications reach the database: the built function, its way to AWS, RDS Proxy."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from catalog import limits
from catalog.engine_versions import Feature
from checks.engine import feature_floor, usable
from checks.finding import error, warning
from findings.rule import Rule
from settings import artifact, topology

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from findings.finding import Finding, KeyPath
    from settings.model import ConsumerAccess, Environment, ExistingNetwork
    from settings.names import Names

PROXY_SUBNETS = 2
"""Fewest subnets of RDS Proxy, each in a zone of its own (Amazon Aurora User Guide, RDS Proxy, limitations)."""

OF_NO_EFFECT: tuple[tuple[str, str], ...] = (
    ("private_subnets", "nothing stands in them"),
    ("nat", "nothing needs to know"),
    ("interface_endpoints", "nothing needs to know"),
)
"""What an existing network says for the access stack alone."""


def access_function(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a function that was never built: without its hash no plan can tell whether it has changed."""
    if environment.access is not None and artifact.function_hash() is None:
        yield error(
            ("access",),
            f"the function is not built: functions/{artifact.HASH_FILE.name} is missing or not a SHA-256 in base64; "
            "run make lambda, which writes it",
        )


def access_certificates(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a region whose databases the function could not tell from anybody else's: it would never connect."""
    region = environment.aws.region
    if environment.access is not None and not artifact.trusts_databases_of(region):
        yield warning(
            "access-certificates",
            ("access",),
            f"the function has no certificate authority of {region}; get {limits.ca_bundle_url(region)}, "
            "run make certificates BUNDLE=global-bundle.pem, then make lambda",
        )


def access_network(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a network in which the function cannot reach the services that it calls."""
    access, created, existing = environment.access, environment.network.create, environment.network.existing
    if access is None:
        yield from _without_access(existing) if existing else ()
    elif created is not None and created.nat == "none":
        path: KeyPath = ("network", "create", "interface_endpoints")
        missing = _missing(access, created.interface_endpoints)
        if missing:
            yield error(
                path,
                f"is without {' and '.join(missing)}, which the function of access needs where there is no NAT; "
                f"say [{', '.join([*created.interface_endpoints, *missing])}], or nat: single",
            )
    elif existing is not None and not existing.nat:
        missing = _missing(access, existing.interface_endpoints)
        if missing:
            yield error(
                ("network", "existing"),
                f"has neither NAT nor the interface endpoint {' and '.join(missing)}, which the function of access "
                f"needs; if the VPC has it, say nat: true, or "
                f"interface_endpoints: [{', '.join([*existing.interface_endpoints, *missing])}]",
            )
    for service, count in Counter(existing.interface_endpoints if existing else ()).items():
        if count > 1:
            yield error(("network", "existing", "interface_endpoints"), f"names {service} {count} times")


def _missing(access: ConsumerAccess, endpoints: Sequence[str]) -> list[str]:
    return [service for service in topology.called_services(access) if service not in endpoints]


def _without_access(existing: ExistingNetwork) -> Iterator[Finding]:
    for key, why in OF_NO_EFFECT:
        if getattr(existing, key):
            yield error(("network", "existing", key), f"is of no effect: without access {why}")


def access_proxy(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse RDS Proxy where the version lacks it, or where it would keep a cluster awake that is meant to pause."""
    if environment.access is None or not environment.access.proxy.enabled:
        return
    path: KeyPath = ("access", "proxy", "enabled")
    database = environment.database
    if database.capacity and database.capacity.minimum == 0:
        yield error(
            path,
            "RDS Proxy keeps connections open, so a cluster with capacity 0 would never pause; "
            "use a minimum of at least 0.5, or no proxy",
        )
    if environment.aws.region in limits.REGIONS_WITHOUT_RDS_PROXY:
        yield error(path, f"RDS Proxy is not offered in {environment.aws.region}")
    if usable(database):
        yield from feature_floor(database.engine_version, Feature.RDS_PROXY, path, "RDS Proxy")
    existing = environment.network.existing
    if existing is not None and existing.private_subnets and len(existing.private_subnets) < PROXY_SUBNETS:
        yield error(
            ("network", "existing", "private_subnets"),
            f"has 1 subnet; RDS Proxy stands in these and needs {PROXY_SUBNETS} in different zones",
        )


def access_concurrency(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a reservation that an account's first quota cannot hold: the apply would fail."""
    reserved = environment.access.reserved_concurrency if environment.access else None
    most = limits.LAMBDA_ACCOUNT_CONCURRENCY - limits.LAMBDA_UNRESERVED
    if reserved is not None and reserved > most:
        yield warning(
            "access-concurrency",
            ("access", "reserved_concurrency"),
            f"{reserved} needs a quota above {limits.LAMBDA_ACCOUNT_CONCURRENCY} instances in the account: Lambda "
            f"keeps {limits.LAMBDA_UNRESERVED} unreserved, so {most} are the most where AWS never raised the quota",
        )


OURS = "experiment_"
"""How the names of this project's own database roles begin."""


def access_users(environment: Environment, names: Names) -> Iterator[Finding]:
    """Refuse names that PostgreSQL, RDS or this project has for something else, or that make no policy's name."""
    access = environment.access
    if access is None:
        return
    for name in access.users:
        path: KeyPath = ("access", "users", name)
        why = _unusable(name, environment.database.master_user.name)
        if why:
            yield error(path, f"{name} cannot be a database user: {why}")
        policy = names.policy(names.connecting_as(name))
        if len(policy) > limits.POLICY_NAME_LENGTH:
            yield error(
                path,
                f"its policy would be called {policy}, {len(policy)} characters where IAM takes "
                f"{limits.POLICY_NAME_LENGTH}; shorten the user, the project or the environment",
            )
    if access.shared_logins and not access.users:
        yield error(("access", "shared_logins"), "is of no effect: without users the three groups log in anyway")
    elif access.shared_logins:
        yield warning(
            "access-shared-logins",
            ("access", "shared_logins"),
            "experiment_reader, experiment_writer and experiment_migrator may still log in, so whoever has their "
            "policies can change their defaults for all and end each other's sessions; take it out once every "
            "application has a user of its own",
        )


def _unusable(name: str, master: str) -> str | None:
    if name == master:
        return "it is the master user's name"
    if name.startswith(OURS):
        return f"names that begin with {OURS} are this project's own"
    if name.startswith("pg_"):
        return "names that begin with pg_ are PostgreSQL's own"
    if name.startswith("rds"):
        return "names that begin with rds are those of Amazon RDS"
    if name in limits.RESERVED_DATABASE_USERS:
        return "it is a reserved word of PostgreSQL"
    return None


RULES: tuple[Rule, ...] = (
    Rule(
        "access-function",
        "error",
        "A function whose archive was never built",
        "Without its hash no plan could tell whether it has changed.",
        "Run make lambda, which writes the hash.",
    ),
    Rule(
        "access-network",
        "error",
        "A network in which the function cannot reach the AWS services that it calls, or that says what has no effect",
        "Every call of the function would wait for its time to run out.",
        "Add the interface endpoints that the message names, or a NAT gateway.",
    ),
    Rule(
        "access-proxy",
        "error",
        "RDS Proxy where there is none, or where it keeps a cluster awake that is meant to pause",
        "AWS refuses it for some regions and versions, and its open connections never let a cluster pause.",
        "Take a newer version or a minimum capacity of at least 0.5, or no proxy.",
    ),
    Rule(
        "access-users",
        "error",
        "Database users whose names are somebody else's, or that change nothing",
        "PostgreSQL and RDS refuse some names, and others would change a role that this project or AWS relies on.",
        "Choose another name, as the message says.",
    ),
    Rule(
        "access-shared-logins",
        "warning",
        "Groups that log in beside users of one's own",
        "One holder of a shared user changes its defaults for all, and may end the sessions of the others.",
        "Take shared_logins out once every application logs in as its own user.",
    ),
    Rule(
        "access-concurrency",
        "warning",
        "More reserved instances of functions than an account has until AWS raises its quota",
        "Lambda refuses a reservation that leaves fewer than 100 instances for the other functions of the account.",
        "Reserve less, or nothing; or accept it once the quota is raised.",
    ),
    Rule(
        "access-certificates",
        "warning",
        "A function in a region whose databases it cannot verify",
        "It connects to nobody whose certificate it cannot check, and new regions have authorities of their own.",
        "Run make certificates with AWS's bundle for the region, and make lambda.",
    ),
)
