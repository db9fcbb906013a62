"""Parameters of Aurora PostgreSQL: where they are set, what they accept, what Aurora makes of them."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, cast

from catalog import formulas, parameter_words, tables
from catalog.formulas import FormulaError
from catalog.suggestions import nearest

Kind = Literal["boolean", "integer", "float", "string", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the Aurora PostgreSQL families.

    ``cluster`` and ``instance`` tell which parameter groups have it. A change of a ``static`` one waits
    for a reboot. Integers are counts of ``unit`` (``kB``, ``8kB``, ``MB`` and ``B`` of memory or disk,
    ``ms``, ``s`` and ``min`` of time); AWS takes the bare number, without the unit. ``minimum`` and
    ``maximum`` are inclusive. ``choices`` are the accepted strings or list items, empty for any.
    ``default`` is Aurora's own value or formula on the oldest major, where it sets one; ``default()``
    knows the later ones. ``modifiable_until`` is the first major that no longer lets it be changed.
    """

    name: str
    cluster: bool
    instance: bool
    static: bool
    kind: Kind
    unit: str | None
    minimum: float | int | None
    maximum: float | int | None
    choices: tuple[str, ...]
    default: str | None
    later_defaults: tuple[tuple[int, str | None], ...]
    modifiable: bool
    modifiable_until: int | None
    removed_in: int | None
    added_in: int | None


@cache
def _table() -> dict[str, list[str]]:
    return {row[0]: row for row in tables.rows("parameters")}


@cache
def _reasons() -> dict[str, str]:
    return {
        name: f"{reason}; {instead}" if instead else reason
        for name, reason, instead in tables.rows("parameters_not_modifiable")
    }


def _bounds(allowed: str, kind: str) -> tuple[float | int | None, float | int | None]:
    if ".." not in allowed or kind not in ("integer", "float"):
        return None, None
    low, high = allowed.split("..")
    return (int(low), int(high)) if kind == "integer" else (float(low), float(high))


@cache
def find(name: str) -> Parameter | None:
    """Return the parameter of that name, which is case-sensitive, or None if Aurora has none."""
    row = _table().get(name)
    if row is None:
        return None
    _, groups, apply, kind, unit, allowed, defaults, modifiable, added, removed = row
    minimum, maximum = _bounds(allowed, kind)
    first_default, *later = defaults.split(";")
    later_defaults = tuple((int(major), value or None) for major, _, value in (i.partition("=") for i in later))
    return Parameter(
        name=name,
        cluster="cluster" in groups,
        instance="instance" in groups,
        static=apply == "static",
        kind=cast("Kind", kind),
        unit=unit or None,
        minimum=minimum,
        maximum=maximum,
        choices=tuple(allowed.split(",")) if kind in ("string", "list") and allowed else (),
        default=first_default or None,
        later_defaults=later_defaults,
        modifiable=modifiable != "no",
        modifiable_until=int(modifiable.removeprefix("until ")) if modifiable.startswith("until") else None,
        removed_in=int(removed) if removed else None,
        added_in=int(added) if added else None,
    )


@cache
def _changes() -> dict[str, tuple[int, str, tuple[str, ...]]]:
    return {
        name: (int(since), kind, tuple(allowed.split(",")))
        for name, since, kind, allowed in tables.rows("parameters_changed")
    }


def as_of(parameter: Parameter, major: int) -> Parameter:
    """Return the parameter as that major has it, where a later one takes something else."""
    since, kind, choices = _changes().get(parameter.name, (major + 1, "", ()))
    return parameter if major < since else replace(parameter, kind=cast("Kind", kind), choices=choices)


def names() -> tuple[str, ...]:
    """Return the names of all parameters that Aurora has, sorted."""
    return tuple(_table())


def default(name: str, major: int) -> str | None:
    """Return the value or formula that Aurora itself sets on that major, or None where it sets none.

    None also stands for a parameter that Aurora or that major does not have, and for a default that
    no source gives; PostgreSQL's own default applies where Aurora sets none.
    """
    parameter = find(name)
    if parameter is None or _absence(parameter, major):
        return None
    value = parameter.default
    for since, later in parameter.later_defaults:
        if major >= since:
            value = later
    return value


