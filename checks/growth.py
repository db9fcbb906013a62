"""What a database grows by: readers of auto scaling, custom endpoints, the Data API, roles, the proxy's pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import instance_classes, regions, vpc_endpoints
from catalog.engine_versions import Feature
from catalog.suggestions import nearest
from checks.engine import feature_floor, usable
from checks.finding import error, warning
from findings.finding import shown
from findings.rule import Rule
from settings import topology
from settings.growth import MOST_ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.growth import CustomEndpoint
    from settings.model import Environment
    from settings.names import Names

READERS: KeyPath = ("database", "readers")
LONGEST_ENDPOINT = 63
"""Characters of a custom endpoint's identifier (RDS API Reference, CreateDBClusterEndpoint)."""

MOST_SHARE = 90
"""Percent of max_connections that leaves room beside the proxy (Aurora User Guide, RDS Proxy considerations)."""


def reader_scaling(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse bounds that contradict each other or the file's own readers, and scaling of what can pause."""
    readers, database = environment.database.readers, environment.database
    if readers is None:
        return
    fixed = len(database.instances) - 1
    if (readers.cpu_percent is None) == (readers.connections is None):
        yield error(READERS, "takes one of cpu_percent and connections, for the readers' average to keep to")
    bounds = [(READERS, readers.minimum, readers.maximum)]
    bounds += [((*READERS, "schedule", key), at.minimum, at.maximum) for key, at in readers.schedule.items()]
    for path, minimum, maximum in bounds:
        if minimum > maximum:
            yield error((*path, "minimum"), f"{minimum} is more than the maximum {maximum}")
        elif maximum < fixed:
            yield error(
                (*path, "maximum"),
                f"{maximum} is less than the {fixed} readers of database.instances, which scaling never takes away; "
                f"say at least {fixed}",
            )
    if database.capacity and database.capacity.minimum == 0:
        yield error(
            READERS,
            "a cluster with readers of auto scaling never pauses; use a minimum capacity of at least 0.5, or none",
        )
    elif fixed == 0 and readers.minimum == 0:
        yield warning(
            "scaling-without-reader",
            (*READERS, "minimum"),
            "0 leaves no reader whose load could be measured, so none is ever added; say 1, or set instances to 2",
        )


def custom_endpoints(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse endpoints over instances that there are not, with names that do not fit, or too many."""
    database = environment.database
    path: KeyPath = ("database", "endpoints")
    if len(database.endpoints) > MOST_ENDPOINTS:
        yield error(path, f"are {len(database.endpoints)}; a cluster has up to {MOST_ENDPOINTS} custom endpoints")
    for key, endpoint in database.endpoints.items():
        identifier = name.custom_endpoint(key)
        if len(identifier) > LONGEST_ENDPOINT:
            over = len(identifier) - LONGEST_ENDPOINT
            yield error((*path, key), f"{identifier} is {over} characters too long for an endpoint; shorten the key")
        yield from _members(environment, (*path, key), endpoint)


def _members(environment: Environment, path: KeyPath, endpoint: CustomEndpoint) -> Iterator[Finding]:
    keys = environment.database.instances
    if (endpoint.instances is None) == (endpoint.excluding is None):
        yield error(path, "takes one of instances and excluding, each a list of keys of database.instances")
        return
    list_name = "instances" if endpoint.instances is not None else "excluding"
    listed = endpoint.instances if endpoint.instances is not None else endpoint.excluding or []
    if not listed:
        yield error((*path, list_name), "is empty; name at least one key of database.instances")
    for index, key in enumerate(listed):
        if key not in keys:
            meant = nearest(key, keys)
            guess = f"; did you mean {meant}?" if meant else ""
            yield error(
                (*path, list_name, index), f"{shown(key)} is not a key of database.instances: {', '.join(keys)}{guess}"
            )
        elif key in listed[:index]:
            yield error((*path, list_name, index), f"{shown(key)} is named twice")
    if list_name == "excluding" and environment.database.readers is None and {*keys} <= {*listed}:
        yield error((*path, list_name), "leaves no instance behind the endpoint")


def data_api(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse the Data API where AWS has none; warn where it keeps a cluster awake."""
    database = environment.database
    if not database.data_api:
        return
    path: KeyPath = ("database", "data_api")
    region = environment.aws.region
    if not vpc_endpoints.is_offered(region, "rds-data"):
        yield error(path, f"is not offered in {region}")
    elif not vpc_endpoints.is_known(region, "rds-data"):
        yield warning(
            "service-of-the-region",
            path,
            f"the Data API is not known to be in {region}; where it is not, AWS refuses it",
        )
    if usable(database):
        yield from feature_floor(database.engine_version, Feature.DATA_API, path, "the Data API")
    burstable = sorted(
        {
            placed.instance_class
            for placed in topology.instances(environment)
            if (found := instance_classes.find(placed.instance_class)) and found.burstable
        }
    )
    if burstable:
        yield error(path, f"is not offered on {' and '.join(burstable)}: T classes have no Data API; use an R class")
    if database.capacity and database.capacity.minimum == 0:
        yield warning(
            "data-api-pauses", path, "the Data API's own connections keep the cluster awake, so it hardly ever pauses"
        )


def cluster_roles(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse roles of another account or partition, and functions that the database has no way to."""
    roles = environment.database.roles.model_dump(by_alias=True, exclude_none=True)
    region = regions.find(environment.aws.region)
    for feature, arn in roles.items():
        path: KeyPath = ("database", "roles", feature)
        _, of_partition, _, _, account, _ = arn.split(":", maxsplit=5)
        if region and of_partition != region.partition:
            yield error(path, f"is of the partition {of_partition}, and {region.name} is of {region.partition}")
        elif account != environment.aws.account_id:
            yield error(
                path,
                f"is of account {account}; RDS takes only roles of the cluster's own account, "
                f"{environment.aws.account_id}",
            )
    created = environment.network.create
    if "lambda" in roles and created and "lambda" not in created.interface_endpoints:
        endpoints = ", ".join([*created.interface_endpoints, "lambda"])
        yield error(
            ("database", "roles", "lambda"),
            "needs the interface endpoint lambda, by which the database reaches functions; say "
            f"network.create.interface_endpoints: [{endpoints}]",
        )


def proxy_pool(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a pool that keeps more connections than it may open, or that belongs to no proxy."""
    access = environment.access
    if access is None:
        return
    pool = access.proxy.pool
    path: KeyPath = ("access", "proxy", "pool")
    if pool.max_idle_connections_percent > pool.max_connections_percent:
        yield error(
            (*path, "max_idle_connections_percent"),
            f"{pool.max_idle_connections_percent} is more than max_connections_percent, {pool.max_connections_percent}",
        )
    if pool != type(pool)() and not access.proxy.enabled:
        yield error(path, "is of no effect: there is no proxy; say enabled: true, or remove it")
    if pool.max_connections_percent > MOST_SHARE and access.proxy.enabled:
        yield warning(
            "proxy-takes-all",
            (*path, "max_connections_percent"),
            f"{pool.max_connections_percent} leaves next to nothing for direct connections, migrations and RDS itself",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "reader-scaling",
        "error",
        "Readers of auto scaling whose bounds contradict each other, or that could never pause",
        "Application Auto Scaling counts the file's own readers in, and never takes those away.",
        "Correct the bounds as the message says.",
    ),
    Rule(
        "custom-endpoints",
        "error",
        "A custom endpoint over instances that there are not, or whose name does not fit",
        "AWS refuses it, or makes a host name behind which nothing stands.",
        "Name keys of database.instances.",
    ),
    Rule(
        "data-api",
        "error",
        "The Data API where AWS has none",
        "It needs certain versions, and T classes do not have it.",
        "Take a newer version or an R class, or leave the Data API off.",
    ),
    Rule(
        "cluster-roles",
        "error",
        "A role that the cluster cannot assume, or whose service it cannot reach",
        "RDS passes on roles of its own account only, and the database has no way out but the one for its roles.",
        "Name a role of the account, and add the endpoint.",
    ),
    Rule(
        "proxy-pool",
        "error",
        "A pool of RDS Proxy that contradicts itself, or without a proxy",
        "AWS refuses more idle connections than connections.",
        "Correct the shares.",
    ),
    Rule(
        "scaling-without-reader",
        "warning",
        "Auto scaling that begins with no reader",
        "It measures readers; where there is none it never adds one.",
        "Set the minimum to 1, or instances to 2.",
    ),
    Rule(
        "data-api-pauses",
        "warning",
        "The Data API in a cluster that is meant to pause",
        "AWS reports no error; the cluster costs what it would with a minimum above 0.",
        "Leave the Data API off, or raise the minimum capacity.",
    ),
    Rule(
        "proxy-takes-all",
        "warning",
        "RDS Proxy that may take more than nine tenths of the connections",
        "Migrations and whoever mends an outage connect directly.",
        "Lower max_connections_percent.",
    ),
)
