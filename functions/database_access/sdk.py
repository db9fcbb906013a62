"""The AWS SDK's clients, made when they are first needed, and what they read, kept for a while.

botocore alone: boto3 would bring resources and a manager of transfers, and take a tenth of a cold start to import.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")

CACHED_SECONDS = 300
"""How long a value that was read is used. A new endpoint is known everywhere after at most that long."""

CONFIGURATION = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
"""A missing endpoint in the subnets shows within seconds; botocore's own 60 would outlive most functions."""


@cache
def client(service: str) -> Any:
    """Return the client of a service, in the region and with the credentials that the function has."""
    return botocore.session.get_session().create_client(service, config=CONFIGURATION)


class Kept(Generic[Value]):
    """What was read, by its name, for CACHED_SECONDS."""

    def __init__(self, read: Callable[[str], Value]) -> None:
        self._read = read
        self._kept: dict[str, tuple[float, Value]] = {}

    def get(self, name: str, *, anew: bool = False) -> Value:
        """Return what the name stands for, read ``anew`` or unless it was lately; errors are those of reading."""
        until, value = self._kept.get(name, (0.0, None))
        if value is None or anew or time.monotonic() >= until:
            value = self._read(name)
            self._kept[name] = (time.monotonic() + CACHED_SECONDS, value)
        return value
