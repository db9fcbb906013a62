"""IAM and key policies, compared statement by statement: what is allowed that was not, and what no longer is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.finding import NOW, Found
from review.words import MASK, UNKNOWN_TEXT, code, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.effects import Effect, Severity
    from review.change import Change
    from review.context import Context

KEYS: Final = frozenset({"aws_kms_key", "aws_kms_key_policy"})

IDENTITY: Final = frozenset({"aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy"})
"""Policies of who acts; all others are of what is acted upon, or of who may assume a role."""

NAMES: Final = ("policy", "assume_role_policy", "access_policy", "resource_policy", "inline_policy")
"""Arguments whose value may be a policy document."""

ADMINISTRATION: Final = ("/AdministratorAccess", "/PowerUserAccess", "/IAMFullAccess")

SWEEPING: Final = (
    "/AmazonRDSFullAccess",
    "/AmazonRDSDataFullAccess",
    "/SecretsManagerReadWrite",
    "/AmazonSSMFullAccess",
)
"""Policies of AWS that reach every database, or every secret, of the account."""

SECRETS: Final = ("rds-db:connect", "secretsmanager:getsecretvalue", "rds:deletedbcluster", "rds:modifydbcluster")
"""Actions that nobody needs on everything."""


def claims(context: Context) -> set[tuple[str, str]]:
    """Return the arguments that hold policy documents, which are compared by statement here."""
    return {(change.type, name) for change in context.changes for name in NAMES if change.differs(name)}


def policies(context: Context) -> Iterator[Found]:
    """Yield what changes in each policy document, by statement."""
    for change in context.changes:
        if change.deposed is None and change.kind in ("create", "update", "replace"):
            for name in NAMES:
                yield from _document(change, name)
            if change.type.endswith("_policy_attachment") and change.kind == "create":
                yield from _attached(change)
            if change.type == "aws_lambda_permission" and change.kind == "create" and change.new("principal") == "*":
                yield _found(
                    change,
                    "principal",
                    rule="principal-everybody",
                    effect="access-widened",
                    severity="critical",
                    because="everybody may call",
                )


def statements(value: Any) -> list[dict[str, Any]] | None:
    """Return the statements of a policy document, or of those in a resource's blocks; None if it is none."""
    if isinstance(value, list):
        documents = [statements(block.get("policy")) for block in value if isinstance(block, dict)]
        return [one for document in documents for one in document or ()]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, dict) or "Statement" not in value:
        return None
    found = value["Statement"]
    listed = found if isinstance(found, list) else [found]
    return [one for one in listed if isinstance(one, dict)]


def _document(change: Change, name: str) -> Iterator[Found]:
    if change.kind == "create":
        after = statements(change.new(name))
        if after is not None:
            for statement in after:
                found = list(_everybody(change, name, statement, []))
                yield from found or _sweeping(change, name, _canonical(statement))
        return
    if not change.differs(name):
        return
    before = statements(change.old(name))
    new = change.new(name)
    if new is UNKNOWN:
        yield _unknown(change, name)
        return
    after = statements(new)
    if before is None and after is None:
        return
    old_canonical = [_canonical(one) for one in before or ()]
    new_canonical = [_canonical(one) for one in after or ()]
    added = [one for one in new_canonical if one not in old_canonical]
    removed = [one for one in old_canonical if one not in new_canonical]
    if not added and not removed:
        yield _found(
            change,
            name,
            rule="policy-same",
            effect="none",
            severity="none",
            because="another order or spelling of the same statements",
        )
        return
    for one in added:
        yield from _added(change, name, one, removed, old_canonical)
    for one in removed:
        yield from _removed(change, name, one, new_canonical)


def _unknown(change: Change, name: str) -> Found:
    """Say that the document cannot be reviewed; one that the plan makes anew is usually the same but for an ARN."""
    return _found(
        change,
        name,
        rule="policy-unknown",
        effect="access-widened",
        severity="low",
        because=f"the document is {UNKNOWN_TEXT} as a whole, because a part of it is, so nobody can review it",
        remedy="Deploy what it refers to first, then plan again.",
    )


