"""One mistake in a file gives one line: where, what is wrong, what is allowed, what was probably meant.

Each row of the table is a mistake's name, a file that makes it, and exactly what is printed about it, from the
line number on. Files are the least that an environment can say, with lines added, or replaced by a pair of texts.
"""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

import checks
from checks import growth, together
from findings.finding import InvalidEnvironmentsError
from reading import loader, places
from tests.reading import (
    rows_of_broken,
    rows_of_growth,
    rows_of_monitoring,
    rows_of_parameters,
    rows_of_succession,
    rows_of_versions,
)
from tests.reading.rows import telling

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark.structures import ParameterSet

TODAY = date(2026, 11, 22)
"""The day on which the files are checked."""

Change: TypeAlias = str | tuple[str, str]
"""A line to add at the end, or a text that stands in the file once and what replaces it."""

DEVELOPMENT = """\
tier: development
project: experimentation
aws:
  account_id: "111111111111"
  region: eu-west-1
network:
  create:
    cidr: 10.10.0.0/16
"""

PRODUCTION = f"""\
{DEVELOPMENT.replace("development", "production")}\
state:
  backend: s3
  bucket: example-terraform-state
  region: eu-west-1
"""

EXISTING = """\
tier: development
project: experimentation
aws:
  account_id: "111111111111"
  region: eu-west-1
network:
  existing:
    vpc_id: vpc-0a1b2c3d
    cidr: 10.10.0.0/16
    database_subnets:
      eu-west-1a: subnet-0a1b2c3d
      eu-west-1b: subnet-1a1b2c3d
"""


SSM = ("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    interface_endpoints: [ssm]")
"""What the function of access needs of a created network."""

OF_FILE = ", ".join(places.keys((), {}))
OF_DATABASE = ", ".join(places.keys(("database",), {}))
OF_ACCESS = ", ".join(places.keys(("access",), {}))
"""The keys that there are, as messages list them."""

PROXY = "access: {proxy: {enabled: true}}"


def _changed(text: str, changes: tuple[Change, ...]) -> str:
    for change in changes:
        if isinstance(change, str):
            text += f"{change}\n"
        else:
            assert text.count(change[0]) == 1, change
            text = text.replace(*change)
    return text


def development(*changes: Change) -> str:
    """Return a development file; the first added line is the ninth."""
    return _changed(DEVELOPMENT, changes)


def production(*changes: Change) -> str:
    """Return a production file; the first added line is the thirteenth and still inside ``state`` if indented."""
    return _changed(PRODUCTION, changes)


def existing(*changes: Change) -> str:
    """Return a development file in a VPC that exists; the first added line is the thirteenth."""
    return _changed(EXISTING, changes)


def database(*keys: str) -> str:
    """Return a development file with these keys of ``database``, the first on the tenth line."""
    return development("database:", *(f"  {key}" for key in keys))


def serverless(*keys: str) -> str:
    """Return a development file with Serverless v2 and these keys of ``database``, the first on the eleventh line."""
    return database("instance_class: serverless", *keys)


def mistake(name: str, text: str | bytes, *lines: str) -> ParameterSet:
    """Return a row of the table."""
    return pytest.param(text, lines, id=name)


