"""The connection contract: where the database is and how to connect, read from SSM by its path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from database_access import sdk
from database_access.failures import ContractUnreadable


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What is needed of the contract; endpoints of a proxy are None where there is none.

    A proxy of PostgreSQL listens on 5432, whatever the port of its database is (Aurora User Guide, RDS Proxy
    limitations); ``proxy-port`` is for tests.
    """

    writer_endpoint: str
    reader_endpoint: str
    port: int
    name: str
    secret_arn: str
    proxy_endpoint: str | None = None
    proxy_reader_endpoint: str | None = None
    proxy_port: int = 5432
    query_enabled: bool = False


HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
"""A name in DNS or an address. Anything else means more to libpq: a slash a socket without TLS, a comma two hosts."""

PORTS = range(1, 65_536)

TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,2048}")

REQUIRED = ("writer-endpoint", "reader-endpoint", "port", "name", "secret-arn")


def read(prefix: str | None = None) -> Contract:
    """Return the contract below a path, ``CONTRACT_PREFIX`` unless told; read once in CACHED_SECONDS.

    Parameters deeper than the path, the policies, are not read. ContractUnreadable says what is missing.
    """
    path = prefix or os.environ.get("CONTRACT_PREFIX", "")
    if not path.startswith("/"):
        message = f"CONTRACT_PREFIX is {path!r}; it has to be a path such as /experimentation/prod/database/"
        raise ContractUnreadable(message)
    try:
        values = PARAMETERS.get(path.rstrip("/"))
    except (ClientError, BotoCoreError) as error:
        message = f"SSM parameters below {path} cannot be read: {error}"
        raise ContractUnreadable(message) from error
    missing = [f"{path.rstrip('/')}/{name}" for name in REQUIRED if name not in values]
    if missing:
        message = f"there is no SSM parameter {', '.join(missing)}"
        raise ContractUnreadable(message)
    given = _Values(path.rstrip("/"), values)
    return Contract(
        writer_endpoint=given.matching("writer-endpoint", HOST, "a host name"),
        reader_endpoint=given.matching("reader-endpoint", HOST, "a host name"),
        port=given.port("port"),
        name=given.matching("name", TEXT, "a name"),
        secret_arn=given.matching("secret-arn", TEXT, "an ARN"),
        proxy_endpoint=given.matching("proxy-endpoint", HOST, "a host name") if "proxy-endpoint" in values else None,
        proxy_reader_endpoint=(
            given.matching("proxy-reader-endpoint", HOST, "a host name") if "proxy-reader-endpoint" in values else None
        ),
        proxy_port=given.port("proxy-port") if "proxy-port" in values else Contract.proxy_port,
        query_enabled=values.get("query-enabled") == "true",
    )


@dataclass(frozen=True)
class _Values:
    path: str
    values: dict[str, str]

    def matching(self, name: str, pattern: re.Pattern[str], what: str) -> str:
        """Return a value; what it is instead of what is expected is not shown, for it may be there by mistake."""
        if not pattern.fullmatch(self.values[name]):
            message = f"the SSM parameter {self.path}/{name} is not {what}"
            raise ContractUnreadable(message)
        return self.values[name]

    def port(self, name: str) -> int:
        """Return a port."""
        value = self.values[name]
        if not (value.isascii() and value.isdigit() and len(value) <= len("65535") and int(value) in PORTS):
            message = f"the SSM parameter {self.path}/{name} is not a port from 1 to {PORTS[-1]}"
            raise ContractUnreadable(message)
        return int(value)


def _parameters(path: str) -> dict[str, str]:
    pages = sdk.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=False)
    return {one["Name"].rpartition("/")[2]: one["Value"] for page in pages for one in page["Parameters"]}


PARAMETERS = sdk.Kept(_parameters)
