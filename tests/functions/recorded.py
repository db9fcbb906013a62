"""The permissions that the function was seen to need, for a comparison with its policies.

``test_functions_calls`` makes every call anew and compares it with this. A resource is named by what it is of:
``contract`` (the path), ``secret`` (the contract's ``secret-arn``), or the database user that a connection is made as.
"""

from __future__ import annotations

from typing import NamedTuple


class Permission(NamedTuple):
    """An action of IAM, on what."""

    action: str
    resource: str


CONTRACT = Permission("ssm:GetParametersByPath", "contract")

SECRET = Permission("secretsmanager:GetSecretValue", "secret")


def connecting(user: str) -> Permission:
    """Return the permission to connect as a database user."""
    return Permission("rds-db:connect", user)


BY_EVENT: dict[str, frozenset[Permission]] = {
    '{"action": "health"}': frozenset(
        {CONTRACT, connecting("experiment_writer"), connecting("experiment_reader")},
    ),
    '{"action": "upgrade-check"}': frozenset({CONTRACT, connecting("experiment_writer")}),
    '{"action": "query", "sql": "SELECT 1"}': frozenset({CONTRACT, connecting("experiment_reader")}),
    '{"action": "migrate"}': frozenset({CONTRACT, connecting("experiment_migrator")}),
    '{"action": "partitions"}': frozenset({CONTRACT, connecting("experiment_migrator")}),
    '{"action": "migrate", "authenticate": "secret"}': frozenset(
        {CONTRACT, SECRET, connecting("experiment_migrator")},
    ),
    '{"action": "partitions", "authenticate": "secret"}': frozenset(
        {CONTRACT, SECRET, connecting("experiment_migrator")},
    ),
}
"""By event: what it needs, where nothing is cached and no connection is open."""
