"""An example of each block of an environment file, for the schema that editors read and for docs/configuration.md.

A block inside another one, or one of a mapping or a list, has its example there. Every example is one that a file can
have: the tests put each into one.
"""

from __future__ import annotations

from typing import Any, Final

KEY: Final = "arn:aws:kms:eu-west-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

BLOCKS: Final[dict[str, list[Any]]] = {
    "tags": [{"owner": "growth", "cost-center": "4711"}],
    "own_tags": [{"environment": "Environment", "project": "Project", "managed-by": "ManagedBy"}],
    "ignore_tags": [{"keys": ["LastScanned"], "key_prefixes": ["cost:"]}],
    "aws": [{"account_id": "333333333333", "region": "eu-west-1"}],
    "network": [
        {
            "create": {
                "cidr": "10.30.0.0/16",
                "nat": "single",
                "interface_endpoints": ["secretsmanager", "ssm"],
                "subnet_cidrs": {
                    "public": {
                        "eu-west-1a": "10.30.255.0/26",
                        "eu-west-1b": "10.30.255.64/26",
                        "eu-west-1c": "10.30.255.128/26",
                    }
                },
            }
        },
        {
            "existing": {
                "vpc_id": "vpc-0a1b2c3d4e5f60718",
                "cidrs": ["172.20.0.0/16", "100.64.0.0/16", "2001:db8:1:2a00::/56"],
                "ip": "dual",
                "database_subnets": {
                    "eu-west-1a": "subnet-0a1b2c3d4e5f60718",
                    "eu-west-1b": "subnet-0a1b2c3d4e5f60719",
                },
                "private_subnets": {
                    "eu-west-1a": "subnet-0a1b2c3d4e5f60720",
                    "eu-west-1b": "subnet-0a1b2c3d4e5f60721",
                },
                "interface_endpoints": ["ssm"],
            }
        },
    ],
    "database": [
        {
            "engine_version": "15.10",
            "instance_class": "db.r6g.large",
            "instances": {
                "writer": {"zone": "eu-west-1a"},
                "standby": {"zone": "eu-west-1b", "promotion_tier": 0},
                "reports": {
                    "zone": "eu-west-1c",
                    "promotion_tier": 15,
                    "maintenance_window": "sun:05:00-sun:05:30",
                },
            },
            "parameters": {"log_min_duration_statement": 500, "idle_in_transaction_session_timeout": 60000},
            "preload_libraries": ["auto_explain"],
            "backup": {
                "retention_days": 35,
                "window": "01:00-02:00",
                "copies": {
                    "rules": {
                        "daily": {"keep_days": 35},
                        "monthly": {"cron": "0 6 1 * ? *", "time_zone": "Europe/Berlin", "keep_days": 2555},
                    },
                    "region": "eu-central-1",
                    "lock": {"minimum_days": 30, "maximum_days": 3650},
                },
            },
            "maintenance": {"window": "sat:03:00-sat:04:00"},
            "monitoring": {"interval_seconds": 15, "insights": "standard"},
            "logs": {"postgresql": 365, "iam-db-auth-error": 365, "instance": 90},
            "master_user": {"name": "platformadmin", "rotation_days": 7},
            "access": {
                "security_groups": {"api": "sg-0a1b2c3d4e5f60718"},
                "cidrs": {"private": "10.30.0.0/18"},
                "peered": {"office": "10.200.0.0/16"},
            },
            "activity_stream": {"mode": "async"},
            "readers": {
                "minimum": 2,
                "maximum": 6,
                "cpu_percent": 60,
                "schedule": {
                    "morning": {
                        "cron": "30 6 ? * MON-FRI *",
                        "time_zone": "Europe/Berlin",
                        "minimum": 4,
                        "maximum": 6,
                    }
                },
            },
            "endpoints": {"analytics": {"instances": ["reports"]}, "application": {"excluding": ["reports"]}},
            "roles": {"s3_import": "arn:aws:iam::333333333333:role/experiment-import"},
        },
        {"instance_class": "serverless", "capacity": {"minimum": 0.5, "maximum": 8}},
        {"origin": {"cluster": "experimentation-prod", "time": "2026-11-25T03:00:00Z"}},
        {
            "exists": True,
            "engine_version": "15.10",
            "successor": {
                "generation": "two",
                "origin": {"cluster": "experimentation-prod", "time": "2026-11-25T03:00:00Z"},
                "instances": {"1": {"zone": "eu-west-1a"}, "2": {"zone": "eu-west-1b"}},
                "encryption": {"data": KEY},
                "exists": True,
                "serves": True,
                "ended": {"generation": "one", "how": "released"},
            },
        },
        {
            "exists": True,
            "successor": {
                "generation": "two",
                "instance_class": "serverless",
                "capacity": {"minimum": 0.5, "maximum": 8},
                "master_user": {"name": "platformadmin"},
            },
        },
    ],
    "names": [{"cluster": "acme-prod", "instances": {"1": "acme-prod-0", "2": "acme-prod-1"}}],
    "encryption": [{"data": KEY, "performance_insights": KEY}],
    "adopt": [{"instances": ["1", "2"], "log_groups": ["postgresql"]}],
    "access": [
        {
            "query": False,
            "users": {"checkout": {"role": "writer"}, "analytics": {"role": "reader"}},
            "proxy": {
                "enabled": True,
                "pool": {"max_connections_percent": 70, "borrow_timeout_seconds": 10},
            },
        }
    ],
    "monitoring": [
        {
            "notify": {
                "page": {
                    "email": {"on-call": "on-call@example.com"},
                    "chatbot": {"workspace_id": "T07EA123LEP", "channel_id": "C07EZ1ABC23"},
                },
                "ticket": {
                    "https": {"board": "https://tickets.example.com/aurora"},
                    "chatbot": {"workspace_id": "T07EA123LEP", "channel_id": "C07EZ1ABC24"},
                },
            },
            "thresholds": {"cpu_percent": 85, "connections_page_percent": 80},
        }
    ],
    "state": [
        {"backend": "local", "path": "terraform-state"},
        {
            "backend": "s3",
            "bucket": "acme-terraform-state",
            "region": "eu-west-1",
            "manage_bucket": False,
            "assume_role": {"role_arn": "arn:aws:iam::333333333333:role/terraform-state"},
        },
        {"backend": "cloud", "organization": "acme", "project": "databases"},
        {"backend": "gcs", "bucket": "acme-terraform-state", "prefix": "databases"},
        {"backend": "azurerm", "storage_account_name": "acmestate", "container_name": "terraform-state"},
        {"backend": "http", "address": "https://state.example.com/terraform"},
        {"backend": "pg"},
    ],
    "accept": [[{"warning": "protected-burstable", "reason": "the load is small, and credits are watched"}]],
}
"""Values of the top-level blocks, the usual one first."""


def of(path: str, kind: str | None = None) -> list[Any]:
    """Return the examples of a block such as ``database.instances.<key>``; of one kind of state, where that is said."""
    parts = path.replace("[]", ".[]").split(".")
    found = BLOCKS.get(parts[0], [])
    for part in parts[1:]:
        found = [inner for one in found for inner in _inside(one, part)][:2]
    return [one for one in found if kind is None or one.get("backend") == kind]


def _inside(value: Any, part: str) -> list[Any]:
    if part == "[]":
        return value if isinstance(value, list) else []
    if not isinstance(value, dict):
        return []
    if part == "<key>":
        return list(value.values())
    return [value[part]] if part in value else []
