"""What a picture shows of an environment, read out of the documents of its stacks (``cdk.tf.json``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Documents: TypeAlias = "Mapping[str, Mapping[str, Any]]"
"""The stacks of an environment by name."""

Target: TypeAlias = Literal["database", "proxy"]

INGRESS: Final = "aws_vpc_security_group_ingress_rule"

ADDRESSES: Final = ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id")
"""Arguments of a rule that say who is let in."""

KINDS: Final = ("public", "private", "isolated")
"""Kinds of subnets, the most open first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet that is made here, or one of somebody else's that a DB subnet group names."""

    kind: str
    zone: str
    label: str
    nat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance in its zone; the zone is empty where AWS chooses it."""

    name: str
    size: str
    zone: str
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Somebody that a security group lets in."""

    who: str
    address: str
    port: int
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Where alarms go, and who hears of it."""

    name: str
    alarms: int
    listeners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An environment as it is drawn."""

    name: str
    prefix: str
    """What names begin with, and what a picture leaves out of them."""
    cluster: str
    engine: str
    port: int
    capacity: str
    vpc: str
    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    database_kind: str
    instances: tuple[Instance, ...]
    admitted: tuple[Admitted, ...]
    functions: tuple[str, ...]
    function_reaches: tuple[Target, ...]
    schedule: str
    failed_runs: str
    proxy: str
    endpoints: tuple[str, ...]
    keys: tuple[str, ...]
    secret: bool
    contract: str
    logs: tuple[str, ...]
    log_metrics: int
    alarms: int
    composite: bool
    topics: tuple[Topic, ...]
    bucket: str

    def short(self, name: str) -> str:
        """Return a name without what all of them begin with."""
        return name.removeprefix(f"{self.prefix}-")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of subnets that there are, the most open first."""
        return tuple(kind for kind in KINDS if any(one.kind == kind for one in self.subnets))


def read(name: str, prefix: str, documents: Documents) -> Picture:
    """Return what the stacks of an environment say."""
    stacks = _Stacks(name, documents)
    cluster = stacks.one("database", "aws_rds_cluster")
    instances = tuple(_instances(stacks))
    subnets = tuple(_subnets(stacks))
    zones = sorted({one.zone for one in subnets if one.zone} | {one.zone for one in instances if one.zone})
    kind = _database_kind(stacks)
    return Picture(
        name=name,
        prefix=prefix,
        cluster=str(cluster["cluster_identifier"]),
        engine=f"Aurora PostgreSQL {cluster['engine_version']}",
        port=int(cluster["port"]),
        capacity=_capacity(cluster),
        vpc=_vpc(stacks),
        zones=tuple(zones),
        subnets=subnets or tuple(Subnet(kind=kind, zone=zone, label="") for zone in zones),
        database_kind=kind,
        instances=instances,
        admitted=tuple(_admitted(stacks)),
        functions=tuple(str(one["function_name"]) for one in stacks.all("access", "aws_lambda_function").values()),
        function_reaches=tuple(_reached_by_function(stacks)),
        schedule=next(
            (str(one["schedule_expression"]) for one in stacks.all("access", "aws_cloudwatch_event_rule").values()), ""
        ),
        failed_runs=next((str(one["name"]) for one in stacks.all("access", "aws_sqs_queue").values()), ""),
        proxy=next((str(one["name"]) for one in stacks.all("access", "aws_cloudformation_stack").values()), ""),
        endpoints=tuple(
            str(one["service_name"]).rpartition(".")[2]
            + (" (gateway)" if one["vpc_endpoint_type"] == "Gateway" else "")
            for one in stacks.all("network", "aws_vpc_endpoint").values()
        ),
        keys=tuple(sorted(key for kind in stacks.kinds for key in stacks.all(kind, "aws_kms_key"))),
        secret=cluster.get("manage_master_user_password") is True,
        contract=_contract(stacks),
        logs=tuple(str(one["name"]) for one in stacks.all("database", "aws_cloudwatch_log_group").values()),
        log_metrics=len(stacks.rows("log_metrics")),
        alarms=len(stacks.rows("alarms")) + len(stacks.all("access", "aws_cloudwatch_metric_alarm")),
        composite=bool(stacks.all("monitoring", "aws_cloudwatch_composite_alarm")),
        topics=tuple(_topics(stacks)),
        bucket=next((str(one["bucket"]) for one in stacks.all("state", "aws_s3_bucket").values()), ""),
    )


class _Stacks:
    """Looks resources up by stack and type."""

    def __init__(self, environment: str, documents: Documents) -> None:
        self._by_kind = {stack.removeprefix(f"{environment}-"): document for stack, document in documents.items()}

    @property
    def kinds(self) -> list[str]:
        return list(self._by_kind)

    def all(self, kind: str, resource: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._by_kind.get(kind, {}).get("resource", {}).get(resource, {})
        return found

    def one(self, kind: str, resource: str) -> dict[str, Any]:
        return next(iter(self.all(kind, resource).values()))

    def output(self, kind: str, name: str) -> Any:
        return self._by_kind.get(kind, {}).get("output", {}).get(name, {}).get("value")

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._by_kind.get("monitoring", {}).get("locals", {}).get(table, {})
        return found


def _capacity(cluster: Mapping[str, Any]) -> str:
    scaling = cluster.get("serverlessv2_scaling_configuration")
    return f"{scaling['min_capacity']:g} to {scaling['max_capacity']:g} ACU" if isinstance(scaling, dict) else ""


def _vpc(stacks: _Stacks) -> str:
    made = next(iter(stacks.all("network", "aws_vpc").values()), None)
    if made is not None:
        return f"VPC {made['cidr_block']}"
    return f"VPC {stacks.one('database', 'aws_security_group')['vpc_id']}, somebody else's"


def _subnets(stacks: _Stacks) -> Iterator[Subnet]:
    gateways = {str(one["subnet_id"]) for one in stacks.all("network", "aws_nat_gateway").values()}
    for key, one in stacks.all("network", "aws_subnet").items():
        yield Subnet(
            kind=key.rpartition("_")[0],
            zone=str(one["availability_zone"]),
            label=str(one["cidr_block"]),
            nat=f"${{aws_subnet.{key}.id}}" in gateways,
        )


def _database_kind(stacks: _Stacks) -> str:
    """Return which subnets hold the database: those that the network says, or somebody else's, which are private."""
    referred = re.findall(r"aws_subnet\.([a-z]+)_", str(stacks.output("network", "database_subnet_ids")))
    return str(referred[0]) if referred else "private"