def _canonical(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement in one spelling: lists sorted, one value as a list, account roots as their account."""
    found: dict[str, Any] = {}
    for key, value in statement.items():
        if key in ("Action", "NotAction", "Resource", "NotResource"):
            found[key] = sorted({str(one) for one in _many(value)})
            if "Action" in key:
                found[key] = sorted({one.lower() for one in found[key]})
        elif key in ("Principal", "NotPrincipal"):
            found[key] = _principals(value)
        elif key == "Condition" and isinstance(value, dict):
            found[key] = {
                operator: {name: sorted(map(str, _many(values))) for name, values in sorted(keys.items())}
                if isinstance(keys, dict)
                else keys
                for operator, keys in sorted(value.items())
            }
        elif key != "Sid":
            found[key] = value
    return found


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _principals(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return ["*"] if value == "*" else sorted(map(str, _many(value)))
    found = []
    for kind, names in value.items():
        for name in _many(names):
            text = str(name)
            account = text.removeprefix("arn:aws:iam::").removesuffix(":root")
            found.append("*" if text == "*" else account if kind == "AWS" and account.isdecimal() else text)
    return sorted(set(found))


def _added(
    change: Change, name: str, one: dict[str, Any], removed: list[dict[str, Any]], before: list[dict[str, Any]]
) -> Iterator[Found]:
    if one.get("Effect") == "Deny":
        if not any(_covers(old, one) for old in before):
            yield _found(
                change,
                name,
                rule="deny-added",
                effect="connections-drop",
                severity="medium",
                because=f"{_said(change, name, one)} is denied from now on",
                remedy="Make sure that nobody needs it.",
            )
        return
    everybody = list(_everybody(change, name, one, before))
    if everybody:
        yield from everybody
        return
    if any(_covers(old, one) for old in before):
        return
    twin = _twin(one, removed)
    what = f"{_said(change, name, one)} is allowed from now on"
    if twin:
        gained = _gained(twin, one)
        what = f"a statement allows more than before: {', '.join(gained)}" if gained else what
        if change.is_sensitive(name):
            what = f"a statement allows more than before: {MASK}"
    grave: Severity = (
        "high"
        if "*" in one.get("Action", ()) or "*" in one.get("Principal", ()) or change.type in KEYS or "NotAction" in one
        else "medium"
    )
    services = [str(principal).endswith(".amazonaws.com") for principal in one.get("Principal", ())]
    if services and all(services) and one.get("Condition"):
        # A service that acts for somebody else is still held by the condition.
        grave = "low"
    yield _found(
        change,
        name,
        rule="policy-widened",
        effect="access-widened",
        severity=grave,
        because=what,
        remedy="Make sure that all of it is meant.",
    )


def _everybody(change: Change, name: str, statement: dict[str, Any], before: list[dict[str, Any]]) -> Iterator[Found]:
    """Say where everybody is admitted without a condition, or everything is allowed on everything."""
    one = _canonical(statement)
    if one.get("Effect") != "Allow" or one in before:
        return
    if "*" in one.get("Principal", ()) and not one.get("Condition"):
        if name == "policy" and change.type == "aws_vpc_endpoint":
            return
        yield _found(
            change,
            name,
            rule="principal-everybody",
            effect="access-widened",
            severity="critical",
            because=f"{_said(change, name, one)}: everybody, in every account of AWS, without a condition",
            remedy="Name the accounts or roles that are meant.",
        )
    elif "*" in one.get("Action", ()) and "*" in one.get("Resource", ()) and _acts(change, name):
        yield _found(
            change,
            name,
            rule="policy-everything",
            effect="access-widened",
            severity="high",
            because=f"{_said(change, name, one)}: everything on everything",
            remedy="Name the actions and resources that are meant.",
        )


def _sweeping(change: Change, name: str, one: dict[str, Any]) -> Iterator[Found]:
    """Say where a new policy of who acts reaches every database, or every secret, of the account."""
    if one.get("Effect") != "Allow" or one.get("Condition") or not _acts(change, name):
        return
    everything = [resource for resource in one.get("Resource", ()) if _everywhere(resource)]
    actions = [action for action in SECRETS if any(_matches(pattern, action) for pattern in one.get("Action", ()))]
    if everything and actions:
        yield _found(
            change,
            name,
            rule="policy-sweeping",
            effect="access-widened",
            severity="medium",
            because=f"{_said(change, name, one)}: every database, or every secret, of the account",
            remedy="Name the cluster and the user, or the secret, that are meant.",
        )


def _everywhere(resource: str) -> bool:
    return resource == "*" or (resource.endswith((":*", ":dbuser:*/*")) and resource.count(":") <= 6)  # noqa: PLR2004 - an ARN


def _acts(change: Change, name: str) -> bool:
    """Whether a document is of who acts, not of what is acted upon."""
    return change.type in IDENTITY or name == "inline_policy"


def _removed(change: Change, name: str, one: dict[str, Any], after: list[dict[str, Any]]) -> Iterator[Found]:
    if one.get("Effect") == "Deny":
        if not any(_covers(new, one) for new in after if new.get("Effect") == "Deny"):
            yield _found(
                change,
                name,
                rule="deny-removed",
                effect="access-widened",
                severity="high",
                because=f"{_said(change, name, one)} is no longer denied",
                remedy="Make sure that the denial is not needed any more.",
            )
        return
    if any(_covers(new, one) for new in after):
        return
    effect: Effect = "outage" if change.type in KEYS else "connections-drop"
    why = (
        "what uses the key by it fails, and a cluster whose key it cannot use stops"
        if change.type in KEYS
        else "whatever works by it is refused"
    )
    twin = _twin(one, [new for new in after if new.get("Effect") == "Allow"])
    lost = _gained(twin, one) if twin and not change.is_sensitive(name) else []
    what = ", ".join(lost) if lost else _said(change, name, one)
    yield _found(
        change,
        name,
        rule="policy-narrowed",
        effect=effect,
        severity="high" if change.type in KEYS else "medium",
        because=f"{what} is no longer allowed: {why}",
        remedy="Make sure that nobody needs it.",
    )


def _covers(wide: dict[str, Any], narrow: dict[str, Any]) -> bool:
    """Whether one statement allows, or denies, at least what the other does."""
    if wide.get("Effect") != narrow.get("Effect"):
        return False
    if any(key in one for one in (wide, narrow) for key in ("NotAction", "NotResource", "NotPrincipal")):
        return wide == narrow
    if not _condition_covers(wide.get("Condition"), narrow.get("Condition")):
        return False
    return all(_list_covers(wide.get(key), narrow.get(key)) for key in ("Action", "Resource", "Principal"))


def _condition_covers(wide: Any, narrow: Any) -> bool:
    """Whether one condition is met wherever the other is: it asks for less, or admits more values."""
    if not wide or wide == narrow:
        return True
    if not isinstance(wide, dict) or not isinstance(narrow, dict):
        return False
    for operator, keys in wide.items():
        others = narrow.get(operator)
        # Of an operator that says what must not be, more values admit less.
        negated = "Not" in operator
        if not isinstance(keys, dict) or not isinstance(others, dict) or operator == "Null":
            return False
        for name, values in keys.items():
            asked = others.get(name)
            if asked is None or not (set(values) <= set(asked) if negated else set(asked) <= set(values)):
                return False
    return True


def _list_covers(wide: list[str] | None, narrow: list[str] | None) -> bool:
    if wide is None or narrow is None:
        return wide == narrow
    return all(any(_matches(pattern, one) for pattern in wide) for one in narrow)


def _matches(pattern: str, one: str) -> bool:
    if pattern in ("*", one):
        return True
    # A star in the middle is left to the exact comparison: to say too much is better than too little.
    return pattern.endswith("*") and "*" not in pattern[:-1] and one.startswith(pattern[:-1])


def _twin(one: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the statement that this one was, or became: the one that has most in common with it."""

    def common(other: dict[str, Any]) -> int:
        return sum(len({*one.get(key, ())} & {*other.get(key, ())}) for key in ("Action", "Resource", "Principal"))

    best = max((other for other in others if other.get("Effect") == one.get("Effect")), key=common, default=None)
    return best if best is not None and common(best) else None


def _gained(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what one statement has that another has not, marked."""
    said = []
    for key, words in (("Action", "actions"), ("Resource", "resources"), ("Principal", "principals")):
        more = [one for one in new.get(key, ()) if not any(_matches(pattern, one) for pattern in old.get(key, ()))]
        if more:
            said.append(f"{words} {codes(more)}")
    if old.get("Condition", {}) != new.get("Condition", {}):
        said.append(f"condition {code(old.get('Condition'))} → {code(new.get('Condition'))}")
    return said


def _said(change: Change, name: str, one: dict[str, Any]) -> str:
    if change.is_sensitive(name):
        return MASK
    parts = [codes(one.get("Action") or [f"all but {', '.join(one.get('NotAction', ()))}"])]
    if "Resource" in one and one["Resource"] != ["*"]:
        parts.append(f"on {codes(one['Resource'])}")
    if one.get("Principal"):
        parts.append(f"by {codes(one['Principal'])}")
    if one.get("Condition"):
        parts.append(f"if {code(one['Condition'])}")
    return " ".join(parts)


def _attached(change: Change) -> Iterator[Found]:
    arn = change.new("policy_arn")
    if isinstance(arn, str) and arn.endswith(ADMINISTRATION):
        yield _found(
            change,
            "policy_arn",
            rule="policy-everything",
            effect="access-widened",
            severity="high",
            because=f"{code(arn)} is attached to {change.shown('role', change.new('role'))}",
            remedy="Attach what is needed only.",
        )
    elif isinstance(arn, str) and arn.endswith(SWEEPING):
        yield _found(
            change,
            "policy_arn",
            rule="policy-sweeping",
            effect="access-widened",
            severity="medium",
            because=f"{code(arn)} is attached: every database, or every secret, of the account",
            remedy="Attach what is needed only.",
        )


def _found(
    change: Change,
    name: str,
    *,
    rule: str,
    effect: Effect,
    severity: Severity,
    because: str,
    remedy: str = "",
) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect=effect,
        when=NOW,
        because=f"{code(name)}: {because}",
        remedy=remedy,
        source=effects.source("kms" if change.type in KEYS else "iam"),
        address=change.address,
        argument=name,
    )


RULES: Final = (
    Rule(
        "policy-widened",
        "warning",
        "A policy that allows more",
        "Somebody can do what they could not.",
        "Make sure that all of it is meant.",
    ),
    Rule(
        "policy-narrowed",
        "warning",
        "A policy that allows less",
        "Whatever works by it fails; a cluster whose key it cannot use stops.",
        "Make sure that nobody needs it.",
    ),
    Rule(
        "principal-everybody",
        "error",
        "A policy that admits everybody without a condition",
        "That is every account of AWS.",
        "Name the accounts or roles that are meant.",
    ),
    Rule(
        "policy-everything",
        "error",
        "Everything allowed on everything",
        "That is the whole account.",
        "Name the actions and resources that are meant.",
    ),
    Rule(
        "policy-sweeping",
        "warning",
        "A policy that reaches every database or every secret",
        "Also those that come later.",
        "Name what is meant.",
    ),
    Rule(
        "deny-removed",
        "error",
        "A denial that goes",
        "What it denied may be allowed elsewhere.",
        "Make sure that it is not needed any more.",
    ),
    Rule(
        "deny-added",
        "warning",
        "A denial that comes",
        "It wins over everything that is allowed.",
        "Make sure that nobody needs what it denies.",
    ),
    Rule(
        "policy-same",
        "note",
        "A policy in another spelling",
        "No statement changes.",
        "Nothing has to be done.",
    ),
    Rule(
        "policy-unknown",
        "note",
        "A policy that is known after the apply only",
        "Nobody can review it.",
        "Deploy what it refers to first, then plan again.",
    ),
)
