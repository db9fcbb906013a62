"""Every rule that a finding can break: its stable identifier, how grave it is, why it is one, and how to mend it.

Environment files accept warnings by these identifiers, and code hosts keep findings apart by them, so an identifier
is never renamed and never used again. ``docs/rules.md`` is this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from settings.findings import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What is not allowed, risky or worth knowing."""

    identifier: str
    severity: Severity
    title: str
    """When it speaks."""
    why: str
    remedy: str


RULES: Final[tuple[Rule, ...]] = (
    # What is wrong with a file as such
    Rule(
        "file",
        "error",
        "A file or folder that cannot be an environment's",
        "The name of a file is the name of its environment and becomes part of every AWS name.",
        "Name it <environment>.yaml in the folder of environment files, readable, in up to 30 lower-case letters, "
        "digits and single hyphens.",
    ),
    Rule(
        "yaml",
        "error",
        "YAML that cannot be read, or says something other than what its reader sees",
        "Duplicate keys, anchors, aliases, tags and merge keys hide what a reviewer approves.",
        "Write plain mappings, lists and values, each key once.",
    ),
    Rule(
        "unknown-key",
        "error",
        "A key that nothing reads",
        "A misspelt key would silently leave the default in force.",
        "Take the key that is suggested, or remove it.",
    ),
    Rule(
        "missing-value",
        "error",
        "A key that is needed, or has no value",
        "Nothing is guessed for accounts, regions, networks and states.",
        "Give the value; the message says what belongs there.",
    ),
    Rule(
        "type",
        "error",
        "A value of another kind than the key takes",
        "Text, numbers, truth values, lists and mappings are never converted into one another.",
        "Write a value of the kind that the message names.",
    ),
    Rule(
        "unquoted",
        "error",
        "A number or truth value where text belongs",
        "YAML reads 15.10 as the number 15.1, and drops the leading zeros of an account.",
        "Write it in quotes.",
    ),
    Rule(
        "value",
        "error",
        "A value outside what AWS, Terraform or this project allows",
        "AWS would refuse it when applying, minutes later.",
        "Take one of the values that the message lists.",
    ),
    Rule(
        "acceptance",
        "error",
        "An acceptance of a warning that is not raised, not known, or accepted twice",
        "A stale acceptance would hide the same risk when it comes back.",
        "Remove the acceptance.",
    ),
    # What AWS or Terraform would refuse of well-formed values
    Rule(
        "minima",
        "error",
        "A value below the least that the tier allows",
        "Tiers promise recovery: AWS Security Hub control RDS.50 asks for seven days of backups in production.",
        "Raise the value, or choose another tier.",
    ),
    Rule(
        "names-fit",
        "error",
        "A name that is too long once the project and environment are before it, or reserved",
        "AWS limits identifiers to 63 and role names to 64 characters, and Aurora keeps some names for itself.",
        "Shorten the project, the file's name or the key by as much as the message says.",
    ),
    Rule(
        "tags",
        "error",
        "Tags that AWS refuses or that are set already",
        "One wrong tag fails the creation of every resource that has it.",
        "Change the key or the value as the message says.",
    ),
    Rule(
        "zones",
        "error",
        "Availability zones that do not fit the region, the subnets or the instances",
        "An instance can only be where a database subnet is, and a changed zone replaces it.",
        "Name zones of the region that have a database subnet.",
    ),
    Rule(
        "network",
        "error",
        "A network that is given twice or not at all, or whose subnets do not fit",
        "AWS refuses overlapping subnets and blocks outside the VPC's.",
        "Choose blocks as the message says.",
    ),
    Rule(
        "access",
        "error",
        "Sources of connections that lie outside the VPC or are given twice",
        "A duplicate rule fails when applied, and the database is for its VPC alone.",
        "Admit a security group, or a block inside the VPC, once.",
    ),
    Rule(
        "access-function",
        "error",
        "A function whose archive was never built",
        "Without its hash no plan could tell whether it has changed.",
        "Run make lambda, which writes the hash.",
    ),
    Rule(
        "access-certificates",
        "warning",
        "A function in a region whose databases it cannot verify",
        "It connects to nobody whose certificate it cannot check, and new regions have authorities of their own.",
        "Run make certificates with AWS's bundle for the region, and make lambda.",
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
        "engine",
        "error",
        "An engine version that AWS does not create, or that lacks a feature that is asked for",
        "AWS keeps running old minor versions but creates no clusters with them.",
        "Take the suggested version; LTS releases are supported longest.",
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
        "memory-plan",
        "error",
        "Parameters that promise more memory than an instance has",
        "Buffers, a quarter of the connections sorting, one maintenance command and every autovacuum worker are "
        "expected at the same time; what does not fit ends in restarts for want of memory.",
        "Lower the parameter that the message names, or take a larger class.",
    ),
    Rule(
        "serverless",
        "error",
        "A parameter that Serverless v2 takes no notice of",
        "It sizes its buffers as it scales.",
        "Remove the parameter.",
    ),
    Rule(
        "maintenance-windows",
        "error",
        "Windows that are too short or too long, or overlap",
        "AWS refuses windows under 30 minutes and maintenance during backups.",
        "Move or lengthen one of them.",
    ),
    Rule(
        "state-backend",
        "error",
        "Options of the state that contradict each other",
        "Terraform would look for the state where it is not.",
        "Keep the option that the message favours.",
    ),
    Rule(
        "shared",
        "error",
        "A state, a bucket or every name that two environments would share",
        "Each would destroy what the other made.",
        "Choose another project, file name, prefix or bucket.",
    ),
    # What is legal and risky
    Rule(
        "engine-near-end",
        "warning",
        "Standard support of the major version ends within a year, or has ended",
        "Extended Support is opted out of, so AWS upgrades the cluster to another major by itself, tested or not.",
        "Plan the major upgrade: engine_version and allow_major_version_upgrade.",
    ),
    Rule(
        "engine-minor-near-end",
        "warning",
        "Support of the exact minor version ends within a year, or has ended",
        "AWS upgrades it in a maintenance window, although the file says an exact version.",
        "Take the suggested minor; LTS releases last as long as their major.",
    ),
    Rule(
        "engine-new",
        "warning",
        "A major version without a long-term support release",
        "Extensions, RDS Proxy and classes follow months after a major.",
        "Take an older major in production.",
    ),
    Rule(
        "failover-to-less-memory",
        "warning",
        "The instance that a failover goes to has less memory than the one it goes from",
        "The smaller writer meets the same load with fewer buffers and, by Aurora's formula, fewer connections.",
        "Give the instances of the two lowest promotion tiers the same class.",
    ),
    Rule(
        "memory-tight",
        "warning",
        "Parameters that promise more than nine tenths of an instance's memory",
        "Plans, catalog caches and the connections themselves need the rest.",
        "Lower the parameter that the message names, or take a larger class.",
    ),
    Rule(
        "mixed-promotion-tier",
        "warning",
        "Instances of different classes in one promotion tier",
        "Within a tier Aurora promotes the largest, which may be one that was meant for something else.",
        "Give each class a promotion tier of its own.",
    ),
    Rule(
        "never-pauses",
        "warning",
        "Capacity 0 in a cluster that something keeps awake",
        "AWS reports no error; the cluster simply never pauses, and costs what it would with a minimum above 0.",
        "Remove what keeps it awake, or raise the minimum.",
    ),
    Rule(
        "parameter-without-effect",
        "warning",
        "A parameter or library that does nothing without another parameter",
        "AWS accepts it silently.",
        "Set the parameter that the message names as well.",
    ),
    Rule(
        "protected-burstable",
        "warning",
        "A burstable class in a protected environment",
        "AWS recommends T classes for development and test; out of CPU credits they slow down or cost extra.",
        "Take an R class.",
    ),
    Rule(
        "protected-in-one-zone",
        "warning",
        "Every instance of a protected environment in one zone",
        "The loss of that zone is an outage.",
        "Spread the instances, which numbered ones do by themselves.",
    ),
    Rule(
        "protected-logs-data",
        "warning",
        "A protected environment that logs its users' values",
        "Statements hold personal data, and CloudWatch charges for each.",
        "Leave the parameter to the tuning; pgaudit covers who changed what.",
    ),
    Rule(
        "protected-pauses",
        "warning",
        "A protected environment that may pause",
        "The first connection after a pause waits about 15 seconds.",
        "Raise the minimum capacity to 0.5 ACU or more.",
    ),
    Rule(
        "protected-without-reader",
        "warning",
        "A protected environment with a single instance",
        "A failed instance is recreated in about ten minutes; a reader is promoted in under one.",
        "Set instances to 2 or more.",
    ),
    Rule(
        "serverless-connections",
        "warning",
        "A low minimum capacity that caps max_connections",
        "With a minimum of 0 or 0.5 ACU Aurora allows 2,000 connections, whatever the maximum.",
        "Raise the minimum to 1 ACU, or lower the maximum.",
    ),
    Rule(
        "serverless-insights",
        "warning",
        "Database Insights, advanced or in a protected environment, with less than 2 ACU",
        "It collects in the instance's own memory, of which there is little.",
        "Raise the minimum capacity to 2 ACU.",
    ),
    Rule(
        "serverless-parameter",
        "warning",
        "A parameter that Aurora would derive from the maximum capacity of Serverless v2",
        "A number stays when the range changes, and a formula follows the maximum, not what there is at the time.",
        "Leave the parameter to Aurora, and choose the maximum capacity.",
    ),
    # What was done otherwise than the file says
    Rule(
        "parameter-default",
        "note",
        "A parameter that is Aurora's own default is left out of the parameter group",
        "AWS reports such a parameter with another apply method than it was given, which every plan would change "
        "(hashicorp/terraform-provider-aws#18035).",
        "Remove the line, or leave it for the reader.",
    ),
)
"""Errors first, then warnings and notes."""

WARNINGS: Final = tuple(rule.identifier for rule in RULES if rule.severity == "warning")
"""Every identifier that an environment file may accept."""


def find(identifier: str) -> Rule | None:
    """Return the rule of that identifier, or None."""
    return next((rule for rule in RULES if rule.identifier == identifier), None)
