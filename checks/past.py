"""Clusters that existed before their file: names, keys, groups and a password that are somebody else's."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from catalog import regions
from catalog.suggestions import nearest
from checks.finding import error, note, warning
from findings.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import Environment
    from settings.names import Names

DOCUMENTED_MASTER_USER = re.compile(r"[a-z][a-z0-9]{0,15}")
"""1 to 16 letters and digits (RDS API Reference, CreateDBCluster, MasterUsername; read November 2026)."""

KEY_USERS = {
    "data": "rds",
    "secrets": "secretsmanager",
    "performance_insights": "rds",
    "logs": "logs",
}
"""Through which service each key is used."""


def _meant(word: str, candidates: Iterable[str]) -> str:
    guess = nearest(word, candidates)
    return f"; did you mean {guess}?" if guess else ""


def given_names(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse names of instances that there are not, and names that are given twice or to nothing."""
    given, instances = environment.names, environment.database.instances
    for key in given.instances:
        if key not in instances:
            yield error(
                ("names", "instances", key),
                f"{key} is not an instance; database.instances has {', '.join(instances)}{_meant(key, instances)}",
            )
    identifiers: dict[str, str] = {}
    for key in instances:
        identifier = name.instance(key)
        if identifier in identifiers:
            path: KeyPath = ("names", "instances", key if key in given.instances else identifiers[identifier])
            yield error(path, f"{identifier} is the identifier of instance {identifiers[identifier]} as well")
        identifiers.setdefault(identifier, key)
    existing = environment.network.existing
    if given.subnet_group and existing and existing.subnet_group:
        yield error(
            ("names", "subnet_group"), "is of no effect: network.existing.subnet_group names one that is not made here"
        )
    if environment.database.allow_major_version_upgrade:
        for kind in ("cluster_parameter_group", "instance_parameter_group"):
            if getattr(given, kind):
                yield warning(
                    "named-group-upgrade",
                    ("names", kind),
                    "a major version has a parameter group of its own beside the old one, which needs another name: "
                    "remove or change this one in the deployment that upgrades",
                )


