"""The small vocabulary of value types that the model is written in, each with an error that mends itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic_core import PydanticCustomError, core_schema

from catalog import regions, time_zones
from catalog.suggestions import nearest
from findings.finding import shortened, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


def wrong(message: str) -> PydanticCustomError:
    """Make a validation error whose text is exactly ``message``."""
    return PydanticCustomError("wrong", "{message}", {"message": message})


@dataclass(frozen=True, slots=True)
class Between:
    """A number from ``minimum`` to ``maximum``, both included, in ``unit``."""

    minimum: float
    maximum: float
    unit: str = ""

    @property
    def allowed(self) -> str:
        """The range in words."""
        return f"{self.minimum:g} to {self.maximum:g}" + (f" {self.unit}" if self.unit else "")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the range after the type."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors the same bounds."""
        return {**handler(schema), "minimum": self.minimum, "maximum": self.maximum}

    def check(self, value: float) -> float:
        """Refuse a value out of range."""
        if not self.minimum <= value <= self.maximum:
            unit = f" {self.unit}" if self.unit else ""
            raise wrong(f"{_number(value)} is not between {self.minimum:g} and {self.maximum:g}{unit}")
        return value


@dataclass(frozen=True, slots=True)
class Matching:
    """Text that matches ``pattern`` as a whole; ``says`` names in words what is allowed.

    A value that may hold a credential is not ``repeated`` in the message.
    """

    pattern: str
    says: str
    repeated: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the pattern after the type."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors the same pattern, and in words what it means (an extension that YAML and JSON editors know)."""
        said = f"must be {self.says}"
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "patternErrorMessage": said}

    def check(self, value: str) -> str:
        """Refuse text of another form."""
        if not re.fullmatch(self.pattern, value):
            raise wrong(f"{shown(value) if self.repeated else 'the value'} is not {self.says}")
        return value


MANY = 20
"""Choices that are no longer read to the end."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a list of values known to the catalogue."""

    choices: tuple[str, ...] | tuple[int, ...]
    what: str

    @property
    def allowed(self) -> str:
        """The choices in words."""
        return ", ".join(str(choice) for choice in self.choices)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check membership after the type."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Tell editors the same choices."""
        return {**handler(schema), "enum": list(self.choices)}

    def check(self, value: str | int) -> str | int:
        """Refuse anything else, and name what was probably meant."""
        if value not in self.choices:
            if isinstance(value, int):
                numbers = [choice for choice in self.choices if isinstance(choice, int)]
                guess: str | int | None = min(numbers, key=lambda choice: abs(choice - value))
            else:
                guess = nearest(value, [str(choice) for choice in self.choices])
            meant = f"; did you mean {guess}?" if guess is not None else ""
            said = shown(value) if isinstance(value, str) else value
            raise wrong(f"{said} is not {self.what}; allowed are {self._listed(value)}{meant}")
        return value

    def _listed(self, value: str | int) -> str:
        """Return the choices; of many names those of the same area, the part before the first dash, if it has any."""
        area, dash, _ = str(value).partition("-")
        near = [str(choice) for choice in self.choices if str(choice).startswith(f"{area}-")] if dash else []
        if len(self.choices) <= MANY or not near:
            return self.allowed
        return f"{', '.join(near)}, and {len(self.choices) - len(near)} elsewhere"


def _number(value: float) -> str:
    return shortened(str(value)) if isinstance(value, int) else f"{value:.15g}"


PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""Blocks that no host of the internet has: RFC 1918, and RFC 6598, from which many networks of containers come."""

NO_HOSTS = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
"""Blocks in which AWS creates no VPC, and no host is (Amazon VPC User Guide, VPC CIDR blocks; RFC 6890)."""


def _network(value: str) -> str:
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise wrong(f"{shown(value)} is not an IPv4 CIDR block such as 10.0.0.0/16") from None
    if not re.fullmatch(r"[0-9.]+/(?:[1-9]?[0-9])", value):
        raise wrong(f"{shown(value)} has no prefix length; did you mean {str(network).partition('/')[0]}/16?")
    if str(network) != value:
        raise wrong(f"{value} is not the start of its block; did you mean {network}?")
    return value


def _private(value: str) -> str:
    if not any(IPv4Network(value).subnet_of(block) for block in PRIVATE):
        raise wrong(f"{value} is not a private block; allowed are those of {', '.join(map(str, PRIVATE))}")
    return value


def _usable(value: str) -> str:
    network = IPv4Network(value)
    unusable = next((block for block in NO_HOSTS if network.overlaps(block)), None)
    if unusable is not None and network.prefixlen >= unusable.prefixlen:
        raise wrong(f"{value} lies in {unusable}, in which no VPC can be")
    return value


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of a VPC that exists, whoever's addresses those are."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        block = core_schema.no_info_after_validator_function(_network, handler(source))
        return core_schema.no_info_after_validator_function(_usable, block)


def is_ipv6(block: str) -> bool:
    """Whether a block is one of IPv6."""
    return ":" in block


def inside(block: str, others: Sequence[str]) -> bool:
    """Whether a block lies in one of the others, of the same protocol."""
    if is_ipv6(block):
        return any(IPv6Network(block).subnet_of(IPv6Network(other)) for other in others if is_ipv6(other))
    return any(IPv4Network(block).subnet_of(IPv4Network(other)) for other in others if not is_ipv6(other))


WIDEST_IPV6 = 16
"""Shortest prefix of an IPv6 block that is somebody's: no registry gives a wider one (RFC 7020; IANA's allocations)."""


def _ipv6(value: str) -> str:
    try:
        network = IPv6Network(value, strict=False)
    except ValueError:
        raise wrong(f"{shown(value)} is not a CIDR block such as 10.0.0.0/16 or 2001:db8:1:2::/64") from None
    if "/" not in value:
        raise wrong(f"{shown(value)} has no prefix length; did you mean {network.network_address}/64?")
    if network.prefixlen < WIDEST_IPV6:
        raise wrong(f"{value} is wider than any block that one network has; it would admit the world")
    if str(network) != value:
        raise wrong(f"{value} is not written as its block is; did you mean {network}?")
    return value


def _either(value: str) -> str:
    return _ipv6(value) if is_ipv6(value) else _usable(_network(value))


@dataclass(frozen=True, slots=True)
class _EitherBlock:
    """A block of IPv4 or IPv6, whoever's addresses those are."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_either, handler(source))


