"""Environments made up from the model's own schema and the catalogue, for tests of properties.

Most of what comes out is valid; what AWS would refuse in combination is left in, for `check` to find.
"""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from catalog import engine_versions, instance_classes, limits, parameters, regions
from findings.finding import InvalidEnvironmentsError
from reading import loader
from reading.schema import schema
from settings import tiers
from settings.parameters import PRELOAD
from settings.tuning import PRELOADED, TUNING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Data: TypeAlias = "dict[str, Any]"
Special: TypeAlias = "Mapping[str, st.SearchStrategy[Any]]"

SCHEMA = schema()

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)

WANTED = {"": ("database",), "database": ("engine_version", "instance_class")}
"""Keys that may be left out, and on which most others depend."""

LOOK_AHEAD = re.compile(r"\(\?[=!](?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)")
"""A condition at the beginning of a pattern, with at most one pair of parentheses inside."""

FORMULAS = (
    "LEAST({DBInstanceClassMemory/9531392},5000)",
    "GREATEST(${DBInstanceVCPU*4},64)",
    "SUM(100,{DBInstanceVCPU})",
)
"""Formulas that many parameters take the value of; AWS's own have a dollar before a brace here and there."""

SUCCESSORS: tuple[Data, ...] = (
    {"generation": "three", "origin": {"snapshot": "one"}},
    {"generation": "three", "origin": {"cluster": "other", "latest": True}, "exists": True},
    {"generation": "three", "exists": True, "serves": True, "parameters": {}, "encryption": {}},
    {"generation": "three", "exists": True, "ended": {"generation": "three", "how": "destroyed"}},
)

PINNED = {PRELOAD, *(tuned.name for tuned in TUNING if tuned.pinned)}


def matching(pattern: str) -> st.SearchStrategy[str]:
    """Return texts that a pattern matches as a whole."""
    return st.from_regex(LOOK_AHEAD.sub("", pattern), fullmatch=True).filter(re.compile(pattern).fullmatch)


def of_schema(place: Mapping[str, Any], path: str, special: Special) -> st.SearchStrategy[Any]:
    """Return values that the schema allows at a place; ``special`` has strategies by dotted path."""
    if path in special:
        return special[path]
    if "$ref" in place:
        return of_schema(SCHEMA["$defs"][place["$ref"].rpartition("/")[2]], path, special)
    if "properties" in place and "oneOf" in place:
        return st.one_of([of_schema(one, path, special) for one in _with_one_key_of_several(place)])
    alternatives = [each for each in place.get("anyOf", place.get("oneOf", ())) if each.get("type") != "null"]
    if alternatives:
        return st.one_of([of_schema(each, path, special) for each in alternatives])
    if "const" in place or "enum" in place:
        return st.sampled_from(place.get("enum") or [place["const"]])
    return BY_TYPE[place["type"]](place, path, special)


def _with_one_key_of_several(place: Mapping[str, Any]) -> Iterator[Data]:
    """Yield what an object can be of which exactly one of several keys is required."""
    choices = [set(one["required"]) for one in place["oneOf"]]
    for chosen in choices:
        others = set().union(*choices) - chosen
        properties = {name: value for name, value in place["properties"].items() if name not in others}
        rest = {key: value for key, value in place.items() if key != "oneOf"}
        yield {**rest, "properties": properties, "required": [*place.get("required", ()), *sorted(chosen)]}


def _object(place: Mapping[str, Any], path: str, special: Special) -> st.SearchStrategy[Any]:
    if "properties" not in place:
        ((pattern, values),) = place.get("patternProperties", {".*": place.get("additionalProperties")}).items()
        keys = TEXT if pattern == ".*" else matching(pattern)
        fewest, most = place.get("minProperties", 0), place.get("maxProperties", 3)
        return st.dictionaries(
            keys, of_schema(values, f"{path}.*", special), min_size=fewest, max_size=min(most, fewest + 2)
        )
    return _fields(place, path, special)


@st.composite
def _fields(draw: st.DrawFn, place: Mapping[str, Any], path: str, special: Special) -> Data:
    required = {*place.get("required", ()), *WANTED.get(path, ())} & place["properties"].keys()
    optional = sorted(place["properties"].keys() - required)
    chosen = draw(st.lists(st.sampled_from(optional), max_size=10, unique=True)) if optional else []
    return {
        name: draw(of_schema(place["properties"][name], f"{path}.{name}".lstrip("."), special))
        for name in (*sorted(required), *chosen)
    }


def _array(place: Mapping[str, Any], path: str, special: Special) -> st.SearchStrategy[Any]:
    items = of_schema(place["items"], f"{path}[]", special)
    fewest = place.get("minItems", 0)
    return st.lists(items, min_size=fewest, max_size=place.get("maxItems", fewest + 2), unique_by=repr)


