"""The connection contract: where the database is and how to connect, read from SSM by its path."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from database_access.failures import ContractUnreadable

CACHED_SECONDS = 300
"""How long a value that was read is used. A new endpoint is known everywhere after at most that long."""

SDK = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
"""A missing endpoint in the subnets shows within seconds; botocore's own 60 would outlive most functions."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What is needed of the contract; endpoints of a proxy are None where there is none."""

    writer_endpoint: str
    reader_endpoint: str
    port: int
    name: str
    secret_arn: str
    proxy_endpoint: str | None = None
    proxy_reader_endpoint: str | None = None
    query_enabled: bool = False


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
        found = _parameters().get_multiple(path.rstrip("/"), recursive=False, max_age=CACHED_SECONDS)
    except (GetParameterError, ClientError, BotoCoreError) as error:
        message = f"SSM parameters below {path} cannot be read: {error}"
        raise ContractUnreadable(message) from error
    values = {name: str(value) for name, value in found.items()}
    missing = [f"{path.rstrip('/')}/{name}" for name in REQUIRED if name not in values]
    if missing:
        message = f"there is no SSM parameter {', '.join(missing)}"
        raise ContractUnreadable(message)
    return Contract(
        writer_endpoint=values["writer-endpoint"],
        reader_endpoint=values["reader-endpoint"],
        port=int(values["port"]),
        name=values["name"],
        secret_arn=values["secret-arn"],
        proxy_endpoint=values.get("proxy-endpoint"),
        proxy_reader_endpoint=values.get("proxy-reader-endpoint"),
        query_enabled=values.get("query-enabled") == "true",
    )


@cache
def _parameters() -> SSMProvider:
    return SSMProvider(boto_config=SDK)
