"""Writes the environment file of a running cluster: what differs from its tier, each where a reader would ask why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog import limits
from catalog import parameters as catalogue
from operations import yaml_text
from operations.adoption.running import Left
from settings import tiers
from settings.tuning import PRELOADED, TUNING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operations.adoption.found import Attributes
    from operations.adoption.running import Running

PRELOAD = "shared_preload_libraries"

OWN_TAGS = frozenset({"project", "environment", "tier", "stack", "managed-by", "name"})
"""Tags that every resource gets, or that name one resource alone."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """A file in the making: its data, comments by dotted key, and what is left out of it."""

    project: str
    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)

    def say(self, path: str, value: Any, comment: str = "") -> None:
        """Put a value at a dotted path of keys without dots of their own."""
        *parents, last = path.split(".")
        place = self.data
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
        if comment:
            self.comments[path] = comment

    def leave(self, what: str, reason: str, remedy: str) -> None:
        """Note what the file cannot take over."""
        self.left.append(Left(what=what, reason=reason, remedy=remedy))

    @property
    def text(self) -> str:
        """The file."""
        return yaml_text.written(self.data, self.comments)


def draft(running: Running, *, environment: str, tier: str, project: str, with_windows: bool) -> Draft:
    """Return the file for a cluster that nothing hinders.

    ``with_windows`` writes each instance's maintenance window, for where those that are derived do not fit.
    """
    region, account = running.place
    made = Draft(project=project)
    made.say("tier", tier)
    made.say("project", project)
    _tags(made, running)
    made.say("aws", {"account_id": account, "region": region})
    _network(made, running)
    _database(made, running, tier, with_windows=with_windows)
    _names(made, running, environment)
    _encryption(made, running)
    _imports(made, running)
    made.say("state", {"backend": "local"}, "Say where the state shall be before the first deployment: docs/state.md.")
    return made


def _tags(made: Draft, running: Running) -> None:
    tags = {**(running.cluster.get("tags") or {})}
    kept = {key: value for key, value in tags.items() if key.lower() not in OWN_TAGS and not key.startswith("aws:")}
    lost = [key for key in tags if key not in kept and key.lower() != "name" and not key.startswith("aws:")]
    if kept:
        made.say("tags", kept, "As on the cluster; every resource gets them.")
    if lost:
        made.leave(
            f"tags {', '.join(sorted(lost))}", "every resource has one of that name already", "read those instead"
        )


def _network(made: Draft, running: Running) -> None:
    group = running.subnet_group
    existing: dict[str, Any] = {"vpc_id": running.vpc_id}
    if running.more_cidrs:
        existing["cidrs"] = [running.cidr, *running.more_cidrs]
    else:
        existing["cidr"] = running.cidr
    if running.cluster.get("network_type") == "DUAL":
        existing["ip"] = "dual"
    made.say("network", {"existing": existing})
    if not _takes_subnet_group(running):
        existing["subnet_group"] = group.attributes["name"] if group else running.cluster["db_subnet_group_name"]
        made.comments["network.existing.subnet_group"] = "The cluster's; others may use it, so it stays theirs."
    existing["database_subnets"] = {zone: subnets[0] for zone, subnets in sorted(running.zones.items())}


def _takes_subnet_group(running: Running) -> bool:
    """Whether a state of the old configuration has the group for this cluster alone, and a file can say it whole."""
    group = running.subnet_group
    users = {
        one.attributes.get("cluster_identifier")
        for one in running.found.of("aws_rds_cluster")
        if group and one.attributes.get("db_subnet_group_name") == group.attributes["name"]
    }
    known = sum(len(subnets) for subnets in running.zones.values())
    return bool(
        group
        and group.address
        and len(group.attributes["subnet_ids"]) == known == len(running.zones)
        and len(running.zones) > 1
        and users == {running.identifier}
    )


def _database(made: Draft, running: Running, tier: str, *, with_windows: bool) -> None:
    cluster = running.cluster
    usual = tiers.column(tiers.DEFAULTS, tier)
    made.say("database.exists", True, "It was made before this file: nothing here may replace it.")
    name = cluster.get("database_name")
    if name:
        made.say("database.name", name)
    else:
        made.say("database.name", "postgres", "It has no database of its own by name; say here which one clients use.")
        made.say("database.initial_database", False)
    if cluster.get("port") not in (None, 5432):
        made.say("database.port", int(cluster["port"]))
    made.say("database.engine_version", running.version)
    _instances(made, running, usual, with_windows=with_windows)
    scaling = cluster.get("serverlessv2_scaling_configuration") or []
    if scaling and any(one.attributes["instance_class"] == "db.serverless" for one in running.instances):
        minimum, maximum = float(scaling[0]["min_capacity"]), float(scaling[0]["max_capacity"])
        made.say("database.capacity", {"minimum": _short(minimum), "maximum": _short(maximum)})
        pause = scaling[0].get("seconds_until_auto_pause")
        if minimum == 0 and pause and int(pause) != 300:  # noqa: PLR2004 - AWS's default
            made.data["database"]["capacity"]["pause_after_seconds"] = int(pause)
    if cluster.get("storage_type") == "aurora-iopt1":
        made.say("database.storage", "io_optimized")
    made.say("database.tuning", "minimal", "Changes as little as possible; raise it once the cluster is in hand.")
    _parameters(made, running)
    retention = int(cluster.get("backup_retention_period") or 1)
    least = tiers.column(tiers.MINIMA, tier).get("database.backup.retention_days", 1)
    if retention < least:
        made.leave(
            f"backups of {retention} days", f"tier {tier} keeps {least} at least", "nothing is lost: the plan raises it"
        )
    elif retention != usual["database.backup.retention_days"]:
        made.say("database.backup.retention_days", retention)
    if cluster.get("preferred_backup_window"):
        made.say("database.backup.window", cluster["preferred_backup_window"])
    if cluster.get("preferred_maintenance_window"):
        made.say("database.maintenance.window", cluster["preferred_maintenance_window"])
    _observation(made, running, usual)
    _master_user(made, running)
    groups = sorted(cluster.get("vpc_security_group_ids") or ())
    if groups:
        made.say(
            "database.access.attached", groups, "Who comes in by these goes on coming in; name them one by one instead."
        )
    _features(made, cluster)


def _features(made: Draft, cluster: Mapping[str, Any]) -> None:
    if cluster.get("enable_http_endpoint"):
        made.say("database.data_api", True)
    if cluster.get("activity_stream_status") in {"started", "starting"}:
        made.leave(
            "the activity stream",
            "starting and stopping one restarts the cluster, and this one runs",
            "it goes on as it is; say database.activity_stream once it was stopped",
        )


def _instances(made: Draft, running: Running, usual: Mapping[str, Any], *, with_windows: bool) -> None:
    classes = Counter(_class(one.attributes) for one in running.instances)
    common = classes.most_common(1)[0][0]
    if common != usual["database.instance_class"]:
        made.say("database.instance_class", common)
    instances: dict[str, Any] = {}
    for key, one in keys(running).items():
        attributes = one
        own: dict[str, Any] = {}
        if _class(attributes) != common:
            own["instance_class"] = _class(attributes)
        if attributes.get("promotion_tier") not in (None, 1):
            own["promotion_tier"] = int(attributes["promotion_tier"])
        own["zone"] = attributes["availability_zone"]
        if with_windows and attributes.get("preferred_maintenance_window"):
            own["maintenance_window"] = attributes["preferred_maintenance_window"]
        instances[key] = own
    made.say("database.instances", instances, "Each stays in its zone, for another one replaces it.")
    for attributes in keys(running).values():
        if attributes.get("publicly_accessible"):
            made.leave(
                f"the public address of {attributes['identifier']}",
                "the database is for its VPC alone",
                "the plan takes it away; let clients outside the VPC find another way first",
            )
    authorities = {one.attributes.get("ca_cert_identifier") for one in running.instances} - {None, ""}
    usual_authority = limits.CA_CERTIFICATES[0]
    for authority in sorted(str(each) for each in authorities):
        if len(authorities) == 1 and authority in limits.CA_CERTIFICATES and authority != usual_authority:
            made.say("database.ca_certificate", authority)
        elif authority != usual_authority:
            made.leave(
                f"certificates of {authority}",
                "one authority signs for every instance here, and none that has expired",
                f"the plan changes them to {usual_authority}; clients have to trust it first",
            )


def _class(attributes: Attributes) -> str:
    name = str(attributes["instance_class"])
    return "serverless" if name == "db.serverless" else name


def keys(running: Running) -> dict[str, Attributes]:
    """Return a stable key for each instance: what its identifier adds to the cluster's, or its number."""
    named: dict[str, Attributes] = {}
    for one in running.instances:
        rest = str(one.attributes["identifier"]).removeprefix(running.identifier).strip("-")
        if not re.fullmatch(r"(?=.{1,20}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*", rest) or rest in named:
            return {str(number): each.attributes for number, each in enumerate(running.instances, start=1)}
        named[rest] = one.attributes
    return named


