"""The rows of the access stack."""

from __future__ import annotations

from tests.arguments.rows import LEAVES_LAST, Row, Said, Such, Where, rows

REMOTE = "${data.terraform_remote_state."

READS = ("aws_lambda_function.database_access", "function")

OWNS = ("aws_lambda_function.database_owner", "owner")


def _private_subnets(where: Where) -> list[str]:
    existing = where.environment.network.existing
    if existing is not None:
        subnets = existing.private_subnets or existing.database_subnets
        return [subnets[zone] for zone in sorted(subnets)]
    zones = where.environment.aws.zones or ["a", "b", "c"]
    return [f"{REMOTE}network.outputs.private_subnet_ids[{number}]}}" for number in range(len(zones))]


def _vpc(where: Where) -> str:
    existing = where.environment.network.existing
    return existing.vpc_id if existing else REMOTE + "network.outputs.vpc_id}"


def _users(where: Where) -> bool:
    """Whether the file names database users."""
    return bool(where.access.users)


PROXY_NAME = (
    "${terraform_data.proxy_subnets.input.ids == local.proxy_subnets ? local.proxy_usual : local.proxy_elsewhere}"
)


def _proxied(where: Where) -> bool:
    return where.environment.access is not None and where.access.proxy.enabled


def _port_of(where: Where) -> int:
    """Return the port of a rule: AWS's interfaces at 443, RDS Proxy at 5432, the database where the file says."""
    if where.name.endswith("_aws") or where.name == "to_s3" or where.name.startswith("to_endpoints_"):
        return 443
    return 5432 if where.name.endswith("_to_proxy") or where.name.startswith("proxy_from") else where.database.port


def _function(address: str, role: str, actions: str, description: str) -> tuple[Row, ...]:
    name = Said(lambda w: w.names.function if role == "function" else w.names.owner_function)
    return (
        *rows(
            address,
            ("function_name", name, "Policies and the log group name it"),
            ("description", description, "Who looks at it in the console knows what it is for"),
            ("handler", "database_access.handler.handle", "The function in the archive that Lambda calls"),
            ("runtime", "python3.13", "What is in the archive is built for it"),
            ("architectures", ["arm64"], "What is in the archive is built for it"),
            ("filename", "../../../build/database-access.zip", "Relative, so that no machine's path is in the JSON"),
            (
                "source_code_hash",
                Said(lambda w: w.loaded.function_hash),
                "Another archive than git names is deployed anew",
            ),
            (
                "memory_size",
                Said(lambda w: w.access.memory_mb),
                "Processor time comes with it: too little means timeouts",
            ),
            ("timeout", Said(lambda w: w.access.timeout_seconds), "Left out it is 3 s, in which nothing migrates"),
            ("publish", True, "The alias needs versions to point at"),
            ("role", f"${{aws_iam_role.{role}.arn}}", "What it may do is its own role's"),
            (
                "kms_key_arn",
                "${aws_kms_key.access.arn}",
                "Variables under AWS's own key are read by whoever reads Lambda",
            ),
            (
                "environment.variables.CONTRACT_PREFIX",
                "/<project>/<environment>/database",
                "Where to connect stands there",
            ),
            ("environment.variables.DATABASE_ACTIONS", actions, "What this function answers, and nothing else"),
            (
                "environment.variables.POWERTOOLS_LOG_LEVEL",
                Said(lambda w: w.access.log_level.upper()),
                "As the file says",
            ),
            ("environment.variables.POWERTOOLS_METRICS_NAMESPACE", "DatabaseAccess", "Metrics are found by it"),
            ("environment.variables.POWERTOOLS_SERVICE_NAME", "database-access", "Log lines and traces carry it"),
            (
                "tracing_config.mode",
                Said(lambda w: "Active" if w.access.tracing else "PassThrough"),
                "As the file says",
            ),
            ("vpc_config.subnet_ids", Said(_private_subnets), "Only from within the VPC is the database reached"),
            (
                "vpc_config.security_group_ids",
                ["${aws_security_group.function.id}"],
                "The group that the database admits",
            ),
            (
                "depends_on",
                Such(lambda these: {f"aws_iam_role_policy.{role}", f"aws_cloudwatch_log_group.{role}"} <= {*these}),
                "Lambda needs the policy for its interfaces, and would make the log group without key and retention",
            ),
        ),
    )


