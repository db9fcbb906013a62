"""A deployed environment as the function sees it: contract and secret in moto, PostgreSQL over TLS, and IAM."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
from psycopg import sql

from database_access import connections, handler
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.certificates import Authority
    from tests.servers.iam import Iam
    from tests.servers.postgres import PostgresServer

REGION = "eu-west-1"

WRITER = f"experimentation-test.cluster-c0ffee123456.{REGION}.rds.amazonaws.com"

READER = f"experimentation-test.cluster-ro-c0ffee123456.{REGION}.rds.amazonaws.com"

MASTER = "platform_admin"

DATABASE = "experiments"

BINARIES = Path(os.environ["POSTGRES_BINARIES"]) if "POSTGRES_BINARIES" in os.environ else None
"""Another PostgreSQL than the one on PATH, for the tests that need no LDAP in it."""


KEYS = {"ASIATESTTESTTESTTEST": "a-secret-access-key-that-signs"}
"""The function's key."""


def variables(aws: str, authority: Authority) -> dict[str, str]:
    """Return the environment of a function in Lambda, turned to an emulated AWS and to a server of this authority's."""
    (access_key,) = KEYS
    return {
        "AWS_ENDPOINT_URL": aws,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": KEYS[access_key],
        "AWS_SESSION_TOKEN": "session-token/" * 60,
        "PGHOSTADDR": "127.0.0.1",
        "PGSSLROOTCERT": str(authority.certificate),
    }


def _prefix() -> str:
    return f"/experimentation/{uuid.uuid4().hex[:8]}/database/"


@dataclass(frozen=True)
class LambdaContext:
    """What the runtime tells a function about an invocation."""

    function_name: str = "database-access"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:123456789012:function:database-access"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"


@dataclass
class Platform:
    """One environment; ``invoke`` is what a caller of the function does."""

    server: PostgresServer
    iam: Iam | None = None
    prefix: str = field(default_factory=_prefix)
    secret_arn: str = ""

    def invoke(self, action: str, **event: Any) -> dict[str, Any]:
        """Invoke the function, and return its answer as Lambda would: in JSON."""
        with variables_set(CONTRACT_PREFIX=self.prefix):
            answer = handler.handle({"action": action, **event}, LambdaContext())
        result: dict[str, Any] = json.loads(json.dumps(answer))
        return result

    def succeed(self, action: str, **event: Any) -> dict[str, Any]:
        """Invoke the function, and return the result of an action that has to succeed."""
        answer = self.invoke(action, **event)
        assert answer["ok"], answer
        result: dict[str, Any] = answer["result"]
        return result

    def fail(self, action: str, **event: Any) -> dict[str, str]:
        """Invoke the function, and return the error of an action that has to fail."""
        answer = self.invoke(action, **event)
        assert not answer["ok"], answer
        error: dict[str, str] = answer["error"]
        return error

    @contextlib.contextmanager
    def superuser(self, database: str = DATABASE) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Connect around the library, to look and to arrange; nothing is checked but the password."""
        with psycopg.connect(
            host="127.0.0.1",
            port=self.server.port,
            dbname=database,
            user=postgres.SUPERUSER,
            password=postgres.PASSWORD,
            sslmode="require",
            sslrootcert="",
            autocommit=True,
        ) as connection:
            yield connection

    def publish(self, **parameters: str) -> None:
        """Put parameters of the contract, named with underscores."""
        ssm = boto3.client("ssm")
        for name, value in parameters.items():
            ssm.put_parameter(Name=self.prefix + name.replace("_", "-"), Value=value, Type="String", Overwrite=True)

    def published_anew(self, **changes: str) -> Platform:
        """Return the same environment with a contract under another path, for a contract that was read is cached."""
        anew = dataclasses.replace(self, prefix=_prefix())
        anew.publish(
            **{
                "writer_endpoint": WRITER,
                "reader_endpoint": READER,
                "port": str(self.server.port),
                "name": DATABASE,
                "secret_arn": self.secret_arn,
                "ssl_mode": "verify-full",
                "engine_version": "15.10",
                "query_enabled": "true",
            }
            | changes
        )
        return anew

    def rotate(self) -> None:
        """Give the master user another password, as RDS does: first the user, then the secret."""
        password = secrets.token_urlsafe(12)
        with self.superuser() as connection:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(MASTER), sql.Literal(password))
            )
        self.write_secret(json.dumps({"username": MASTER, "password": password}))

    def write_secret(self, text: str) -> None:
        """Put the secret's current version."""
        boto3.client("secretsmanager").put_secret_value(SecretId=self.secret_arn, SecretString=text)


@contextlib.contextmanager
def variables_set(**variables: str) -> Iterator[None]:
    """Set environment variables for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


def deployed(server: PostgresServer, iam: Iam | None = None) -> Platform:
    """Return the environment as it is after its first deployment: no role and no table in the database yet.

    The master user is what Aurora's is: it may create roles, owns the database, and is no superuser.
    """
    platform = Platform(server, iam)
    password = secrets.token_urlsafe(12)
    with platform.superuser("postgres") as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(sql.Identifier(MASTER), sql.Literal(password))
        )
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(MASTER))
        )
        if iam is not None:
            connection.execute("CREATE ROLE rds_iam NOLOGIN")
            access = server.folder / "data" / "pg_hba.conf"
            access.write_text(iam.access + access.read_text())
            connection.execute("SELECT pg_reload_conf()")
    secret = boto3.client("secretsmanager").create_secret(
        Name=f"rds!cluster-{uuid.uuid4()}", SecretString=json.dumps({"username": MASTER, "password": password})
    )
    platform.secret_arn = secret["ARN"]
    return platform.published_anew()


def forget_connections() -> None:
    """Close what the library keeps, as when Lambda takes another container."""
    for kept in connections._connections.kept.values():
        kept.connection.close()
    connections._connections.kept.clear()