def _short(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _parameters(made: Draft, running: Running) -> None:
    major = int(running.version.split(".", maxsplit=1)[0])
    pinned = {tuned.name: tuned.value for tuned in TUNING if tuned.pinned}
    tuned_values = {tuned.name: tuned.value for tuned in TUNING if tuned.level == "minimal"}
    chosen: dict[str, Any] = {}
    for name, value in sorted(running.settings.items()):
        parameter = catalogue.find(name)
        if name == PRELOAD:
            extra = [library for library in value.replace(" ", "").split(",") if library and library not in PRELOADED]
            if extra:
                made.say("database.preload_libraries", extra)
        elif name in pinned:
            if value != pinned[name]:
                made.leave(
                    f"parameter {name} = {value}",
                    f"it is always {pinned[name]} here",
                    "let every client live with that before the parameter groups change",
                )
        elif parameter is None or not parameter.cluster or catalogue.not_modifiable_reason(name, major=major):
            made.leave(
                f"parameter {name} = {value}",
                "the cluster's parameter group cannot have it",
                "decide whether its default will do; the old parameter group stays as it was",
            )
        elif value not in (tuned_values.get(name), catalogue.default(name, major)):
            chosen[name] = _spelled(value, kind=parameter.kind)
    if chosen:
        made.say("database.parameters", chosen, "As in the old parameter groups, which stay as they were.")


def _spelled(value: str, *, kind: str) -> Any:
    if kind == "boolean" and value in ("0", "1"):
        return value == "1"
    return int(value) if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,17})", value) else value


