"""Copies by AWS Backup, the activity stream, and tags that something else writes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from catalog import instance_classes, regions
from catalog.instance_classes import Ability
from checks.finding import error, note, warning
from findings.rule import Rule
from settings import topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.copies import Copies
    from settings.model import Environment
    from settings.names import Names

COPIES: KeyPath = ("database", "backup", "copies")

LONGEST_VAULT: Final = 50
"""Characters of a vault's name (AWS Backup API Reference, CreateBackupVault)."""

NO_STREAMS: Final = re.compile(r"cn-|us-gov-")
"""Regions without activity streams (documentation of the AWS provider, aws_rds_cluster_activity_stream, 5.100.0)."""

SHORTEST_BETWEEN: Final = re.compile(r"[0-9]+")
"""A minute that is a number: AWS Backup makes at most one copy an hour (AWS Backup Developer Guide, backup rules)."""


def backup_copies(environment: Environment, name: Names) -> Iterator[Finding]:
    """Refuse vaults that are nowhere else or cannot be, and rules that their lock forbids."""
    copies = environment.database.backup.copies
    region = regions.find(environment.aws.region)
    if copies is None or region is None:
        return
    if len(name.backup) > LONGEST_VAULT:
        over = len(name.backup) - LONGEST_VAULT
        yield error(COPIES, f"the vault would be called {name.backup}, {over} characters too long; shorten the project")
    other = regions.find(copies.region) if copies.region else None
    if other and other.name == region.name:
        yield error((*COPIES, "region"), f"{other.name} is the database's own; name another, or leave it out")
    elif other and other.partition != region.partition:
        yield error(
            (*COPIES, "region"),
            f"{other.name} is of the partition {other.partition}, and nothing is copied to it from {region.partition}",
        )
    if copies.vault:
        yield from _vault(environment, copies, copies.vault, name)
    for key, rule in copies.rules.items():
        path: KeyPath = (*COPIES, "rules", key)
        if not SHORTEST_BETWEEN.fullmatch(rule.cron.split(" ")[0]):
            yield error((*path, "cron"), "AWS Backup makes at most one copy an hour: begin with one minute, such as 0")
        yield from _unlocked(copies, (*path, "keep_days"), rule.keep_days)
    lock = copies.lock
    if lock and lock.maximum_days is not None and lock.maximum_days < lock.minimum_days:
        yield error(
            (*COPIES, "lock", "maximum_days"), f"{lock.maximum_days} is less than minimum_days, {lock.minimum_days}"
        )
    yield note(
        "backup-opt-in",
        COPIES,
        "AWS Backup copies Aurora only in accounts that opted in: aws backup update-region-settings "
        f"--resource-type-opt-in-preference Aurora=true --region {region.name}",
    )


def _vault(environment: Environment, copies: Copies, arn: str, name: Names) -> Iterator[Finding]:
    path: KeyPath = (*COPIES, "vault")
    _, partition, _, place, account, _, vault = arn.split(":")
    region = regions.find(environment.aws.region)
    of_partition = region.partition if region else partition
    own = account == environment.aws.account_id
    if partition != of_partition:
        yield error(path, f"is of the partition {partition}, and nothing is copied to it from {of_partition}")
    elif own and place == environment.aws.region:
        yield error(path, "is in the database's own account and region, where a vault is made anyway")
    elif own and place == copies.region and vault == name.backup:
        yield error(path, "is the vault that region makes; keep one of the two")
    elif not own and vault == "Default":
        yield error(path, "is another account's default vault, whose key nobody can share; name one with its own key")
    elif not own:
        given = environment.encryption.data
        key = f"; the key {given} has to admit account {account}, too" if given else ""
        yield note(
            "copy-to-account",
            path,
            f"its policy has to allow account {environment.aws.account_id} backup:CopyIntoBackupVault, and the "
            f"organization's management account has to have copies between accounts switched on{key}",
        )


def _unlocked(copies: Copies, path: KeyPath, keep_days: int) -> Iterator[Finding]:
    lock = copies.lock
    if lock is None:
        return
    if keep_days < lock.minimum_days:
        yield error(
            path, f"{keep_days} is less than the lock's minimum_days, {lock.minimum_days}: every copy would fail"
        )
    elif lock.maximum_days is not None and keep_days > lock.maximum_days:
        yield error(
            path, f"{keep_days} is more than the lock's maximum_days, {lock.maximum_days}: every copy would fail"
        )


