"""Growth: what is legal of auto scaling, the Data API and the proxy's pool, and is not what was meant."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

from tests.reading.rows import database, row

PROXY = "access: {proxy: {enabled: true, pool: {max_connections_percent: 100}}}"

RISKS = (
    row(
        "no-final-snapshot",
        database("backup: {final_snapshot: false}").replace("database:\n", "protected: true\ndatabase:\n"),
        "7: warning protected-burstable: database.instance_class: db.t3.medium is burstable; AWS recommends T classes for development and test only",
        "8: warning no-final-snapshot: database.backup.final_snapshot: once its protection is taken off, a destroy leaves nothing but automated backups, for 7 days, and copies, if there are any",
    ),
    row(
        "snapshot-without-key",
        database("backup: {final_snapshot: true}"),
        "7: warning snapshot-without-key: database.backup.final_snapshot: the snapshot's key is destroyed with the environment, 7 days later nobody can read it; name a key that stays as encryption.data, or say protected: true",
    ),
    row(
        "service-of-the-region",
        database("data_api: true", "instance_class: db.r6g.large", tier="production").replace("eu-west-1", "sa-east-1"),
        "7: warning service-of-the-region: database.data_api: the Data API is not known to be in sa-east-1; where it is not, AWS refuses it",
    ),
    row(
        "endpoint-of-the-data-api-in-a-region-that-may-lack-it",
        database("port: 5432")
        .replace("16}}", "16, interface_endpoints: [ssm, rds-data]}}")
        .replace("eu-west-1", "sa-east-1"),
        "4: warning service-of-the-region: network.create.interface_endpoints[1]: rds-data is not known to be in sa-east-1; where it is not, creating the endpoint fails: look with aws ec2 describe-vpc-endpoint-services --region sa-east-1",
    ),
    row(
        "final-lock",
        database("backup: {copies: {lock: {minimum_days: 7, final_after_days: 30}}}"),
        "7: warning final-lock: database.backup.copies.lock.final_after_days: 30 days after its first deployment nobody can take the lock off: a copy is paid for until it ends, up to 35 days, and the vault can be destroyed only once it is empty",
    ),
    row(
        "activity-stream-class",
        database("instance_class: db.t4g.medium", "activity_stream: {}"),
        "8: warning activity-stream-class: database.activity_stream: AWS's list of classes with activity streams has no T class, so db.t4g.medium will be refused when applied; take an R class",
    ),
    row(
        "activity-stream-restarts",
        database("exists: true", "instance_class: db.r6g.large", "activity_stream: {mode: sync}"),
        "9: warning activity-stream-restarts: database.activity_stream: starting it, stopping it and changing its mode restart every instance of the running cluster at once, whatever changes_apply says",
    ),
    row(
        "public-peer",
        database("access: {peered: {office: 203.0.113.0/24}}"),
        "7: warning public-peer: database.access.peered.office: 203.0.113.0/24 is not a private block: who has such addresses on the internet does not reach the database, which has no public one; a peer does only if its network uses them inside",
    ),
    row(
        "dual-stack-shut",
        database("access: {cidrs: {apps: 10.10.0.0/20}}").replace("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16, ip: dual"),
        "7: warning dual-stack-shut: database.access.cidrs: only blocks of IPv4 may connect, while the database's names have IPv6 addresses too: a client with both tries IPv6 first and waits; say vpc_ipv6: true, or admit the clients' blocks of IPv6",
    ),
    row(
        "scaling-without-reader",
        database("instances: 1", "readers: {minimum: 0, maximum: 2, cpu_percent: 60}"),
        "8: warning scaling-without-reader: database.readers.minimum: 0 leaves no reader whose load could be measured, so none is ever added; say 1, or set instances to 2",
    ),
    row(
        "data-api-pauses",
        database("instance_class: serverless", "capacity: {minimum: 0, maximum: 4}", "data_api: true"),
        "9: warning data-api-pauses: database.data_api: the Data API's own connections keep the cluster awake, so it hardly ever pauses",
    ),
    row(
        "proxy-takes-all",
        database()
        .replace("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/16, interface_endpoints: [ssm]")
        .replace("database:\n", f"{PROXY}\n"),
        "6: warning proxy-takes-all: access.proxy.pool.max_connections_percent: 100 leaves next to nothing for direct connections, migrations and RDS itself",
    ),
)