def _observation(made: Draft, running: Running, usual: Mapping[str, Any]) -> None:
    attributes = [one.attributes for one in running.instances]
    interval = max(int(one.get("monitoring_interval") or 0) for one in attributes)
    if interval != usual["database.monitoring.interval_seconds"]:
        made.say("database.monitoring.interval_seconds", interval)
    advanced = running.cluster.get("database_insights_mode") == "advanced"
    if advanced:
        made.say("database.monitoring.insights", "advanced")
    kept = 465 if advanced else 7
    periods = {int(one.get("performance_insights_retention_period") or 0) for one in attributes} - {0, kept}
    if periods:
        made.leave(
            f"Performance Insights kept for {', '.join(map(str, sorted(periods)))} days",
            f"{'advanced' if advanced else 'standard'} Database Insights keep {kept}",
            "say database.monitoring.insights: advanced for 465 days, or read the older ones first",
        )
    logs = {}
    for kind, group in running.log_groups.items():
        if kind not in limits.LOG_TYPES:
            continue
        days = int(group.get("retention_in_days") or 0)
        if days in limits.CLOUDWATCH_RETENTION_DAYS and days != usual[f"database.logs.{kind}"]:
            logs[kind] = days
        elif days == 0:
            made.leave(
                f"log group {group['name']} without an end",
                f"it gets a retention of {usual[f'database.logs.{kind}']} days",
                f"export what is older first, or say database.logs.{kind}: 3653",
            )
    if logs:
        made.data["database"]["logs"] = logs