def _database_group(where: Where) -> str:
    """Return the security group of the database that a rule is about: of two, by the name of its generation."""
    stack = "database_two" if "database_two" in where.name else "database"
    return f"{REMOTE}{stack}.outputs.security_group_id}}"


ROWS: tuple[Row, ...] = (
    Row(
        "aws_lambda_function.database_owner",
        "environment.variables.DATABASE_USERS",
        Such(lambda text: text.startswith("{")),
        "The users that the function makes, each with its group role",
    ),
    *rows(
        "aws_lambda_function.database_access",
        ("environment.variables.DATABASE_USER_READER", Such(bool), "Whom it connects as where the file names users"),
        ("environment.variables.DATABASE_USER_WRITER", Such(bool), "Whom it connects as where the file names users"),
        when=_users,
    ),
    Row(
        "aws_lambda_function.database_owner",
        "environment.variables.DATABASE_USER_MIGRATOR",
        Such(bool),
        "Whom it connects as where the file names users",
        _users,
    ),
    *_function(*READS, "health,query,upgrade-check", "Health and queries of the <project> database"),
    *_function(*OWNS, "migrate,partitions", "Migrations and partitions of the <project> database"),
    Row(
        READS[0],
        "reserved_concurrent_executions",
        Said(lambda w: w.access.reserved_concurrency),
        "Callers that come all at once would take the account's concurrency and the database's connections",
        lambda w: w.access.reserved_concurrency is not None,
    ),
    *rows(
        "aws_lambda_alias.live|live_owner",
        ("name", "live", "Consumers call the alias, so that a version can be taken back"),
        ("description", "What consumers call", "Who looks at it in the console knows what it is for"),
    ),
    *rows(
        "aws_lambda_alias.live",
        ("function_name", "${aws_lambda_function.database_access.function_name}", "The function that reads"),
        ("function_version", "${aws_lambda_function.database_access.version}", "What was deployed last"),
    ),
    *rows(
        "aws_lambda_alias.live_owner",
        ("function_name", "${aws_lambda_function.database_owner.function_name}", "The function that owns the schema"),
        ("function_version", "${aws_lambda_function.database_owner.version}", "What was deployed last"),
    ),
    *rows(
        "aws_lambda_permission.partitions",
        ("action", "lambda:InvokeFunction", "All that the schedule does"),
        ("function_name", Said(lambda w: w.names.owner_function), "The function that makes partitions"),
        ("principal", "events.amazonaws.com", "EventBridge alone"),
        (
            "qualifier",
            "${aws_lambda_alias.live_owner.name}",
            "Without it the permission is the function's, not the alias's",
        ),
        ("source_arn", "${aws_cloudwatch_event_rule.partitions.arn}", "This rule and no other one"),
        ("statement_id", "partitions", "Left out, it is random"),
    ),
    *rows(
        "aws_cloudwatch_event_rule.partitions",
        ("name", "<prefix>-database-access", "Left out, it has a random name"),
        ("description", "Partitions of the coming days in <project> <environment>", "What the schedule is for"),
        (
            "schedule_expression",
            Said(lambda w: "cron({1:d} {0:d} * * ? *)".format(*map(int, w.access.partitions_at.split(":")))),
            "Once a day: without the next days' partitions events are refused",
        ),
    ),
    *rows(
        "aws_cloudwatch_event_target.partitions",
        ("rule", "${aws_cloudwatch_event_rule.partitions.name}", "The daily schedule"),
        ("arn", "${aws_lambda_alias.live_owner.arn}", "The alias, whose permission it has"),
        (
            "input",
            '{"action": "partitions", "scheduled": true}',
            "The coming days' partitions; a scheduled run that fails raises",
        ),
        ("target_id", "partitions", "Left out, it is random"),
    ),
    *rows(
        "aws_cloudwatch_log_group.function|owner",
        (
            "name",
            Said(lambda w: w.names.log_group_of(w.names.function if w.name == "function" else w.names.owner_function)),
            "Lambda writes to this name",
        ),
    ),
    *rows(
        "aws_cloudwatch_log_group.proxy",
        ("name", f"/aws/rds/proxy/{PROXY_NAME}", "RDS Proxy writes to this name"),
        LEAVES_LAST,
        when=_proxied,
    ),
    *rows(
        "terraform_data.proxy_subnets",
        ("input.ids", "${local.proxy_subnets}", "In its first subnets the proxy has its usual name"),
        ("lifecycle.ignore_changes", ["input"], "It remembers the first ones"),
        when=_proxied,
    ),
    Row("output.proxy_name", "value", PROXY_NAME, "The alarms watch the proxy that there is", _proxied),
    *rows(
        "aws_cloudwatch_log_group.function|owner|proxy",
        (
            "retention_in_days",
            Said(lambda w: w.access.log_retention_days),
            "Without it logs are kept, and paid, for ever",
        ),
        ("kms_key_id", "${aws_kms_key.access.arn}", "Logs tell who asked for what"),
        ("skip_destroy", Said(lambda w: w.protected), "Logs outlive a protected environment"),
    ),
    *rows(
        "aws_iam_role.function|owner",
        (
            "name",
            Said(lambda w: w.names.function if w.name == "function" else w.names.owner_function),
            "Policies name it",
        ),
        ("description", "Lambda function that reaches the database", "Who reviews roles knows what it is for"),
        ("assume_role_policy", Such(lambda text: "lambda.amazonaws.com" in text), "Lambda assumes it"),
    ),
    *rows(
        "aws_iam_role.proxy",
        ("name", "<prefix>-rds-proxy", "Policies name it"),
        ("description", "RDS Proxy", "Who reviews roles knows what it is for"),
        ("assume_role_policy", Such(lambda text: "rds.amazonaws.com" in text), "RDS assumes it"),
    ),
    *rows(
        "aws_iam_role_policy.function",
        ("name", "reach-the-database", "A change of it replaces the policy"),
        ("role", "${aws_iam_role.function.id}", "The role of the function that reads"),
        (
            "policy",
            Such(lambda text: "rds-db:connect" in text),
            "tests/synthesis/test_synthesis_calls.py holds every call",
        ),
    ),
    *rows(
        "aws_iam_role_policy.owner",
        ("name", "own-the-schema", "A change of it replaces the policy"),
        ("role", "${aws_iam_role.owner.id}", "The role of the function that owns the schema"),
        (
            "policy",
            Such(lambda text: "rds-db:connect" in text),
            "tests/synthesis/test_synthesis_calls.py holds every call",
        ),
    ),
    *rows(
        "aws_iam_role_policy.proxy",
        ("name", "connect-to-the-database", "A change of it replaces the policy"),
        ("role", "${aws_iam_role.proxy.id}", "The role of RDS Proxy"),
        ("policy", Such(lambda text: "rds-db:connect" in text), "The proxy connects with tokens and reads no secret"),
    ),
    *rows(
        "aws_iam_policy.*",
        ("name", "<prefix>-database-<-*>", "Consumers attach it by this name"),
        ("description", Such(bool), "Who attaches it reads what it allows"),
        (
            "policy",
            Such(lambda text: "Statement" in text),
            "tests/synthesis/test_synthesis_consumers.py holds each one",
        ),
    ),
    *rows(
        "aws_kms_key.access",
        (
            "description",
            "Logs and function of database access in <prefix>",
            "Who is about to delete it reads what it is for",
        ),
    ),
    *rows(
        "aws_security_group.function",
        ("name", "<prefix>-database-access", "A change of it replaces the group"),
        ("description", "function database-access", "A change of it replaces the group"),
        ("tags.Name", "<prefix>-database-access", "The console shows this one"),
    ),
    *rows(
        "aws_security_group.proxy",
        ("name", "<prefix>-proxy", "A change of it replaces the group"),
        ("description", "RDS Proxy", "A change of it replaces the group"),
        ("tags.Name", "<prefix>-proxy", "The console shows this one"),
    ),
    Row("aws_security_group.function|proxy|database", "vpc_id", Said(_vpc), "The VPC that the database is in"),
    *rows(
        "aws_vpc_security_group_egress_rule.*",
        ("ip_protocol", "tcp", "PostgreSQL and HTTPS speak TCP"),
        ("from_port", Said(_port_of), "The port of what is reached"),
        ("to_port", Said(_port_of), "And no other port"),
        ("description", Such(bool), "Who reviews rules knows what it reaches"),
    ),
    Row(
        "aws_vpc_security_group_egress_rule.function_to_*",
        "security_group_id",
        "${aws_security_group.function.id}",
        "The functions' own group",
    ),
    Row(
        "aws_vpc_security_group_egress_rule.proxy_to_*",
        "security_group_id",
        "${aws_security_group.proxy.id}",
        "The proxy's own group",
    ),
    Row(
        "aws_vpc_security_group_egress_rule.*_to_database|*_to_database_two",
        "referenced_security_group_id",
        Said(_database_group),
        "The database and nothing beside it",
    ),
    Row(
        "aws_vpc_security_group_egress_rule.function_to_proxy",
        "referenced_security_group_id",
        "${aws_security_group.proxy.id}",
        "The proxy and nothing beside it",
    ),
    Row(
        "aws_vpc_security_group_egress_rule.function_to_aws",
        "referenced_security_group_id",
        REMOTE + "network.outputs.endpoints_security_group_id}",
        "The endpoints in the VPC; the functions reach no other host",
        lambda w: w.environment.network.create is not None and bool(w.created.interface_endpoints),
    ),
    Row(
        "aws_vpc_security_group_egress_rule.function_to_aws",
        "cidr_ipv4",
        Said(lambda w: w.environment.network.existing and w.environment.network.existing.cidr),
        "Somebody else's endpoints in the VPC; the functions reach no other host",
        lambda w: w.environment.network.existing is not None and not w.environment.network.existing.nat,
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.database_from_*|database_two_from_*",
        ("security_group_id", Said(_database_group), "The database's group, which this stack may add to"),
        ("referenced_security_group_id", "${aws_security_group.<*>.id}", "These and nobody else"),
        ("from_port", Said(lambda w: w.database.port), "The port that the database listens on"),
        ("to_port", Said(lambda w: w.database.port), "And no other port"),
        ("ip_protocol", "tcp", "PostgreSQL speaks TCP alone"),
        (
            "description",
            Such(lambda text: text.startswith("PostgreSQL from ")),
            "Who reviews rules knows whom it admits",
        ),
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.proxy_from_*",
        ("security_group_id", "${aws_security_group.proxy.id}", "The proxy's own group"),
        ("from_port", 5432, "RDS Proxy listens there, whatever the database's port is"),
        ("to_port", 5432, "And at no other port"),
        ("ip_protocol", "tcp", "PostgreSQL speaks TCP alone"),
        (
            "description",
            Such(lambda text: text.startswith("PostgreSQL from ")),
            "Who reviews rules knows whom it admits",
        ),
    ),
    Row(
        "aws_vpc_security_group_ingress_rule.proxy_from_cidr_*",
        "cidr_ipv4",
        Said(lambda w: w.database.access.cidrs[w.part.replace("_", "-")]),
        "Whom the database admits the proxy does",
    ),
    Row(
        "aws_vpc_security_group_ingress_rule.proxy_from_peered_*",
        "cidr_ipv4",
        Said(lambda w: w.database.access.peered[w.part.replace("_", "-")]),
        "Whom the database admits the proxy does, but for IPv6, of which it has no address",
    ),
    Row(
        "aws_vpc_security_group_ingress_rule.proxy_from_security_group_*",
        "referenced_security_group_id",
        Said(lambda w: w.database.access.security_groups[w.part.replace("_", "-")]),
        "Whom the database admits the proxy does",
    ),
    Row(
        "aws_vpc_security_group_ingress_rule.proxy_from_function",
        "referenced_security_group_id",
        "${aws_security_group.function.id}",
        "The functions connect by the proxy where there is one",
    ),
    *rows(
        "aws_cloudformation_stack.proxy",
        ("name", Said(lambda w: w.names.proxy), "Left out, it is refused"),
        (
            "template_body",
            Such(lambda text: "AWS::RDS::DBProxy" in text and '"RequireTLS": true' in text),
            "tests/synthesis/test_synthesis_access.py holds it",
        ),
        ("parameters.Name", PROXY_NAME, "The proxy's name, which its log group follows; other subnets need another"),
        ("parameters.ClusterIdentifier", Said(lambda w: w.names.cluster), "The database that it stands before"),
        ("parameters.RoleArn", "${aws_iam_role.proxy.arn}", "It connects in this role"),
        ("parameters.SecurityGroupId", "${aws_security_group.proxy.id}", "Whom it admits, and what it reaches"),
        ("parameters.SubnetIds", Said(lambda w: ",".join(_private_subnets(w))), "In each zone, for each may be away"),
        (
            "depends_on",
            Such(lambda these: {"aws_iam_role_policy.proxy", "aws_cloudwatch_log_group.proxy"} <= {*these}),
            "Without the policy its targets stay unavailable; it would make the log group without key and retention",
        ),
        when=_proxied,
    ),
)