MISTAKES = (
    *rows_of_versions.MISTAKES,
    *rows_of_broken.MISTAKES,
    *rows_of_parameters.MISTAKES,
    *rows_of_monitoring.MISTAKES,
    *rows_of_succession.MISTAKES,
    # Keys that nothing reads
    mistake(
        "unknown-key",
        development("databse: {}"),
        f"9: databse: is not a key here; allowed are {OF_FILE}; did you mean database?",
    ),
    mistake(
        "unknown-key-like-none",
        development("x: 1"),
        f"9: x: is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-capital",
        development("Database: {}"),
        f"9: Database: is not a key here; allowed are {OF_FILE}; did you mean database?",
    ),
    mistake(
        "unknown-key-null",
        development("~: 1"),
        f"9: ~: is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-true",
        development("true: 1"),
        f"9: true: is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-number",
        development("1: {}"),
        f"9: 1: is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-empty",
        development('"": 1'),
        f"9: '': is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-blank",
        development('" ": 1'),
        "9: ' ': is not a key here; allowed are tier, project, tags, own_tags, ignore_tags, protected, aws, network, database, names, encryption, adopt, expires, access, monitoring, state, accept",
    ),
    mistake(
        "unknown-key-very-long",
        development("k" * 500 + ": 1"),
        f"9: kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…: is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-with-newline",
        development(r'"a\nb": 1'),
        f"9: 'a\\nb': is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-with-escape",
        development(r'"a\e[31mb": 1'),
        f"9: 'a\\x1b[31mb': is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "unknown-key-in-aws",
        development(("  region", "  profile: main\n  region")),
        "5: aws.profile: is not a key here: credentials come from AWS's usual variables and profiles, never from a file here",
    ),
    mistake(
        "unknown-key-in-network",
        development(("network:", "network:\n  exisiting: {}")),
        "7: network.exisiting: is not a key here; allowed are create, existing; did you mean existing?",
    ),
    mistake(
        "unknown-key-in-create",
        development("    subnets: private"),
        "9: network.create.subnets: is not a key here: each zone's subnets have fixed places in cidr; subnet_cidrs gives others",
    ),
    mistake(
        "unknown-key-in-subnet-cidrs",
        development("    subnet_cidrs: {publik: {}}"),
        "9: network.create.subnet_cidrs.publik: is not a key here; allowed are private, isolated, public; did you mean public?",
    ),
    mistake(
        "unknown-key-in-existing",
        existing("    subnet_ids: {}"),
        "13: network.existing.subnet_ids: is not a key here: database_subnets names the subnets by zone",
    ),
    mistake(
        "unknown-key-in-database",
        database("instance_classes: db.t3.medium"),
        f"10: database.instance_classes: is not a key here; allowed are {OF_DATABASE}; did you mean instance_class?",
    ),
    mistake(
        "unknown-key-in-instance",
        database('instances: {"1": {class: db.t3.large}}'),
        "10: database.instances.1.class: is not a key here; did you mean instance_class?",
    ),
    mistake(
        "unknown-key-in-capacity",
        serverless("capacity: {minimum: 1, maximum: 4, pause_after: 300}"),
        "11: database.capacity.pause_after: is not a key here; allowed are minimum, maximum, pause_after_seconds; did you mean pause_after_seconds?",
        "11: database.capacity.pause_after_seconds: is of no effect: only a cluster with minimum 0 pauses",
    ),
    mistake(
        "unknown-key-in-backup",
        database("backup: {retention: 7}"),
        "10: database.backup.retention: is not a key here; allowed are retention_days, window, final_snapshot, copies; did you mean retention_days?",
    ),
    mistake(
        "unknown-key-in-maintenance",
        database("maintenance: {windows: sun:03:00-sun:04:00}"),
        "10: database.maintenance.windows: is not a key here; allowed are window; did you mean window?",
    ),
    mistake(
        "unknown-key-in-monitoring",
        database("monitoring: {interval: 60}"),
        "10: database.monitoring.interval: is not a key here; allowed are interval_seconds, insights; did you mean interval_seconds?",
    ),
    mistake(
        "unknown-key-in-logs-of-mysql",
        database("logs: {audit: 30}"),
        "10: database.logs.audit: is an Aurora MySQL log; on PostgreSQL pgaudit writes into the log 'postgresql'",
    ),
    mistake(
        "unknown-key-in-logs-underscores",
        database("logs: {iam_db_auth_error: 30}"),
        "10: database.logs.iam_db_auth_error: is not a key here; allowed are postgresql, iam-db-auth-error, instance; did you mean iam-db-auth-error?",
    ),
    mistake(
        "unknown-key-in-master-user",
        database("master_user: {password: secret}"),
        "10: database.master_user.password: the value is not managed or elsewhere; a password never stands in a file",
    ),
    mistake(
        "unknown-key-in-the-master-user",
        database("master_user: {passwort: secret}"),
        "10: database.master_user.password: the value is not managed or elsewhere; a password never stands in a file",
        "10: database.master_user.passwort: is not a key here; allowed are name, password, secret_arn, rotation_days; did you mean password?",
    ),
    mistake(
        "unknown-key-in-access",
        database("access: {cidr: 10.10.0.0/18}"),
        "10: database.access.cidr: is not a key here; allowed are security_groups, cidrs, peered, vpc_ipv6, attached; did you mean cidrs?",
    ),
    mistake(
        "unknown-key-in-state",
        production("  dynamodb_table: locks"),
        "13: state.dynamodb_table: is not a key here: S3 locks the state by itself; see use_lockfile",
    ),
    mistake(
        "unknown-key-in-state-of-another-backend",
        development("state: {backend: local, bucket: b}"),
        "9: state.bucket: is a key of backend gcs, s3 only; allowed are backend, path",
    ),
    mistake(
        "unknown-key-in-state-pg",
        development("state: {backend: pg, conn_str: x}"),
        "9: state.conn_str: is not a key here: credentials come from the backend's usual variables, never from a file here",
    ),
    mistake(
        "unknown-key-in-state-without-backend",
        development("state: {bucket: example}"),
        "9: state.backend: is missing: one of azurerm, cloud, gcs, http, local, pg, s3",
    ),
    mistake(
        "unknown-key-in-assume-role",
        production("  assume_role: {role: x, role_arn: 'arn:aws:iam::111111111111:role/x'}"),
        "13: state.assume_role.role: is not a key here; allowed are role_arn, external_id; did you mean role_arn?",
    ),
    # Values that are missing
    mistake(
        "missing-tier",
        development(("tier: development\n", "")),
        "1: tier: is missing: Row of defaults that this environment starts from: development, staging or production",
    ),
    mistake(
        "missing-project",
        development(("project: experimentation\n", "")),
        "1: project: is missing: First part of every name",
    ),
    mistake(
        "missing-aws",
        development(('aws:\n  account_id: "111111111111"\n  region: eu-west-1\n', "")),
        "1: aws: is missing: Account, region, zones",
    ),
    mistake(
        "missing-network",
        development(("network:\n  create:\n    cidr: 10.10.0.0/16\n", "")),
        "1: network: is missing: Created or existing network, such as {create: {cidr: 10.10.0.0/16}}",
    ),
    mistake(
        "missing-account-id",
        development(('  account_id: "111111111111"\n', "")),
        "3: aws.account_id: is missing: The account's 12 digits, in quotes; Terraform refuses to work in any other account",
    ),
    mistake(
        "missing-region",
        development(("  region: eu-west-1\n", "")),
        "3: aws.region: is missing: The region, such as eu-west-1",
    ),
    mistake(
        "missing-cidr",
        development(("cidr: 10.10.0.0/16", "nat: none")),
        "7: network.create.cidr: is missing: The VPC's block, /16 to /24; each zone's subnets have fixed places in it",
    ),
    mistake(
        "missing-create-or-existing",
        development(("network:\n  create:\n    cidr: 10.10.0.0/16\n", "network: {}\n")),
        "6: network: needs create or existing: create makes a VPC, existing names one",
    ),
    mistake(
        "missing-create-has-no-value",
        development(("    cidr: 10.10.0.0/16\n", "")),
        "7: network.create: has no value; give one or remove the key",
    ),
    mistake(
        "missing-network-has-no-value",
        development(("network:\n  create:\n    cidr: 10.10.0.0/16\n", "network:\n")),
        "6: network: has no value; give one",
    ),
    mistake(
        "missing-vpc-id",
        existing(("    vpc_id: vpc-0a1b2c3d\n", "")),
        "7: network.existing.vpc_id: is missing: The VPC",
    ),
    mistake(
        "missing-state-in-staging",
        development(("tier: development", "tier: staging")),
        "1: state: is missing: Terraform state backend, such as {backend: s3, bucket: my-terraform-state, region: eu-west-1}",
    ),
    mistake(
        "missing-state-in-production",
        development(("tier: development", "tier: production")),
        "1: state: is missing: Terraform state backend, such as {backend: s3, bucket: my-terraform-state, region: eu-west-1}",
    ),
    mistake(
        "missing-backend",
        production(("  backend: s3\n", "")),
        "9: state.backend: is missing: one of azurerm, cloud, gcs, http, local, pg, s3",
    ),
    mistake(
        "missing-bucket",
        production(("  bucket: example-terraform-state\n", "")),
        "9: state.bucket: is missing: Name of the bucket",
    ),
    mistake(
        "missing-bucket-region",
        production(("state\n  region: eu-west-1\n", "state\n")),
        "9: state.region: is missing: Region of the bucket",
    ),
    mistake(
        "missing-organization",
        development("state: {backend: cloud}"),
        "9: state.organization: is missing: Name of the organization",
    ),
    mistake(
        "missing-address",
        development("state: {backend: http}"),
        "9: state.address: is missing: Base address; <project>/<environment>/<stack> is added",
    ),
    mistake(
        "missing-container",
        development("state: {backend: azurerm, storage_account_name: abc}"),
        "9: state.container_name: is missing: Name of the blob container",
    ),
    mistake(
        "missing-role-arn",
        production("  assume_role: {external_id: abc}"),
        "13: state.assume_role.role_arn: is missing: ARN of the role",
    ),
    mistake(
        "missing-capacity",
        database("instance_class: serverless"),
        "9: database.capacity: is missing; a serverless instance needs its range, such as {minimum: 0.5, maximum: 8} (in ACU)",
    ),
    mistake(
        "missing-capacity-of-one-instance",
        database("instances: {1: {}, 2: {instance_class: serverless}}"),
        "9: database.capacity: is missing; a serverless instance needs its range, such as {minimum: 0.5, maximum: 8} (in ACU)",
    ),
    mistake(
        "missing-capacity-minimum",
        serverless("capacity: {maximum: 8}"),
        "11: database.capacity.minimum: is missing: Least capacity in steps of 0.5; 0 lets the cluster pause",
    ),
    mistake(
        "missing-zone-of-named-instance",
        database("instances: {analytics: {}}"),
        "10: database.instances.analytics: needs a zone, for it has a name rather than a number: one of eu-west-1a, eu-west-1b, eu-west-1c",
    ),
    mistake(
        "missing-zones-of-region",
        development(("eu-west-1", "us-west-1")),
        "3: aws.zones: is missing; the zones of us-west-1 differ from account to account, so name two or three of yours, such as [us-west-1a, us-west-1b]",
    ),
    mistake(
        "missing-zones-of-region-and-instance",
        development("database: {instances: {1: {zone: us-west-1a}}}", ("eu-west-1", "us-west-1")),
        "3: aws.zones: is missing; the zones of us-west-1 differ from account to account, so name two or three of yours, such as [us-west-1a, us-west-1b]",
    ),
    mistake(
        "missing-reason",
        development("accept: [{warning: engine-new}]"),
        "9: accept[0].reason: is missing: Why it is accepted; reviewers read this",
        "9: accept[0].warning: engine-new is not raised here; remove the acceptance",
    ),
    # Values of another type
    mistake(
        "type-tier-is-a-number",
        development(("tier: development", "tier: 1")),
        "1: tier: '1' is not one of development, staging, production",
    ),
    mistake(
        "type-tier-is-a-list",
        development(("tier: development", "tier: [development]")),
        "1: tier: a list is not one of development, staging, production",
    ),
    mistake(
        "type-project-is-a-number",
        development(("project: experimentation", "project: 2024")),
        '2: project: 2024 is a number to YAML, which may drop zeros; write it in quotes: "2024"',
    ),
    mistake(
        "type-project-is-a-boolean",
        development(("project: experimentation", "project: true")),
        '2: project: true is a truth value to YAML; write it in quotes: "true"',
    ),
    mistake(
        "type-project-is-a-list",
        development(("project: experimentation", "project: [a, b]")),
        "2: project: a list is not text",
    ),
    mistake(
        "type-project-has-no-value",
        development(("project: experimentation", "project:")),
        "2: project: has no value; give one",
    ),
    mistake(
        "type-aws-is-text",
        development(('aws:\n  account_id: "111111111111"\n  region: eu-west-1\n', "aws: eu-west-1\n")),
        "3: aws: 'eu-west-1' is not a mapping with keys among account_id, region, zones",
    ),
    mistake(
        "type-network-is-text",
        development(("network:\n  create:\n    cidr: 10.10.0.0/16\n", "network: 10.10.0.0/16\n")),
        "6: network: '10.10.0.0/16' is not a mapping with keys among create, existing",
    ),
    mistake(
        "type-zones-is-text",
        development(("eu-west-1\n", "eu-west-1\n  zones: eu-west-1a\n")),
        "6: aws.zones: 'eu-west-1a' is not a list (The availability zones to spread over; by default the region's usual three)",
    ),
    mistake(
        "type-zones-are-numbers",
        development(("eu-west-1\n", "eu-west-1\n  zones: [1, 2]\n")),
        '6: aws.zones[0]: 1 is a number to YAML, which may drop zeros; write it in quotes: "1"',
        '6: aws.zones[1]: 2 is a number to YAML, which may drop zeros; write it in quotes: "2"',
    ),
    mistake(
        "type-tags-is-a-list",
        development("tags: [owner]"),
        "9: tags: a list is not a mapping of keys to values (Tags for every resource, besides project, environment and managed-by)",
    ),
    mistake(
        "type-tag-is-a-number",
        development("tags: {cost-center: 0042}"),
        '9: tags.cost-center: 0042 is a number to YAML, which may drop zeros; write it in quotes: "0042"',
    ),
    mistake(
        "type-tag-is-a-boolean",
        development("tags: {critical: true}"),
        '9: tags.critical: true is a truth value to YAML; write it in quotes: "true"',
    ),
    mistake(
        "type-tag-has-no-value",
        development("tags: {owner: }"),
        "9: tags.owner: has no value; give one",
    ),
    mistake(
        "type-tag-is-a-mapping",
        development("tags: {owner: {team: growth}}"),
        "9: tags.owner: a mapping is not text",
    ),
    mistake(
        "type-database-is-a-list",
        development("database: [postgres]"),
        f"9: database: a list is not a mapping with keys among {OF_DATABASE}",
    ),
    mistake(
        "type-port-is-quoted",
        database('port: "5432"'),
        "10: database.port: '5432' is text because of its quotes; write 5432 without them",
    ),
    mistake(
        "type-port-is-a-word",
        database("port: default"),
        "10: database.port: 'default' is not a whole number; allowed are 1150 to 65535",
    ),
    mistake(
        "type-port-is-a-fraction",
        database("port: 5432.5"),
        "10: database.port: '5432.5' is not a whole number; allowed are 1150 to 65535",
    ),
    mistake(
        "type-port-is-a-boolean",
        database("port: true"),
        "10: database.port: 'true' is not a whole number; allowed are 1150 to 65535",
    ),
    mistake(
        "type-port-is-infinite",
        database("port: 1e999"),
        "10: database.port: '1e999' is not a whole number; allowed are 1150 to 65535",
    ),
    mistake(
        "type-port-has-5000-digits",
        database("port: " + "9" * 5000),
        "10: database.port: '999999999999999999999999999999999999999999999999999999999999…' is not a whole number; allowed are 1150 to 65535",
    ),
    mistake(
        "type-port-has-1000-digits",
        database("port: " + "9" * 1000),
        "10: database.port: 999999999999999999999999999999999999999999999999999999999999… is not between 1150 and 65535",
    ),
    mistake(
        "type-parameters-is-a-list",
        database("parameters: [work_mem]"),
        "10: database.parameters: a list is not a mapping of keys to values (PostgreSQL parameters over the tuning; how and when each applies follows from the parameter)",
    ),
    mistake(
        "type-parameter-is-a-list",
        database("parameters: {work_mem: [1, 2]}"),
        "10: database.parameters.work_mem: a list is not text, a number, true or false",
    ),
    mistake(
        "type-parameter-is-a-mapping",
        database("parameters: {work_mem: {kB: 4096}}"),
        "10: database.parameters.work_mem: a mapping is not text, a number, true or false",
    ),
    mistake(
        "type-parameter-has-no-value",
        database("parameters: {work_mem: }"),
        "10: database.parameters.work_mem: has no value; give one",
    ),
    mistake(
        "type-libraries-is-text",
        database("preload_libraries: auto_explain"),
        "10: database.preload_libraries: 'auto_explain' is not a list (Libraries to preload besides pg_stat_statements and pgaudit)",
    ),
    mistake(
        "type-retention-has-a-unit",
        database("backup: {retention_days: 7 days}"),
        "10: database.backup.retention_days: '7 days' is not a whole number; allowed are 1 to 35 days",
    ),
    mistake(
        "type-backup-is-a-number",
        database("backup: 7"),
        "10: database.backup: '7' is not a mapping with keys among retention_days, window, final_snapshot, copies; "
        "did you mean {retention_days: 7}?",
    ),
    mistake(
        "type-what-stands-for-a-block-is-looked-at-too",
        database("master_user: admin", "backup: 40"),
        "10: database.master_user: 'admin' is not a mapping with keys among name, password, secret_arn, rotation_days; "
        "did you mean {name: admin}?",
        "10: database.master_user.name: 'admin' is reserved; the default clusteradmin is a good choice",
        "11: database.backup: '40' is not a mapping with keys among retention_days, window, final_snapshot, copies",
    ),
    mistake(
        "a-log-has-days-of-its-own",
        database("logs: {retention_days: 30}"),
        "10: database.logs.retention_days: is not a key here: each log has its own days: postgresql, "
        "iam-db-auth-error, instance",
    ),
    mistake(
        "keys-stand-at-the-top",
        database("encryption: {data: alias/own}"),
        "10: database.encryption: is not a key here: storage is always encrypted, and keys that exist are named at the "
        "top of the file; did you mean encryption?",
        "10: encryption.data: 'alias/own' is not the ARN of a KMS key (an alias or a bare key id makes a perpetual "
        "diff or a replacement)",
    ),
    mistake(
        "type-log-is-a-word",
        database("logs: {postgresql: forever}"),
        "10: database.logs.postgresql: 'forever' is not a whole number; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ),
    mistake(
        "type-logs-is-a-list",
        database("logs: [postgresql]"),
        "10: database.logs: a list is not a mapping with keys among postgresql, iam-db-auth-error, instance",
    ),
    mistake(
        "type-cidrs-is-a-list",
        database("access: {cidrs: [10.10.0.0/18]}"),
        "10: database.access.cidrs: a list is not a mapping of keys to values (Blocks inside the VPC by a stable name)",
    ),
    mistake(
        "type-capacity-is-a-number",
        serverless("capacity: 8"),
        "11: database.capacity: '8' is not a mapping with keys among minimum, maximum, pause_after_seconds",
    ),
    mistake(
        "type-capacity-is-quoted",
        serverless('capacity: {minimum: "1", maximum: 8}'),
        "11: database.capacity.minimum: '1' is text because of its quotes; write 1 without them",
    ),
    mistake(
        "type-capacity-is-a-boolean",
        serverless("capacity: {minimum: true, maximum: 8}"),
        "11: database.capacity.minimum: 'true' is not a number; allowed are 0 to 256 ACU",
    ),
    mistake(
        "type-capacity-is-a-word",
        serverless("capacity: {minimum: low, maximum: 8}"),
        "11: database.capacity.minimum: 'low' is not a number; allowed are 0 to 256 ACU",
    ),
    mistake(
        "type-capacity-is-infinite",
        serverless("capacity: {minimum: 1, maximum: 1e999}"),
        "11: database.capacity.maximum: inf is not between 1 and 256 ACU",
    ),
    mistake(
        "type-capacity-is-not-a-number",
        serverless("capacity: {minimum: .nan, maximum: 8}"),
        "11: database.capacity.minimum: '.nan' is not a number; allowed are 0 to 256 ACU",
    ),
    mistake(
        "type-state-is-text",
        development("state: s3"),
        "9: state: 's3' is not a mapping; it needs backend (one of azurerm, cloud, gcs, http, local, pg, s3) and that backend's keys",
    ),
    mistake(
        "type-state-is-a-list",
        development("state: [s3]"),
        "9: state: a list is not a mapping; it needs backend (one of azurerm, cloud, gcs, http, local, pg, s3) and that backend's keys",
    ),
    mistake(
        "type-backend-is-a-number",
        development("state: {backend: 3}"),
        "9: state.backend: '3' is not one of azurerm, cloud, gcs, http, local, pg, s3",
    ),
    mistake(
        "type-backend-is-a-mapping",
        development("state: {backend: {s3: {}}}"),
        "9: state.backend: a mapping is not one of azurerm, cloud, gcs, http, local, pg, s3",
    ),
    mistake(
        "type-assume-role-is-text",
        production("  assume_role: arn:aws:iam::111111111111:role/x"),
        "13: state.assume_role: 'arn:aws:iam::111111111111:role/x' is not a mapping with keys among role_arn, external_id; "
        "did you mean {role_arn: arn:aws:iam::111111111111:role/x}?",
    ),
    mistake(
        "type-accept-is-a-mapping",
        development("accept: {engine-new: we need version 18}"),
        "9: accept: a mapping is not a list (Warnings that this environment lives with)",
    ),
    mistake(
        "type-acceptance-is-text",
        development("accept: [engine-new]"),
        "9: accept[0]: 'engine-new' is not a mapping with keys among warning, reason",
    ),
    # Booleans as other tools write them
    mistake(
        "boolean-yes",
        development("protected: yes"),
        "9: protected: 'yes' is not true or false; did you mean true?",
    ),
    mistake(
        "boolean-no",
        development("protected: No"),
        "9: protected: 'No' is not true or false; did you mean false?",
    ),
    mistake(
        "boolean-on",
        development("protected: on"),
        "9: protected: 'on' is not true or false; did you mean true?",
    ),
    mistake(
        "boolean-off",
        development("protected: off"),
        "9: protected: 'off' is not true or false; did you mean false?",
    ),
    mistake(
        "boolean-capital",
        development("protected: True"),
        "9: protected: 'True' is not true or false; did you mean true?",
    ),
    mistake(
        "boolean-number",
        development("protected: 1"),
        "9: protected: '1' is not true or false; did you mean true?",
    ),
    mistake(
        "boolean-quoted",
        development('protected: "true"'),
        "9: protected: 'true' is text because of its quotes; write true without them",
    ),
    mistake(
        "boolean-no-value",
        development("protected:"),
        "9: protected: has no value; give one",
    ),
    mistake(
        "boolean-in-database",
        database("allow_major_version_upgrade: yes"),
        "10: database.allow_major_version_upgrade: 'yes' is not true or false; did you mean true?",
    ),
    # Numbers that YAML would change
    mistake(
        "account-id-unquoted",
        development(('"111111111111"', "111111111111")),
        '4: aws.account_id: 111111111111 is a number to YAML, which may drop zeros; write it in quotes: "111111111111"',
    ),
    mistake(
        "account-id-unquoted-with-leading-zero",
        development(('"111111111111"', "012345678901")),
        '4: aws.account_id: 012345678901 is a number to YAML, which may drop zeros; write it in quotes: "012345678901"',
    ),
    mistake(
        "account-id-unquoted-like-octal",
        development(('"111111111111"', "0o11111111111")),
        "4: aws.account_id: '0o11111111111' is not the 12 digits of an AWS account id, in quotes",
    ),
    mistake(
        "account-id-with-hyphens",
        development(('"111111111111"', "1111-1111-1111")),
        "4: aws.account_id: '1111-1111-1111' is not the 12 digits of an AWS account id, in quotes",
    ),
    mistake(
        "account-id-with-11-digits",
        development(('"111111111111"', '"11111111111"')),
        "4: aws.account_id: '11111111111' is not the 12 digits of an AWS account id, in quotes",
    ),
    mistake(
        "account-id-with-11-digits-unquoted",
        development(('"111111111111"', "11111111111")),
        '4: aws.account_id: 11111111111 is a number to YAML, which may drop zeros; write it in quotes: "11111111111"',
    ),
    mistake(
        "account-id-as-a-power",
        development(('"111111111111"', "1e11")),
        '4: aws.account_id: 1e11 is a number to YAML, which may drop zeros; write it in quotes: "1e11"',
    ),
    mistake(
        "engine-version-unquoted",
        database("engine_version: 15.10"),
        '10: database.engine_version: 15.10 is a number to YAML, which may drop zeros; write it in quotes: "15.10"',
    ),
    mistake(
        "engine-version-unquoted-major",
        database("engine_version: 15"),
        '10: database.engine_version: 15 is a number to YAML, which may drop zeros; write it in quotes: "15"',
    ),
    # Names
    mistake(
        "project-with-capital",
        development(("project: experimentation", "project: Experimentation")),
        "2: project: 'Experimentation' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "project-with-underscore",
        development(("project: experimentation", "project: my_project")),
        "2: project: 'my_project' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "project-with-two-hyphens",
        development(("project: experimentation", "project: my--project")),
        "2: project: 'my--project' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "project-of-41-letters",
        development(("project: experimentation", "project: " + "p" * 41)),
        "2: project: 'ppppppppppppppppppppppppppppppppppppppppp' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "project-of-1000-letters",
        development(("project: experimentation", "project: " + "p" * 1000)),
        "2: project: 'pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp…' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "project-ends-with-newline",
        development(("project: experimentation", r'project: "experimentation\n"')),
        "2: project: 'experimentation\\n' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "identifier-of-66-letters",
        development(
            "database: {instances: {a-key-of-20-letters1: {zone: eu-west-1a}}}",
            ("project: experimentation", "project: " + "p" * 40),
        ),
        "9: database.instances.a-key-of-20-letters1: the name pppppppppppppppppppppppppppppppppppppppp-test-a-key-of-20-letters1 has 66 characters, AWS allows 63; shorten the project, the file's name or the key by 3",
    ),
    mistake(
        "instance-key-with-capital",
        database("instances: {Bad_Key: {zone: eu-west-1a}}"),
        "10: database.instances.Bad_Key: 'Bad_Key' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "instance-key-is-null",
        database("instances: {~: {}}"),
        "10: database.instances.~: '~' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "instance-key-is-a-float",
        database("instances: {1.5: {}}"),
        "10: database.instances.1.5: '1.5' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "instance-key-is-a-list",
        database("instances: {[a]: {}}"),
        "10: database.instances: has a key that is a mapping or a list; keys are plain text",
    ),
    mistake(
        "instance-key-of-21-letters",
        database("instances: {" + "k" * 21 + ": {zone: eu-west-1a}}"),
        "10: database.instances.kkkkkkkkkkkkkkkkkkkkk: 'kkkkkkkkkkkkkkkkkkkkk' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "instance-key-0",
        database("instances: {0: {}}"),
        "10: database.instances.0: '0' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "instance-key-with-leading-zero",
        database("instances: {01: {}}"),
        "10: database.instances.01: '01' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "instance-has-no-value",
        database("instances: {1: , 2: {}}"),
        "10: database.instances.1: has no value; write {} if it has nothing of its own",
    ),
    mistake(
        "access-key-with-space",
        database("access: {cidrs: {My VPN: 10.10.0.0/18}}"),
        "10: database.access.cidrs.My VPN: 'My VPN' is not a key of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "master-user-reserved",
        database("master_user: {name: admin}"),
        "10: database.master_user.name: 'admin' is reserved; the default clusteradmin is a good choice",
    ),
    mistake(
        "master-user-key-word",
        database("master_user: {name: user}"),
        "10: database.master_user.name: 'user' is reserved; the default clusteradmin is a good choice",
    ),
    mistake(
        "master-user-reserved-in-capitals",
        database("master_user: {name: RDSAdmin}"),
        "10: database.master_user.name: 'RDSAdmin' is reserved; the default clusteradmin is a good choice",
    ),
    mistake(
        "master-user-of-postgresqls",
        database("master_user: {name: pg_master}"),
        "10: database.master_user.name: 'pg_master' cannot be the master user: names that begin with pg_ are PostgreSQL's own; the default clusteradmin is a good choice",
    ),
    mistake(
        "master-user-of-postgresqls-that-runs",
        database("exists: true", "master_user: {name: PG_master}"),
        "11: database.master_user.name: 'PG_master' cannot be the master user: names that begin with pg_ are PostgreSQL's own; the default clusteradmin is a good choice",
    ),
    mistake(
        "master-user-of-rds",
        database("master_user: {name: rds_superuser}"),
        "10: database.master_user.name: 'rds_superuser' cannot be the master user: names that begin with rds_ are those of Amazon RDS; the default clusteradmin is a good choice",
    ),
    mistake(
        "master-user-with-hyphen",
        database("master_user: {name: cluster-admin}"),
        "10: database.master_user.name: 'cluster-admin' is not 1 to 63 letters, digits and underscores, a letter first",
    ),
    mistake(
        "master-user-of-64-letters",
        database(f"master_user: {{name: {'a' * 64}}}"),
        f"10: database.master_user.name: '{'a' * 60}…' is not 1 to 63 letters, digits and underscores, a letter first",
    ),
    mistake(
        "master-user-never-rotated",
        database("master_user: {rotation_days: 0}"),
        "10: database.master_user.rotation_days: 0 is not between 1 and 365 days",
    ),
    mistake(
        "database-name-taken",
        database("name: postgres"),
        "10: database.name: 'postgres' exists already in every Aurora cluster",
    ),
    mistake(
        "database-name-with-hyphen",
        database("name: my-database"),
        "10: database.name: 'my-database' is not 1 to 63 letters, digits and underscores, a letter first",
    ),
    # Tags
    mistake(
        "tag-of-aws",
        development('tags: {"aws:team": growth}'),
        "9: tags.aws:team: begins with aws:, which AWS keeps for itself",
    ),
    mistake(
        "tag-of-aws-in-capitals",
        development('tags: {"AWS:team": growth}'),
        "9: tags.AWS:team: begins with aws:, which AWS keeps for itself",
    ),
    mistake(
        "tag-of-ours",
        development("tags: {environment: dev}"),
        "9: tags.environment: is set already on every resource; choose another name, or have ours renamed: own_tags: {environment: …}",
    ),
    mistake(
        "tag-of-ours-with-capital",
        development("tags: {Environment: dev}"),
        "9: tags.Environment: is set already on every resource as environment, and IAM takes keys that differ in case only for one; choose another name, or have ours renamed: own_tags: {environment: …}",
    ),
    mistake(
        "tag-51st",
        development("tags:", *(f"  tag-{number}: x" for number in range(46))),
        "9: tags: 46 tags; AWS allows 50, 6 are set already",
    ),
    mistake(
        "tag-key-of-129-characters",
        development("tags: {" + "k" * 129 + ": x}"),
        "9: tags.kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk…: has a key of 129 characters; AWS allows 1 to 128",
    ),
    mistake(
        "tag-key-empty",
        development('tags: {"": x}'),
        "9: tags.'': has a key of 0 characters; AWS allows 1 to 128",
    ),
    mistake(
        "tag-value-of-257-characters",
        development("tags: {owner: " + "v" * 257 + "}"),
        "9: tags.owner: has 257 characters; AWS allows 256",
    ),
    mistake(
        "tag-value-with-question-mark",
        development('tags: {owner: "who?"}'),
        "9: tags.owner: has a character AWS refuses; allowed are letters, digits, spaces and _ . : / = + - @",
    ),
    # Ranges
    mistake(
        "instances-0",
        database("instances: 0"),
        "10: database.instances: 0 is not between 1 and 16; a cluster has one writer and up to 15 readers",
    ),
    mistake(
        "instances-17",
        database("instances: 17"),
        "10: database.instances: 17 is not between 1 and 16; a cluster has one writer and up to 15 readers",
    ),
    mistake(
        "instances-negative",
        database("instances: -1"),
        "10: database.instances: -1 is not between 1 and 16; a cluster has one writer and up to 15 readers",
    ),
    mistake(
        "instances-true",
        database("instances: true"),
        "10: database.instances: 'true' is neither a number of instances from 1 to 16 nor a mapping of keys to instances",
    ),
    mistake(
        "instances-quoted",
        database('instances: "2"'),
        "10: database.instances: '2' is neither a number of instances from 1 to 16 nor a mapping of keys to instances",
    ),
    mistake(
        "instances-fraction",
        database("instances: 2.5"),
        "10: database.instances: '2.5' is neither a number of instances from 1 to 16 nor a mapping of keys to instances",
    ),
    mistake(
        "instances-empty",
        database("instances: {}"),
        "10: database.instances: has 0 entries; at least 1 is needed",
    ),
    mistake(
        "instances-list",
        database("instances: [{}, {}]"),
        "10: database.instances: a list is neither a number of instances from 1 to 16 nor a mapping of keys to instances",
    ),
    mistake(
        "instances-no-value",
        database("instances:"),
        "10: database.instances: has no value; give one",
    ),
    mistake(
        "instances-of-1000-digits",
        database("instances: " + "1" * 1000),
        "10: database.instances: 111111111111111111111111111111111111111111111111111111111111… is not between 1 and 16; a cluster has one writer and up to 15 readers",
    ),
    mistake(
        "instances-17-keys",
        database("instances: {" + ", ".join(f"{number}: {{}}" for number in range(1, 18)) + "}"),
        "10: database.instances.17: '17' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
    ),
    mistake(
        "promotion-tier-16",
        database("instances: {1: {promotion_tier: 16}}"),
        "10: database.instances.1.promotion_tier: 16 is not between 0 and 15",
    ),
    mistake(
        "retention-0",
        database("backup: {retention_days: 0}"),
        "10: database.backup.retention_days: 0 is not between 1 and 35 days",
    ),
    mistake(
        "retention-36",
        database("backup: {retention_days: 36}"),
        "10: database.backup.retention_days: 36 is not between 1 and 35 days",
    ),
    mistake(
        "retention-6-in-production",
        production("database: {backup: {retention_days: 6}}"),
        "13: database.backup.retention_days: 6 is less than 7, the least for tier production",
    ),
    mistake(
        "port-0",
        database("port: 0"),
        "10: database.port: 0 is not between 1150 and 65535",
    ),
    mistake(
        "port-1149",
        database("port: 1149"),
        "10: database.port: 1149 is not between 1150 and 65535",
    ),
    mistake(
        "port-65536",
        database("port: 65536"),
        "10: database.port: 65536 is not between 1150 and 65535",
    ),
    mistake(
        "monitoring-every-2-seconds",
        database("monitoring: {interval_seconds: 2}"),
        "10: database.monitoring.interval_seconds: 2 is not an Enhanced Monitoring interval; allowed are 0, 1, 5, 10, 15, 30, 60; did you mean 1?",
    ),
    mistake(
        "log-for-10-days",
        database("logs: {postgresql: 10}"),
        "10: database.logs.postgresql: 10 is not a retention that CloudWatch Logs has, in days; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; did you mean 7?",
    ),
    mistake(
        "log-for-ever",
        database("logs: {instance: 0}"),
        "10: database.logs.instance: 0 is not a retention that CloudWatch Logs has, in days; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; did you mean 1?",
    ),
    mistake(
        "flow-log-for-364-days",
        development("    flow_log_retention_days: 364"),
        "9: network.create.flow_log_retention_days: 364 is not a retention that CloudWatch Logs has, in days; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; did you mean 365?",
    ),
    # Windows
    mistake(
        "backup-window-malformed",
        database("backup: {window: 1:00-2:00}"),
        "10: database.backup.window: '1:00-2:00' is not a daily window in UTC such as 01:00-02:00",
    ),
    mistake(
        "backup-window-with-day",
        database("backup: {window: sun:01:00-sun:02:00}"),
        "10: database.backup.window: 'sun:01:00-sun:02:00' is not a daily window in UTC such as 01:00-02:00",
    ),
    mistake(
        "backup-window-hour-25",
        database("backup: {window: 01:00-25:00}"),
        "10: database.backup.window: '01:00-25:00' is not a daily window in UTC such as 01:00-02:00",
    ),
    mistake(
        "backup-window-too-short",
        database("backup: {window: 23:45-00:10}"),
        "10: database.backup.window: 23:45-00:10 lasts 25 minutes; AWS needs 30 or more",
    ),
    mistake(
        "backup-window-empty",
        database("backup: {window: 01:00-01:00}"),
        "10: database.backup.window: 01:00-01:00 lasts 0 minutes; AWS needs 30 or more",
    ),
    mistake(
        "backup-window-over-default-maintenance",
        database("backup: {window: 03:00-04:00}"),
        "10: database.backup.window: the maintenance window sun:03:00-sun:03:30 overlaps the backup window 03:00-04:00, which AWS refuses; move one of them",
    ),
    mistake(
        "maintenance-window-malformed",
        database("maintenance: {window: 03:00-04:00}"),
        "10: database.maintenance.window: '03:00-04:00' is not a weekly window in UTC such as sun:03:00-sun:03:30",
    ),
    mistake(
        "maintenance-window-too-short",
        database("maintenance: {window: sun:03:00-sun:03:20}"),
        "10: database.maintenance.window: the maintenance window sun:03:00-sun:03:20 lasts 20 minutes; AWS needs 30 to under a day",
    ),
    mistake(
        "maintenance-window-backwards",
        database("maintenance: {window: sun:04:00-sun:03:00}"),
        "10: database.maintenance.window: the maintenance window sun:04:00-sun:03:00 lasts 10020 minutes; AWS needs 30 to under a day",
    ),
    mistake(
        "maintenance-window-over-backup",
        database("maintenance: {window: sun:01:30-sun:02:30}"),
        "10: database.maintenance.window: the maintenance window sun:01:30-sun:02:30 overlaps the backup window 01:00-02:00, which AWS refuses; move one of them",
    ),
    mistake(
        "maintenance-window-over-backup-past-midnight",
        database("backup: {window: 23:30-00:30}", "maintenance: {window: mon:00:00-mon:01:00}"),
        "11: database.maintenance.window: the maintenance window mon:00:00-mon:01:00 overlaps the backup window 23:30-00:30, which AWS refuses; move one of them",
    ),
    mistake(
        "maintenance-window-staggered-over-backup",
        database("instances: 2", "maintenance: {window: sun:00:00-sun:00:30}"),
        "11: database.maintenance.window: instance 2's window sun:01:00-sun:01:30, staggered after sun:00:00-sun:00:30, overlaps the backup window 01:00-02:00, which AWS refuses; did you mean sun:02:00-sun:02:30?",
    ),
    mistake(
        "instance-window-over-backup",
        database("instances: {1: {maintenance_window: tue:01:30-tue:02:30}}"),
        "10: database.instances.1.maintenance_window: tue:01:30-tue:02:30 overlaps the backup window 01:00-02:00, which AWS refuses; move one of them",
    ),
    mistake(
        "instance-window-too-short",
        database("instances: {1: {maintenance_window: tue:05:30-tue:05:40}}"),
        "10: database.instances.1.maintenance_window: tue:05:30-tue:05:40 lasts 10 minutes; AWS needs 30 to under a day",
    ),
    mistake(
        "instance-window-malformed",
        database("instances: {1: {maintenance_window: tue 05:30}}"),
        "10: database.instances.1.maintenance_window: 'tue 05:30' is not a weekly window in UTC such as sun:03:00-sun:03:30",
    ),
    # Not YAML, or more than an environment needs of it
    mistake(
        "yaml-key-twice",
        development("tier: staging"),
        "9: tier: is given twice, first on line 1; keep one of them",
    ),
    mistake(
        "yaml-key-twice-inside",
        database("port: 5432", "storage: standard", "port: 6432"),
        "12: database.port: is given twice, first on line 10; keep one of them",
    ),
    mistake(
        "yaml-key-twice-quoted",
        database("instances: {1: {}, '1': {}}"),
        "10: database.instances.1: is given twice, first on line 10; keep one of them",
    ),
    mistake(
        "yaml-anchor",
        development("tags: &tags {owner: growth}"),
        "9: anchor &tags: anchors are not allowed; write the value out",
    ),
    mistake(
        "yaml-alias",
        development("tags: {owner: *owner}"),
        "9: alias *owner: aliases are not allowed; write the value out",
    ),
    mistake(
        "yaml-merge-key",
        database("<<: {port: 6432}"),
        "10: database: merge keys (<<) are not allowed; write the values out",
    ),
    mistake(
        "yaml-tag-python-object",
        development("tags: !!python/object:os.system {}"),
        "9: tag !!python/object:os.system: tags are not allowed; write a plain value",
    ),
    mistake(
        "yaml-tag-python-call",
        development("tags: !!python/object/apply:os.system [ls]"),
        "9: tag !!python/object/apply:os.system: tags are not allowed; write a plain value",
    ),
    mistake(
        "yaml-tag-str",
        development(('"111111111111"', "!!str 111111111111")),
        "4: tag !!str: tags are not allowed; write a plain value",
    ),
    mistake(
        "yaml-tag-local",
        development("tags: !secret x"),
        "9: tag !secret: tags are not allowed; write a plain value",
    ),
    mistake(
        "yaml-two-documents",
        development("---", "tier: staging"),
        "9: starts a second YAML document; one file is one environment",
    ),
    mistake(
        "yaml-after-the-end",
        development("...", "tier: staging"),
        "10: is indented unlike the lines above it, or follows the end of the document",
    ),
    mistake(
        "yaml-tab",
        development("database:", "\tport: 5432"),
        "10: is indented with a tab; use spaces",
    ),
    mistake(
        "yaml-unclosed-quote",
        development(("project: experimentation", 'project: "experimentation')),
        "2: the quote that begins here is never closed",
    ),
    mistake(
        "yaml-unclosed-quote-at-the-end",
        development('tags: {owner: "growth}'),
        "9: the quote that begins here is never closed",
    ),
    mistake(
        "yaml-unclosed-brace",
        development("tags: {owner: growth"),
        "9: the bracket or brace that begins here is never closed, or a comma is missing in it",
    ),
    mistake(
        "yaml-unclosed-bracket",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a\n")),
        "6: the bracket or brace that begins here is never closed, or a comma is missing in it",
    ),
    mistake(
        "yaml-indentation",
        development(("  region", "   region")),
        "5: is indented unlike the lines around it, or a quote above is not closed",
    ),
    mistake(
        "yaml-missing-colon",
        development("protected true"),
        "9: is not of the form key: value",
    ),
    mistake(
        "yaml-missing-space",
        development("protected:true"),
        "9: is not of the form key: value",
    ),
    mistake(
        "yaml-two-colons",
        development("tags:", "  owner: growth: team"),
        '10: has a second ": "; write the value in quotes',
    ),
    mistake(
        "yaml-at-sign",
        development("tags:", "  owner: @growth"),
        "10: has a character that cannot begin a value; write the value in quotes",
    ),
    mistake(
        "yaml-asterisk",
        development("tags:", "  owner: *"),
        "10: has a character that cannot begin a value; write the value in quotes",
    ),
    mistake(
        "yaml-unknown-escape",
        development(r'tags: {owner: "\q"}'),
        "9: has an escape that YAML does not know; use single quotes",
    ),
    mistake(
        "yaml-key-is-a-list",
        development("? [a, b]", ": 1"),
        "9: has a key that is a mapping or a list; keys are plain text",
    ),
    mistake(
        "yaml-latin-1",
        development("tags:", "  owner: Café").encode("latin-1"),
        "10: is not UTF-8: byte 0xe9; save the file as UTF-8",
    ),
    mistake(
        "yaml-utf-16",
        development().encode("utf-16"),
        "1: is not UTF-8: byte 0xff; save the file as UTF-8",
    ),
    mistake(
        "yaml-nul",
        development("tags:", "  owner: a\0b"),
        "10: has a character YAML does not allow: #x0000",
    ),
    mistake(
        "yaml-control-character",
        development("tags:", "  owner: a\ab"),
        "10: has a character YAML does not allow: #x0007",
    ),
    mistake(
        "yaml-control-character-escaped",
        development(r'tags: {owner: "a\0b"}'),
        "9: tags.owner: has a character AWS refuses; allowed are letters, digits, spaces and _ . : / = + - @",
    ),
    mistake(
        "yaml-line-separator",
        development('tags: {owner: "a\u2028b"}', "x: 1"),
        "9: has the invisible line separator U+2028; remove it",
        f"10: x: is not a key here; allowed are {OF_FILE}",
    ),
    mistake(
        "yaml-empty",
        "",
        "1: is empty; it must at least say tier, project, aws and network",
    ),
    mistake(
        "yaml-blank",
        "   \n\n",
        "1: is empty; it must at least say tier, project, aws and network",
    ),
    mistake(
        "yaml-comments-only",
        "# nothing\n# here\n",
        "1: is empty; it must at least say tier, project, aws and network",
    ),
    mistake(
        "yaml-marker-only",
        "---\n",
        "1: is empty; it must at least say tier, project, aws and network",
    ),
    mistake(
        "yaml-null",
        "~\n",
        "1: is empty; it must at least say tier, project, aws and network",
    ),
    mistake(
        "yaml-list",
        "# two\n\n- tier: development\n",
        "3: must be a mapping of keys to values",
    ),
    mistake(
        "yaml-text",
        "development\n",
        "1: must be a mapping of keys to values",
    ),
    mistake(
        "yaml-13-levels",
        development("tags: " + "{a: " * 12 + "x" + "}" * 12),
        "9: is nested more than 12 levels deep",
    ),
    mistake(
        "yaml-5000-levels",
        development("tags: " + "[" * 5000 + "]" * 5000),
        "9: is nested more than 12 levels deep",
    ),
    mistake(
        "yaml-300-kilobytes",
        development("# " + "x" * 300 * 1024),
        "1: is 307342 bytes long; an environment file has at most 262144",
    ),
    # Engine versions
    mistake(
        "engine-version-gone",
        database('engine_version: "15.3"'),
        '10: database.engine_version: 15.3: AWS no longer creates it; allowed are 15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19; did you mean "15.10" (LTS)?',
    ),
    mistake(
        "engine-version-of-no-minor",
        database('engine_version: "15.99"'),
        '10: database.engine_version: 15.99: this catalogue, of 2026-10-20, does not know it; if the cluster runs it already, say exists: true; allowed are 15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19; did you mean "15.10" (LTS)?',
    ),
    mistake(
        "engine-version-of-no-minor-below",
        database('engine_version: "15.1"'),
        '10: database.engine_version: 15.1: it does not exist; allowed are 15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19; did you mean "15.10" (LTS)?',
    ),
    mistake(
        "engine-version-of-no-minor-without-lts",
        database('engine_version: "18.99"'),
        '10: database.engine_version: 18.99: this catalogue, of 2026-10-20, does not know it; if the cluster runs it already, say exists: true; allowed are 18.3, 18.4, 18.6; did you mean "18.6"?',
    ),
    mistake(
        "engine-version-of-old-major",
        database('engine_version: "12.9"'),
        "10: database.engine_version: Aurora PostgreSQL 12 is not supported here; allowed are the majors 14, 15, 16, 17, 18",
    ),
    mistake(
        "engine-version-old-major",
        database('engine_version: "13"'),
        "10: database.engine_version: Aurora PostgreSQL 13 is not supported here; allowed are the majors 14, 15, 16, 17, 18",
    ),
    mistake(
        "engine-version-patch",
        database('engine_version: "15.10.1"'),
        '10: database.engine_version: \'15.10.1\' is not a version such as "15.10" (exact) or "15" (newest minor)',
    ),
    mistake(
        "engine-version-word",
        database("engine_version: latest"),
        '10: database.engine_version: \'latest\' is not a version such as "15.10" (exact) or "15" (newest minor)',
    ),
    mistake(
        "storage-too-new",
        database('engine_version: "14.6"', "storage: io_optimized"),
        "11: database.storage: I/O-Optimized storage needs Aurora PostgreSQL 14.7 or newer, not 14.6",
    ),
    # Instance classes
    mistake(
        "class-typo",
        database("instance_class: db.r5.lrage"),
        "10: database.instance_class: 'db.r5.lrage' is not a class of Aurora PostgreSQL; did you mean db.r5.large?",
    ),
    mistake(
        "class-typo-of-one-instance",
        database("instances: {1: {instance_class: db.r5.lrage}}"),
        "10: database.instances.1.instance_class: 'db.r5.lrage' is not a class of Aurora PostgreSQL; did you mean db.r5.large?",
    ),
    mistake(
        "class-without-prefix",
        database("instance_class: r5.large"),
        "10: database.instance_class: 'r5.large' is not a class of Aurora PostgreSQL; did you mean db.r5.large?",
    ),
    mistake(
        "class-in-capitals",
        database("instance_class: DB.R5.LARGE"),
        "10: database.instance_class: 'DB.R5.LARGE' is not a class of Aurora PostgreSQL; did you mean db.r5.large?",
    ),
    mistake(
        "class-small",
        database("instance_class: db.t3.small"),
        "10: database.instance_class: 'db.t3.small' is not a class of Aurora PostgreSQL; allowed of db.t3 are db.t3.medium, db.t3.large",
    ),
    mistake(
        "class-size-not-in-family",
        database("instance_class: db.r6g.24xlarge"),
        "10: database.instance_class: 'db.r6g.24xlarge' is not a class of Aurora PostgreSQL; allowed of db.r6g are db.r6g.large, db.r6g.xlarge, db.r6g.2xlarge, db.r6g.4xlarge, db.r6g.8xlarge, db.r6g.12xlarge, db.r6g.16xlarge",
    ),
    mistake(
        "class-family-unknown",
        database("instance_class: db.m5.large"),
        "10: database.instance_class: 'db.m5.large' is not a class of Aurora PostgreSQL; did you mean db.r5.large?",
    ),
    mistake(
        "class-serverless-typo",
        database("instance_class: servreless"),
        "10: database.instance_class: 'servreless' is not a class of Aurora PostgreSQL; did you mean serverless?",
    ),
    mistake(
        "class-serverless-as-aws-names-it",
        database("instance_class: db.serverless"),
        "10: database.instance_class: 'db.serverless' is not a class of Aurora PostgreSQL; did you mean serverless?",
    ),
    mistake(
        "class-not-in-region",
        development("database: {instance_class: db.x2g.large}", ("eu-west-1", "eu-north-1")),
        "9: database.instance_class: db.x2g.large is not offered in eu-north-1; allowed of that size are db.r5.large, db.r6g.large, db.r6i.large, db.r7g.large, db.r7i.large, db.r8g.large, db.t3.large, db.t4g.large",
    ),
    mistake(
        "class-too-new",
        database('engine_version: "14.6"', "instance_class: db.r7g.large"),
        "11: database.instance_class: db.r7g.large needs Aurora PostgreSQL 14.17 or newer, not 14.6",
    ),
    mistake(
        "class-too-old",
        database("instance_class: db.r4.large"),
        "10: database.instance_class: db.r4.large runs on no Aurora PostgreSQL 15; did you mean db.r8g.large?",
    ),
    mistake(
        "class-too-old-for-major",
        database('engine_version: "17"', "instance_class: db.r4.large"),
        "11: database.instance_class: db.r4.large runs on no Aurora PostgreSQL 17; did you mean db.r8g.large?",
    ),
    # Regions and zones
    mistake(
        "region-typo",
        development(("eu-west-1", "eu-wset-1")),
        "5: aws.region: 'eu-wset-1' is not a region that offers Aurora PostgreSQL; allowed are eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3, and 30 elsewhere; did you mean eu-west-1?",
    ),
    mistake(
        "region-is-a-zone",
        development(("eu-west-1", "eu-west-1a")),
        "5: aws.region: 'eu-west-1a' is not a region that offers Aurora PostgreSQL; allowed are eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3, and 30 elsewhere; did you mean eu-west-1?",
    ),
    mistake(
        "region-with-newline",
        development(("region: eu-west-1", r'region: "eu-west-1\n"')),
        "5: aws.region: 'eu-west-1\\n' is not a region that offers Aurora PostgreSQL; allowed are eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3, and 30 elsewhere; did you mean eu-west-1?",
    ),
    mistake(
        "region-with-invisible-character",
        development(("region: eu-west-1", "region: eu\ufeff-west-1")),
        "5: aws.region: 'eu\\ufeff-west-1' is not a region that offers Aurora PostgreSQL; allowed are af-south-1, ap-east-1, ap-east-2, ap-northeast-1, ap-northeast-2, ap-northeast-3, ap-south-1, ap-south-2, ap-southeast-1, ap-southeast-2, ap-southeast-3, ap-southeast-4, ap-southeast-5, ap-southeast-6, ap-southeast-7, ca-central-1, ca-west-1, cn-north-1, cn-northwest-1, eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3, il-central-1, me-central-1, me-south-1, mx-central-1, sa-east-1, us-east-1, us-east-2, us-gov-east-1, us-gov-west-1, us-west-1, us-west-2; did you mean eu-west-1?",
    ),
    mistake(
        "region-has-5000-letters",
        development(("region: eu-west-1", "region: " + "e" * 5000)),
        "5: aws.region: 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee…' is not a region that offers Aurora PostgreSQL; allowed are af-south-1, ap-east-1, ap-east-2, ap-northeast-1, ap-northeast-2, ap-northeast-3, ap-south-1, ap-south-2, ap-southeast-1, ap-southeast-2, ap-southeast-3, ap-southeast-4, ap-southeast-5, ap-southeast-6, ap-southeast-7, ca-central-1, ca-west-1, cn-north-1, cn-northwest-1, eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3, il-central-1, me-central-1, me-south-1, mx-central-1, sa-east-1, us-east-1, us-east-2, us-gov-east-1, us-gov-west-1, us-west-1, us-west-2",
    ),
    mistake(
        "zones-of-another-region",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, eu-central-1b]\n")),
        "6: aws.zones[1]: eu-central-1b is not in eu-west-1; did you mean eu-west-1b?",
    ),
    mistake(
        "zones-twice-the-same",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, eu-west-1a]\n")),
        "6: aws.zones: names eu-west-1a 2 times",
    ),
    mistake(
        "zones-only-one",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a]\n")),
        "6: aws.zones: has 1 entry; at least 2 are needed",
    ),
    mistake(
        "zones-four",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, eu-west-1b, eu-west-1c, eu-west-1d]\n")),
        "6: aws.zones: has 4 entries; at most 3 are allowed",
    ),
    mistake(
        "zones-no-value",
        development(("eu-west-1\n", "eu-west-1\n  zones:\n")),
        "6: aws.zones: has no value; give one or remove the key",
    ),
    mistake(
        "zones-letter-only",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, b]\n")),
        "6: aws.zones[1]: 'b' is not an availability zone such as eu-west-1a",
    ),
    mistake(
        "zone-of-instance-has-no-subnet",
        database("instances: {1: {zone: eu-west-1d}}"),
        "10: database.instances.1.zone: eu-west-1d has no database subnet; allowed are eu-west-1a, eu-west-1b, eu-west-1c; did you mean eu-west-1c?",
    ),
    mistake(
        "zone-of-instance-has-no-existing-subnet",
        existing("database: {instances: {1: {zone: eu-west-1c}}}"),
        "13: database.instances.1.zone: eu-west-1c has no database subnet; allowed are eu-west-1a, eu-west-1b; did you mean eu-west-1b?",
    ),
    mistake(
        "zone-of-existing-subnet",
        existing(("eu-west-1b", "eu-central-1b")),
        "12: network.existing.database_subnets.eu-central-1b: eu-central-1b is not in eu-west-1; did you mean eu-west-1b?",
    ),
    mistake(
        "zones-beside-existing-network",
        existing(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, eu-west-1b]\n")),
        "6: aws.zones: is of no effect: the zones are those of network.existing.database_subnets",
    ),
    # Networks
    mistake(
        "cidr-host-bits",
        development(("10.10.0.0/16", "10.10.0.1/16")),
        "8: network.create.cidr: 10.10.0.1/16 is not the start of its block; did you mean 10.10.0.0/16?",
    ),
    mistake(
        "cidr-too-large",
        development(("10.10.0.0/16", "10.0.0.0/8")),
        "8: network.create.cidr: 10.0.0.0/8 is not between /16 and /24, which a VPC with subnets in every zone needs",
    ),
    mistake(
        "cidr-too-small",
        development(("10.10.0.0/16", "10.10.0.0/28")),
        "8: network.create.cidr: 10.10.0.0/28 is not between /16 and /24, which a VPC with subnets in every zone needs",
    ),
    mistake(
        "cidr-without-length",
        development(("10.10.0.0/16", "10.10.0.0")),
        "8: network.create.cidr: '10.10.0.0' has no prefix length; did you mean 10.10.0.0/16?",
    ),
    mistake(
        "cidr-ipv6",
        development(("10.10.0.0/16", "fd00::/56")),
        "8: network.create.cidr: 'fd00::/56' is not an IPv4 CIDR block such as 10.0.0.0/16",
    ),
    mistake(
        "cidr-length-33",
        development(("10.10.0.0/16", "10.10.0.0/33")),
        "8: network.create.cidr: '10.10.0.0/33' is not an IPv4 CIDR block such as 10.0.0.0/16",
    ),
    mistake(
        "cidr-garbage",
        development(("10.10.0.0/16", "everything")),
        "8: network.create.cidr: 'everything' is not an IPv4 CIDR block such as 10.0.0.0/16",
    ),
    mistake(
        "cidr-public",
        development(("10.10.0.0/16", "8.8.0.0/16")),
        "8: network.create.cidr: 8.8.0.0/16 is not a private block; allowed are those of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    mistake(
        "cidr-loopback",
        development(("10.10.0.0/16", "127.0.0.0/16")),
        "8: network.create.cidr: 127.0.0.0/16 is not a private block; allowed are those of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    mistake(
        "cidr-netmask",
        development(("10.10.0.0/16", "10.10.0.0/255.255.0.0")),
        "8: network.create.cidr: '10.10.0.0/255.255.0.0' has no prefix length; did you mean 10.10.0.0/16?",
    ),
    mistake(
        "subnet-outside-the-vpc",
        development("    subnet_cidrs: {private: {eu-west-1a: 10.11.0.0/24}}"),
        "9: network.create.subnet_cidrs.private.eu-west-1a: 10.11.0.0/24 leaves the VPC's block 10.10.0.0/16",
    ),
    mistake(
        "subnet-over-a-usual-one",
        development("    subnet_cidrs: {private: {eu-west-1a: 10.10.8.0/21}}"),
        "9: network.create.subnet_cidrs.private.eu-west-1a: 10.10.8.0/21 overlaps 10.10.8.0/21, the private subnet in eu-west-1b",
    ),
    mistake(
        "subnet-over-another",
        development(
            "    subnet_cidrs: {private: {eu-west-1a: 10.10.192.0/24}, isolated: {eu-west-1b: 10.10.192.0/25}}"
        ),
        "9: network.create.subnet_cidrs.isolated.eu-west-1b: 10.10.192.0/25 overlaps 10.10.192.0/24, the private subnet in eu-west-1a",
    ),
    mistake(
        "subnet-over-everything",
        development("    subnet_cidrs: {private: {eu-west-1a: 10.10.0.0/16}}"),
        "9: network.create.subnet_cidrs.private.eu-west-1a: 10.10.0.0/16 overlaps 10.10.8.0/21, the private subnet in eu-west-1b and 4 more",
    ),
    mistake(
        "subnet-larger-than-the-vpc",
        development("    subnet_cidrs: {private: {eu-west-1a: 10.10.0.0/15}}"),
        "9: network.create.subnet_cidrs.private.eu-west-1a: 10.10.0.0/15 is not between /16 and /28",
    ),
    mistake(
        "subnet-too-small",
        development("    subnet_cidrs: {private: {eu-west-1a: 10.10.192.0/29}}"),
        "9: network.create.subnet_cidrs.private.eu-west-1a: 10.10.192.0/29 is not between /16 and /28",
    ),
    mistake(
        "subnet-in-an-unused-zone",
        development("    subnet_cidrs: {private: {eu-west-1d: 10.10.192.0/24}}"),
        "9: network.create.subnet_cidrs.private.eu-west-1d: eu-west-1d is not among the zones eu-west-1a, eu-west-1b, eu-west-1c",
    ),
    mistake(
        "subnet-public-without-nat",
        development("    subnet_cidrs: {public: {eu-west-1a: 10.10.192.0/24}}"),
        "9: network.create.subnet_cidrs.public: is of no effect: without NAT there are no public subnets",
    ),
    mistake(
        "nat-typo",
        development("    nat: per-zone"),
        "9: network.create.nat: 'per-zone' is not one of none, single, per_zone; did you mean per_zone?",
    ),
    mistake(
        "nat-boolean",
        development("    nat: true"),
        "9: network.create.nat: 'true' is not one of none, single, per_zone",
    ),
    mistake(
        "database-subnets-public",
        development("    database_subnets: public"),
        "9: network.create.database_subnets: 'public' is not one of private, isolated",
    ),
    mistake(
        "endpoint-typo",
        development("    interface_endpoints: [secretmanager]"),
        "9: network.create.interface_endpoints[0]: 'secretmanager' is not an interface endpoint that this project offers; allowed are ec2messages, events, kms, lambda, logs, monitoring, rds, rds-data, secretsmanager, sns, sqs, ssm, ssmmessages, sts, xray; did you mean secretsmanager?",
    ),
    mistake(
        "endpoint-twice",
        development("    interface_endpoints: [ssm, sts, ssm]"),
        "9: network.create.interface_endpoints: names ssm 2 times",
    ),
    mistake(
        "endpoint-policies-are-a-word",
        development("    endpoint_policies: strict"),
        "9: network.create.endpoint_policies: 'strict' is not true or false",
    ),
    mistake(
        "trusted-account-unquoted",
        development("    trusted_accounts: [222222222222]"),
        '9: network.create.trusted_accounts[0]: 222222222222 is a number to YAML, which may drop zeros; write it in quotes: "222222222222"',
    ),
    mistake(
        "trusted-account-too-short",
        development('    trusted_accounts: ["22222222222"]'),
        "9: network.create.trusted_accounts[0]: '22222222222' is not the 12 digits of an AWS account id, in quotes",
    ),
    mistake(
        "trusted-account-twice",
        development('    trusted_accounts: ["222222222222", "222222222222"]'),
        "9: network.create.trusted_accounts: names 222222222222 2 times",
    ),
    mistake(
        "trusted-account-is-our-own",
        development('    trusted_accounts: ["111111111111"]'),
        "9: network.create.trusted_accounts: 111111111111 is the environment's own account, which is trusted anyway",
    ),
    mistake(
        "trusted-accounts-of-open-endpoints",
        development(
            "accept: [{warning: open-endpoints, reason: a central firewall filters this}]",
            (
                "cidr: 10.10.0.0/16",
                'cidr: 10.10.0.0/16\n    endpoint_policies: false\n    trusted_accounts: ["222222222222"]',
            ),
        ),
        "10: network.create.trusted_accounts: is of no effect: without endpoint_policies every account is trusted",
    ),
    mistake(
        "network-created-and-existing",
        development(
            "  existing: {vpc_id: vpc-0a1b2c3d, cidr: 10.10.0.0/16, database_subnets: {eu-west-1a: subnet-0a1b2c3d, eu-west-1b: subnet-1a1b2c3d}}"
        ),
        "6: network: has both create and existing; keep one: create makes a VPC, existing names one",
    ),
    mistake(
        "vpc-id-malformed",
        existing(("vpc-0a1b2c3d", "vpc-main")),
        "8: network.existing.vpc_id: 'vpc-main' is not a VPC id such as vpc-0a1b2c3d4e5f60718",
    ),
    mistake(
        "subnet-id-malformed",
        existing(("subnet-1a1b2c3d", "subnet-xyz")),
        "12: network.existing.database_subnets.eu-west-1b: 'subnet-xyz' is not a subnet id such as subnet-0a1b2c3d4e5f60718",
    ),
    mistake(
        "subnet-id-twice",
        existing(("subnet-1a1b2c3d", "subnet-0a1b2c3d")),
        "10: network.existing.database_subnets: names subnet-0a1b2c3d 2 times",
    ),
    mistake(
        "subnets-only-one",
        existing(("      eu-west-1b: subnet-1a1b2c3d\n", "")),
        "10: network.existing.database_subnets: has 1 entry; at least 2 are needed",
    ),
    mistake(
        "access-from-outside",
        database("access: {cidrs: {office: 203.0.113.0/24}}"),
        "10: database.access.cidrs.office: 203.0.113.0/24 is not inside the VPC's block 10.10.0.0/16; reach the database through a security group",
    ),
    mistake(
        "access-from-anywhere",
        database("access: {cidrs: {all: 0.0.0.0/0}}"),
        "10: database.access.cidrs.all: 0.0.0.0/0 is not inside the VPC's block 10.10.0.0/16; reach the database through a security group",
    ),
    mistake(
        "access-host-bits",
        database("access: {cidrs: {vpn: 10.10.0.1/18}}"),
        "10: database.access.cidrs.vpn: 10.10.0.1/18 is not the start of its block; did you mean 10.10.0.0/18?",
    ),
    mistake(
        "access-twice",
        database("access: {cidrs: {a: 10.10.0.0/18, b: 10.10.0.0/18}}"),
        "10: database.access.cidrs.b: 10.10.0.0/18 is admitted already as a",
    ),
    mistake(
        "access-group-twice",
        database("access: {security_groups: {a: sg-0a1b2c3d, b: sg-0a1b2c3d}}"),
        "10: database.access.security_groups.b: sg-0a1b2c3d is admitted already as a",
    ),
    mistake(
        "access-group-malformed",
        database("access: {security_groups: {api: default}}"),
        "10: database.access.security_groups.api: 'default' is not a security group id such as sg-0a1b2c3d4e5f60718",
    ),
    # Parameters
    mistake(
        "parameter-typo",
        database("parameters: {work_men: 4096}"),
        "10: database.parameters.work_men: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
    ),
    mistake(
        "parameter-unknown",
        database("parameters: {nonsense: 1}"),
        "10: database.parameters.nonsense: is not a parameter of Aurora PostgreSQL",
    ),
    mistake(
        "parameter-in-capitals",
        database("parameters: {WORK_MEM: 4096}"),
        "10: database.parameters.WORK_MEM: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
    ),
    mistake(
        "parameter-not-modifiable",
        database("parameters: {archive_mode: 1}"),
        "10: database.parameters.archive_mode: cannot be set on Aurora: Aurora archives continuously by itself; set the backup retention period",
    ),
    mistake(
        "parameter-not-modifiable-any-more",
        database('engine_version: "17"', "parameters: {wal_compression: 1}"),
        "11: database.parameters.wal_compression: cannot be set on Aurora: Aurora writes no full pages into the write-ahead log",
    ),
    mistake(
        "parameter-too-small",
        database("parameters: {work_mem: 32}"),
        "10: database.parameters.work_mem: '32' is not within 64 to 2147483647, in units of kB",
    ),
    mistake(
        "parameter-too-large",
        database("parameters: {work_mem: 99999999999}"),
        "10: database.parameters.work_mem: '99999999999' is not within 64 to 2147483647, in units of kB",
    ),
    mistake(
        "parameter-in-blocks",
        database("parameters: {shared_buffers: 127}"),
        "10: database.parameters.shared_buffers: '127' is not within 128 to 1073741823, in units of 8kB",
    ),
    mistake(
        "parameter-with-unit",
        database("parameters: {work_mem: 4MB}"),
        "10: database.parameters.work_mem: '4MB' is not an integer of kB, written without the unit",
    ),
    mistake(
        "parameter-infinite",
        database("parameters: {work_mem: 1e999}"),
        "10: database.parameters.work_mem: 'inf' is not an integer of kB, written without the unit",
    ),
    mistake(
        "parameter-enum-typo",
        database("parameters: {log_statement: dll}"),
        "10: database.parameters.log_statement: 'dll' is not one of none, ddl, mod, all; did you mean 'ddl'?",
    ),
    mistake(
        "parameter-enum-has-5000-letters",
        database("parameters: {log_statement: " + "z" * 5000 + "}"),
        "10: database.parameters.log_statement: 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…' is not one of none, ddl, mod, all",
    ),
    mistake(
        "parameter-with-control-character",
        database(r'parameters: {log_statement: "\e[31m"}'),
        "10: database.parameters.log_statement: '\\x1b[31m' is not one of none, ddl, mod, all",
    ),
    mistake(
        "parameter-list-item-typo",
        database('parameters: {pgaudit.log: "role,dll"}'),
        "10: database.parameters.pgaudit.log: 'dll' is not one of ddl, function, misc, read, role, write, none, all, -ddl, -function, -misc, -read, -role, -write; did you mean 'ddl'?",
    ),
    mistake(
        "parameter-boolean-word",
        database('parameters: {log_lock_waits: "yes"}'),
        "10: database.parameters.log_lock_waits: 'yes' is text; did you mean true, without quotes?",
    ),
    mistake(
        "parameter-boolean-number",
        database("parameters: {log_lock_waits: 2}"),
        "10: database.parameters.log_lock_waits: '2' is neither true nor false",
    ),
    mistake(
        "parameter-not-a-number",
        database("parameters: {random_page_cost: cheap}"),
        "10: database.parameters.random_page_cost: 'cheap' is not a number",
    ),
    mistake(
        "parameter-formula-on-a-float",
        database('parameters: {random_page_cost: "{DBInstanceClassMemory/100}"}'),
        "10: database.parameters.random_page_cost: '{DBInstanceClassMemory/100}' is a formula, which only integer parameters take; this is a float",
    ),
    mistake(
        "parameter-formula-unclosed",
        database('parameters: {max_connections: "LEAST({DBInstanceClassMemory/9531392},5000"}'),
        "10: database.parameters.max_connections: 'LEAST({DBInstanceClassMemory/9531392},5000' is not a formula AWS takes: at character 43: expected ',' or ')', found the end",
    ),
    mistake(
        "parameter-formula-variable-typo",
        database('parameters: {max_connections: "{DBInstanceClasMemory/9531392}"}'),
        "10: database.parameters.max_connections: '{DBInstanceClasMemory/9531392}' is not a formula AWS takes: at character 2: expected the variable DBInstanceClassMemory, found 'DBInstanceCl'",
    ),
    mistake(
        "parameter-formula-by-zero",
        database('parameters: {max_connections: "{DBInstanceClassMemory/0}"}'),
        "10: database.parameters.max_connections: '{DBInstanceClassMemory/0}' is not a formula AWS takes: at character 24: expected a divisor above 0, found '0}'",
    ),
    mistake(
        "parameter-formula-out-of-range",
        database('parameters: {max_connections: "{DBInstanceClassMemory}"}'),
        "10: database.parameters.max_connections: '{DBInstanceClassMemory}', which comes to 3814820151, is not within 6 to 262143",
    ),
    mistake(
        "parameter-pinned",
        database("parameters: {rds.force_ssl: 0}"),
        "10: database.parameters.rds.force_ssl: cannot be changed: connections without TLS are refused",
    ),
    mistake(
        "parameter-pinned-tls",
        database("parameters: {ssl_min_protocol_version: TLSv1.3}"),
        "10: database.parameters.ssl_min_protocol_version: cannot be changed: TLS 1.2 or newer",
    ),
    mistake(
        "parameter-preload-libraries",
        database("parameters: {shared_preload_libraries: pg_cron}"),
        "10: database.parameters.shared_preload_libraries: is set by database.preload_libraries, which keeps pg_stat_statements",
    ),
    mistake(
        "parameter-of-instances-only",
        database("parameters: {rds.enable_memory_management: 1}"),
        "10: database.parameters.rds.enable_memory_management: is a parameter of instances only, which this project leaves to Aurora",
    ),
    mistake(
        "parameter-of-a-later-major",
        database("parameters: {transaction_timeout: 1000}"),
        "10: database.parameters.transaction_timeout: transaction_timeout exists from PostgreSQL 17 on",
    ),
    mistake(
        "parameter-removed-in-this-major",
        database('engine_version: "17"', "parameters: {old_snapshot_threshold: 10}"),
        "11: database.parameters.old_snapshot_threshold: old_snapshot_threshold was removed in PostgreSQL 17",
    ),
    mistake(
        "library-typo",
        database("preload_libraries: [auto_explan]"),
        "10: database.preload_libraries[0]: 'auto_explan' cannot be preloaded; allowed are auto_explain, orafce, pg_ad_mapping, pg_bigm, pg_cron, pg_hint_plan, pg_prewarm, pg_similarity, pg_stat_statements, pg_tle, pgaudit, pglogical, plprofiler; did you mean auto_explain?",
    ),
    mistake(
        "library-unknown",
        database("preload_libraries: [timescaledb]"),
        "10: database.preload_libraries[0]: 'timescaledb' cannot be preloaded; allowed are auto_explain, orafce, pg_ad_mapping, pg_bigm, pg_cron, pg_hint_plan, pg_prewarm, pg_similarity, pg_stat_statements, pg_tle, pgaudit, pglogical, plprofiler",
    ),
    mistake(
        "library-has-5000-letters",
        database("preload_libraries: [" + "z" * 5000 + "]"),
        "10: database.preload_libraries[0]: 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…' cannot be preloaded; allowed are auto_explain, orafce, pg_ad_mapping, pg_bigm, pg_cron, pg_hint_plan, pg_prewarm, pg_similarity, pg_stat_statements, pg_tle, pgaudit, pglogical, plprofiler",
    ),
    mistake(
        "library-empty",
        database('preload_libraries: [""]'),
        "10: database.preload_libraries[0]: '' cannot be preloaded; allowed are auto_explain, orafce, pg_ad_mapping, pg_bigm, pg_cron, pg_hint_plan, pg_prewarm, pg_similarity, pg_stat_statements, pg_tle, pgaudit, pglogical, plprofiler",
    ),
    mistake(
        "library-preloaded-anyway",
        database("preload_libraries: [pgaudit]"),
        "10: database.preload_libraries[0]: pgaudit is preloaded already; remove it",
    ),
    mistake(
        "library-twice",
        database("preload_libraries: [pg_cron, pg_cron]"),
        "10: database.preload_libraries[1]: pg_cron is preloaded already; remove it",
    ),
    # Serverless v2 capacity
    mistake(
        "capacity-between-steps",
        serverless("capacity: {minimum: 0.3, maximum: 8}"),
        "11: database.capacity.minimum: 0.3 is not a step of 0.5 ACU; did you mean 0.5?",
    ),
    mistake(
        "capacity-between-steps-near-0",
        serverless("capacity: {minimum: 0.2, maximum: 8}"),
        "11: database.capacity.minimum: 0.2 is not a step of 0.5 ACU; did you mean 0.5?",
    ),
    mistake(
        "capacity-minimum-over-maximum",
        serverless("capacity: {minimum: 8, maximum: 4}"),
        "11: database.capacity.minimum: 8 is more than the maximum 4",
    ),
    mistake(
        "capacity-over-256",
        serverless("capacity: {minimum: 1, maximum: 257}"),
        "11: database.capacity.maximum: 257 is not between 1 and 256 ACU",
    ),
    mistake(
        "capacity-negative",
        serverless("capacity: {minimum: -1, maximum: 1}"),
        "11: database.capacity.minimum: -1 is not between 0 and 256 ACU",
    ),
    mistake(
        "capacity-maximum-0.5",
        serverless("capacity: {minimum: 0, maximum: 0.5}"),
        "11: database.capacity.maximum: 0.5 is not between 1 and 256 ACU",
    ),
    mistake(
        "capacity-pause-without-0",
        serverless("capacity: {minimum: 0.5, maximum: 8, pause_after_seconds: 600}"),
        "11: database.capacity.pause_after_seconds: is of no effect: only a cluster with minimum 0 pauses",
    ),
    mistake(
        "capacity-pause-too-soon",
        serverless("capacity: {minimum: 0, maximum: 8, pause_after_seconds: 60}"),
        "11: database.capacity.pause_after_seconds: 60 is not between 300 and 86400 seconds",
    ),
    mistake(
        "capacity-0-too-new",
        serverless("capacity: {minimum: 0, maximum: 8}", 'engine_version: "14.6"'),
        "11: database.capacity.minimum: capacity 0 (automatic pause) needs Aurora PostgreSQL 14.12 or newer, not 14.6",
    ),
    mistake(
        "capacity-256-too-new",
        serverless("capacity: {minimum: 1, maximum: 256}", 'engine_version: "14.6"'),
        "11: database.capacity.maximum: capacity above 128 ACU needs Aurora PostgreSQL 14.10 or newer, not 14.6",
    ),
    mistake(
        "capacity-without-serverless",
        database("capacity: {minimum: 1, maximum: 4}"),
        "10: database.capacity: is of no effect: no instance is serverless; remove it or set instance_class: serverless",
    ),
    # Choices
    mistake(
        "tier-typo",
        development(("tier: development", "tier: developement")),
        "1: tier: 'developement' is not one of development, staging, production; did you mean development?",
    ),
    mistake(
        "tier-short",
        development(("tier: development", "tier: prod")),
        "1: tier: 'prod' is not one of development, staging, production; did you mean production?",
    ),
    mistake(
        "insights-typo",
        database("monitoring: {insights: advanzed}"),
        "10: database.monitoring.insights: 'advanzed' is not one of standard, advanced; did you mean advanced?",
    ),
    mistake(
        "tuning-typo",
        database("tuning: ful"),
        "10: database.tuning: 'ful' is not one of minimal, medium, full; did you mean full?",
    ),
    mistake(
        "changes-typo",
        database("changes_apply: at-once"),
        "10: database.changes_apply: 'at-once' is not one of at_once, in_window; did you mean at_once?",
    ),
    mistake(
        "storage-typo",
        database("storage: io-optimized"),
        "10: database.storage: 'io-optimized' is not one of standard, io_optimized; did you mean io_optimized?",
    ),
    mistake(
        "certificate-retired",
        database("ca_certificate: rds-ca-2019"),
        "10: database.ca_certificate: 'rds-ca-2019' is not a certificate authority of Amazon RDS; allowed are rds-ca-rsa2048-g1, rds-ca-rsa4096-g1, rds-ca-ecc384-g1; did you mean rds-ca-rsa2048-g1?",
    ),
    mistake(
        "certificate-typo",
        database("ca_certificate: rds-ca-rsa2048-g2"),
        "10: database.ca_certificate: 'rds-ca-rsa2048-g2' is not a certificate authority of Amazon RDS; allowed are rds-ca-rsa2048-g1, rds-ca-rsa4096-g1, rds-ca-ecc384-g1; did you mean rds-ca-rsa2048-g1?",
    ),
    # Access
    mistake(
        "access-without-endpoint",
        development("access: {}"),
        "7: network.create.interface_endpoints: is without ssm, which the function of access needs where there is no NAT; say [ssm], or nat: single",
    ),
    mistake(
        "access-without-one-of-its-endpoints",
        development(("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    interface_endpoints: [sts]"), "access: {}"),
        "9: network.create.interface_endpoints: is without ssm, which the function of access needs where there is no NAT; say [sts, ssm], or nat: single",
    ),
    mistake(
        "access-to-the-secret-without-endpoint",
        development(SSM, "access: {master_secret: true}"),
        "9: network.create.interface_endpoints: is without secretsmanager, which the function of access needs where there is no NAT; say [ssm, secretsmanager], or nat: single",
    ),
    mistake(
        "access-with-wrong-nat",
        development(("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    nat: singel"), "access: {}"),
        "9: network.create.nat: 'singel' is not one of none, single, per_zone; did you mean single?",
    ),
    mistake(
        "access-in-existing-network",
        existing("access: {}"),
        "7: network.existing: has neither NAT nor the interface endpoint ssm, which the function of access needs; if the VPC has it, say nat: true, or interface_endpoints: [ssm]",
    ),
    mistake(
        "access-to-the-secret-in-existing-network",
        existing(
            ("    cidr: 10.10.0.0/16", "    cidr: 10.10.0.0/16\n    interface_endpoints: [kms, ssm]"),
            "access: {master_secret: true}",
        ),
        "7: network.existing: has neither NAT nor the interface endpoint secretsmanager, which the function of access needs; if the VPC has it, say nat: true, or interface_endpoints: [kms, ssm, secretsmanager]",
    ),
    mistake(
        "existing-endpoint-twice",
        existing(
            ("    cidr: 10.10.0.0/16", "    cidr: 10.10.0.0/16\n    interface_endpoints: [ssm, ssm]"), "access: {}"
        ),
        "10: network.existing.interface_endpoints: names ssm 2 times",
    ),
    mistake(
        "existing-endpoint-typo",
        existing(("    cidr: 10.10.0.0/16", "    cidr: 10.10.0.0/16\n    interface_endpoints: [smm]"), "access: {}"),
        "10: network.existing.interface_endpoints[0]: 'smm' is not an interface endpoint that this project offers; allowed are ec2messages, events, kms, lambda, logs, monitoring, rds, rds-data, secretsmanager, sns, sqs, ssm, ssmmessages, sts, xray; did you mean ssm?",
    ),
    mistake(
        "existing-private-subnets-in-another-region",
        existing(
            (
                "    cidr: 10.10.0.0/16",
                "    cidr: 10.10.0.0/16\n    nat: true\n    private_subnets: {eu-central-1a: subnet-0a1b2c3d}",
            ),
            "access: {}",
        ),
        "11: network.existing.private_subnets.eu-central-1a: eu-central-1a is not in eu-west-1; did you mean eu-west-1a?",
    ),
    mistake(
        "existing-private-subnet-twice",
        existing(
            (
                "    cidr: 10.10.0.0/16",
                "    cidr: 10.10.0.0/16\n    nat: true\n    private_subnets: {eu-west-1a: subnet-2a1b2c3d, eu-west-1b: subnet-2a1b2c3d}",
            ),
            "access: {}",
        ),
        "11: network.existing.private_subnets: names subnet-2a1b2c3d 2 times",
    ),
    mistake(
        "existing-network-for-access-without-access",
        existing(
            (
                "    cidr: 10.10.0.0/16",
                "    cidr: 10.10.0.0/16\n    nat: true\n    interface_endpoints: [ssm]\n    private_subnets: {eu-west-1a: subnet-2a1b2c3d}",
            )
        ),
        "10: network.existing.nat: is of no effect: without access nothing needs to know",
        "11: network.existing.interface_endpoints: is of no effect: without access nothing needs to know",
        "12: network.existing.private_subnets: is of no effect: without access nothing stands in them",
    ),
    mistake(
        "access-is-true",
        development(SSM, "access: true"),
        f"10: access: 'true' is not a mapping with keys among {OF_ACCESS}",
    ),
    mistake(
        "access-is-empty",
        development(SSM, "access:"),
        "10: access: has no value; give one or remove the key",
    ),
    mistake(
        "access-unknown-key",
        development(SSM, "access: {quary: true}"),
        f"10: access.quary: is not a key here; allowed are {OF_ACCESS}; did you mean query?",
    ),
    mistake(
        "access-query-is-text",
        development(SSM, "access: {query: on}"),
        "10: access.query: 'on' is not true or false; did you mean true?",
    ),
    mistake(
        "access-partitions-at-25",
        development(SSM, 'access: {partitions_at: "25:00"}'),
        "10: access.partitions_at: '25:00' is not a time of the day in UTC such as 00:30",
    ),
    mistake(
        "access-concurrency-0",
        development(SSM, "access: {reserved_concurrency: 0}"),
        "10: access.reserved_concurrency: 0 is not between 1 and 100000",
    ),
    mistake(
        "user-has-a-hyphen",
        development(SSM, "access: {users: {check-out: {role: writer}}}"),
        "10: access.users.check-out: 'check-out' is not a database user: 1 to 63 lower-case letters, digits and underscores, a letter first",
    ),
    mistake(
        "user-is-master",
        development(SSM, "access: {users: {clusteradmin: {role: reader}}}"),
        "10: access.users.clusteradmin: clusteradmin cannot be a database user: it is the master user's name",
    ),
    mistake(
        "user-is-group",
        development(SSM, "access: {users: {experiment_writer: {role: reader}}}"),
        "10: access.users.experiment_writer: experiment_writer cannot be a database user: names that begin with experiment_ are this project's own",
    ),
    mistake(
        "user-is-functions",
        development(SSM, "access: {users: {experiment_function_reader: {role: reader}}}"),
        "10: access.users.experiment_function_reader: experiment_function_reader cannot be a database user: names that begin with experiment_ are this project's own",
    ),
    mistake(
        "user-is-postgresqls",
        development(SSM, "access: {users: {pg_monitor: {role: reader}}}"),
        "10: access.users.pg_monitor: pg_monitor cannot be a database user: names that begin with pg_ are PostgreSQL's own",
    ),
    mistake(
        "user-is-rds",
        development(SSM, "access: {users: {rdsadmin: {role: reader}}}"),
        "10: access.users.rdsadmin: rdsadmin cannot be a database user: names that begin with rds are those of Amazon RDS",
    ),
    mistake(
        "user-is-rds-iam",
        development(SSM, "access: {users: {rds_iam: {role: reader}}}"),
        "10: access.users.rds_iam: rds_iam cannot be a database user: names that begin with rds are those of Amazon RDS",
    ),
    mistake(
        "user-is-reserved",
        development(SSM, "access: {users: {user: {role: reader}}}"),
        "10: access.users.user: user cannot be a database user: it is a reserved word of PostgreSQL",
    ),
    mistake(
        "user-is-public",
        development(SSM, "access: {users: {public: {role: reader}}}"),
        "10: access.users.public: public cannot be a database user: it is a reserved word of PostgreSQL",
    ),
    mistake(
        "user-is-too-long",
        development(SSM, "access: {users: {" + "c" * 64 + ": {role: reader}}}"),
        "10: access.users."
        + "c" * 60
        + "…: '"
        + "c" * 60
        + "…' is not a database user: 1 to 63 lower-case letters, digits and underscores, a letter first",
    ),
    mistake(
        "user-without-a-role",
        development(SSM, "access: {users: {checkout: {}}}"),
        "10: access.users.checkout.role: is missing: The group whose rights it has: experiment_reader, experiment_writer or experiment_migrator",
    ),
    mistake(
        "user-of-another-role",
        development(SSM, "access: {users: {checkout: {role: owner}}}"),
        "10: access.users.checkout.role: 'owner' is not one of reader, writer, migrator",
    ),
    mistake(
        "user-makes-a-policy-name-too-long",
        development(
            SSM,
            ("project: experimentation", "project: " + "p" * 40),
            "access: {users: {" + "c" * 63 + ": {role: reader}}}",
        ),
        "10: access.users."
        + "c" * 60
        + "…: its policy would be called "
        + "p" * 40
        + "-test-database-connect-as-"
        + "c" * 63
        + ", 129 characters where IAM takes 128; shorten the user, the project or the environment",
    ),
    mistake(
        "shared-logins-without-users",
        development(SSM, "access: {shared_logins: true}"),
        "10: access.shared_logins: is of no effect: without users the three groups log in anyway",
    ),
    mistake(
        "access-memory-too-small",
        development(SSM, "access: {memory_mb: 64}"),
        "10: access.memory_mb: 64 is not between 128 and 10240 MB",
    ),
    mistake(
        "access-timeout-too-long",
        development(SSM, "access: {timeout_seconds: 1000}"),
        "10: access.timeout_seconds: 1000 is not between 1 and 900 seconds",
    ),
    mistake(
        "access-log-level-typo",
        development(SSM, "access: {log_level: warn}"),
        "10: access.log_level: 'warn' is not one of debug, info, warning, error; did you mean warning?",
    ),
    mistake(
        "access-log-retention",
        development(SSM, "access: {log_retention_days: 10}"),
        "10: access.log_retention_days: 10 is not a retention that CloudWatch Logs has, in days; allowed are 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; did you mean 7?",
    ),
    mistake(
        "proxy-is-true",
        development(SSM, "access: {proxy: true}"),
        "10: access.proxy: 'true' is not a mapping with keys among enabled, pool; did you mean {enabled: true}?",
    ),
    mistake(
        "proxy-keeps-awake",
        development(SSM, PROXY, "database: {instance_class: serverless, capacity: {minimum: 0, maximum: 8}}"),
        "10: access.proxy.enabled: RDS Proxy keeps connections open, so a cluster with capacity 0 would never pause; use a minimum of at least 0.5, or no proxy",
    ),
    mistake(
        "proxy-in-taipei",
        development(
            SSM,
            PROXY,
            ("eu-west-1", "ap-east-2\n  zones: [ap-east-2a, ap-east-2b]"),
            "database: {instance_class: db.r7g.large}",
        ),
        "11: access.proxy.enabled: RDS Proxy is not offered in ap-east-2",
    ),
    mistake(
        "proxy-on-18",
        development(
            SSM,
            PROXY,
            'database: {engine_version: "18.3"}',
            "accept: [{warning: engine-new, reason: we try the new major}]",
        ),
        "10: access.proxy.enabled: RDS Proxy is documented for no Aurora PostgreSQL 18 so far",
    ),
    mistake(
        "proxy-on-a-wrong-version",
        development(SSM, PROXY, 'database: {engine_version: "15.3"}'),
        '11: database.engine_version: 15.3: AWS no longer creates it; allowed are 15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19; did you mean "15.10" (LTS)?',
    ),
    mistake(
        "proxy-with-wrong-capacity",
        development(SSM, PROXY, "database: {instance_class: serverless, capacity: {minimum: no, maximum: 8}}"),
        "11: database.capacity.minimum: 'no' is not a number; allowed are 0 to 256 ACU",
    ),
    # State
    mistake(
        "backend-typo",
        development("state: {backend: s33}"),
        "9: state.backend: 's33' is not one of azurerm, cloud, gcs, http, local, pg, s3; did you mean s3?",
    ),
    mistake(
        "backend-azure",
        development("state: {backend: azure}"),
        "9: state.backend: 'azure' is not one of azurerm, cloud, gcs, http, local, pg, s3; did you mean azurerm?",
    ),
    mistake(
        "backend-unknown",
        development("state: {backend: remote}"),
        "9: state.backend: 'remote' is not one of azurerm, cloud, gcs, http, local, pg, s3",
    ),
    mistake(
        "state-path-absolute",
        development("state: {backend: local, path: /var/state}"),
        "9: state.path: '/var/state' is not a folder relative to the repository, such as terraform-state, that nothing else fills or empties",
    ),
    mistake(
        "state-path-upwards",
        development("state: {backend: local, path: state/../../elsewhere}"),
        "9: state.path: 'state/../../elsewhere' is not a folder relative to the repository, such as terraform-state, that nothing else fills or empties",
    ),
    mistake(
        "state-prefix-upwards",
        production("  prefix: ../teams"),
        "13: state.prefix: '../teams' is not a key prefix such as teams/experimentation",
    ),
    mistake(
        "state-prefix-slashes",
        production("  prefix: /teams/"),
        "13: state.prefix: '/teams/' is not a key prefix such as teams/experimentation",
    ),
    mistake(
        "state-address-with-password",
        development('state: {backend: http, address: "https://user:secret@example.com/state"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "state-address-with-query",
        development('state: {backend: http, address: "https://example.com/state?token=secret"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "state-address-unencrypted",
        development('state: {backend: http, address: "http://example.com/state"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "state-bucket-with-capital",
        production(("example-terraform-state", "Example-State")),
        "11: state.bucket: 'Example-State' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "state-bucket-with-underscore",
        production(("example-terraform-state", "example_state")),
        "11: state.bucket: 'example_state' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "state-bucket-of-2-letters",
        production(("example-terraform-state", "ab")),
        "11: state.bucket: 'ab' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "state-bucket-of-64-letters",
        production(("example-terraform-state", "b" * 64)),
        "11: state.bucket: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "state-bucket-with-dot",
        production(("example-terraform-state", "example.state")),
        "11: state.bucket: has a dot, so that its certificate does not fit its name; a managed bucket is named without, and one that exists is used with manage_bucket: false",
    ),
    mistake(
        "state-bucket-reserved",
        production(("example-terraform-state", "example-state-s3alias")),
        "11: state.bucket: 'example-state-s3alias' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "state-key-of-managed-bucket",
        production("  kms_key_arn: arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        "13: state.kms_key_arn: is not needed: a managed bucket encrypts with a key of its own; give a key only with manage_bucket: false",
    ),
    mistake(
        "state-key-is-an-alias",
        production("  manage_bucket: false", "  kms_key_arn: alias/state"),
        "14: state.kms_key_arn: 'alias/state' is not the ARN of a KMS key (an alias or a bare key id makes a perpetual diff or a replacement)",
    ),
    mistake(
        "state-key-of-another-region",
        production(
            "  manage_bucket: false",
            "  kms_key_arn: arn:aws:kms:eu-central-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        "14: state.kms_key_arn: is a key of another region than the bucket's, eu-west-1",
    ),
    mistake(
        "state-protected-without-managed-bucket",
        production("  manage_bucket: false", "  protected: false"),
        "14: state.protected: is of no effect: the bucket is managed elsewhere",
    ),
    mistake(
        "state-region-of-managed-bucket",
        production(("state\n  region: eu-west-1", "state\n  region: eu-central-1")),
        "12: state.region: eu-central-1 is not the environment's region eu-west-1, in which a managed bucket is created; use that region, or manage_bucket: false for a bucket elsewhere",
    ),
    mistake(
        "state-region-typo",
        production("  manage_bucket: false", ("state\n  region: eu-west-1", "state\n  region: eu-wset-1")),
        "12: state.region: 'eu-wset-1' is not a region that offers Aurora PostgreSQL; allowed are eu-central-1, eu-central-2, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3, and 30 elsewhere; did you mean eu-west-1?",
    ),
    mistake(
        "state-migrated-without-managed-bucket",
        production("  manage_bucket: false", "  migrated: true"),
        "14: state.migrated: is of no effect: without manage_bucket there is no state stack to migrate",
    ),
    mistake(
        "state-role-name",
        production("  assume_role: {role_arn: terraform}"),
        "13: state.assume_role.role_arn: 'terraform' is not the ARN of an IAM role such as arn:aws:iam::111111111111:role/name",
    ),
    mistake(
        "state-organization-with-space",
        development("state: {backend: cloud, organization: my team}"),
        "9: state.organization: 'my team' is not an organization name of 3 to 40 letters, digits, hyphens and underscores",
    ),
    mistake(
        "state-hostname-with-scheme",
        development('state: {backend: cloud, organization: example, hostname: "https://tfe.example.com"}'),
        "9: state.hostname: 'https://tfe.example.com' is not a host name such as app.terraform.io",
    ),
    mistake(
        "state-kms-key-of-google",
        development("state: {backend: gcs, bucket: example, kms_encryption_key: key}"),
        "9: state.kms_encryption_key: 'key' is not a Cloud KMS key name: projects/…/locations/…/keyRings/…/cryptoKeys/…",
    ),
    mistake(
        "state-storage-account-with-hyphen",
        development("state: {backend: azurerm, storage_account_name: my-account, container_name: tfstate}"),
        "9: state.storage_account_name: 'my-account' is not 3 to 24 lower-case letters and digits",
    ),
    mistake(
        "state-gcs-key-with-a-reference",
        development(
            "state:",
            "  backend: gcs",
            "  bucket: example-state",
            "  kms_encryption_key: projects/${x}/locations/eu/keyRings/a/cryptoKeys/b",
        ),
        "12: state.kms_encryption_key: 'projects/${x}/locations/eu/keyRings/a/cryptoKeys/b' is not a Cloud KMS key name: projects/…/locations/…/keyRings/…/cryptoKeys/…; nothing is filled in here: write the value itself",
    ),
    # Accepted warnings
    mistake(
        "acceptance-typo",
        development("accept: [{warning: engine-nearend, reason: we upgrade next month}]"),
        "9: accept[0].warning: 'engine-nearend' is not a warning; docs/rules.md lists them; did you mean engine-near-end?",
    ),
    mistake(
        "acceptance-unknown",
        development("accept: [{warning: everything, reason: we like to live dangerously}]"),
        "9: accept[0].warning: 'everything' is not a warning; docs/rules.md lists them",
    ),
    mistake(
        "acceptance-has-5000-letters",
        development("accept: [{warning: " + "w" * 5000 + ", reason: a long one it is}]"),
        "9: accept[0].warning: 'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww…' is not a warning; docs/rules.md lists them",
    ),
    mistake(
        "acceptance-unused",
        development("accept: [{warning: engine-near-end, reason: we upgrade next month}]"),
        "9: accept[0].warning: engine-near-end is not raised here; remove the acceptance",
    ),
    mistake(
        "acceptance-with-short-reason",
        development('database: {engine_version: "14.24"}', "accept: [{warning: engine-near-end, reason: because}]"),
        "10: accept[0].reason: 'because' is not a reason of at least ten characters",
    ),
    mistake(
        "acceptance-with-blank-reason",
        development(
            'database: {engine_version: "14.24"}', 'accept: [{warning: engine-near-end, reason: "            "}]'
        ),
        "10: accept[0].reason: '            ' is not a reason of at least ten characters",
    ),
    mistake(
        "acceptance-twice",
        development(
            'database: {engine_version: "14.24"}',
            "accept:",
            "  - {warning: engine-near-end, reason: we upgrade next month}",
            "  - {warning: engine-near-end, reason: we upgrade next month}",
        ),
        "12: accept[1].warning: engine-near-end is accepted already; keep one reason",
    ),
    # What the catalogue, the arithmetic of memory and the kinds of instances refuse together
    mistake(
        "unquoted-version-not-creatable",
        database("engine_version: 15.3"),
        '10: database.engine_version: 15.3 is a number to YAML, which may drop zeros; write it in quotes: "15.3"',
        '10: database.engine_version: 15.3: AWS no longer creates it; allowed are 15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19; did you mean "15.10" (LTS)?',
    ),
    mistake(
        "minor-upgrades-by-hand",
        database("auto_minor_version_upgrade: true"),
        '10: database.auto_minor_version_upgrade: is not a key here: it follows from engine_version; a major such as "15" gets minor upgrades, an exact version such as "15.10" gets none, as AWS asks for LTS releases',
    ),
    mistake(
        "parameter-family",
        database("family: aurora-postgresql15"),
        '10: database.family: is not a key here: it follows from engine_version; "15.10" is of family aurora-postgresql15',
    ),
    mistake(
        "ca-certificate-by-its-aws-name",
        database("ca_cert_identifier: rds-ca-rsa2048-g1"),
        "10: database.ca_cert_identifier: is not a key here; did you mean ca_certificate?",
    ),
    mistake(
        "blue-green",
        database("blue_green_update: {enabled: true}"),
        "10: database.blue_green_update: is not offered: a blue/green deployment does not go with a managed master secret",
    ),
    mistake(
        "managed-secret-switched-off",
        database("manage_master_user_password: false"),
        "10: database.manage_master_user_password: is not a key here: RDS always keeps the password in Secrets Manager",
    ),
    mistake(
        "replica-of-another-cluster",
        database("replication_source_identifier: arn:aws:rds:eu-west-1:111111111111:cluster:a"),
        "10: database.replication_source_identifier: is not offered: a replica of another cluster does not go with a managed master secret",
    ),
    mistake(
        "insights-retention",
        database("monitoring: {retention_days: 31}"),
        "10: database.monitoring.retention_days: is not a key here: it follows from insights; standard keeps 7 days, advanced 465",
    ),
    mistake(
        "insights-switch",
        database("monitoring: {performance_insights: false}"),
        "10: database.monitoring.performance_insights: is not a key here: it is always on, and insights says how long it keeps",
    ),
    mistake(
        "parameter-boolean-quoted",
        database("parameters: {log_lock_waits: 'true'}"),
        "10: database.parameters.log_lock_waits: 'true' is text; did you mean true, without quotes?",
    ),
    mistake(
        "parameter-boolean-of-yaml-1.1",
        database("parameters: {log_lock_waits: off}"),
        "10: database.parameters.log_lock_waits: 'off' is text; did you mean false, without quotes?",
    ),
    mistake(
        "parameter-not-modifiable-in-this-major",
        database('engine_version: "17.7"', "parameters: {log_filename: postgresql.log.%Y-%m-%d}"),
        "11: database.parameters.log_filename: cannot be set on Aurora: from 17.4 on Aurora sets it; set log_rotation_age",
    ),
    mistake(
        "parameter-formula-on-a-larger-instance",
        database(
            "instances: {1: {}, 2: {instance_class: db.r5.24xlarge, promotion_tier: 2}}",
            "parameters: {max_connections: '{DBInstanceClassMemory/2000000}'}",
        ),
        "11: database.parameters.max_connections: '{DBInstanceClassMemory/2000000}', which comes to 386851, is not within 6 to 262143",
    ),
    mistake(
        "parameter-of-a-newer-minor",
        database('engine_version: "16.8"', "parameters: {apg_shared_plan_cache.enable: true}"),
        "11: database.parameters.apg_shared_plan_cache.enable: the shared plan cache needs Aurora PostgreSQL 16.10 or newer, not 16.8",
    ),
    mistake(
        "tls-of-a-newer-minor",
        database('engine_version: "14.6"', "parameters: {ssl_max_protocol_version: TLSv1.3}"),
        "11: database.parameters.ssl_max_protocol_version: TLS 1.3 needs Aurora PostgreSQL 14.8 or newer, not 14.6",
    ),
    mistake(
        "memory-buffers-do-not-fit",
        database("parameters: {shared_buffers: 1000000}"),
        "10: database.parameters.shared_buffers: the server would not start: it takes 7,850 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower shared_buffers",
    ),
    mistake(
        "memory-sorts-do-not-fit",
        database("parameters: {work_mem: 65536, max_connections: 400}"),
        "10: database.parameters.work_mem: shared_buffers 2,085 + 100 of 400 connections x work_mem 64 + maintenance_work_mem 64 + 3 autovacuum workers x 113 = 8,890 MB is more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower work_mem or take a larger class",
    ),
    mistake(
        "memory-vacuum-does-not-fit",
        database("parameters: {autovacuum_work_mem: 1048576}"),
        "10: database.parameters.autovacuum_work_mem: shared_buffers 2,085 + 100 of 400 connections x work_mem 4 + maintenance_work_mem 64 + 3 autovacuum workers x 1,024 = 5,621 MB is more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower autovacuum_work_mem or take a larger class",
    ),
    mistake(
        "memory-maintenance-does-not-fit",
        database("parameters: {maintenance_work_mem: 2097152}"),
        "10: database.parameters.maintenance_work_mem: shared_buffers 2,085 + 100 of 400 connections x work_mem 4 + maintenance_work_mem 2,048 + 3 autovacuum workers x 113 = 4,874 MB is more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower maintenance_work_mem or take a larger class",
    ),
    mistake(
        "memory-does-not-fit-the-smaller-instance",
        database(
            "instance_class: db.r5.4xlarge",
            "instances: {1: {}, 2: {instance_class: db.r5.large, promotion_tier: 2}}",
            "parameters: {work_mem: 32768, max_connections: 1000}",
        ),
        "12: database.parameters.work_mem: shared_buffers 9,932 + 250 of 1,000 connections x work_mem 32 + maintenance_work_mem 248 + 3 autovacuum workers x 474 = 19,603 MB is more than the 15,170 MB of db.r5.large that PostgreSQL can use; lower work_mem or take a larger class",
    ),
    mistake(
        "memory-does-not-fit-the-capacity",
        serverless("capacity: {minimum: 2, maximum: 4}", "parameters: {work_mem: 65536}"),
        "12: database.parameters.work_mem: shared_buffers 4,701 + 206 of 823 connections x work_mem 64 + maintenance_work_mem 122 + 3 autovacuum workers x 233 = 18,708 MB is more than the 7,482 MB of serverless at 4 ACU that PostgreSQL can use; lower work_mem or raise the maximum capacity",
    ),
    mistake(
        "serverless-buffers",
        serverless("capacity: {minimum: 2, maximum: 8}", "parameters: {shared_buffers: 100000}"),
        "12: database.parameters.shared_buffers: is of no effect: Serverless v2 sizes it as it scales; remove it",
    ),
    mistake(
        "state-key-of-another-partition",
        production(
            "  manage_bucket: false",
            "  kms_key_arn: arn:aws-cn:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        "14: state.kms_key_arn: is of partition aws-cn; eu-west-1 is in aws",
    ),
    mistake(
        "state-key-alias-arn",
        production("  manage_bucket: false", "  kms_key_arn: arn:aws:kms:eu-west-1:111111111111:alias/state"),
        "14: state.kms_key_arn: 'arn:aws:kms:eu-west-1:111111111111:alias/state' is not the ARN of a KMS key (an alias or a bare key id makes a perpetual diff or a replacement)",
    ),
    mistake(
        "state-role-of-another-partition",
        production("  assume_role: {role_arn: 'arn:aws-us-gov:iam::111111111111:role/state'}"),
        "13: state.assume_role.role_arn: is of partition aws-us-gov; eu-west-1 is in aws",
    ),
    # A cluster that existed before its file
    mistake(
        "given-names-unknown-instance",
        development(
            "names: {instances: {2: acme-prod-1}}", "database: {instances: {1: {}, reader: {zone: eu-west-1a}}}"
        ),
        "9: names.instances.2: 2 is not an instance; database.instances has 1, reader",
    ),
    mistake(
        "given-names-twice",
        development("names: {instances: {1: acme-1, 2: acme-1}}", "database: {instances: 2}"),
        "9: names.instances.2: acme-1 is the identifier of instance 1 as well",
    ),
    mistake(
        "given-names-another-ones",
        development("names: {cluster: acme, instances: {2: acme-1}}", "database: {instances: 2}"),
        "9: names.instances.2: acme-1 is the identifier of instance 1 as well",
    ),
    mistake(
        "given-names-subnet-group-of-others",
        existing("names: {subnet_group: acme}", ("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    subnet_group: shared")),
        "14: names.subnet_group: is of no effect: network.existing.subnet_group names one that is not made here",
    ),
    mistake(
        "given-names-capital",
        development("names: {cluster: Acme}"),
        "9: names.cluster: 'Acme' is not an identifier of 1 to 63 lower-case letters, digits and single hyphens, a letter first",
    ),
    mistake(
        "given-names-default-subnet-group",
        development("names: {subnet_group: default}"),
        "9: names.subnet_group: 'default' is not a DB subnet group's name: 1 to 255 lower-case letters, digits, spaces and . _ -, but not default",
    ),
    mistake(
        "given-names-group-like-an-id",
        development("names: {security_group: sg-database}"),
        "9: names.security_group: 'sg-database' is not a security group's name: 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not beginning with sg-",
    ),
    mistake(
        "given-names-default-parameter-group",
        development("names: {cluster_parameter_group: default.aurora-postgresql15}"),
        "9: names.cluster_parameter_group: 'default.aurora-postgresql15' is not a parameter group's name: 1 to 255 lower-case letters, digits and single hyphens, a letter first, and none of AWS's own, which begin with default.",
    ),
    mistake(
        "given-keys-alias",
        development("encryption: {data: alias/aws/rds}"),
        "9: encryption.data: 'alias/aws/rds' is not the ARN of a KMS key (an alias or a bare key id makes a perpetual diff or a replacement)",
    ),
    mistake(
        "given-keys-region",
        development("encryption: {data: arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab}"),
        "9: encryption.data: is a key of us-east-1; services use keys of their own region only, eu-west-1",
    ),
    mistake(
        "given-keys-partition",
        development(
            "encryption: {logs: arn:aws-cn:kms:cn-north-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab}"
        ),
        "9: encryption.logs: is a key of partition aws-cn; eu-west-1 is in aws",
    ),
    mistake(
        "given-keys-of-no-secret",
        existing(
            "encryption: {secrets: arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab}",
            "database: {master_user: {password: elsewhere}}",
        ),
        "13: encryption.secrets: is of no effect: the password is kept elsewhere, so that RDS makes no secret; remove it",
    ),
    mistake(
        "password-secret-of-a-managed-one",
        database("master_user: {secret_arn: arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf}"),
        "10: database.master_user.secret_arn: is of no effect: RDS makes the secret itself, unless it says password: elsewhere",
    ),
    mistake(
        "password-secret-rotated-here",
        database("master_user: {password: elsewhere, rotation_days: 7}"),
        "10: database.master_user.rotation_days: is of no effect: a password that is kept elsewhere is rotated there",
    ),
    mistake(
        "password-secret-of-another-region",
        database(
            "master_user: {password: elsewhere, secret_arn: arn:aws:secretsmanager:eu-west-2:111111111111:secret:db-AbCdEf}"
        ),
        "10: database.master_user.secret_arn: is a secret of eu-west-2; the database is in eu-west-1",
    ),
    mistake(
        "password-secret-that-nobody-names",
        development(
            "database: {master_user: {password: elsewhere}}",
            "access: {master_secret: true}",
            ("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    interface_endpoints: [ssm, secretsmanager]"),
        ),
        "11: access.master_secret: the function cannot read a password of which only database.master_user knows that it is elsewhere; name its secret there as secret_arn",
    ),
    mistake(
        "password-secret-that-is-no-arn",
        database("master_user: {password: elsewhere, secret_arn: hunter2}"),
        "10: database.master_user.secret_arn: the value is not the ARN of a secret in Secrets Manager; a password never stands in a file",
    ),
    mistake(
        "attached-twice",
        database("access: {attached: [sg-0a1b2c3d, sg-0a1b2c3d]}"),
        "10: database.access.attached: names sg-0a1b2c3d 2 times",
    ),
    mistake(
        "attached-and-taken-over",
        development(
            "database: {exists: true, access: {attached: [sg-0a1b2c3d]}}", "adopt: {security_group: sg-0a1b2c3d}"
        ),
        "9: database.access.attached: sg-0a1b2c3d is taken over as the database's own (adopt.security_group); remove it",
    ),
    mistake(
        "adoption-of-nothing",
        development("adopt: {}"),
        "9: adopt: imports a cluster, of which database.exists has to say true; without a cluster that runs, remove adopt",
    ),
    mistake(
        "adoption-of-an-unknown-instance",
        development("adopt: {instances: [2]}", "database: {exists: true}"),
        '9: adopt.instances[0]: 2 is a number to YAML, which may drop zeros; write it in quotes: "2"',
        "9: adopt.instances[0]: 2 is not an instance; database.instances has 1",
    ),
    mistake(
        "adoption-of-an-unknown-instance-by-name",
        development("adopt: {instances: [writr]}", "database: {exists: true, instances: {writer: {zone: eu-west-1a}}}"),
        "9: adopt.instances[0]: writr is not an instance; database.instances has writer; did you mean writer?",
    ),
    mistake(
        "adoption-twice",
        development("adopt: {log_groups: [postgresql, postgresql]}", "database: {exists: true}"),
        "9: adopt.log_groups: names postgresql 2 times",
    ),
    mistake(
        "adoption-of-a-foreign-subnet-group",
        existing(
            "adopt: {subnet_group: true}",
            "database: {exists: true}",
            ("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    subnet_group: shared"),
        ),
        "14: adopt.subnet_group: shared is somebody else's, by network.existing; keep one of the two",
    ),
    mistake(
        "adoption-of-no-role",
        development("adopt: {monitoring_role: true}", "database: {exists: true, monitoring: {interval_seconds: 0}}"),
        "9: adopt.monitoring_role: is of no effect: Enhanced Monitoring is off, so there is no role",
    ),
    mistake(
        "adoption-of-a-foreign-key",
        development(
            "adopt: {keys: {data: 1234abcd-12ab-34cd-56ef-1234567890ab}}",
            "database: {exists: true}",
            "encryption: {data: arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab}",
        ),
        "9: adopt.keys.data: encryption.data names a key that stays somebody else's; keep one of the two",
    ),
    mistake(
        "adoption-of-a-key-of-no-secret",
        development(
            "adopt: {keys: {secrets: 1234abcd-12ab-34cd-56ef-1234567890ab}}",
            "database: {exists: true, master_user: {password: elsewhere}}",
        ),
        "9: adopt.keys.secrets: is of no effect: the password is kept elsewhere, so there is no such key",
    ),
    mistake(
        "adoption-of-a-rule-of-nobody",
        development(
            "adopt: {security_group: sg-0a1b2c3d, rules: {ap: sgr-0a1b2c3d}}",
            "database: {exists: true, access: {security_groups: {api: sg-1a1b2c3d}}}",
        ),
        "9: adopt.rules.ap: ap is not a source; database.access has api; did you mean api?",
    ),
    mistake(
        "adoption-of-rules-alone",
        development(
            "adopt: {rules: {api: sgr-0a1b2c3d}}",
            "database: {exists: true, access: {security_groups: {api: sg-1a1b2c3d}}}",
        ),
        "9: adopt.rules: are rules of a group that is not taken over; name it as adopt.security_group",
    ),
    # A cluster that existed before its file
    mistake(
        "origin-of-nothing",
        database("origin: {latest: true}"),
        "10: database.origin: needs one of snapshot, cluster, resource_id: a cluster is made of a snapshot, of one that runs, or of one that was deleted",
    ),
    mistake(
        "origin-of-two",
        database("origin: {snapshot: one, cluster: other, latest: true}"),
        "10: database.origin: has snapshot and cluster; keep one: a cluster is made of a snapshot, of one that runs, or of one that was deleted",
    ),
    mistake(
        "origin-at-no-moment",
        database("origin: {cluster: other}"),
        "10: database.origin: needs one of time, latest, clone: which state of the source is meant",
    ),
    mistake(
        "origin-at-two-moments",
        database("origin: {cluster: other, latest: true, clone: true}"),
        "10: database.origin: has latest and clone; keep one of time, latest, clone: which state of the source is meant",
    ),
    mistake(
        "origin-snapshot-of-a-moment",
        database("origin: {snapshot: one, latest: true}"),
        "10: database.origin.latest: is of no effect: a snapshot is of one moment",
    ),
    mistake(
        "origin-clone-of-a-deleted-one",
        database("origin: {resource_id: cluster-ABCDEFGHIJKLMNOP, clone: true}"),
        "10: database.origin.clone: a cluster that was deleted cannot be cloned; say latest: true or a time",
    ),
    mistake(
        "origin-of-another-region",
        database("origin: {snapshot: 'arn:aws:rds:us-east-1:111111111111:cluster-snapshot:one'}"),
        "10: database.origin.snapshot: is of us-east-1, and the cluster is made in eu-west-1; copy the snapshot there first",
    ),
    mistake(
        "origin-of-itself",
        database("origin: {cluster: experimentation-test, clone: true}"),
        "10: database.origin.cluster: experimentation-test is this environment's own cluster; it cannot be made of itself",
    ),
    mistake(
        "origin-on-no-day",
        database("origin: {cluster: other, time: '2026-02-30T00:00:00Z'}"),
        "10: database.origin.time: 2026-02-30T00:00:00Z is no day of the calendar",
    ),
    mistake(
        "origin-still-to-come",
        database("origin: {cluster: other, time: '2126-02-20T00:00:00Z'}"),
        "10: database.origin.time: 2126-02-20T00:00:00Z is still to come; a cluster is restored to what has been",
    ),
    mistake(
        "origin-time-without-a-zone",
        database("origin: {cluster: other, time: '2026-02-20 00:00'}"),
        "10: database.origin.time: '2026-02-20 00:00' is not a time in UTC such as 2026-11-25T03:00:00Z",
    ),
    mistake(
        "origin-refreshed-and-protected",
        production("database: {origin: {cluster: other, latest: true, refresh: again}}"),
        "13: database.origin.refresh: deletes the cluster and makes it anew, which a protected environment refuses",
    ),
    mistake(
        "expiry-over",
        development("expires: 2026-11-21"),
        "9: expires: ended on 2026-11-21; take it away with make destroy, then remove the file, or give it a later day",
    ),
    mistake(
        "expiry-on-no-day",
        development("expires: 2026-02-30"),
        "9: expires: 2026-02-30 is no day of the calendar",
    ),
    mistake(
        "expiry-in-words",
        development("expires: tomorrow"),
        "9: expires: 'tomorrow' is not a day such as 2026-12-01",
    ),
    mistake(
        "snapshot-as-a-key",
        database("snapshot_identifier: one"),
        "10: database.snapshot_identifier: is not a key here: database.origin says what a cluster is made of: {snapshot: …}, or {cluster: …, time: …}",
    ),
)


def messages(folder: Path) -> list[str]:
    """Return what is printed about the folder's files."""
    with pytest.raises(InvalidEnvironmentsError) as caught:
        loader.load(folder, today=TODAY)
    return [str(finding) for finding in caught.value.findings]


def written(tmp_path: Path, text: str | bytes) -> Path:
    """Return a folder with one environment, ``test``, that consists of the text."""
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "test.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return envs


@pytest.mark.parametrize(("text", "lines"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_its_remedy(
    text: str | bytes, lines: tuple[str, ...], tmp_path: Path
) -> None:
    assert messages(written(tmp_path, text)) == [f"envs/test.yaml:{line}" for line in lines]


def test_no_message_is_pydantics_own_or_longer_than_a_screen() -> None:
    # What is printed is what the rows say, which the test above holds.
    rows: list[Any] = [row.values for row in MISTAKES]
    for text, lines in rows:
        last = 1 if isinstance(text, bytes) else max(1, text.count("\n"))
        for message in lines:
            assert not any(phrase in message.lower() for phrase in ("input should", "validation error", "none has"))
            assert message.isprintable()
            assert len(message) < 800
            assert isinstance(text, bytes) or 1 <= int(message.split(":")[0]) <= last


# Legal but risky: a warning, with an identifier by which the file may accept it.
RISKS = (
    *rows_of_versions.RISKS,
    *rows_of_growth.RISKS,
    *rows_of_parameters.RISKS,
    *rows_of_succession.RISKS,
    mistake(
        "access-concurrency",
        development(SSM, "access: {reserved_concurrency: 901}"),
        "10: warning access-concurrency: access.reserved_concurrency: 901 needs a quota above 1000 instances in the account: Lambda keeps 100 unreserved, so 900 are the most where AWS never raised the quota",
        "10: warning connections-for-the-function: access.reserved_concurrency: 901 runs of the function keep up to 1,802 connections, and db.t3.medium has 395 to give; lower reserved_concurrency, or enable access.proxy",
    ),
    mistake(
        "access-shared-logins",
        development(SSM, "access: {users: {checkout: {role: writer}}, shared_logins: true}"),
        "10: warning access-shared-logins: access.shared_logins: experiment_reader, experiment_writer and experiment_migrator may still log in, so whoever has their policies can change their defaults for all and end each other's sessions; take it out once every application has a user of its own",
    ),
    mistake(
        "open-endpoints",
        development("    endpoint_policies: false"),
        "9: warning open-endpoints: network.create.endpoint_policies: without policies the VPC's endpoints take anybody's credentials and reach anybody's buckets, so that what runs in an isolated subnet can copy data out; name the accounts that are needed in trusted_accounts",
    ),
    mistake(
        "access-certificates",
        development(SSM, ("eu-west-1", "us-gov-east-1"), "access: {}"),
        "10: warning access-certificates: access: the function has no certificate authority of us-gov-east-1; get https://truststore.pki.us-gov-west-1.rds.amazonaws.com/global/global-bundle.pem, run make certificates BUNDLE=global-bundle.pem, then make lambda",
    ),
    mistake(
        "engine-near-end",
        database('engine_version: "14.24"'),
        "10: warning engine-near-end: database.engine_version: standard support of Aurora PostgreSQL 14 ends on 2027-02-28; Extended Support is opted out of, so AWS upgrades the cluster then",
    ),
    mistake(
        "engine-near-end-major",
        database('engine_version: "14"'),
        "10: warning engine-near-end: database.engine_version: standard support of Aurora PostgreSQL 14 ends on 2027-02-28; Extended Support is opted out of, so AWS upgrades the cluster then",
    ),
    mistake(
        "engine-new",
        database('engine_version: "18.3"'),
        "10: warning engine-new: database.engine_version: Aurora PostgreSQL 18 has no long-term support release yet, and RDS Proxy and some extensions may lack it",
    ),
    mistake(
        "protected-without-reader",
        production("database: {instances: 1}"),
        "13: warning protected-without-reader: database.instances: 1 instance: a failover has nowhere to go, and a failed instance is an outage of ten minutes; two or more in different zones fail over in under a minute",
    ),
    mistake(
        "protected-in-one-zone",
        production("database:", "  instances:", "    1: {zone: eu-west-1b}", "    2: {}"),
        "14: warning protected-in-one-zone: database.instances: every instance is in eu-west-1b; the loss of that zone is an outage",
    ),
    mistake(
        "protected-in-one-zone-by-numbers",
        production("database: {instances: {1: {}, 4: {}}}"),
        "13: warning protected-in-one-zone: database.instances: every instance is in eu-west-1a; the loss of that zone is an outage",
    ),
    mistake(
        "protected-burstable",
        production("database: {instance_class: db.t3.medium}"),
        "13: warning protected-burstable: database.instance_class: db.t3.medium is burstable; AWS recommends T classes for development and test only",
    ),
    mistake(
        "protected-burstable-reader",
        production("database:", "  instances:", "    1: {}", "    2: {instance_class: db.t4g.large}"),
        "16: warning mixed-promotion-tier: database.instances.2: promotion tier 1 has db.r5.large (instance 1) and db.t4g.large (instance 2); Aurora promotes the largest of a tier; give each class its own",
        "16: warning protected-burstable: database.instances.2.instance_class: db.t4g.large is burstable; AWS recommends T classes for development and test only",
    ),
    mistake(
        "protected-development",
        development("protected: true", "database: {instance_class: db.r5.large}"),
        "10: warning protected-without-reader: database.instances: 1 instance: a failover has nowhere to go, and a failed instance is an outage of ten minutes; two or more in different zones fail over in under a minute",
    ),
    mistake(
        "protected-logs-data",
        production("database: {parameters: {log_statement: mod}}"),
        "13: warning protected-logs-data: database.parameters.log_statement: mod puts every statement that writes, with its values into the log, and CloudWatch charges for each",
    ),
    mistake(
        "protected-pauses",
        production("database: {instance_class: serverless, capacity: {minimum: 0, maximum: 8}}"),
        "13: warning serverless-insights: database.capacity.minimum: 0 is little for Database Insights, which collects in the instance's own memory; AWS recommends 2 ACU or more",
        "13: warning protected-pauses: database.capacity.minimum: 0 lets the cluster pause; the first connection then waits about 15 seconds",
    ),
    mistake(
        "many-sources",
        database("access: {security_groups: {" + ", ".join(f"g{n}: sg-{n:08x}" for n in range(61)) + "}}"),
        "10: warning many-sources: database.access: 61 sources are 61 rules of one security group; AWS allows 60, unless it raised the account's quota",
    ),
    mistake(
        "never-pauses",
        serverless("capacity: {minimum: 0, maximum: 8}", "preload_libraries: [pg_cron]"),
        "11: warning never-pauses: database.capacity.minimum: 0 lets the cluster pause, but it never will: pg_cron does not run while paused, and its jobs keep the cluster awake",
    ),
    mistake(
        "engine-minor-near-end",
        database('engine_version: "15.13"'),
        '10: warning engine-minor-near-end: database.engine_version: support of 15.13 ends on 2026-12-31, and AWS then upgrades it in a maintenance window; did you mean "15.17", supported until 2028-02-29?',
    ),
    mistake(
        "engine-minor-near-end-of-an-old-major",
        database('engine_version: "14.17"'),
        "10: warning engine-near-end: database.engine_version: standard support of Aurora PostgreSQL 14 ends on 2027-02-28; Extended Support is opted out of, so AWS upgrades the cluster then",
        '10: warning engine-minor-near-end: database.engine_version: support of 14.17 ends on 2026-11-30, and AWS then upgrades it in a maintenance window; did you mean "14.19", supported until 2027-02-28?',
    ),
    mistake(
        "engine-near-end-of-an-lts-release",
        database('engine_version: "14.6"'),
        "10: warning engine-near-end: database.engine_version: standard support of Aurora PostgreSQL 14 ends on 2027-02-28; Extended Support is opted out of, so AWS upgrades the cluster then",
    ),
    mistake(
        "memory-tight",
        database("parameters: {work_mem: 8192}"),
        "10: warning memory-tight: database.parameters.work_mem: shared_buffers 2,085 + 100 of 400 connections x work_mem 8 + maintenance_work_mem 64 + 3 autovacuum workers x 113 = 3,290 MB is 90.4 % of the 3,638 MB of db.t3.medium that PostgreSQL can use; lower work_mem or take a larger class",
    ),
    mistake(
        "memory-tight-on-the-smaller-instance",
        database(
            "instance_class: db.r5.4xlarge",
            "instances: {1: {}, 2: {instance_class: db.r5.large, promotion_tier: 2}}",
            "parameters: {work_mem: 16384, max_connections: 600}",
        ),
        "11: warning failover-to-less-memory: database.instances.2: db.r5.large takes over from db.r5.4xlarge (instance 1) with less memory; give the two lowest promotion tiers the same class",
        "12: warning memory-tight: database.parameters.work_mem: shared_buffers 9,932 + 150 of 600 connections x work_mem 16 + maintenance_work_mem 248 + 3 autovacuum workers x 474 = 14,003 MB is 92.3 % of the 15,170 MB of db.r5.large that PostgreSQL can use; lower work_mem or take a larger class",
    ),
    mistake(
        "mixed-promotion-tier",
        database("instance_class: db.r5.large", "instances: {1: {}, 2: {instance_class: db.r5.xlarge}}"),
        "11: warning mixed-promotion-tier: database.instances.2: promotion tier 1 has db.r5.large (instance 1) and db.r5.xlarge (instance 2); Aurora promotes the largest of a tier; give each class its own",
    ),
    mistake(
        "failover-to-less-memory",
        database(
            "instance_class: db.r5.xlarge",
            "instances: {1: {promotion_tier: 0}, 2: {instance_class: db.r5.large, promotion_tier: 1}}",
        ),
        "11: warning failover-to-less-memory: database.instances.2: db.r5.large takes over from db.r5.xlarge (instance 1) with less memory; give the two lowest promotion tiers the same class",
    ),
    mistake(
        "failover-to-less-memory-of-a-capacity",
        database(
            "instance_class: db.r5.xlarge",
            "instances: {1: {promotion_tier: 0}, 2: {instance_class: serverless}}",
            "capacity: {minimum: 2, maximum: 8}",
        ),
        "11: warning failover-to-less-memory: database.instances.2: db.serverless takes over from db.r5.xlarge (instance 1) with less memory; give the two lowest promotion tiers the same class",
    ),
    mistake(
        "parameter-without-effect",
        database("parameters: {apg_plan_mgmt.max_plans: 20000}"),
        "10: warning parameter-without-effect: database.parameters.apg_plan_mgmt.max_plans: apg_plan_mgmt.max_plans is of no effect without rds.enable_plan_management: true",
    ),
    mistake(
        "parameter-without-effect-library",
        database("preload_libraries: [pglogical]"),
        "10: warning parameter-without-effect: database.preload_libraries[0]: pglogical is of no effect without rds.logical_replication: true",
    ),
    mistake(
        "parameter-without-effect-implied-library",
        database("parameters: {pglogical.use_spi: true}"),
        "10: warning parameter-without-effect: database.parameters.pglogical.use_spi: pglogical.use_spi is of no effect without rds.logical_replication: true",
    ),
    mistake(
        "serverless-connections",
        serverless("capacity: {minimum: 0.5, maximum: 32}"),
        "11: warning serverless-connections: database.capacity.minimum: 0.5 caps max_connections at 2,000, where 32 ACU would allow 5,000; a minimum of 1 lifts the cap",
    ),
    mistake(
        "serverless-insights",
        serverless("capacity: {minimum: 0.5, maximum: 8}", "monitoring: {insights: advanced}"),
        "11: warning serverless-insights: database.capacity.minimum: 0.5 is little for Database Insights, which collects in the instance's own memory; AWS recommends 2 ACU or more",
    ),
    mistake(
        "serverless-insights-protected",
        production("database: {instance_class: serverless, capacity: {minimum: 1, maximum: 8}}"),
        "13: warning serverless-insights: database.capacity.minimum: 1 is little for Database Insights, which collects in the instance's own memory; AWS recommends 2 ACU or more",
    ),
    mistake(
        "serverless-parameter",
        serverless("capacity: {minimum: 2, maximum: 8}", "parameters: {max_connections: 500}"),
        "12: warning serverless-parameter: database.parameters.max_connections: 500 stays as it is when the capacity range changes; Aurora would derive it from the maximum of 8 ACU",
    ),
    mistake(
        "serverless-parameter-formula",
        serverless(
            "capacity: {minimum: 2, maximum: 8}", "parameters: {max_connections: '{DBInstanceClassMemory/25165824}'}"
        ),
        "12: warning serverless-parameter: database.parameters.max_connections: on a serverless instance the formula follows from the maximum of 8 ACU, where it comes to 632, however little capacity there is at the time",
    ),
    mistake(
        "never-pauses-replication",
        serverless("capacity: {minimum: 0, maximum: 8}", "parameters: {rds.logical_replication: true}"),
        "11: warning never-pauses: database.capacity.minimum: 0 lets the cluster pause, but it never will: rds.logical_replication is on",
    ),
    mistake(
        "never-pauses-pglogical",
        serverless(
            "capacity: {minimum: 0, maximum: 8}", "parameters: {rds.logical_replication: true, pglogical.use_spi: true}"
        ),
        "11: warning never-pauses: database.capacity.minimum: 0 lets the cluster pause, but it never will: rds.logical_replication is on; pglogical's background workers stay connected",
    ),
    mistake(
        "never-pauses-jobs-by-parameter",
        serverless("capacity: {minimum: 0, maximum: 8}", "parameters: {cron.max_running_jobs: 2}"),
        "11: warning never-pauses: database.capacity.minimum: 0 lets the cluster pause, but it never will: pg_cron does not run while paused, and its jobs keep the cluster awake",
    ),
    mistake(
        "never-pauses-provisioned",
        serverless(
            "capacity: {minimum: 0, maximum: 8}",
            "instances: {1: {}, 2: {instance_class: db.r5.large, promotion_tier: 2}}",
        ),
        "11: warning never-pauses: database.capacity.minimum: 0 lets the cluster pause, but it never will: an instance is provisioned",
    ),
    mistake(
        "password-elsewhere",
        database("master_user: {password: elsewhere}"),
        "10: warning password-elsewhere: database.master_user.password: the master user's password is rotated by nobody here, and the function's first migration needs its secret; hand it to RDS when its users can follow",
    ),
    mistake(
        "attached-groups",
        database("access: {attached: [sg-0a1b2c3d, sg-1a1b2c3d]}"),
        "10: warning attached-groups: database.access.attached: whoever sg-0a1b2c3d, sg-1a1b2c3d admits can reach the database too; the groups and blocks named here are not all that may connect",
    ),
    mistake(
        "named-group-upgrade",
        development(
            "names: {instance_parameter_group: acme}",
            'database: {engine_version: "16.8", allow_major_version_upgrade: true}',
        ),
        "9: warning named-group-upgrade: names.instance_parameter_group: a major version has a parameter group of its own beside the old one, which needs another name: remove or change this one in the deployment that upgrades",
        "10: warning major-upgrade-switch: database.allow_major_version_upgrade: belongs to one deployment: as long as it is true, every change applies at once; take it out after the upgrade",
    ),
    mistake(
        "master-user-name",
        database("master_user: {name: rio_app}"),
        "10: warning master-user-name: database.master_user.name: rio_app is not of the documented form, 1 to 16 lower-case letters and digits, a letter first; clusters with underscores and longer names do run",
    ),
    mistake(
        "database-name-capitals",
        database("name: NotificationCanadaCaStaging"),
        "10: warning database-name-capitals: database.name: NotificationCanadaCaStaging has capitals, so SQL has to quote it everywhere; did you mean notificationcanadacastaging?",
    ),
    mistake(
        "copied-data",
        database("origin: {cluster: other, clone: true}"),
        "10: warning copied-data: database.origin: whoever reads this database reads what its source held then; restrict access as there, or scrub what is personal right after the first migration",
    ),
    mistake(
        "restored-waits",
        production("protected: true", "database: {origin: {snapshot: one}}"),
        "14: warning restored-waits: database.changes_apply: a restore of a snapshot does not switch IAM authentication on, and here the second apply that does waits for the maintenance window: nobody gets in until then; say at_once for the first two, then exists: true",
    ),
    mistake(
        "unprotected",
        production("protected: false"),
        "13: warning unprotected: protected: false takes away what the tier production has: deletion protection, final snapshot and prevent_destroy; a destroy then takes the data, its backups and its keys; say it for a teardown alone",
    ),
    mistake(
        "expires-soon",
        development("expires: 2026-11-24"),
        "9: warning expires-soon: expires: ends on 2026-11-24; check refuses it from the day after",
    ),
    mistake(
        "expires-today",
        development("expires: 2026-11-22"),
        "9: warning expires-soon: expires: ends on 2026-11-22; check refuses it from the day after",
    ),
)

# Done otherwise than the file says, for a reason: a note that asks for nothing.
NOTES = (
    *rows_of_versions.NOTES,
    *rows_of_parameters.NOTES,
    mistake(
        "parameter-default",
        database("parameters: {autovacuum_vacuum_cost_delay: 5}"),
        "10: note parameter-default: database.parameters.autovacuum_vacuum_cost_delay: 5 is Aurora's own default, so it is left out: written out, every plan would change it",
    ),
    mistake(
        "parameter-default-formula",
        database("parameters: {max_connections: 'LEAST({DBInstanceClassMemory/9531392},5000)'}"),
        "10: note parameter-default: database.parameters.max_connections: LEAST({DBInstanceClassMemory/9531392},5000) is Aurora's own default, so it is left out: written out, every plan would change it",
    ),
    mistake(
        "parameter-default-of-a-capacity",
        serverless(
            "capacity: {minimum: 2, maximum: 8}",
            "parameters: {max_connections: 'LEAST({DBInstanceClassMemory/9531392},5000)'}",
        ),
        "12: note parameter-default: database.parameters.max_connections: LEAST({DBInstanceClassMemory/9531392},5000) is Aurora's own default, so it is left out: written out, every plan would change it",
    ),
    mistake(
        "parameter-default-boolean",
        database("parameters: {rds.logical_replication: false}"),
        "10: note parameter-default: database.parameters.rds.logical_replication: 0 is Aurora's own default, so it is left out: written out, every plan would change it",
    ),
    mistake(
        "given-key",
        development("encryption: {data: arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab}"),
        "9: note given-key: encryption.data: this key stays as it is; its policy has to allow account 111111111111, by kms:ViaService rds.eu-west-1.amazonaws.com, kms:Decrypt, DescribeKey, Encrypt, GenerateDataKey*, ReEncrypt*, and CreateGrant where kms:GrantIsForAWSResource",
    ),
    mistake(
        "given-key-of-another-account",
        development(
            "encryption: {performance_insights: arn:aws:kms:eu-west-1:222222222222:key/mrk-1234abcd12ab34cd56ef1234567890ab}"
        ),
        "9: note given-key: encryption.performance_insights: this key stays as it is; its policy has to allow account 111111111111 (the key is of 222222222222), by kms:ViaService rds.eu-west-1.amazonaws.com, kms:Decrypt, DescribeKey, Encrypt, GenerateDataKey*, ReEncrypt*, and CreateGrant where kms:GrantIsForAWSResource",
    ),
    mistake(
        "given-key-of-logs",
        development("encryption: {logs: arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab}"),
        "9: note given-key: encryption.logs: this key stays as it is; its policy has to allow logs.eu-west-1.amazonaws.com itself kms:Decrypt, DescribeKey, Encrypt, GenerateDataKey*, ReEncrypt*, for the database's log groups",
    ),
)


@pytest.mark.parametrize(("text", "lines"), RISKS)
def test_a_risk_is_a_warning_that_the_file_may_accept(text: str, lines: tuple[str, ...], tmp_path: Path) -> None:
    envs = written(tmp_path, text)
    (loaded,) = loader.load(envs, today=TODAY)
    assert [str(warning) for warning in telling(loaded.warnings)] == [f"envs/test.yaml:{line}" for line in lines]
    reasons = [f"  - {{warning: {warning.rule}, reason: our users know}}\n" for warning in loaded.warnings]
    (envs / "test.yaml").write_text(f"{text}accept:\n{''.join(reasons)}")
    (loaded,) = loader.load(envs, today=TODAY)
    assert loaded.warnings == ()


HEARD = (
    "monitoring: {notify: {page: {email: {one: one@example.com}}}}",
    "monitoring: {notify: {page: {https: {one: 'https://example.com/one'}}}}",
    "monitoring: {notify: {page: {topic: 'arn:aws:sns:eu-west-1:111111111111:one'}}}",
    "monitoring: {notify: {page: {chatbot: {workspace_id: T07EA123LEP, channel_id: C07EZ1ABC23}}}}",
    "monitoring: {enabled: false}",
    "protected: false",
    "accept: [{warning: nobody-is-paged, reason: another team subscribes}]",
)


def test_a_protected_environment_says_who_is_paged(tmp_path: Path) -> None:
    message = (
        "warning nobody-is-paged: monitoring.notify.page: nobody is subscribed: alarms go off, and nobody hears them; name "
        "an address under email or https, a topic, or a chatbot, or accept this if somebody subscribes to the topic by "
        "other means"
    )
    envs = written(tmp_path, production("monitoring: {notify: {ticket: {email: {one: one@example.com}}}}"))
    assert [str(one) for one in loader.load(envs, today=TODAY)[0].warnings] == [f"envs/test.yaml:13: {message}"]
    (envs / "test.yaml").write_text(production())
    assert [str(one) for one in loader.load(envs, today=TODAY)[0].warnings] == [f"envs/test.yaml:1: {message}"]
    for line in HEARD:
        (envs / "test.yaml").write_text(production(line))
        assert "nobody-is-paged" not in {one.rule for one in loader.load(envs, today=TODAY)[0].warnings}, line


def test_a_local_state_is_one_persons_unless_the_file_accepts_it(tmp_path: Path) -> None:
    message = (
        "warning local-state: state: is a local file, and so one person's: in every other clone a plan wants to create "
        "all of it again; name a backend that others reach, such as s3, or accept it"
    )
    envs = written(tmp_path, development("state: {backend: local}"))
    assert [str(one) for one in loader.load(envs, today=TODAY)[0].warnings] == [f"envs/test.yaml:9: {message}"]
    (envs / "test.yaml").write_text(development())
    assert [str(one) for one in loader.load(envs, today=TODAY)[0].warnings] == [f"envs/test.yaml:1: {message}"]
    (envs / "test.yaml").write_text(development("accept: [{warning: local-state, reason: nobody else is here}]"))
    assert loader.load(envs, today=TODAY)[0].warnings == ()


@pytest.mark.parametrize(("text", "lines"), NOTES)
def test_a_note_says_what_was_done_and_asks_for_nothing(text: str, lines: tuple[str, ...], tmp_path: Path) -> None:
    (loaded,) = loader.load(written(tmp_path, text), today=TODAY)
    assert [str(note) for note in loaded.notes] == [f"envs/test.yaml:{line}" for line in lines]
    assert telling(loaded.warnings) == []


def test_every_warning_has_a_row_above() -> None:
    # Those of growth stand in their own table, tests/checks/test_checks_growth.py.
    of_growth = {rule.identifier for rule in growth.RULES}
    assert {row.id for row in RISKS} >= set(checks.WARNINGS) - together.WARNINGS - of_growth - {
        "local-state",
        "nobody-is-paged",
    }


def test_nothing_of_the_base_files_is_a_mistake(tmp_path: Path) -> None:
    for number, text in enumerate((DEVELOPMENT, PRODUCTION, EXISTING)):
        (tmp_path / f"{number}").mkdir()
        (loaded,) = loader.load(written(tmp_path / f"{number}", text), today=TODAY)
        assert telling(loaded.warnings) == []


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + development(),
        development().replace("\n", "\r\n"),
        "---\n" + development(),
        "# a comment\n\n" + development("# and another"),
        development("..."),
        development().rstrip("\n"),
        database("port:\t6432"),
        database("instances:", "  1: {}", "  2: {}"),
        database("parameters: {track_commit_timestamp: true, max_connections: '{DBInstanceClassMemory/25165824}'}"),
        development('tags: {owner: "Größe: 5", "team/name": a+b@c}'),
        development(f"tags: {{{'k' * 128}: {'v' * 256}}}"),
        production(
            "database:",
            "  parameters:",
            "    deadlock_timeout: 2000",
            "    log_min_duration_sample: -1",
            "    log_min_duration_statement: 250",
            "    log_parameter_max_length: 0",
            "    log_statement: ddl",
            "    log_transaction_sample_rate: 0",
        ),
    ],
    ids=[
        *("byte-order-mark", "crlf", "document-marker", "comments", "end-marker", "no-last-newline"),
        *("tab-after-key", "number-keys", "parameters", "tags", "longest-tag", "logs-no-data"),
    ],
)
def test_what_looks_unusual_and_is_fine(text: str, tmp_path: Path) -> None:
    (loaded,) = loader.load(written(tmp_path, text), today=TODAY)
    assert telling(loaded.warnings) == []