def final_lock(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a lock that nobody can take off."""
    copies = environment.database.backup.copies
    if copies and copies.lock and copies.lock.final_after_days is not None:
        longest = max(rule.keep_days for rule in copies.rules.values())
        yield warning(
            "final-lock",
            (*COPIES, "lock", "final_after_days"),
            f"{copies.lock.final_after_days} days after its first deployment nobody can take the lock off: a copy is "
            f"paid for until it ends, up to {longest} days, and the vault can be destroyed only once it is empty",
        )


def final_snapshot(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of a protected database without a last snapshot, and of a last snapshot whose key goes with it."""
    said = environment.database.backup.final_snapshot
    path: KeyPath = ("database", "backup", "final_snapshot")
    if said is False and environment.protected:
        yield warning(
            "no-final-snapshot",
            path,
            "once its protection is taken off, a destroy leaves nothing but automated backups, for "
            f"{environment.database.backup.retention_days} days, and copies, if there are any",
        )
    if said and not environment.protected and not environment.encryption.data:
        yield warning(
            "snapshot-without-key",
            path,
            "the snapshot's key is destroyed with the environment, 7 days later nobody can read it; name a key that "
            "stays as encryption.data, or say protected: true",
        )


def activity_stream(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse activity streams where AWS has none; warn of the restart, and of classes that AWS does not list."""
    stream = environment.database.activity_stream
    path: KeyPath = ("database", "activity_stream")
    if stream is None:
        return
    if NO_STREAMS.match(environment.aws.region):
        yield error(path, f"is not offered in {environment.aws.region}")
    classes = sorted({placed.instance_class for placed in topology.instances(environment)})
    cannot = [one for one in classes if Ability.ACTIVITY_STREAMS in instance_classes.cannot(one)]
    if cannot:
        yield error(path, f"is not offered on {' and '.join(cannot)}: Serverless v2 has no activity streams")
    burstable = [one for one in classes if (found := instance_classes.find(one)) and found.burstable]
    if burstable:
        yield warning(
            "activity-stream-class",
            path,
            f"AWS's list of classes with activity streams has no T class, so {' and '.join(burstable)} will be refused "
            "when applied; take an R class",
        )
    if environment.database.exists:
        yield warning(
            "activity-stream-restarts",
            path,
            "starting it, stopping it and changing its mode restart every instance of the running cluster at once, "
            "whatever changes_apply says",
        )


def ignored_tags(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse to leave tags alone that this file itself sets: they would never be written."""
    ignored = environment.ignore_tags
    set_here = {key: ("tags", key) for key in environment.tags}
    set_here |= {key: ("own_tags", meaning) for meaning, key in environment.own_tags.keys.items()}
    for index, key in enumerate(ignored.keys):
        path: KeyPath = ("ignore_tags", "keys", index)
        if key in set_here:
            yield error(path, f"{key} is set here, by {'.'.join(set_here[key])}; it would never be written")
        elif key in ignored.keys[:index]:
            yield error(path, f"{key} is named twice")
    for index, prefix in enumerate(ignored.key_prefixes):
        path = ("ignore_tags", "key_prefixes", index)
        ours = next((key for key in set_here if key.startswith(prefix)), None)
        if ours is not None:
            yield error(path, f"{prefix} is how {ours} begins, set here by {'.'.join(set_here[ours])}")


RULES: tuple[Rule, ...] = (
    Rule(
        "backup-copies",
        "error",
        "Copies that are nowhere else, or that their lock forbids",
        "AWS Backup refuses them one by one, at night.",
        "Name another region or account, and periods that the lock allows.",
    ),
    Rule(
        "activity-stream",
        "error",
        "An activity stream where AWS has none",
        "The cluster is up when its start is refused.",
        "Take R classes in a region that has them, or log statements by pgaudit.",
    ),
    Rule(
        "ignored-tags",
        "error",
        "Tags that are set and left alone at once",
        "The provider drops what it is to leave alone from what it sets, so the tag is never written.",
        "Keep one of the two.",
    ),
    Rule(
        "final-lock",
        "warning",
        "A vault lock that becomes final",
        "Neither you nor AWS can shorten what is kept then, delete a copy, or take the lock off.",
        "Leave final_after_days out until the rules have proven themselves.",
    ),
    Rule(
        "no-final-snapshot",
        "warning",
        "A protected database that leaves no last snapshot",
        "Whoever destroys it on purpose, after protection was taken off, has no snapshot to come back to.",
        "Leave final_snapshot out, or accept it where copies outlive the database.",
    ),
    Rule(
        "snapshot-without-key",
        "warning",
        "A last snapshot that cannot be read for long",
        "A snapshot is as readable as its key, and the key of an unprotected environment goes with it.",
        "Name a key that stays as encryption.data, or protect the environment.",
    ),
    Rule(
        "activity-stream-class",
        "warning",
        "An activity stream on a class that AWS does not list for it",
        "The apply stops at the stream, with everything else in place.",
        "Take an R class.",
    ),
    Rule(
        "activity-stream-restarts",
        "warning",
        "An activity stream on a cluster that runs",
        "The provider always starts and stops it at once, and with it the cluster restarts.",
        "Deploy it when a restart does no harm, then accept this warning.",
    ),
    Rule(
        "backup-opt-in",
        "note",
        "AWS Backup, which an account has to let copy Aurora",
        "Without it the plan selects nothing, and no job fails.",
        "Run the command once for the account and region.",
    ),
    Rule(
        "copy-to-account",
        "note",
        "Copies into another account's vault",
        "Both accounts have to allow it, and each copy fails until they do.",
        "Have the vault's policy, the organization's setting and the key allow it.",
    ),
)
