"""Engine version, instance classes, capacity and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import age, engine_versions, instance_classes, limits
from catalog import parameters as catalogue
from catalog.engine_versions import Feature
from catalog.suggestions import nearest
from checks.finding import error, note, warning
from findings.finding import shown
from findings.rule import Rule
from settings import parameters, topology
from settings.model import SERVERLESS
from settings.parameters import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Database, Environment
    from settings.names import Names


FEATURES_OF_PARAMETERS = (
    ("apg_shared_plan_cache.", "", Feature.SHARED_PLAN_CACHE, "the shared plan cache"),
    ("ssl_max_protocol_version", "TLSv1.3", Feature.TLS_1_3, "TLS 1.3"),
)
"""Beginning of a parameter's name, its value or any, and the feature of the version that it needs."""


def engine(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse versions that AWS no longer creates; warn of new ones."""
    path: KeyPath = ("database", "engine_version")
    version = environment.database.engine_version
    number = int(version.split(".", maxsplit=1)[0])
    majors = engine_versions.majors()
    if number not in majors:
        offered = ", ".join(str(major) for major in majors)
        yield error(path, f"Aurora PostgreSQL {number} is not supported here; allowed are the majors {offered}")
        return
    major = majors[number]
    minors = [minor for minor in engine_versions.creatable() if minor.startswith(f"{number}.")]
    meant = f'"{major.lts}" (LTS)' if major.lts in minors else f'"{minors[-1]}"'
    if not engine_versions.is_major(version) and version not in minors:
        yield _not_creatable(environment, f"{', '.join(minors)}; did you mean {meant}?")
        if not environment.database.exists:
            return
    yield from _moves(environment, meant)
    if major.stage == "new":
        yield warning(
            "engine-new",
            path,
            f"Aurora PostgreSQL {number} has no long-term support release yet, "
            "and RDS Proxy and some extensions may lack it",
        )
    if environment.database.storage == "io_optimized":
        yield from feature_floor(version, Feature.IO_OPTIMIZED, ("database", "storage"), "I/O-Optimized storage")


def _not_creatable(environment: Environment, allowed: str) -> Finding:
    """Say what a version means that AWS creates no clusters with: nothing to what runs, everything to what does not."""
    database = environment.database
    path: KeyPath = ("database", "engine_version")
    version = database.engine_version
    deprecated = version in engine_versions.deprecated()
    newer = engine_versions.is_newer_than_known(version)
    if database.exists and newer:
        taken = age.packages()["cfn-lint"].date
        return note("engine-newer", path, f"{version} is newer than the catalogue of {taken}; it is taken as it is")
    if database.exists and not (deprecated and (database.upgrade or database.allow_major_version_upgrade)):
        what = "AWS creates no more clusters with it" if deprecated else "this catalogue does not know it"
        return warning(
            "engine-not-creatable",
            path,
            f"{version}: {what}; the running cluster stays on it, but after a destroy it could not be created again",
        )
    gone = "AWS no longer creates it" if deprecated else "it does not exist"
    if newer:
        taken = age.packages()["cfn-lint"].date
        gone = f"this catalogue, of {taken}, does not know it; if the cluster runs it already, say exists: true"
    return error(path, f"{version}: {gone}; allowed are {allowed}")


def _moves(environment: Environment, meant: str) -> Iterator[Finding]:
    """Demand the exact target of an upgrade, and remind of the switches that belong to one deployment only."""
    database = environment.database
    version = database.engine_version
    switches = [name for name in ("upgrade", "allow_major_version_upgrade") if getattr(database, name)]
    if switches and engine_versions.is_major(version):
        yield error(
            ("database", "engine_version"),
            f"{version}: {switches[0]} needs an exact version, for AWS takes a bare major for its default minor, which "
            f"the running one may not be able to reach; did you mean {meant}?",
        )
    if database.allow_major_version_upgrade:
        late = ", also what should wait for the maintenance window" if database.changes_apply == "in_window" else ""
        yield warning(
            "major-upgrade-switch",
            ("database", "allow_major_version_upgrade"),
            f"belongs to one deployment: as long as it is true, every change applies at once{late}; take it out "
            "after the upgrade",
        )
    elif database.upgrade:
        yield warning(
            "upgrade-switch",
            ("database", "upgrade"),
            "belongs to one deployment: as long as it is true, every plan would take back a minor upgrade by AWS, "
            "which it refuses together with all else; take it out after the upgrade",
        )


def feature_floor(version: str, feature: Feature, path: KeyPath, what: str) -> Iterator[Finding]:
    """Refuse what is documented for newer versions only, or for no version of the major."""
    if engine_versions.supports(version, feature):
        return
    major = int(version.split(".", maxsplit=1)[0])
    floor = engine_versions.floor(feature, major)
    if floor:
        yield error(path, f"{what} needs Aurora PostgreSQL {floor} or newer, not {version}")
    else:
        yield error(path, f"{what} is documented for no Aurora PostgreSQL {major} so far")


def classes(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse classes that do not exist, or not here, or not with this version."""
    database, region = environment.database, environment.aws.region
    chosen: list[tuple[KeyPath, str]] = [(("database", "instance_class"), database.instance_class)]
    chosen += [
        (("database", "instances", key, "instance_class"), own.instance_class)
        for key, own in database.instances.items()
        if own.instance_class
    ]
    for path, name in chosen:
        problem = None if name == SERVERLESS else _class_problem(name, region, database)
        if problem:
            yield error(path, problem)


def _class_problem(name: str, region: str, database: Database) -> str | None:
    version = database.engine_version
    offered = instance_classes.offered(region) - {instance_classes.SERVERLESS}
    if instance_classes.find(name) is None:
        return _unknown_class(name, offered)
    newer = instance_classes.newest_replacement(name, region=region, version=version)
    instead = f"; did you mean {newer}?" if newer and newer != name else ""
    if name not in offered:
        size = name.rpartition(".")[2]
        alike = sorted(each for each in offered if each.endswith(f".{size}"))
        return f"{name} is not offered in {region}; allowed of that size are {', '.join(alike)}{instead}"
    if not usable(database):
        return None
    major = engine_versions.major_of(version)
    floor = instance_classes.floor(name, major)
    if floor is None:
        return f"{name} runs on no Aurora PostgreSQL {major}{instead}"
    if not engine_versions.is_major(version) and not engine_versions.at_least(version, floor):
        return f"{name} needs Aurora PostgreSQL {floor} or newer, not {version}{instead}"
    return None


def _unknown_class(name: str, offered: frozenset[str]) -> str:
    """Name the nearest class if only its letters are off, else the sizes of its family: near letters are not sizes."""
    unknown = f"{shown(name)} is not a class of Aurora PostgreSQL"
    prefixed = f"db.{name.lower()}"
    exact = {instance_classes.SERVERLESS: SERVERLESS, SERVERLESS: SERVERLESS}.get(name.lower()) or (
        prefixed if prefixed in offered else None
    )
    if exact:
        return f"{unknown}; did you mean {exact}?"
    family, _, size = name.removeprefix("db.").rpartition(".")
    sizes = [each for each in instance_classes.names() if each.startswith(f"db.{family}.") and each in offered]
    known_sizes = {each.rpartition(".")[2] for each in instance_classes.names()} | {"small", "micro"}
    if sizes and size in known_sizes:
        return f"{unknown}; allowed of db.{family} are {', '.join(sizes)}"
    wanted = nearest(name, {*offered, SERVERLESS})
    return unknown + (f"; did you mean {wanted}?" if wanted else "")


def usable(database: Database) -> bool:
    """Whether the version can be created or runs already; if neither, that alone is the mistake."""
    version = database.engine_version
    if engine_versions.is_major(version) or database.exists:
        return engine_versions.major_of(version) in engine_versions.majors()
    return version in engine_versions.creatable()


def capacity_range(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse a Serverless v2 range that AWS would refuse, or that has no effect."""
    database = environment.database
    path: KeyPath = ("database", "capacity")
    capacity = database.capacity
    if topology.is_serverless(database) and capacity is None:
        yield error(
            path,
            "is missing; a serverless instance needs its range, such as {minimum: 0.5, maximum: 8} (in ACU)",
        )
    if capacity is None:
        return
    if not topology.is_serverless(database):
        yield error(path, "is of no effect: no instance is serverless; remove it or set instance_class: serverless")
    for end in ("minimum", "maximum"):
        value = getattr(capacity, end)
        if (value * 2) % 1:
            yield error((*path, end), f"{value:g} is not a step of 0.5 ACU; did you mean {-(-value * 2 // 1) / 2:g}?")
    if capacity.minimum > capacity.maximum:
        yield error((*path, "minimum"), f"{capacity.minimum:g} is more than the maximum {capacity.maximum:g}")
    if capacity.pause_after_seconds and capacity.minimum > 0:
        yield error((*path, "pause_after_seconds"), "is of no effect: only a cluster with minimum 0 pauses")
    version = database.engine_version
    if not usable(database):
        return
    yield from feature_floor(version, Feature.SERVERLESS_V2, ("database", "instance_class"), "Serverless v2")
    if capacity.minimum == 0:
        what = "capacity 0 (automatic pause)"
        yield from feature_floor(version, Feature.SERVERLESS_AUTO_PAUSE, (*path, "minimum"), what)
    if capacity.maximum > limits.SERVERLESS_MAXIMUM_ACU_OF_OLD_VERSIONS:
        yield from feature_floor(version, Feature.SERVERLESS_256_ACU, (*path, "maximum"), "capacity above 128 ACU")


def pausing(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn where a cluster that may pause never will, or should not.

    AWS raises no error for what keeps a cluster awake (Aurora User Guide, automatic pause and resume).
    """
    database = environment.database
    path: KeyPath = ("database", "capacity", "minimum")
    if database.capacity is None or database.capacity.minimum > 0:
        return
    if environment.protected:
        yield warning(
            "protected-pauses", path, "0 lets the cluster pause; the first connection then waits about 15 seconds"
        )
    awake = []
    if text(database.parameters.get("rds.logical_replication", 0)) == "1":
        awake.append("rds.logical_replication is on")
    if "pglogical" in parameters.libraries(database):
        awake.append("pglogical's background workers stay connected")
    if any(name.startswith("cron.") for name in database.parameters) or "pg_cron" in database.preload_libraries:
        awake.append("pg_cron does not run while paused, and its jobs keep the cluster awake")
    if any(placed.instance_class != instance_classes.SERVERLESS for placed in topology.instances(environment)):
        awake.append("an instance is provisioned")
    if awake:
        yield warning("never-pauses", path, f"0 lets the cluster pause, but it never will: {'; '.join(awake)}")


def cluster_parameters(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse what Aurora would refuse of the file's parameters, and what this version does not have."""
    yield from parameters.check(environment)
    version = environment.database.engine_version
    for name, value in environment.database.parameters.items() if usable(environment.database) else ():
        for beginning, of_value, feature, what in FEATURES_OF_PARAMETERS:
            has_it = catalogue.find(name) and engine_versions.floor(feature, engine_versions.major_of(version))
            if has_it and name.startswith(beginning) and of_value in ("", text(value)):
                yield from feature_floor(version, feature, ("database", "parameters", name), what)


RULES: tuple[Rule, ...] = (
    Rule(
        "engine",
        "error",
        "An engine version that AWS does not create, or that lacks a feature that is asked for",
        "AWS keeps running old minor versions but creates no clusters with them.",
        "Take the suggested version; LTS releases are supported longest. Of a cluster that runs already say "
        "database.exists: true, which makes it a warning.",
    ),
    Rule(
        "classes",
        "error",
        "An instance class that does not exist, not in the region, or not with the engine version",
        "Classes differ by region, and new ones need new minor versions.",
        "Take the suggested class.",
    ),
    Rule(
        "capacity-range",
        "error",
        "A capacity range of Serverless v2 that AWS refuses, or that has no effect",
        "Capacities are steps of 0.5 ACU, and what is allowed depends on the engine version.",
        "Correct the range, or remove it where no instance is serverless.",
    ),
    Rule(
        "cluster-parameters",
        "error",
        "A parameter or preload library that Aurora does not have, does not let be set, or not to that value",
        "AWS refuses the parameter group, or accepts it and leaves the cluster unable to restart.",
        "Take the suggested name or value; units are never written.",
    ),
    Rule(
        "engine-not-creatable",
        "warning",
        "A cluster that exists runs a minor version that AWS creates no more clusters with",
        "AWS goes on running it until its support ends; but a destroyed cluster could not be created again with it.",
        "Upgrade when it suits: a version of docs and catalogue, with upgrade: true for one deployment.",
    ),
    Rule(
        "engine-newer",
        "note",
        "A cluster that exists runs a minor version that is newer than the catalogue",
        "AWS upgraded it, or somebody did, since the catalogue was made.",
        "Nothing, or renew the catalogue.",
    ),
    Rule(
        "upgrade-switch",
        "warning",
        "The switch that moves the cluster to engine_version is on",
        "Without it a running cluster keeps the version that it has, also one that AWS upgraded to. With it, what AWS "
        "upgraded by itself would be asked back, and AWS refuses the whole call (hashicorp/terraform-provider-aws"
        "#48936).",
        "Deploy the upgrade, then take the line out.",
    ),
    Rule(
        "major-upgrade-switch",
        "warning",
        "The switch for a new major version is on",
        "It makes every change apply at once, and is sent with every one.",
        "Deploy the upgrade, then take the line out.",
    ),
    Rule(
        "engine-new",
        "warning",
        "A major version without a long-term support release",
        "Extensions, RDS Proxy and classes follow months after a major.",
        "Take an older major in production.",
    ),
    Rule(
        "never-pauses",
        "warning",
        "Capacity 0 in a cluster that something keeps awake",
        "AWS reports no error; the cluster simply never pauses, and costs what it would with a minimum above 0.",
        "Remove what keeps it awake, or raise the minimum.",
    ),
    Rule(
        "protected-pauses",
        "warning",
        "A protected environment that may pause",
        "The first connection after a pause waits about 15 seconds.",
        "Raise the minimum capacity to 0.5 ACU or more.",
    ),
    Rule(
        "parameter-without-effect",
        "warning",
        "A parameter or library that does nothing without another parameter",
        "AWS accepts it silently.",
        "Set the parameter that the message names as well.",
    ),
    Rule(
        "parameter-pinned",
        "note",
        "A parameter that is set to the value that every environment has anyway",
        "It cannot be changed, so the line says nothing.",
        "Remove the line, or leave it for the reader.",
    ),
    Rule(
        "parameter-default",
        "note",
        "A parameter that is Aurora's own default is left out of the parameter group",
        "AWS reports such a parameter with another apply method than it was given, which every plan would change "
        "(hashicorp/terraform-provider-aws#18035).",
        "Remove the line, or leave it for the reader.",
    ),
)
