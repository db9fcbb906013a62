"""Every kind of mistake that foreign files had, a row for each: mistakes together, names, addresses, zones, backends.

Rows are as in ``test_reading_mistakes``: a name, a file, and exactly what is printed of it.
"""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from catalog import regions
from reading import loader
from tests.reading.rows import telling
from tests.reading.test_reading_mistakes import (
    OF_DATABASE,
    PROXY,
    SSM,
    TODAY,
    database,
    development,
    existing,
    messages,
    mistake,
    production,
    serverless,
    written,
)

if TYPE_CHECKING:
    from pathlib import Path

REGIONS = ", ".join(name for name in regions.names() if name.startswith("eu-")) + ", and 30 elsewhere"

CHINA = ("eu-west-1", "cn-north-1")
"""Moves a development file to China."""

MISTAKES = (
    # Nothing hides another mistake
    mistake(
        "hidden-by-a-zone-that-is-none",
        development(
            ("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1x, eu-west-1b]\n"),
            "tags: {'aws:x': y}",
            "database: {instance_class: db.x1}",
        ),
        "6: aws.zones[0]: 'eu-west-1x' is not an availability zone such as eu-west-1a",
        "10: tags.aws:x: begins with aws:, which AWS keeps for itself",
        "11: database.instance_class: 'db.x1' is not a class of Aurora PostgreSQL",
    ),
    mistake(
        "hidden-by-a-missing-network",
        development(
            ("network:\n  create:\n    cidr: 10.10.0.0/16\n", ""),
            "tags: {'aws:x': y}",
            "database: {instance_class: db.x1, parameters: {wrk_mem: 1}}",
        ),
        "1: network: is missing: Created or existing network, such as {create: {cidr: 10.10.0.0/16}}",
        "6: tags.aws:x: begins with aws:, which AWS keeps for itself",
        "7: database.instance_class: 'db.x1' is not a class of Aurora PostgreSQL",
        "7: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
    ),
    mistake(
        "hidden-by-a-textual-network",
        development(
            ("network:\n  create:\n    cidr: 10.10.0.0/16\n", "network: vpc-1\n"),
            "database: {port: 80, preload_libraries: [timescaledb]}",
        ),
        "6: network: 'vpc-1' is not a mapping with keys among create, existing",
        "7: database.port: 80 is not between 1150 and 65535",
        "7: database.preload_libraries[0]: 'timescaledb' cannot be preloaded; allowed are auto_explain, orafce, pg_ad_mapping, pg_bigm, pg_cron, pg_hint_plan, pg_prewarm, pg_similarity, pg_stat_statements, pg_tle, pgaudit, pglogical, plprofiler",
    ),
    mistake(
        "hidden-by-a-region-typo",
        production(
            ("  region: eu-west-1\nnetwork", "  region: eu-wset-1\nnetwork"),
            ("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16\n    interface_endpoints: [ssm, ssm]"),
            "  manage_bucket: false",
            "  kms_key_arn: arn:aws:kms:eu-central-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        f"5: aws.region: 'eu-wset-1' is not a region that offers Aurora PostgreSQL; allowed are {REGIONS}; did you mean eu-west-1?",
        "9: network.create.interface_endpoints: names ssm 2 times",
        "15: state.kms_key_arn: is a key of another region than the bucket's, eu-west-1",
    ),
    mistake(
        "hidden-by-a-version",
        serverless(
            "engine_version: banana",
            "capacity: {minimum: 8, maximum: 4}",
            "parameters: {wrk_mem: 1}",
            "instances: {1: {instance_class: db.r5.lrge}}",
        ),
        '11: database.engine_version: \'banana\' is not a version such as "15.10" (exact) or "15" (newest minor)',
        "12: database.capacity: is of no effect: no instance is serverless; remove it or set instance_class: serverless",
        "12: database.capacity.minimum: 8 is more than the maximum 4",
        "13: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
        "14: database.instances.1.instance_class: 'db.r5.lrge' is not a class of Aurora PostgreSQL; did you mean db.r5.large?",
    ),
    mistake(
        "hidden-by-a-version-that-is-gone",
        database(
            'engine_version: "13"', "parameters: {wrk_mem: 1, log_statement: dll}", "preload_libraries: [timescaledb]"
        ),
        "10: database.engine_version: Aurora PostgreSQL 13 is not supported here; allowed are the majors 14, 15, 16, 17, 18",
        "11: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
        "11: database.parameters.log_statement: 'dll' is not one of none, ddl, mod, all; did you mean 'ddl'?",
        "12: database.preload_libraries[0]: 'timescaledb' cannot be preloaded; allowed are auto_explain, orafce, pg_ad_mapping, pg_bigm, pg_cron, pg_hint_plan, pg_prewarm, pg_similarity, pg_stat_statements, pg_tle, pgaudit, pglogical, plprofiler",
    ),
    mistake(
        "hidden-by-a-block",
        development(
            ("10.10.0.0/16", "10.10.0.1/33"),
            "    subnet_cidrs: {private: {eu-west-1a: 10.10.192.0/24}, isolated: {eu-west-1b: 10.10.192.0/25}}",
            "database: {access: {security_groups: {a: sg-0a1b2c3d, b: sg-0a1b2c3d}}}",
        ),
        "8: network.create.cidr: '10.10.0.1/33' is not an IPv4 CIDR block such as 10.0.0.0/16",
        "9: network.create.subnet_cidrs.isolated.eu-west-1b: 10.10.192.0/25 overlaps 10.10.192.0/24, the private subnet in eu-west-1a",
        "10: database.access.security_groups.b: sg-0a1b2c3d is admitted already as a",
    ),
    mistake(
        "hidden-by-a-backup-window",
        database("backup: {window: at night}", "maintenance: {window: sun:03:00-sun:03:10}"),
        "10: database.backup.window: 'at night' is not a daily window in UTC such as 01:00-02:00",
        "11: database.maintenance.window: the maintenance window sun:03:00-sun:03:10 lasts 10 minutes; AWS needs 30 to under a day",
    ),
    mistake(
        "hidden-by-a-maintenance-window",
        database(
            "maintenance: {window: sun:03:00-sun:03:10}", "instances: {1: {maintenance_window: tue:05:30-tue:05:40}}"
        ),
        "10: database.maintenance.window: the maintenance window sun:03:00-sun:03:10 lasts 10 minutes; AWS needs 30 to under a day",
        "11: database.instances.1.maintenance_window: tue:05:30-tue:05:40 lasts 10 minutes; AWS needs 30 to under a day",
    ),
    mistake(
        "hidden-by-a-prefix-length",
        development(
            ("10.10.0.0/16", "10.0.0.0/8"),
            "    interface_endpoints: [sts, sts]",
            "    subnet_cidrs: {public: {eu-west-1a: 10.0.192.0/24}}",
        ),
        "8: network.create.cidr: 10.0.0.0/8 is not between /16 and /24, which a VPC with subnets in every zone needs",
        "9: network.create.interface_endpoints: names sts 2 times",
        "10: network.create.subnet_cidrs.public: is of no effect: without NAT there are no public subnets",
    ),
    mistake(
        "hidden-by-a-parameter",
        database("parameters: {log_statement: dll, work_mem: 1048576, wrk_mem: 1}"),
        "10: database.parameters.log_statement: 'dll' is not one of none, ddl, mod, all; did you mean 'ddl'?",
        "10: database.parameters.work_mem: shared_buffers 2,085 + 100 of 400 connections x work_mem 1,024 + maintenance_work_mem 64 + 3 autovacuum workers x 113 = 104,890 MB is more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower work_mem or take a larger class",
        "10: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
    ),
    mistake(
        "hidden-by-a-pinned-parameter",
        database("parameters: {rds.force_ssl: 0, shared_buffers: 1000000}"),
        "10: database.parameters.rds.force_ssl: cannot be changed: connections without TLS are refused",
        "10: database.parameters.shared_buffers: the server would not start: it takes 7,850 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower shared_buffers",
    ),
    mistake(
        "hidden-by-an-anchor",
        development("tags: &tags {owner: growth}", "database: {port: 1}"),
        "9: anchor &tags: anchors are not allowed; write the value out",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-an-alias",
        development("tags: {owner: *owner}", "database: {port: 1}"),
        "9: alias *owner: aliases are not allowed; write the value out",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-tag",
        development(('"111111111111"', "!account 1"), "database: {port: 1}"),
        "4: tag !account: tags are not allowed; write a plain value",
        "9: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-second-document",
        database("port: 1", "backup: {retention_days: 0}") + "---\ntier: staging\n",
        "10: database.port: 1 is not between 1150 and 65535",
        "11: database.backup.retention_days: 0 is not between 1 and 35 days",
        "12: starts a second YAML document; one file is one environment",
    ),
    mistake(
        "hidden-by-depth",
        development("tags: " + "{a: " * 12 + "x" + "}" * 12, "database: {port: 1}"),
        "9: is nested more than 12 levels deep",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-byte",
        development("tags:", "  owner: Caf\u00e9", "database: {port: 1}").encode("latin-1"),
        "10: is not UTF-8: byte 0xe9; save the file as UTF-8",
        "11: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-nul",
        development("tags: {owner: a\0b}", "database: {port: 1}"),
        "9: has a character YAML does not allow: #x0000",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-block-given-twice",
        database("port: 1") + "database:\n  backup: {retention_days: 0}\n",
        "10: database.port: 1 is not between 1150 and 65535",
        "11: database: is given twice, first on line 9; keep one of them",
        "12: database.backup.retention_days: 0 is not between 1 and 35 days",
    ),
    mistake(
        "hidden-by-a-merge-key",
        development("<<: *base", "database: {port: 1}"),
        "9: merge keys (<<) are not allowed; write the values out",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-key-that-is-a-list",
        development("? [a]", ": 1", "database: {port: 1}"),
        "9: has a key that is a mapping or a list; keys are plain text",
        "11: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-an-instance-key",
        database("instances: {Reader: {zone: eu-west-1e, promotion_tier: 20}, 1: {}}", "parameters: {wrk_mem: 1}"),
        "10: database.instances.Reader: 'Reader' is not a number from 1 to 16, or a name of 1 to 20 lower-case letters, digits and single hyphens",
        "10: database.instances.Reader.zone: eu-west-1e has no database subnet; allowed are eu-west-1a, eu-west-1b, eu-west-1c; did you mean eu-west-1c?",
        "10: database.instances.Reader.promotion_tier: 20 is not between 0 and 15",
        "11: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
    ),
    mistake(
        "hidden-by-one-subnet",
        existing(
            ("      eu-west-1b: subnet-1a1b2c3d\n", ""),
            ("vpc-0a1b2c3d", "vpc-main"),
            "database: {backup: {window: 01:00-01:10}}",
        ),
        "8: network.existing.vpc_id: 'vpc-main' is not a VPC id such as vpc-0a1b2c3d4e5f60718",
        "10: network.existing.database_subnets: has 1 entry; at least 2 are needed",
        "12: database.backup.window: 01:00-01:10 lasts 10 minutes; AWS needs 30 or more",
    ),
    mistake(
        "hidden-by-four-zones",
        development(
            ("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, eu-central-1b, eu-west-1c, eu-west-1d]\n"),
            "database: {port: 1}",
        ),
        "6: aws.zones: has 4 entries; at most 3 are allowed",
        "6: aws.zones[1]: eu-central-1b is not in eu-west-1; did you mean eu-west-1b?",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-backend",
        development("state: {backend: s33, bucket: Bad_Name, region: eu-wset-1}"),
        "9: state.backend: 's33' is not one of azurerm, cloud, gcs, http, local, pg, s3; did you mean s3?",
        "9: state.bucket: 'Bad_Name' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
        f"9: state.region: 'eu-wset-1' is not a region that offers Aurora PostgreSQL; allowed are {REGIONS}; did you mean eu-west-1?",
    ),
    mistake(
        "hidden-by-no-backend",
        development("state: {bucket: Bad_Name, region: eu-wset-1}", "database: {port: 1}"),
        "9: state.backend: is missing: one of azurerm, cloud, gcs, http, local, pg, s3",
        "9: state.bucket: 'Bad_Name' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
        f"9: state.region: 'eu-wset-1' is not a region that offers Aurora PostgreSQL; allowed are {REGIONS}; did you mean eu-west-1?",
        "10: database.port: 1 is not between 1150 and 65535",
    ),
    mistake(
        "hidden-by-a-truth-value",
        development(SSM, "access: {query: on, memory_mb: 1}"),
        "10: access.query: 'on' is not true or false; did you mean true?",
        "10: access.memory_mb: 1 is not between 128 and 10240 MB",
    ),
    mistake(
        "hidden-by-an-unused-acceptance",
        development(
            ("project: experimentation", "project: Caps"), "accept: [{warning: engine-new, reason: a new project}]"
        ),
        "2: project: 'Caps' is not 1 to 40 lower-case letters, digits and single hyphens, a letter first",
        "9: accept[0].warning: engine-new is not raised here; remove the acceptance",
    ),
    mistake(
        "hidden-by-a-list-of-a-database",
        development("database: [port]", "tags: {'aws:x': y}"),
        f"9: database: a list is not a mapping with keys among {OF_DATABASE}",
        "10: tags.aws:x: begins with aws:, which AWS keeps for itself",
    ),
    mistake(
        "hidden-by-the-aws-block",
        development(
            ('aws:\n  account_id: "111111111111"\n  region: eu-west-1\n', "aws: here\n"),
            "database: {parameters: {wrk_mem: 1}, backup: {window: 01:00-01:10}}",
        ),
        "3: aws: 'here' is not a mapping with keys among account_id, region, zones",
        "7: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
        "7: database.backup.window: 01:00-01:10 lasts 10 minutes; AWS needs 30 or more",
    ),
    # Names that services keep for themselves
    mistake(
        "name-like-a-group-id",
        development(("project: experimentation", "project: sg-experiments")),
        "2: project: the security group would be sg-experiments-test-database, which must not begin with sg-, which AWS keeps for ids; choose another project",
    ),
    mistake(
        "name-of-aws",
        development(("project: experimentation", "project: aws-experiments")),
        "2: project: the contract's SSM path would be /aws-experiments/test/database, which must not begin with aws or ssm; choose another project",
    ),
    mistake(
        "name-of-ssm",
        development(("project: experimentation", "project: ssm")),
        "2: project: the contract's SSM path would be /ssm/test/database, which must not begin with aws or ssm; choose another project",
    ),
    mistake(
        "name-of-postgresql",
        development(("project: experimentation", "project: pg"), "state: {backend: pg}"),
        "2: project: the schema of the state would be pg_test_database, which must not begin with pg_, which PostgreSQL keeps for itself; choose another project",
    ),
    mistake(
        "database-name-user",
        database("name: user"),
        "10: database.name: 'user' is a word that the engine keeps for itself",
    ),
    mistake(
        "database-name-select",
        database("name: select"),
        "10: database.name: 'select' is a word that the engine keeps for itself",
    ),
    mistake(
        "database-name-admin",
        database("name: admin"),
        "10: database.name: 'admin' is a word that the engine keeps for itself",
    ),
    mistake(
        "tag-of-rds",
        development("tags: {'rds:x': y}"),
        "9: tags.rds:x: begins with rds:, which AWS keeps for itself",
    ),
    mistake(
        "tag-value-of-aws",
        development("tags: {owner: 'aws:me'}"),
        "9: tags.owner: has a value that begins with aws:, which RDS refuses",
    ),
    mistake(
        "tag-with-tab",
        development('tags: {owner: "a\\tb"}'),
        "9: tags.owner: has a character AWS refuses; allowed are letters, digits, spaces and _ . : / = + - @",
    ),
    mistake(
        "tag-with-line-separator",
        development('tags: {owner: "a\\nb"}'),
        "9: tags.owner: has a character AWS refuses; allowed are letters, digits, spaces and _ . : / = + - @",
    ),
    mistake(
        "tag-without-value",
        development("tags: {owner: ''}"),
        "9: tags.owner: is empty; RDS takes values of 1 to 256 characters, and every plan would take it away",
    ),
    mistake(
        "tags-45-with-a-name",
        development("tags: {" + ", ".join(f"t{n}: x" for n in range(45)) + "}"),
        "9: tags: 45 tags; AWS allows 50, 6 are set already",
    ),
    mistake(
        "own-tags-alike",
        development("own_tags: {project: Owner, stack: owner}"),
        "9: own_tags.stack: owner is the key of project already; IAM ignores case",
    ),
    mistake(
        "own-tags-of-aws",
        development("own_tags: {project: 'aws:project'}"),
        "9: own_tags.project: 'aws:project' is not a tag's key of 1 to 128 letters, digits and _ . : / = + - @, beginning with neither aws: nor rds:",
    ),
    mistake(
        "own-tags-unknown",
        development("own_tags: {owner: Owner}"),
        "9: own_tags.owner: is not a key here; allowed are project, environment, tier, stack, managed-by",
    ),
    # Addresses
    mistake(
        "cidr-of-nobody",
        development(("10.10.0.0/16", "0.0.0.0/16")),
        "8: network.create.cidr: 0.0.0.0/16 is not a private block; allowed are those of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    mistake(
        "cidr-reserved",
        development(("10.10.0.0/16", "240.0.0.0/16")),
        "8: network.create.cidr: 240.0.0.0/16 is not a private block; allowed are those of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10",
    ),
    mistake(
        "cidr-of-an-existing-vpc-loopback",
        existing(("cidr: 10.10.0.0/16", "cidr: 127.0.0.0/16")),
        "9: network.existing.cidr: 127.0.0.0/16 lies in 127.0.0.0/8, in which no VPC can be",
    ),
    mistake(
        "cidr-of-an-existing-vpc-too-large",
        existing(("cidr: 10.10.0.0/16", "cidr: 10.0.0.0/8")),
        "9: network.existing.cidr: 10.0.0.0/8 is not between /16 and /28, as every block of a VPC is",
    ),
    mistake(
        "cidr-of-an-existing-vpc-too-small",
        existing(("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/29")),
        "9: network.existing.cidr: 10.10.0.0/29 is not between /16 and /28, as every block of a VPC is",
    ),
    mistake(
        "cidrs-of-an-existing-vpc-overlap",
        existing(("cidr: 10.10.0.0/16", "cidrs: [10.10.0.0/16, 100.64.0.0/16, 10.10.4.0/24]")),
        "9: network.existing.cidrs[2]: 10.10.4.0/24 overlaps 10.10.0.0/16, another block of the VPC",
    ),
    mistake(
        "access-outside-every-block",
        existing(
            ("cidr: 10.10.0.0/16", "cidrs: [10.10.0.0/16, 100.64.0.0/16]"),
            "database: {access: {cidrs: {pods: 100.65.0.0/20}}}",
        ),
        "13: database.access.cidrs.pods: 100.65.0.0/20 is not inside the VPC's block 10.10.0.0/16 or 100.64.0.0/16; reach the database through a security group, or say it under peered, if it is that of a network that is peered with the VPC",
    ),
    mistake(
        "access-multicast",
        database("access: {cidrs: {all: 224.0.0.0/8}}"),
        "10: database.access.cidrs.all: 224.0.0.0/8 lies in 224.0.0.0/3, in which no VPC can be",
    ),
    # Zones, subnets, endpoints
    mistake(
        "zone-that-does-not-exist",
        development(("eu-west-1\n", "eu-west-1\n  zones: [eu-west-1a, eu-west-1h]\n")),
        "6: aws.zones[1]: eu-west-1h does not exist; eu-west-1 has eu-west-1a, eu-west-1b, eu-west-1c",
    ),
    mistake(
        "zone-that-does-not-exist-of-a-subnet",
        existing(("eu-west-1b", "eu-west-1g")),
        "12: network.existing.database_subnets.eu-west-1g: eu-west-1g does not exist; eu-west-1 has eu-west-1a, eu-west-1b, eu-west-1c",
    ),
    mistake(
        "subnet-in-two-zones",
        existing(
            (
                "    cidr: 10.10.0.0/16",
                "    cidr: 10.10.0.0/16\n    nat: true\n    private_subnets: {eu-west-1b: subnet-0a1b2c3d}",
            ),
            "access: {}",
        ),
        "11: network.existing.private_subnets.eu-west-1b: subnet-0a1b2c3d is in eu-west-1a by database_subnets; a subnet is in one zone",
    ),
    mistake(
        "proxy-in-one-subnet",
        existing(
            (
                "    cidr: 10.10.0.0/16",
                "    cidr: 10.10.0.0/16\n    nat: true\n    private_subnets: {eu-west-1a: subnet-2a1b2c3d}",
            ),
            PROXY,
        ),
        "11: network.existing.private_subnets: has 1 subnet; RDS Proxy stands in these and needs 2 in different zones",
    ),
    # Users whose names are wrong hide neither each other nor what they have
    mistake(
        "users-with-wrong-names",
        development(
            "access:", "  users:", "    Checkout: {role: write}", "    pg_x: {role: reader}", "    rdsadmin: {role: x}"
        ),
        "7: network.create.interface_endpoints: is without ssm, which the function of access needs where there is no NAT; "
        "say [ssm], or nat: single",
        "11: access.users.Checkout: 'Checkout' is not a database user: 1 to 63 lower-case letters, digits and underscores, "
        "a letter first",
        "11: access.users.Checkout.role: 'write' is not one of reader, writer, migrator; did you mean writer?",
        "12: access.users.pg_x: pg_x cannot be a database user: names that begin with pg_ are PostgreSQL's own",
        "13: access.users.rdsadmin: rdsadmin cannot be a database user: names that begin with rds are those of Amazon RDS",
        "13: access.users.rdsadmin.role: 'x' is not one of reader, writer, migrator",
    ),
    mistake(
        "endpoint-not-in-china",
        development(CHINA, "    interface_endpoints: [rds-data]"),
        "9: network.create.interface_endpoints[0]: rds-data has no interface endpoint in cn-north-1",
    ),
    # Backends
    mistake(
        "bucket-with-two-dots",
        production(("example-terraform-state", "example..state"), "  manage_bucket: false"),
        "11: state.bucket: 'example..state' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "bucket-like-an-address",
        production(("example-terraform-state", "192.168.5.4"), "  manage_bucket: false"),
        "11: state.bucket: '192.168.5.4' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "bucket-of-multi-region-access",
        production(("example-terraform-state", "example.mrap"), "  manage_bucket: false"),
        "11: state.bucket: 'example.mrap' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "bucket-label-with-hyphen",
        production(("example-terraform-state", "example-.state"), "  manage_bucket: false"),
        "11: state.bucket: 'example-.state' is not an S3 bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, without AWS's own beginnings and endings",
    ),
    mistake(
        "google-bucket-of-google",
        development("state: {backend: gcs, bucket: my-google-state}"),
        "9: state.bucket: 'my-google-state' is not a bucket name of 3 to 63 lower-case letters, digits, - and _, or several of those with dots, without Google's own name",
    ),
    mistake(
        "google-bucket-goog",
        development("state: {backend: gcs, bucket: goog-state}"),
        "9: state.bucket: 'goog-state' is not a bucket name of 3 to 63 lower-case letters, digits, - and _, or several of those with dots, without Google's own name",
    ),
    mistake(
        "google-bucket-address",
        development("state: {backend: gcs, bucket: 10.1.2.3}"),
        "9: state.bucket: '10.1.2.3' is not a bucket name of 3 to 63 lower-case letters, digits, - and _, or several of those with dots, without Google's own name",
    ),
    mistake(
        "google-bucket-of-64-letters",
        development("state: {backend: gcs, bucket: " + "b" * 64 + "}"),
        "9: state.bucket: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…' is not a bucket name of 3 to 63 lower-case letters, digits, - and _, or several of those with dots, without Google's own name",
    ),
    mistake(
        "google-bucket-with-two-dots",
        development("state: {backend: gcs, bucket: a..b}"),
        "9: state.bucket: 'a..b' is not a bucket name of 3 to 63 lower-case letters, digits, - and _, or several of those with dots, without Google's own name",
    ),
    mistake(
        "azure-container-with-two-hyphens",
        development("state: {backend: azurerm, storage_account_name: abc, container_name: a--b}"),
        "9: state.container_name: 'a--b' is not 3 to 63 lower-case letters, digits and hyphens",
    ),
    mistake(
        "azure-group-with-dot-at-the-end",
        development(
            "state: {backend: azurerm, storage_account_name: abc, container_name: state, resource_group_name: group.}"
        ),
        "9: state.resource_group_name: 'group.' is not a resource group name of up to 90 letters, digits and _ . ( ) -",
    ),
    mistake(
        "http-port-99999",
        development('state: {backend: http, address: "https://example.com:99999/state"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "http-host-of-dots",
        development('state: {backend: http, address: "https://..example/state"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "http-host-with-hyphen",
        development('state: {backend: http, address: "https://-example.com/state"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "http-percent-zz",
        development('state: {backend: http, address: "https://example.com/%zz"}'),
        "9: state.address: the value is not an https:// address without credentials, query or trailing slash (http:// only on this machine)",
    ),
    mistake(
        "cloud-host-of-dots",
        development("state: {backend: cloud, organization: example, hostname: a..b}"),
        "9: state.hostname: 'a..b' is not a host name such as app.terraform.io",
    ),
    mistake(
        "cloud-host-port",
        development("state: {backend: cloud, organization: example, hostname: 'tfe.example.com:70000'}"),
        "9: state.hostname: 'tfe.example.com:70000' is not a host name such as app.terraform.io",
    ),
    mistake(
        "key-id-of-hyphens",
        production(
            "  manage_bucket: false",
            "  kms_key_arn: arn:aws:kms:eu-west-1:111111111111:key/------------------------------------",
        ),
        "14: state.kms_key_arn: 'arn:aws:kms:eu-west-1:111111111111:key/---------------------…' is not the ARN of a KMS key (an alias or a bare key id makes a perpetual diff or a replacement)",
    ),
    mistake(
        "role-with-umlaut",
        production("  assume_role: {role_arn: 'arn:aws:iam::111111111111:role/zust\u00e4ndig'}"),
        "13: state.assume_role.role_arn: 'arn:aws:iam::111111111111:role/zuständig' is not the ARN of an IAM role such as arn:aws:iam::111111111111:role/name",
    ),
    mistake(
        "state-in-another-partition",
        production(("  region: eu-west-1\nnetwork", "  region: cn-north-1\nnetwork"), "  manage_bucket: false"),
        "12: state.region: eu-west-1 is in aws, and cn-north-1 in aws-cn: the same credentials reach only one of the two",
    ),
    mistake(
        "path-in-the-output",
        development("state: {backend: local, path: cdktf.out/state}"),
        "9: state.path: 'cdktf.out/state' is not a folder relative to the repository, such as terraform-state, that nothing else fills or empties",
    ),
    mistake(
        "path-in-git",
        development("state: {backend: local, path: .git/state}"),
        "9: state.path: '.git/state' is not a folder relative to the repository, such as terraform-state, that nothing else fills or empties",
    ),
    # Windows
    mistake(
        "windows-of-sixteen",
        database("instances: 16", "maintenance: {window: sun:03:00-sun:04:30}"),
        "11: database.maintenance.window: instance 14's window mon:00:00-mon:01:30, staggered after sun:03:00-sun:04:30, overlaps the backup window 01:00-02:00, which AWS refuses; they fit if shorter; did you mean sun:03:00-sun:03:30?",
    ),
    mistake(
        "windows-of-sixteen-long-backup",
        database("instances: 16", "backup: {window: 01:00-17:00}", "maintenance: {window: sun:18:00-sun:18:30}"),
        "12: database.maintenance.window: instance 14's window mon:01:00-mon:01:30, staggered after sun:18:00-sun:18:30, overlaps the backup window 01:00-17:00, which AWS refuses; there is no room for all of them: shorten the backup window, or give instances.<key>.maintenance_window",
    ),
)


@pytest.mark.parametrize(("text", "lines"), MISTAKES)
def test_every_mistake_is_told_once_in_the_order_of_the_file(
    text: str | bytes, lines: tuple[str, ...], tmp_path: Path
) -> None:
    found = messages(written(tmp_path, text))
    assert found == [f"envs/test.yaml:{line}" for line in lines]
    assert all(message.isprintable() and len(message) < 1000 for message in found)


RIGHT = {
    "a block of containers": development(("10.10.0.0/16", "100.64.0.0/16")),
    "an existing VPC with a public block": existing(("cidr: 10.10.0.0/16", "cidr: 198.51.100.0/24")),
    "an existing VPC of /28": existing(("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/28")),
    "an existing VPC with several blocks": existing(
        ("cidr: 10.10.0.0/16", "cidrs: [10.10.0.0/16, 100.64.0.0/16, 2001:db8:1:2a00::/56]"),
        "database: {access: {cidrs: {pods: 100.64.32.0/20}}}",
    ),
    "a zone beyond the usual three": development(("eu-west-1\n", "us-east-1\n  zones: [us-east-1a, us-east-1f]\n")),
    "a zone that only old accounts see": development(
        ("eu-west-1\n", "ap-northeast-1\n  zones: [ap-northeast-1a, ap-northeast-1b]\n")
    ),
    "capitals in a window": database("maintenance: {window: Fri:07:00-Fri:08:00}"),
    "capitals in an instance's window": database("instances: {1: {maintenance_window: Tue:05:30-Tue:06:00}}"),
    "dots in a bucket that is not managed": production(
        ("example-terraform-state", "state.example.com"), "  manage_bucket: false"
    ),
    "our own tag by another key": development("tags: {Environment: blue}", "own_tags: {environment: env}"),
    "our own tags as an organization spells them": development(
        "own_tags: {project: Project, environment: Environment, tier: Tier, stack: Stack, managed-by: ManagedBy}"
    ),
    "root": database("master_user: {name: root}"),
    "a percent-encoded address": development('state: {backend: http, address: "https://example.com:8443/a%20b"}'),
    "a Google bucket with dots": development("state: {backend: gcs, bucket: state.example.com}"),
    "a host with a port": development("state: {backend: cloud, organization: abc, hostname: 'tfe.example.com:8443'}"),
    "a key of several regions": production(
        "  manage_bucket: false",
        "  kms_key_arn: arn:aws:kms:eu-west-1:111111111111:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    ),
    "sixty sources": database("access: {security_groups: {" + ", ".join(f"g{n}: sg-{n:08x}" for n in range(60)) + "}}"),
    "tags with all that AWS takes": development('tags: {owner: "Größe\u00a05 + é", "team/name": a+b@c}'),
    "sixteen windows": database("instances: 16"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_refused(name: str, tmp_path: Path) -> None:
    (loaded,) = loader.load(written(tmp_path, RIGHT[name]), today=TODAY)
    assert telling(loaded.warnings) == []


def test_windows_are_kept_as_aws_keeps_them(tmp_path: Path) -> None:
    (loaded,) = loader.load(written(tmp_path, RIGHT["capitals in a window"]), today=TODAY)
    assert loaded.environment.database.maintenance.window == "fri:07:00-fri:08:00"


# ---- what is no file, and what is no text


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    os.mkfifo(envs / "test.yaml")
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.extend(messages(envs)), daemon=True)
    reader.start()
    reader.join(20)
    assert found == ["envs/test.yaml:1: is not a regular file; an environment is read from nothing else"]


def test_an_endless_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "test.yaml").symlink_to("/dev/zero")
    assert messages(envs) == ["envs/test.yaml:1: is not a regular file; an environment is read from nothing else"]


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    with (envs / "test.yaml").open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room, but reading it would take a terabyte
    assert messages(envs) == ["envs/test.yaml:1: is 1099511627776 bytes long; an environment file has at most 262144"]


@pytest.mark.parametrize("ending", ["YAML", "YML", "yml", "Yaml"])
def test_other_endings_are_not_silently_ignored(ending: str, tmp_path: Path) -> None:
    envs = written(tmp_path, development())
    (envs / f"prod.{ending}").write_text("tier: production\n")
    assert messages(envs) == [f"envs/prod.{ending}:1: is not read; name it prod.yaml"]


def test_a_name_that_is_no_text_is_told_escaped(tmp_path: Path) -> None:
    envs = written(tmp_path, development())
    (envs / os.fsdecode(b"pr\xffd.yaml")).write_text(development())
    (message,) = messages(envs)
    assert message.isascii()
    assert message.startswith("envs/'pr\\udcffd.yaml':1: ")


def test_a_name_cannot_forge_a_finding(tmp_path: Path) -> None:
    envs = written(tmp_path, development())
    (envs / "a\nenvs: 1.yaml").write_text(development())
    (message,) = messages(envs)
    assert message.isprintable()


@pytest.mark.parametrize(
    "value",
    ["!a%0Aenvs/test.yaml:1:%20b x", "!" + "t" * 500 + " x", "&" + "a" * 500 + " x", "*" + "a" * 500],
    ids=["new-line", "long-tag", "long-anchor", "long-alias"],
)
def test_tags_anchors_and_aliases_are_repeated_in_one_short_line(value: str, tmp_path: Path) -> None:
    (message,) = messages(written(tmp_path, development(f"tags: {{owner: {value}}}")))
    assert message.isprintable()
    assert message.startswith("envs/test.yaml:9: ")
    assert len(message) < 200


# ---- files with mistakes take part in what is checked together


def three(tmp_path: Path, **texts: str) -> list[str]:
    """Write files and return what is said of them."""
    envs = tmp_path / "envs"
    envs.mkdir()
    for name, text in texts.items():
        (envs / f"{name.replace('_', '-')}.yaml").write_text(text)
    return messages(envs)


def test_a_mistake_does_not_take_a_file_out_of_what_is_shared(tmp_path: Path) -> None:
    found = three(tmp_path, prod=production(), prod_eu=production("database: {port: 1}"))
    assert found == [
        "envs/prod-eu.yaml:13: database.port: 1 is not between 1150 and 65535",
        "envs/prod.yaml:11: state.bucket: example-terraform-state is managed by envs/prod-eu.yaml:11 as well, and only one stack can; choose another name, or share it with manage_bucket: false, in the one of the two files that was never deployed",
    ]


def test_a_wrong_name_does_not_take_a_file_out_of_anything(tmp_path: Path) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    (envs / "prod.yaml").write_text(production())
    (envs / "Prod_EU.yaml").write_text(production("database: {port: 1, parameters: {wrk_mem: 1}}"))
    assert [message.split(": ")[:2] for message in messages(envs)] == [
        ["envs/Prod_EU.yaml:1", "'Prod_EU' cannot be an environment's name"],
        ["envs/Prod_EU.yaml:13", "database.port"],
        ["envs/Prod_EU.yaml:13", "database.parameters.wrk_mem"],
        ["envs/prod.yaml:11", "state.bucket"],
    ]


def test_what_is_not_known_is_not_shared(tmp_path: Path) -> None:
    wrong = (("eu-west-1\nnetwork", "eu-west-1\nnetwork"), ("example-terraform-state", "Wrong_Name"))
    found = three(tmp_path, a=production(*wrong), b=production(*wrong))
    assert len(found) == 2
    assert all("is not an S3 bucket name" in message for message in found)


def test_identifiers_of_instances_that_meet(tmp_path: Path) -> None:
    found = three(
        tmp_path,
        dev=database("instances: {a-1: {zone: eu-west-1a}}"),
        dev_a=database("instances: 1"),
    )
    assert found == [
        "envs/dev.yaml:10: database.instances.a-1: the instance experimentation-dev-a-1 would be that of envs/dev-a.yaml:10 as well, in the same account; choose another name in the one of the two files that was never deployed"
    ]


def test_aliases_of_keys_that_meet(tmp_path: Path) -> None:
    found = three(tmp_path, dev=development(), dev_flow=development())
    assert found == [
        "envs/dev.yaml:2: project: the key alias alias/experimentation-dev-flow-logs would be that of envs/dev-flow.yaml:2 as well, in the same account; choose another name in the one of the two files that was never deployed"
    ]


def test_a_bucket_is_in_one_region(tmp_path: Path) -> None:
    elsewhere = production(("state\n  region: eu-west-1", "state\n  region: eu-central-1"), "  manage_bucket: false")
    found = three(tmp_path, a=production("  manage_bucket: false"), b=elsewhere)
    assert found == [
        "envs/b.yaml:12: state.region: example-terraform-state is in eu-central-1 here and in eu-west-1 by envs/a.yaml:12; a bucket is in one region"
    ]


def test_a_bucket_is_unique_in_its_partition_not_beyond(tmp_path: Path) -> None:
    envs = written(tmp_path, production())
    china = production().replace("eu-west-1", "cn-north-1").replace("111111111111", "222222222222")
    (envs / "china.yaml").write_text(china)
    assert [one.name for one in loader.load(envs, today=TODAY)] == ["china", "test"]


def test_networks_that_can_never_be_peered_are_a_warning_that_a_file_accepts(tmp_path: Path) -> None:
    envs = written(tmp_path, development())
    (envs / "two.yaml").write_text(development(("10.10.0.0/16", "10.10.128.0/20")))
    first, second = loader.load(envs, today=TODAY)
    assert telling(first.warnings) == []
    assert [str(warning) for warning in telling(second.warnings)] == [
        "envs/two.yaml:8: warning overlapping-networks: network.create.cidr: 10.10.128.0/20 overlaps 10.10.0.0/16 of envs/test.yaml:8; VPCs whose blocks overlap can never be peered, nor reached from one place by their addresses"
    ]
    reason = "accept: [{warning: overlapping-networks, reason: they are never joined}]"
    (envs / "two.yaml").write_text(development(("10.10.0.0/16", "10.10.128.0/20"), reason))
    _, second = loader.load(envs, today=TODAY)
    assert telling(second.warnings) == []
    assert [one.accepted for one in second.accepted] == ["they are never joined"]