def _string(place: Mapping[str, Any], *_: Any) -> st.SearchStrategy[Any]:
    return matching(place["pattern"]) if "pattern" in place else TEXT


def _integer(place: Mapping[str, Any], *_: Any) -> st.SearchStrategy[Any]:
    return st.integers(place.get("minimum"), place.get("maximum"))


def _number(place: Mapping[str, Any], *_: Any) -> st.SearchStrategy[Any]:
    return st.floats(place.get("minimum"), place.get("maximum"), allow_nan=False)


BY_TYPE = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda *_: st.booleans(),
}


@st.composite
def environments(draw: st.DrawFn, number: int = 0) -> Data:
    """Return an environment's data; environments of different numbers share no account, state or block."""
    region = draw(st.sampled_from([name for name in regions.names() if _region(name).zones]))
    tier = draw(st.sampled_from(tiers.TIERS))
    version = draw(st.sampled_from([*map(str, engine_versions.majors()), *engine_versions.creatable()]))
    special: dict[str, st.SearchStrategy[Any]] = {
        "tier": st.just(tier),
        "project": matching(SCHEMA["properties"]["project"]["pattern"]).filter(lambda name: len(name) <= 20),
        "tags": st.dictionaries(matching(r"[a-z][\w.:/=+@ -]{0,20}"), matching(r"[\w.:/=+@ -]{0,20}"), max_size=3),
        "aws": st.just({"account_id": f"{number:012}", "region": region}),
        "network": _networks(number, region),
        "database.engine_version": st.just(version),
        "database.allow_major_version_upgrade": st.booleans(),
        "database.instance_class": _classes(region, version),
        "database.instances": _instances(region, version),
        "database.capacity": st.none(),
        "database.parameters": _parameters(version),
        "database.preload_libraries": _libraries(),
        "database.backup.window": st.sampled_from(["01:00-02:00", "23:45-00:15", "12:00-12:30"]),
        "database.maintenance.window": st.sampled_from(["sun:03:00-sun:03:30", "mon:22:30-tue:00:30"]),
        "database.access.cidrs": st.sampled_from([{}, {"vpc": f"10.{number}.0.0/20"}]),
        "database.master_user": _master_users(),
        "names.instances": st.just({}),
        "database.origin": st.sampled_from([{"snapshot": "one"}, {"cluster": "other", "clone": True}]),
        "database.generation": st.sampled_from(["one", "two"]),
        "database.successor": st.sampled_from(SUCCESSORS),
        "expires": st.just("2099-12-31"),
        "encryption": _keys(region),
        "adopt": st.sampled_from([{}, {"subnet_group": True}, {"log_groups": ["postgresql"]}]),
        "state": _states(number, region, must_say=tier != "development"),
        "accept": st.just([]),
    }
    data: Data = draw(of_schema(SCHEMA, "", special))
    if tier != "development":
        data.setdefault("state", draw(special["state"]))
    database: Data = data.setdefault("database", {})
    database.pop("capacity", None)
    if "adopt" in data:
        database["exists"] = True
    if '"serverless"' in json.dumps(database):
        database["capacity"] = draw(_capacities())
    return data


def _region(name: str) -> regions.Region:
    region = regions.find(name)
    assert region is not None
    return region


def _networks(number: int, region: str) -> st.SearchStrategy[Data]:
    block = f"10.{number}.0.0/16"
    create: Special = {
        "network.create.cidr": st.just(block),
        "network.create.subnet_cidrs": st.just({}),
    }
    zones = _region(region).zones
    existing: Data = {
        "vpc_id": "vpc-0a1b2c3d",
        "cidr": block,
        "database_subnets": {zone: f"subnet-{place:08x}" for place, zone in enumerate(zones)},
    }
    created = of_schema(SCHEMA["$defs"]["CreatedNetwork"], "network.create", create)
    return st.one_of(created.map(lambda network: {"create": network}), st.just({"existing": existing}))


def _master_users() -> st.SearchStrategy[Data]:
    return st.one_of(
        st.fixed_dictionaries({"name": matching(r"[a-z][a-z0-9_]{0,62}"), "rotation_days": st.integers(1, 365)}),
        st.just({"password": "elsewhere"}),
    )