def _instances(stacks: _Stacks) -> Iterator[Instance]:
    for one in stacks.all("database", "aws_rds_cluster_instance").values():
        yield Instance(
            name=str(one["identifier"]),
            size=str(one["instance_class"]),
            zone=str(one.get("availability_zone") or ""),
            tier=int(one.get("promotion_tier") or 0),
        )


def _admitted(stacks: _Stacks) -> Iterator[Admitted]:
    """Yield who is let in from outside; what is let in among ourselves is drawn as such."""
    for kind in ("database", "access"):
        for rule in stacks.all(kind, INGRESS).values():
            address = next((str(rule[key]) for key in ADDRESSES if rule.get(key)), "")
            if "${" in address:
                continue
            yield Admitted(
                who=str(rule["description"]).partition(" from ")[2],
                address=address,
                port=int(rule["from_port"]),
                target=_target(rule),
            )


def _target(rule: Mapping[str, Any]) -> Target:
    return "proxy" if ".proxy." in str(rule["security_group_id"]) else "database"


def _reached_by_function(stacks: _Stacks) -> Iterator[Target]:
    for rule in stacks.all("access", INGRESS).values():
        if ".function." in str(rule.get("referenced_security_group_id")):
            yield _target(rule)


def _contract(stacks: _Stacks) -> str:
    names = [str(one["name"]) for one in stacks.all("database", "aws_ssm_parameter").values()]
    return names[0].rpartition("/")[0] if names else ""


def _topics(stacks: _Stacks) -> Iterator[Topic]:
    own = stacks.all("monitoring", "aws_sns_topic")
    made = {f"${{aws_sns_topic.{key}.arn}}": str(one["name"]) for key, one in own.items()}
    actions = [action for row in stacks.rows("alarms").values() for action in row["actions"]]
    for arn in sorted(set(actions), key=lambda arn: made.get(arn, arn)):
        yield Topic(
            name=made.get(arn) or arn.rpartition(":")[2],
            alarms=actions.count(arn),
            listeners=tuple(_listeners(stacks, arn)),
        )


def _listeners(stacks: _Stacks, arn: str) -> Iterator[str]:
    for one in stacks.all("monitoring", "aws_sns_topic_subscription").values():
        if one["topic_arn"] == arn:
            yield str(one["endpoint"])
    for one in stacks.all("monitoring", "aws_chatbot_slack_channel_configuration").values():
        if arn in one.get("sns_topic_arns", ()):
            yield f"Slack {one['slack_channel_id']}"