@dataclass(frozen=True, slots=True)
class _Cidr:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        block = core_schema.no_info_after_validator_function(_network, handler(source))
        return core_schema.no_info_after_validator_function(_private, block)


@dataclass(frozen=True, slots=True)
class _LowerCase:
    """Text that is kept in lower case, as AWS keeps it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(str.lower, handler(source))


@dataclass(frozen=True, slots=True)
class _TimeZone:
    """A name of the time zone database, spelt as there: AWS's schedulers refuse another case."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    @staticmethod
    def check(value: str) -> str:
        if value not in time_zones.names():
            meant = nearest(value, time_zones.names())
            guess = f"; did you mean {meant}?" if meant else ""
            raise wrong(f"{shown(value)} is not a time zone such as Europe/Berlin or UTC{guess}")
        return value


TimeZone: TypeAlias = Annotated[str, _TimeZone()]
RegionName: TypeAlias = Annotated[str, OneOf(regions.names(), "a region that offers Aurora PostgreSQL")]
_WORDS = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"

Slug: TypeAlias = Annotated[
    str,
    Matching(rf"(?=.{{1,40}}$){_WORDS}", "1 to 40 lower-case letters, digits and single hyphens, a letter first"),
]
"""A word of a name; AWS allows no double and no trailing hyphen in DB identifiers."""

Key: TypeAlias = Annotated[
    str,
    Matching(
        r"(?=.{1,20}$)[a-z0-9]+(?:-[a-z0-9]+)*",
        "a key of 1 to 20 lower-case letters, digits and single hyphens",
    ),
]
"""A stable name inside an environment; it becomes part of a Terraform address, so renaming it replaces."""

UserName: TypeAlias = Annotated[
    str,
    Matching(
        r"[a-z][a-z0-9_]{0,62}", "a database user: 1 to 63 lower-case letters, digits and underscores, a letter first"
    ),
]
"""A name that PostgreSQL takes without quotes and IAM in the ARN of a database user."""

AccountId: TypeAlias = Annotated[str, Matching(r"[0-9]{12}", "the 12 digits of an AWS account id, in quotes")]
Cidr: TypeAlias = Annotated[str, _Cidr()]
Block: TypeAlias = Annotated[str, _Block()]
EitherBlock: TypeAlias = Annotated[str, _EitherBlock()]
VpcId: TypeAlias = Annotated[
    str, Matching(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a VPC id such as vpc-0a1b2c3d4e5f60718")
]
SubnetId: TypeAlias = Annotated[
    str, Matching(r"subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a subnet id such as subnet-0a1b2c3d4e5f60718")
]
SecurityGroupId: TypeAlias = Annotated[
    str, Matching(r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a security group id such as sg-0a1b2c3d4e5f60718")
]
KeyArn: TypeAlias = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
        "the ARN of a KMS key (an alias or a bare key id makes a perpetual diff or a replacement)",
    ),
]
RoleArn: TypeAlias = Annotated[
    str,
    Matching(
        r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}",
        "the ARN of an IAM role such as arn:aws:iam::111111111111:role/name",
    ),
]
DailyWindow: TypeAlias = Annotated[
    str,
    Matching(
        r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9]",
        "a daily window in UTC such as 01:00-02:00",
    ),
]
_DAYS = "(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)"
WeeklyWindow: TypeAlias = Annotated[
    str,
    Matching(
        rf"{_DAYS}:(?:[01][0-9]|2[0-3]):[0-5][0-9]-{_DAYS}:(?:[01][0-9]|2[0-3]):[0-5][0-9]",
        "a weekly window in UTC such as sun:03:00-sun:03:30",
    ),
    _LowerCase(),
]