def _keys(region: str) -> st.SearchStrategy[Data]:
    partition = _region(region).partition
    arn = st.just(f"arn:{partition}:kms:{region}:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    return st.fixed_dictionaries({}, optional={"data": arn, "performance_insights": arn, "logs": arn})


def _runs(name: str, version: str) -> bool:
    lowest = instance_classes.floor(name, engine_versions.major_of(version))
    return lowest is not None and engine_versions.at_least(version, lowest)


def _classes(region: str, version: str) -> st.SearchStrategy[str]:
    offered = sorted(name for name in instance_classes.offered(region) if _runs(name, version))
    return st.sampled_from([name if name != instance_classes.SERVERLESS else "serverless" for name in offered])


def _instances(region: str, version: str) -> st.SearchStrategy[Any]:
    special: Special = {
        "database.instances.*.instance_class": _classes(region, version),
        "database.instances.*.zone": st.sampled_from(_region(region).zones),
        "database.instances.*.maintenance_window": st.sampled_from(["wed:03:00-wed:03:30", "thu:10:00-thu:11:00"]),
    }
    return of_schema(SCHEMA["$defs"]["Database"]["properties"]["instances"], "database.instances", special)


@st.composite
def _capacities(draw: st.DrawFn) -> Data:
    steps = sorted(draw(st.lists(st.integers(0, 256), min_size=2, max_size=2)))
    capacity = {"minimum": steps[0] / 2, "maximum": max(1.0, steps[1] / 2)}
    return capacity | ({"pause_after_seconds": draw(st.integers(300, 86400))} if not steps[0] else {})


@st.composite
def _parameters(draw: st.DrawFn, version: str) -> Data:
    major = engine_versions.major_of(version)
    settable = [
        parameter
        for parameter in map(parameters.find, parameters.names())
        if parameter and parameter.cluster and parameter.name not in PINNED
        if (parameter.added_in or 0) <= major < (parameter.removed_in or 99)
        if parameters.not_modifiable_reason(parameter.name, major=major) is None
    ]
    chosen = draw(st.lists(st.sampled_from(settable), min_size=1, max_size=6, unique_by=lambda each: each.name))
    return {parameter.name: draw(_values(parameter)) for parameter in chosen}


def _values(parameter: parameters.Parameter) -> st.SearchStrategy[Any]:
    if parameter.kind == "boolean":
        return st.booleans()
    if parameter.kind == "integer":
        numbers = st.integers(int(parameter.minimum or 0), int(parameter.maximum or 0))
        return st.one_of(numbers, st.sampled_from(FORMULAS))
    if parameter.kind == "float":
        return st.floats(parameter.minimum, parameter.maximum, allow_nan=False)
    if parameter.kind == "list" and parameter.choices:
        return st.lists(st.sampled_from(parameter.choices), min_size=1, max_size=3, unique=True).map(",".join)
    return st.sampled_from(parameter.choices) if parameter.choices else TEXT


def _libraries() -> st.SearchStrategy[list[str]]:
    preload = parameters.find(PRELOAD)
    assert preload is not None
    free = sorted(set(preload.choices) - {*PRELOADED})
    return st.lists(st.sampled_from(free), max_size=2, unique=True)


def _states(number: int, region: str, *, must_say: bool) -> st.SearchStrategy[Data]:
    special: Special = {
        "state.bucket": st.just(f"example-terraform-state-{number}"),
        "state.region": st.just(region),
        "state.kms_key_arn": st.just(f"arn:aws:kms:{region}:111111111111:key/11111111-2222-3333-4444-555555555555"),
    }
    every = of_schema(SCHEMA["properties"]["state"], "state", special)
    return every.filter(lambda state: state["backend"] != "local") if must_say else every


NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from([0, -1, 17, 2**31, 10**4000, 0.5, *limits.ENHANCED_MONITORING_SECONDS]),
)

WORDS = st.sampled_from(
    [
        *("", " ", "x", "yes", "~", "null", "1", "15.10", "\n", "\0", "\x1b[31m", "é", "\U0001f980", "\u2028"),
        *("x" * 5000, "db.r5.large", "serverless", "eu-west-1a", "10.0.0.0/16", "0.0.0.0/0", "01:00-02:00"),
        *("sun:03:00-sun:03:30", "{DBInstanceClassMemory/0}", "LEAST(", "s3", "local", "development", ".."),
        *("%s", "{}", "{0}", "${x}", "%{if true}"),
    ]
)
"""Texts that some other place of a file would take, and texts that none would."""

SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, TEXT)

VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
"""Anything at all."""


def valid(made_up: Sequence[Data]) -> dict[str, str]:
    """Return the files of the environments that pass by themselves, by names for them."""
    texts = {f"e{number}": json.dumps(data, indent=1, ensure_ascii=False) for number, data in enumerate(made_up)}
    return {name: text for name, text in texts.items() if _passes(text)}


def _passes(text: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test.yaml").write_text(text, encoding="utf-8")
        try:
            return bool(loader.load(Path(folder)))
        except InvalidEnvironmentsError:
            return False