def _master_user(made: Draft, running: Running) -> None:
    user = running.cluster.get("master_username")
    secret = running.cluster.get("master_user_secret") or []
    said: dict[str, Any] = {"name": user} if user else {}
    if not secret:
        said["password"] = "elsewhere"  # noqa: S105 - where it is kept
        made.comments["database.master_user.password"] = "As it is; nothing about it is sent to AWS."
    made.say("database.master_user", said)


def _names(made: Draft, running: Running, environment: str) -> None:
    prefix = f"{made.project}-{environment}"
    names: dict[str, Any] = {}
    if running.identifier != prefix:
        names["cluster"] = running.identifier
    instances = {
        key: one["identifier"]
        for key, one in keys(running).items()
        if one["identifier"] != f"{running.identifier}-{key}"
    }
    if instances:
        names["instances"] = instances
    if running.subnet_group and _takes_subnet_group(running):
        names["subnet_group"] = running.subnet_group.attributes["name"]
    groups = {one.attributes.get("name") for one in running.found.of("aws_security_group")}
    if f"{prefix}-database" in groups:
        names["security_group"] = f"{prefix}-aurora"
    for kind, own in (("aws_rds_cluster_parameter_group", "cluster"), ("aws_db_parameter_group", "instance")):
        family = f"aurora-postgresql{running.version.split('.', maxsplit=1)[0]}"
        if running.found.named(kind, "name", f"{prefix}-{own}-{family}"):
            names[f"{own}_parameter_group"] = f"{prefix}-{own}-adopted-{family}"
    if names:
        made.say("names", names, "As they are: another name replaces what has it.")


def _encryption(made: Draft, running: Running) -> None:
    cluster = running.cluster
    keys_in_use = {"data": cluster["kms_key_id"]}
    secret = cluster.get("master_user_secret") or []
    if secret and secret[0].get("kms_key_id"):
        keys_in_use["secrets"] = secret[0]["kms_key_id"]
    insights = {
        one.attributes.get("performance_insights_kms_key_id")
        for one in running.instances
        if one.attributes.get("performance_insights_enabled")
    } - {None, "", cluster["kms_key_id"]}
    if len(insights) == 1:
        keys_in_use["performance_insights"] = insights.pop()
    elif insights:
        made.leave(
            "Performance Insights under several keys",
            "one key serves all instances here, and AWS does not let it change while they are on",
            "turn Performance Insights off on the instances first",
        )
    of_logs = {one.get("kms_key_id") for kind, one in running.log_groups.items() if kind in limits.LOG_TYPES} - {
        None,
        "",
    }
    if len(of_logs) == 1:
        keys_in_use["logs"] = of_logs.pop()
    made.say("encryption", keys_in_use, "Keys in use; their policies are left alone, and have to go on allowing it.")


def _imports(made: Draft, running: Running) -> None:
    adopt: dict[str, Any] = {"instances": list(keys(running))}
    if _takes_subnet_group(running):
        adopt["subnet_group"] = True
    exported = {*(running.cluster.get("enabled_cloudwatch_logs_exports") or ()), *running.log_groups}
    groups = [kind for kind in limits.LOG_TYPES if kind in exported]
    if groups:
        adopt["log_groups"] = groups
    made.say("adopt", adopt, "What the first plan imports; may go once that is applied.")