def given_keys(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse keys that AWS could not use here, and say what the policy of each has to allow."""
    region = regions.find(environment.aws.region)
    managed = environment.database.master_user.is_managed
    for purpose, service in KEY_USERS.items():
        arn: str | None = getattr(environment.encryption, purpose)
        path: KeyPath = ("encryption", purpose)
        if arn is None or region is None:
            continue
        partition, place, account = (arn.split(":")[part] for part in (1, 3, 4))
        if partition != region.partition:
            yield error(path, f"is a key of partition {partition}; {region.name} is in {region.partition}")
        elif place != region.name:
            yield error(path, f"is a key of {place}; services use keys of their own region only, {region.name}")
        elif purpose == "secrets" and not managed and not (environment.access and environment.access.master_secret):
            yield error(path, "is of no effect: the password is kept elsewhere, so that RDS makes no secret; remove it")
        else:
            own = environment.aws.account_id
            whose = f"account {own}" if account == own else f"account {own} (the key is of {account})"
            through = f"{service}.{region.name}.{region.dns_suffix}"
            use = "kms:Decrypt, DescribeKey, Encrypt, GenerateDataKey*, ReEncrypt*"
            allowed = (
                f"{through} itself {use}, for the database's log groups"
                if purpose == "logs"
                else f"{whose}, by kms:ViaService {through}, {use}, and CreateGrant where kms:GrantIsForAWSResource"
            )
            yield note("given-key", path, f"this key stays as it is; its policy has to allow {allowed}")


def password_secret(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse what contradicts where the master user's password is kept."""
    user, access = environment.database.master_user, environment.access
    path: KeyPath = ("database", "master_user")
    if user.is_managed:
        if user.secret_arn:
            yield error(
                (*path, "secret_arn"),
                "is of no effect: RDS makes the secret itself, unless it says password: elsewhere",
            )
        return
    if "rotation_days" in user.model_fields_set:
        yield error((*path, "rotation_days"), "is of no effect: a password that is kept elsewhere is rotated there")
    if access and access.master_secret and not user.secret_arn:
        yield error(
            ("access", "master_secret"),
            "the function cannot read a password of which only database.master_user knows that it is elsewhere; "
            "name its secret there as secret_arn",
        )
    region = regions.find(environment.aws.region)
    if user.secret_arn and region:
        partition, place = (user.secret_arn.split(":")[part] for part in (1, 3))
        if (partition, place) != (region.partition, region.name):
            yield error((*path, "secret_arn"), f"is a secret of {place}; the database is in {region.name}")


def password_elsewhere(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a password that nobody here rotates."""
    if environment.database.master_user.is_managed:
        return
    yield warning(
        "password-elsewhere",
        ("database", "master_user", "password"),
        "the master user's password is rotated by nobody here, and the function's first migration needs its secret; "
        "hand it to RDS when its users can follow",
    )


def master_names(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of names that run but are awkward: a cluster that exists already has shown that its own do."""
    database = environment.database
    if database.exists:
        return
    user = database.master_user.name
    if not DOCUMENTED_MASTER_USER.fullmatch(user):
        yield warning(
            "master-user-name",
            ("database", "master_user", "name"),
            f"{user} is not of the documented form, 1 to 16 lower-case letters and digits, a letter first; clusters "
            "with underscores and longer names do run",
        )
    if database.name != database.name.lower():
        yield warning(
            "database-name-capitals",
            ("database", "name"),
            f"{database.name} has capitals, so SQL has to quote it everywhere; did you mean {database.name.lower()}?",
        )


def attached_groups(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of groups on the cluster whose rules are decided elsewhere."""
    path: KeyPath = ("database", "access", "attached")
    attached = environment.database.access.attached
    for group, count in Counter(attached).items():
        if count > 1:
            yield error(path, f"names {group} {count} times", rule="access")
    adopt = environment.adopt
    if adopt and adopt.security_group in attached:
        taken = f"{adopt.security_group} is taken over as the database's own (adopt.security_group); remove it"
        yield error(path, taken, rule="access")
    if attached:
        yield warning(
            "attached-groups",
            path,
            f"whoever {', '.join(dict.fromkeys(attached))} admits can reach the database too; "
            "the groups and blocks named here are not all that may connect",
        )


def adoption(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse imports of what this environment does not have."""
    adopt, database = environment.adopt, environment.database
    if adopt is None:
        return
    if not database.exists:
        yield error(
            ("adopt",),
            "imports a cluster, of which database.exists has to say true; without a cluster that runs, remove adopt",
        )
    yield from _listed(environment, name)
    existing = environment.network.existing
    if adopt.subnet_group and existing and existing.subnet_group:
        yield error(
            ("adopt", "subnet_group"),
            f"{existing.subnet_group} is somebody else's, by network.existing; keep one of the two",
        )
    if adopt.monitoring_role and database.monitoring.interval_seconds == 0:
        yield error(("adopt", "monitoring_role"), "is of no effect: Enhanced Monitoring is off, so there is no role")
    for purpose in adopt.keys:
        path: KeyPath = ("adopt", "keys", purpose)
        if getattr(environment.encryption, purpose):
            yield error(path, f"encryption.{purpose} names a key that stays somebody else's; keep one of the two")
        elif purpose == "secrets" and not database.master_user.is_managed:
            yield error(path, "is of no effect: the password is kept elsewhere, so there is no such key")
    sources = {**database.access.security_groups, **database.access.cidrs}
    for key in adopt.rules:
        if key not in sources:
            yield error(
                ("adopt", "rules", key),
                f"{key} is not a source; database.access has {', '.join(sources) or 'none'}{_meant(key, sources)}",
            )
    if adopt.rules and not adopt.security_group:
        yield error(("adopt", "rules"), "are rules of a group that is not taken over; name it as adopt.security_group")


def _listed(environment: Environment, _: Names) -> Iterator[Finding]:
    adopt = environment.adopt
    instances = environment.database.instances
    for index, key in enumerate(adopt.instances if adopt else ()):
        if key not in instances:
            yield error(
                ("adopt", "instances", index),
                f"{key} is not an instance; database.instances has {', '.join(instances)}{_meant(key, instances)}",
            )
    for field in ("instances", "log_groups", "parameter_groups"):
        for item, count in Counter(getattr(adopt, field)).items():
            if count > 1:
                yield error(("adopt", field), f"names {item} {count} times")


RULES: tuple[Rule, ...] = (
    Rule(
        "given-names",
        "error",
        "A name for an instance that there is not, the same for two, or for a subnet group that is not made",
        "Names are identity: a wrong one replaces what has it, or fails after the rest was made.",
        "Give each instance of database.instances one identifier, or none.",
    ),
    Rule(
        "given-keys",
        "error",
        "A key of another region or partition, or one that nothing uses",
        "RDS, Secrets Manager and CloudWatch Logs use keys of their own region only.",
        "Name a key of the database's region by its ARN; a multi-Region key has a replica there.",
    ),
    Rule(
        "password-elsewhere",
        "warning",
        "A master user whose password is not managed by RDS",
        "Nobody here rotates it, and nothing about it is sent to AWS, stored or shown.",
        "aws rds modify-db-cluster --manage-master-user-password, once its users read the new secret; then remove "
        "password: elsewhere.",
    ),
    Rule(
        "password-secret",
        "error",
        "A secret, rotation or use of one that contradicts where the master user's password is kept",
        "RDS makes and rotates a managed password's secret itself, and knows nothing of any other.",
        "Say password: elsewhere with the secret's ARN, or neither.",
    ),
    Rule(
        "attached-groups",
        "warning",
        "Security groups of others on the cluster",
        "Their rules admit whom they like; what the file says of who may connect is then not all.",
        "List their rules, name the sources under database.access, then take the groups off.",
    ),
    Rule(
        "adoption",
        "error",
        "An import of what the environment does not have, or of what it says is somebody else's",
        "Terraform refuses the plan, or takes into the state what others rely on.",
        "Correct the list under adopt, which make adopt writes.",
    ),
    Rule(
        "named-group-upgrade",
        "warning",
        "A major upgrade where a parameter group has a name that was given to it",
        "The new group is made before the old one goes, and two groups cannot have one name.",
        "Remove the name in the deployment that upgrades.",
    ),
    Rule(
        "master-user-name",
        "warning",
        "A master user's name that AWS documents otherwise",
        "AWS documents 1 to 16 letters and digits; longer names and underscores run, by anybody's experience.",
        "Take a name of the documented form, or accept it.",
    ),
    Rule(
        "database-name-capitals",
        "warning",
        "A database name with capitals",
        "PostgreSQL folds what is not quoted to lower case, so every client has to quote it.",
        "Take lower-case letters.",
    ),
    Rule(
        "given-key",
        "note",
        "A key that is named rather than made",
        "Its policy is left alone, for others may use it; a policy that lacks a service shows when applying, or at "
        "the next start.",
        "Hold the key's policy against what the note says.",
    ),
)
