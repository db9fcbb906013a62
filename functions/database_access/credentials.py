"""What proves to the server who is connecting: a token of IAM, or the secret of the contract."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from database_access import sdk
from database_access.failures import AuthenticationFailed, SecretUnreadable

if TYPE_CHECKING:
    from database_access.contract import Contract

Authentication = Literal["iam", "secret"]


@dataclass(frozen=True)
class Credentials:
    """A database user with a password, which no representation shows."""

    user: str
    password: str = field(repr=False)


class Source(Protocol):
    """Gives credentials for one connection; ``renew`` asks for others than the last ones."""

    def __call__(self, contract: Contract, *, host: str, port: int, user: str, renew: bool) -> Credentials:
        """Return them, or raise an AccessFailure."""


def token(
    contract: Contract,  # noqa: ARG001 - knows no secret
    *,
    host: str,
    port: int,
    user: str,
    renew: bool,  # noqa: ARG001 - always a new one
) -> Credentials:
    """Sign a token of IAM, locally and anew for each connection: the server takes it for 15 minutes.

    It is signed for the very host name that is connected to. A connection outlives its token.
    """
    try:
        signed = sdk.client("rds").generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
    except (ClientError, BotoCoreError) as error:
        message = f"no token can be signed for {user}: {error}"
        raise AuthenticationFailed(message) from error
    return Credentials(user, signed)


def secret(
    contract: Contract,
    *,
    host: str,  # noqa: ARG001 - the same for each
    port: int,  # noqa: ARG001
    user: str,  # noqa: ARG001 - the secret names its own
    renew: bool,
) -> Credentials:
    """Read the secret of the contract: the master user's, which RDS rotates. It is cached until ``renew``."""
    try:
        text = SECRETS.get(contract.secret_arn, anew=renew)
    except (ClientError, BotoCoreError) as error:
        message = f"the secret {contract.secret_arn} cannot be read: {error}"
        raise SecretUnreadable(message) from error
    try:
        content = json.loads(text)
        found = [content["username"], content["password"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = []
    if not found or not all(isinstance(part, str) and part and "\0" not in part for part in found):
        message = f"the secret {contract.secret_arn} is not a JSON object with username and password"
        # The cause would show the content.
        raise SecretUnreadable(message) from None
    return Credentials(*found)


SOURCES: dict[Authentication, Source] = {"iam": token, "secret": secret}


def _secret(arn: str) -> str:
    return str(sdk.client("secretsmanager").get_secret_value(SecretId=arn).get("SecretString"))


SECRETS = sdk.Kept(_secret)
