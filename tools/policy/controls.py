"""Controls of public catalogues, and how a stack's JSON shows whether they are kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import jmespath

from settings.tiers import TIERS
from tools.policy.waivers import WAIVERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tools.policy.stacks import Stack


@dataclass(frozen=True, slots=True)
class Condition:
    """What the values of an attribute have to be."""

    text: str
    holds: Callable[[Sequence[Any]], bool]
    """Takes the value of every resource; there is at least one, unless ``nothing`` is allowed."""
    nothing: bool = False
    """Whether it holds without any such resource."""


def each(text: str, holds: Callable[[Any], bool]) -> Condition:
    """Return the condition that every resource's value is like this."""
    return Condition(text, lambda values: all(holds(value) for value in values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Controls that ask for the same, and what answers them.

    Either ``not_applicable`` says why there is nothing to look at, or ``address``, ``attribute`` and ``condition``
    say what is looked at.
    """

    ids: tuple[str, ...]
    asks: str
    """What is asked for, in this project's words."""
    not_applicable: str = ""
    address: str = ""
    """Addresses of the resources, with ``*`` as wild card; ``provider.aws`` is the provider."""
    attribute: str = ""
    """What is read from each, as a JMESPath expression; policy documents are read as what they hold."""
    condition: Condition | None = None
    subject: str = ""
    """Addresses of the resources that the control is about, where they are not those that are looked at."""
    absent: str = ""
    """Why it is right that an environment has no such resource."""
    deviates: Mapping[str, str] = field(default_factory=dict)
    """By tier, why its environments do without."""


def waived(check: str) -> dict[str, str]:
    """Return by tier why a check of the policy scanner is waived in all of its environments."""
    return {
        tier: waiver.reason
        for waiver in WAIVERS
        if waiver.check == check and waiver.environment == "*"
        for tier in waiver.tiers
    }


def everywhere(reason: str) -> dict[str, str]:
    """Return one reason for every tier."""
    return dict.fromkeys(TIERS, reason)


def concerns(control: Control, stacks: Sequence[Stack]) -> bool:
    """Whether an environment's stacks have a resource that the control is about."""
    return any(fnmatchcase(address, control.subject or control.address) for address, _ in _resources(stacks))


def values(control: Control, stacks: Sequence[Stack]) -> list[Any]:
    """Return what an environment's stacks have for a control: one value per resource, None where it is not set."""
    return [
        jmespath.search(control.attribute, readable(arguments))
        for address, arguments in _resources(stacks)
        if fnmatchcase(address, control.address)
    ]


def _resources(stacks: Sequence[Stack]) -> Iterator[tuple[str, dict[str, Any]]]:
    for stack in stacks:
        yield "provider.aws", stack.content["provider"]["aws"][0]
        for kind, named in stack.content["resource"].items():
            for name, arguments in named.items():
                yield f"{kind}.{name}", arguments


def readable(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource's arguments with its policy documents taken apart, where one thing may stand for a list."""
    return {
        key: _document(json.loads(value)) if key in ("policy", "assume_role_policy") else value
        for key, value in arguments.items()
    }


def _document(document: dict[str, Any]) -> dict[str, Any]:
    return {
        **document,
        "Statement": [
            {
                **statement,
                "Action": _listed(statement.get("Action")),
                "Resource": _listed(statement.get("Resource")),
                "Principal": [
                    one
                    for principals in (
                        statement["Principal"].values()
                        if isinstance(statement.get("Principal"), dict)
                        else [statement.get("Principal")]
                    )
                    for one in _listed(principals)
                ],
            }
            for statement in _listed(document["Statement"])
        ],
    }


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


TRUE = each("true", lambda value: value is True)
FALSE = each("false", lambda value: value is False)
IS_SET = each("set", lambda value: value not in (None, [], ""))
OWN_KEY = each("a key of ours", lambda value: isinstance(value, str) and value.startswith("${aws_kms_key."))
NOTHING = each("nothing", lambda value: value in (None, []))
ALL_UNSET = Condition("unset in each", lambda values: not any(values), nothing=True)
SEVERAL = Condition("two or more", lambda values: len(set(values)) > 1)
NOT_ANYWHERE = each("not anywhere", lambda value: value not in ("0.0.0.0/0", "::/0"))
NOT_ANYONE = each("not anyone", lambda principals: "*" not in principals)
NO_DECRYPTION = each(
    "no decryption",
    lambda actions: not {"*", "kms:*", "kms:Decrypt", "kms:ReEncrypt*", "kms:ReEncryptFrom"} & set(actions or []),
)
NO_WILDCARD = each(
    "no wild card for a whole service",
    lambda actions: not any(action == "*" or action.endswith(":*") for action in actions),
)


def at_least(number: int) -> Condition:
    """Return the condition that every resource's value is this or more."""
    return each(f"at least {number}", lambda value: isinstance(value, int) and value >= number)


def one_of(*allowed: Any) -> Condition:
    """Return the condition that every resource's value is one of these."""
    return each(f"one of {', '.join(map(str, allowed))}", lambda value: value in allowed)


def none_of(*refused: Any) -> Condition:
    """Return the condition that no resource's value is one of these, or none."""
    return each(f"not {' or '.join(map(str, refused))}", lambda value: value is not None and value not in refused)


def holding(*wanted: Any) -> Condition:
    """Return the condition that every resource's value is a list with these."""
    return each(f"with {', '.join(map(str, wanted))}", lambda value: set(wanted) <= set(value or []))


def all_of(wanted: Any) -> Condition:
    """Return the condition that every resource's value is a list of nothing else than this."""
    return each(f"each {json.dumps(wanted)}", lambda value: bool(value) and all(one == wanted for one in value))


def some(text: str, pattern: str) -> Condition:
    """Return the condition that at least one resource's value matches a regular expression."""
    return Condition(text, lambda values: any(re.search(pattern, str(value)) for value in values))


def no_end(*refused: str) -> Condition:
    """Return the condition that no resource's value ends like this."""
    return each(f"nothing ending in {' or '.join(refused)}", lambda value: not str(value).endswith(refused))


def rate_of_days(limit: int) -> Condition:
    """Return the condition that every schedule is a rate of at most so many days."""

    def within(value: Any) -> bool:
        rate = re.fullmatch(r"rate\((\d+) days?\)", str(value))
        return rate is not None and int(rate[1]) <= limit

    return each(f"at most {limit} days", within)
