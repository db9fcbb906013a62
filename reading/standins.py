"""Values that could stand where a file's value is missing or wrong.

What is found with every one of them does not depend on the wrong value, and so is a mistake of its own. They are
therefore as different from one another as the checks can tell: the ends of ranges, every word of a choice, a block
left out and a block full of things.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, Union, get_args, get_origin

from annotated_types import MaxLen, MinLen
from pydantic.fields import FieldInfo

from catalog import engine_versions
from catalog import parameters as catalogue
from reading import places
from settings import tiers, topology
from settings.types import Between, Matching, OneOf

if TYPE_CHECKING:
    from findings.finding import KeyPath

ABSENT: Final = object()
"""No value."""

Data: TypeAlias = Mapping[str, Any]
Special: TypeAlias = "Sequence[Any] | Callable[[Data, KeyPath], Sequence[Any]]"

MOST: Final = 8
"""Most values that are tried for one place."""

REGION: Final = "eu-west-1"


def _zones(data: Data, path: KeyPath) -> list[Any]:
    """Return zones of the file's region that the same list or mapping does not have yet."""
    region = data.get("aws", {}).get("region") if isinstance(data.get("aws"), Mapping) else None
    region = region if isinstance(region, str) else REGION
    here: Any = data
    for part in path[:-1]:
        here = here[part] if _has(here, part) else []
    taken = {item for item in here if isinstance(item, str)} if isinstance(here, dict | list) else set()
    return [zone for letter in topology.LETTERS if (zone := f"{region}{letter}") not in taken]


def _has(holder: Any, part: str | int) -> bool:
    if isinstance(holder, list):
        return isinstance(part, int) and part < len(holder)
    return isinstance(holder, dict) and part in holder


def _two_zones(data: Data, path: KeyPath) -> list[Any]:
    del path
    return [[one, other] for one, other in _pairs(data)]


def _subnets(data: Data, path: KeyPath) -> list[Any]:
    del path
    return [{one: "subnet-00000001", other: "subnet-00000002"} for one, other in _pairs(data)]


def _pairs(data: Data) -> list[tuple[str, str]]:
    every = _zones({**data, "zones": []}, ("zones", 0))
    return list(zip(every[::2], every[1::2], strict=False))


def _parameter(data: Data, path: KeyPath) -> list[Any]:
    """Return values that a PostgreSQL parameter could have; none for what is no parameter."""
    del data
    known = catalogue.find(str(path[-1]))
    if known is None:
        return [ABSENT]
    if known.kind == "boolean":
        return [True, False, ABSENT]
    if known.kind in ("integer", "float") and known.minimum is not None and known.maximum is not None:
        ends = [known.minimum, known.maximum]
        return [*(int(end) if known.kind == "integer" else end for end in ends), ABSENT]
    return [*known.choices[:1], *known.choices[-1:], ABSENT]


def _networks(data: Data, path: KeyPath) -> list[Any]:
    existing = {"vpc_id": "vpc-00000001", "cidr": "172.16.0.0/16", "nat": True}
    given = [{"existing": {**existing, "database_subnets": subnets}} for subnets in _subnets(data, path)]
    created = [
        {"create": {"cidr": "10.0.0.0/16", "nat": "none"}},
        {"create": {"cidr": "192.168.0.0/20", "nat": "single", "database_subnets": "isolated"}},
    ]
    return [*created, *given]


def _states(data: Data, path: KeyPath) -> list[Any]:
    del path
    aws = data.get("aws")
    region = aws.get("region") if isinstance(aws, Mapping) else REGION
    return [
        {"backend": "local"},
        {"backend": "s3", "bucket": "stand-in-state", "region": region if isinstance(region, str) else REGION},
        {"backend": "cloud", "organization": "stand-in"},
    ]


def _versions(data: Data, path: KeyPath) -> list[Any]:
    """Return the newest version of each major, after the one that every environment gets."""
    del data, path
    newest = {engine_versions.major_of(version): version for version in engine_versions.creatable()}
    return ["15.10", *newest.values()]


OF_A_CLUSTER: Final[Mapping[str, Special]] = {
    "generation": ("standin", "another"),
    "name": ("standin", "another"),
    "origin.snapshot": ("stand-in", "another"),
    "origin.cluster": ("stand-in", "another"),
    "origin.resource_id": ("cluster-STANDINSTANDIN", "cluster-ANOTHERANOTHER"),
    "origin.time": ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
    "engine_version": _versions,
    "instance_class": ("db.t3.medium", "db.r6g.16xlarge", "serverless", "db.r5.large", "db.r8g.large"),
    "instances": (1, 3, {"1": {"promotion_tier": 0}, "2": {}}, 16),
    "instances.*.instance_class": ("db.t3.medium", "db.r6g.16xlarge", "serverless", "db.r5.large"),
    "instances.*.zone": _zones,
    "instances.*.maintenance_window": ("tue:05:00-tue:05:30", "thu:14:00-thu:15:00"),
    "parameters.*": _parameter,
    "master_user.name": ("standin", "another"),
}
"""By key of a cluster, the one that runs or its successor."""