def not_modifiable_reason(name: str, *, major: int | None = None) -> str | None:
    """Return why Aurora does not let the parameter be set and what to do instead, or None if it does.

    A name that neither Aurora nor this table knows also gives None: ``find`` tells it apart. Without
    a major, a parameter that only newer majors fix counts as modifiable.
    """
    parameter = find(name)
    if parameter is None or not parameter.modifiable:
        fallback = None if parameter is None else "Aurora sets it"
        return _reasons().get(name, fallback)
    until = parameter.modifiable_until
    if until is None or major is None or major < until:
        return None
    return _reasons()[name]


def apply_method(name: str) -> Literal["immediate", "pending-reboot"]:
    """Return how a change of the parameter takes effect; raise KeyError for an unknown name.

    AWS refuses ``immediate`` for static parameters (RDS API Reference, Parameter).
    """
    return "pending-reboot" if _table()[name][2] == "static" else "immediate"


def check_value(
    parameter: Parameter, value: str, *, major: int, memory_bytes: int | None, vcpu: int | None
) -> str | None:
    """Return what is wrong with the value on that major, or None.

    ``memory_bytes`` and ``vcpu`` are the instance's, for checking what formulas come to; without
    them formulas are only parsed. Choices are compared without regard to case, as PostgreSQL does.
    """
    problem = _absence(parameter, major) or parameter_words.problem(parameter.name, value)
    if problem:
        return problem
    parameter = as_of(parameter, major)
    if formulas.is_formula(value):
        return _check_formula(parameter, value, memory_bytes, vcpu)
    if parameter.kind == "boolean":
        return None if value in ("0", "1") else f"{value!r} is neither true nor false"
    if parameter.kind in ("integer", "float"):
        return _check_number(parameter, value)
    if parameter.kind == "list":
        problems = (_check_choice(parameter, item.strip()) for item in value.split(","))
        return next((problem for problem in problems if problem), None)
    return _check_choice(parameter, value)


def _absence(parameter: Parameter, major: int) -> str | None:
    if parameter.removed_in is not None and major >= parameter.removed_in:
        return f"{parameter.name} was removed in PostgreSQL {parameter.removed_in}"
    if parameter.added_in is not None and major < parameter.added_in:
        return f"{parameter.name} exists from PostgreSQL {parameter.added_in} on"
    return None


def _check_formula(parameter: Parameter, value: str, memory_bytes: int | None, vcpu: int | None) -> str | None:
    if parameter.kind != "integer":
        return f"{value!r} is a formula, which only integer parameters take; this is a {parameter.kind}"
    known = {"DBInstanceClassMemory": memory_bytes, "DBInstanceVCPU": vcpu}
    variables = {name: number for name, number in known.items() if number is not None}
    try:
        formula = formulas.parse(value)
        results = formulas.possible(formula, variables)
    except FormulaError as error:
        return f"{value!r} is not a formula AWS takes: {error}"
    # Ends of a range that is not known may be out of reach, but for a reader, which there may be at any time.
    sure = formula.variables - variables.keys() <= {"TrueIfReplica"}
    problems = [_check_range(parameter, result, f"{value!r}, which comes to {result},") for result in results]
    refused = [problem for problem in problems if problem]
    return refused[0] if refused and (sure or len(refused) == len(problems)) else None


def _check_number(parameter: Parameter, value: str) -> str | None:
    number = _number(value, parameter.kind)
    if number is None:
        article = "an integer" if parameter.kind == "integer" else "a number"
        unit = f" of {parameter.unit}, written without the unit" if parameter.unit else ""
        return f"{value!r} is not {article}{unit}"
    return _check_range(parameter, number, repr(value))


def _number(value: str, kind: str) -> float | int | None:
    if not value.isascii() or value != value.strip() or "_" in value:
        return None
    try:
        return int(value) if kind == "integer" else float(value)
    except ValueError:
        return None


def _check_range(parameter: Parameter, number: float, subject: str) -> str | None:
    low, high = parameter.minimum, parameter.maximum
    if low is None or high is None or low <= number <= high:
        return None
    unit = f", in units of {parameter.unit}" if parameter.unit else ""
    return f"{subject} is not within {low:.15g} to {high:.15g}{unit}"


def _check_choice(parameter: Parameter, value: str) -> str | None:
    if not value:
        return "an item is empty" if parameter.kind == "list" else "the value is empty"
    choices = parameter.choices
    if not choices or value.lower() in (choice.lower() for choice in choices):
        return None
    hint = nearest(value, choices)
    return f"{value!r} is not one of {', '.join(choices)}" + (f"; did you mean {hint!r}?" if hint else "")