SPECIAL: Final[Mapping[str, Special]] = {
    **{f"{place}.{key}": made for place in ("database", "database.successor") for key, made in OF_A_CLUSTER.items()},
    "database.successor.ended.generation": ("one", "standin"),
    "tier": tiers.TIERS,
    "project": ("stand-in", "another"),
    "aws.account_id": ("000000000000", "999999999999"),
    "aws.region": (REGION, "us-east-1", "us-west-1", "cn-north-1", "us-gov-west-1", "ap-east-2"),
    "aws.zones": _two_zones,
    "aws.zones.*": _zones,
    "network": _networks,
    "network.create.cidr": ("10.0.0.0/16", "172.16.0.0/20", "192.168.0.0/22"),
    "network.create.subnet_cidrs.*.*": ("10.255.240.0/28", "192.168.255.0/28"),
    "network.existing.vpc_id": ("vpc-00000001", "vpc-00000002"),
    "network.existing.cidr": ("10.0.0.0/16", "172.16.0.0/20", "192.168.0.0/22"),
    "network.existing.cidrs.*": ("10.0.0.0/16", "172.16.0.0/20", "192.168.0.0/22"),
    "network.existing.database_subnets": _subnets,
    "network.existing.database_subnets.*": ("subnet-00000001", "subnet-00000002"),
    "network.existing.private_subnets.*": ("subnet-00000003", "subnet-00000004"),
    "expires": ("2099-01-01", "2099-02-01"),
    "database.preload_libraries.*": ("auto_explain", "pg_cron", "pglogical"),
    "database.backup.window": ("01:00-02:00", "13:00-14:00", "22:10-22:40"),
    "database.maintenance.window": ("sun:03:00-sun:03:30", "wed:12:00-wed:12:30", "fri:18:00-fri:19:00"),
    "database.access.security_groups.*": ("sg-00000001", "sg-00000002"),
    "database.access.cidrs.*": ("10.255.240.0/28", "192.168.255.0/28"),
    **{
        f"monitoring.notify.{severity}.chatbot.{part}": (f"{letter}00000000", f"{letter}11111111")
        for severity in ("page", "ticket")
        for part, letter in (("workspace_id", "T"), ("channel_id", "C"))
    },
    "access.partitions_at": ("00:30", "12:15"),
    "state": _states,
    "state.path": ("terraform-state", "stand-in"),
    "state.bucket": ("stand-in-state", "another-state"),
    "state.prefix": ("stand-in", "another"),
    "state.kms_key_arn": (ABSENT,),
    "state.assume_role": (ABSENT,),
    "state.assume_role.role_arn": ("arn:aws:iam::000000000000:role/stand-in",),
    "state.organization": ("stand-in", "another"),
    "state.storage_account_name": ("standin", "another"),
    "state.container_name": ("stand-in", "another"),
    "state.address": ("https://stand-in.example/state", "https://another.example/state"),
    "accept.*": (
        {"warning": "engine-new", "reason": "a reason that stands in"},
        {"warning": "engine-near-end", "reason": "another reason that stands in"},
    ),
    "accept.*.warning": ("engine-new", "engine-near-end"),
    "accept.*.reason": ("a reason that stands in", "another reason that stands in"),
}
"""By place, where the type alone does not say what it could be; ``*`` stands for one key or item."""

KEYS: Final[Mapping[str, Special]] = {
    "network.create.subnet_cidrs.*.*": _zones,
    "network.existing.database_subnets.*": _zones,
    "network.existing.private_subnets.*": _zones,
}
"""By mapping, what a key could be whose form is wrong; elsewhere a plain word is one."""

WORDS: Final = ("stand-in", "another")


def of(path: KeyPath, data: Data) -> list[Any]:
    """Return values that the model takes at a place, the likeliest first; none if it is not known how to make one."""
    special = _special(SPECIAL, path, data)
    field = places.field_at(path, data)
    optional = [ABSENT] if field is not None and not field.is_required() else []
    made = special if special is not None else list(_made(places.annotation_at(path, data), path, data))
    return [*made[:MOST], *(one for one in optional if one not in made)]


def keys_of(path: KeyPath, data: Data) -> list[str]:
    """Return words that could be a key of a mapping."""
    special = _special(KEYS, (*path, ""), data)
    # As many as anybody would mistype in one mapping.
    more = (f"{WORDS[-1]}-{number}" for number in range(2, 50))
    return [word for word in (special if special is not None else (*WORDS, *more)) if isinstance(word, str)]


def _special(table: Mapping[str, Special], path: KeyPath, data: Data) -> list[Any] | None:
    found = next((made for place, made in table.items() if _matches(place, path)), None)
    if found is None:
        return None
    return list(found(data, path)) if callable(found) else list(found)


def _matches(place: str, path: KeyPath) -> bool:
    parts = place.split(".")
    return len(parts) == len(path) and all(part in ("*", str(one)) for part, one in zip(parts, path, strict=True))


def _made(annotation: Any, path: KeyPath, data: Data) -> Sequence[Any]:
    limits, kinds = _taken_apart(annotation)
    for limit in limits:
        if isinstance(limit, OneOf):
            return _spread(list(limit.choices))
        if isinstance(limit, Between):
            whole = int in kinds
            middle = (limit.minimum + limit.maximum) / 2
            ends = (limit.minimum, limit.maximum, middle)
            return [int(end) if whole else float(int(end)) for end in ends]
    found: list[Any] = []
    for kind in kinds:
        found += _of_kind(kind, limits, path, data)
    return found


def _taken_apart(annotation: Any) -> tuple[list[Any], list[Any]]:
    """Return an annotation's limits and its alternatives."""
    if get_origin(annotation) is Annotated:
        inner, *given = get_args(annotation)
        limits = [each for limit in given for each in (limit.metadata if isinstance(limit, FieldInfo) else (limit,))]
        deeper, kinds = _taken_apart(inner)
        return [*limits, *deeper], kinds
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [_taken_apart(part) for part in get_args(annotation)]
        return [limit for limits, _ in parts for limit in limits], [kind for _, kinds in parts for kind in kinds]
    return [], [] if annotation in (None, types.NoneType) else [annotation]


def _of_kind(kind: Any, limits: Sequence[Any], path: KeyPath, data: Data) -> list[Any]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if places.is_model(kind):
        return _blocks(kind, path, data)
    if kind is bool:
        return [False, True]
    if kind is str:
        return [] if any(isinstance(limit, Matching) for limit in limits) else list(WORDS)
    return [] if any(isinstance(limit, MinLen) for limit in limits) else _collections(kind, path, data)


def _collections(kind: Any, path: KeyPath, data: Data) -> list[Any]:
    """Return an empty list or mapping, and the fullest list that is known."""
    if get_origin(kind) is dict:
        return [{}]
    if get_origin(kind) is not list:
        return []
    item = (*path, 0)
    special = _special(SPECIAL, item, data)
    full = special if special is not None else _all(places.items_of(kind), item, data)
    return [[], full] if full else [[]]


def _all(annotation: Any, path: KeyPath, data: Data) -> list[Any]:
    """Return everything that a list could have, where that is known."""
    known = [limit for limit in _taken_apart(annotation)[0] if isinstance(limit, OneOf)]
    return list(known[0].choices) if known else list(_made(annotation, path, data))


def _blocks(kind: Any, path: KeyPath, data: Data) -> list[Any]:
    """Return a block that says only what it has to, with each of the values that its keys could have."""
    choices: dict[str, list[Any]] = {}
    for key, field in places.fields_of(kind).items():
        here = (*path, key)
        special = _special(SPECIAL, here, data)
        made = special if special is not None else list(_made(places.annotated(field), here, data))
        if field.is_required():
            choices[key] = made
    if not all(choices.values()):
        return []
    most = max((len(made) for made in choices.values()), default=1)
    return [
        {key: made[turn % len(made)] for key, made in choices.items() if made[turn % len(made)] is not ABSENT}
        for turn in range(min(most, MOST))
    ]


def _spread(choices: list[Any]) -> list[Any]:
    """Return the first, the last and the middle of many."""
    middle = choices[len(choices) // 2]
    return list(dict.fromkeys([choices[0], choices[-1], middle]))


def longest(annotation: Any) -> int | None:
    """Return the most entries that a list or mapping may have."""
    return min((limit.max_length for limit in _taken_apart(annotation)[0] if isinstance(limit, MaxLen)), default=None)


def fewest(annotation: Any) -> int:
    """Return the fewest entries that a list or mapping may have."""
    return max((limit.min_length for limit in _taken_apart(annotation)[0] if isinstance(limit, MinLen)), default=0)
