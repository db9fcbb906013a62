"""Copies, activity streams and ignored tags: what is refused, and what is said of what is not."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reading import loader
from tests.harness import BASE, merged

if TYPE_CHECKING:
    from pathlib import Path

COPIES = "database.backup.copies"

OPT_IN = f"note backup-opt-in: {COPIES}: AWS Backup copies Aurora only in accounts that opted in: aws backup update-region-settings --resource-type-opt-in-preference Aurora=true --region eu-west-1"


def copying(**copies: Any) -> dict[str, Any]:
    """Return changes of an environment that make copies."""
    return {"database": {"backup": {"copies": copies}}}


def vault(place: str, account: str = "111111111111", name: str = "v1", partition: str = "aws") -> str:
    """Return the ARN of a vault."""
    return f"arn:{partition}:backup:{place}:{account}:backup-vault:{name}"


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing said": (copying(), [OPT_IN]),
    "no rule": (copying(rules={}), [f"{COPIES}.rules: has 0 entries; at least 1 is needed", OPT_IN]),
    "its own region": (copying(region="eu-west-1"), [f"{COPIES}.region: eu-west-1 is the database's own; name another, or leave it out", OPT_IN]),
    "another partition": (copying(region="cn-north-1"), [f"{COPIES}.region: cn-north-1 is of the partition aws-cn, and nothing is copied to it from aws", OPT_IN]),
    "a vault of another partition": (copying(vault=vault("cn-north-1", partition="aws-cn")), [f"{COPIES}.vault: is of the partition aws-cn, and nothing is copied to it from aws", OPT_IN]),
    "a vault beside it": (copying(vault=vault("eu-west-1")), [f"{COPIES}.vault: is in the database's own account and region, where a vault is made anyway", OPT_IN]),
    "the vault that is made": (copying(region="eu-west-2", vault=vault("eu-west-2", name="experimentation-test-copies")), [f"{COPIES}.vault: is the vault that region makes; keep one of the two", OPT_IN]),
    "another's default vault": (copying(vault=vault("eu-west-1", "222222222222", "Default")), [f"{COPIES}.vault: is another account's default vault, whose key nobody can share; name one with its own key", OPT_IN]),
    "another's vault": (
        copying(vault=vault("eu-west-2", "222222222222")),
        [
            f"note copy-to-account: {COPIES}.vault: its policy has to allow account 111111111111 backup:CopyIntoBackupVault, and the organization's management account has to have copies between accounts switched on",
            OPT_IN,
        ],
    ),
    "many times an hour": (copying(rules={"often": {"cron": "*/5 * ? * * *"}}), [f"{COPIES}.rules.often.cron: AWS Backup makes at most one copy an hour: begin with one minute, such as 0", OPT_IN]),
    "a place that has no time": (
        copying(rules={"daily": {"time_zone": "Europe/Berlino"}}),
        [
            f"{COPIES}.rules.daily.time_zone: 'Europe/Berlino' is not a time zone such as Europe/Berlin or UTC; did you mean Europe/Berlin?",
            OPT_IN,
        ],
    ),
    "a lock that forbids its rules": (
        copying(rules={"short": {"keep_days": 7}, "long": {"keep_days": 400}}, lock={"minimum_days": 30, "maximum_days": 365}),
        [
            f"{COPIES}.rules.short.keep_days: 7 is less than the lock's minimum_days, 30: every copy would fail",
            f"{COPIES}.rules.long.keep_days: 400 is more than the lock's maximum_days, 365: every copy would fail",
            OPT_IN,
        ],
    ),
    "a lock that forbids everything": (
        copying(lock={"minimum_days": 30, "maximum_days": 7}),
        [
            f"{COPIES}.lock.maximum_days: 7 is less than minimum_days, 30",
            f"{COPIES}.rules.daily.keep_days: 35 is more than the lock's maximum_days, 7: every copy would fail",
            OPT_IN,
        ],
    ),
    "a lock for good": (
        copying(lock={"minimum_days": 7, "final_after_days": 3}),
        [
            f"warning final-lock: {COPIES}.lock.final_after_days: 3 days after its first deployment nobody can take the lock off: a copy is paid for until it ends, up to 35 days, and the vault can be destroyed only once it is empty",
            OPT_IN,
        ],
    ),
    "a name that is too long": (
        {"project": "a-project-with-a-name-of-thirty-nine-le", **copying()},
        [f"{COPIES}: the vault would be called a-project-with-a-name-of-thirty-nine-le-test-copies, 1 characters too long; shorten the project", OPT_IN],
    ),
    "a stream on T": (
        {"database": {"activity_stream": {}}},
        ["warning activity-stream-class: database.activity_stream: AWS's list of classes with activity streams has no T class, so db.t3.medium will be refused when applied; take an R class"],
    ),
    "a stream of Serverless v2": (
        {"database": {"instance_class": "serverless", "capacity": {"minimum": 1, "maximum": 4}, "activity_stream": {"mode": "sync"}}},
        ["database.activity_stream: is not offered on db.serverless: Serverless v2 has no activity streams"],
    ),
    "a stream of what runs": (
        {"database": {"instance_class": "db.r6g.large", "exists": True, "activity_stream": {}}},
        ["warning activity-stream-restarts: database.activity_stream: starting it, stopping it and changing its mode restart every instance of the running cluster at once, whatever changes_apply says"],
    ),
    "a stream in China": (
        {"aws": {"region": "cn-north-1"}, "database": {"instance_class": "db.r6g.large", "activity_stream": {}}},
        ["database.activity_stream: is not offered in cn-north-1"],
    ),
    "tags that are set and ignored": (
        {"tags": {"owner": "growth"}, "ignore_tags": {"keys": ["owner", "stack", "x", "x"], "key_prefixes": ["man", "y"]}},
        [
            "ignore_tags.keys[0]: owner is set here, by tags.owner; it would never be written",
            "ignore_tags.keys[1]: stack is set here, by own_tags.stack; it would never be written",
            "ignore_tags.keys[3]: x is named twice",
            "ignore_tags.key_prefixes[0]: man is how managed-by begins, set here by own_tags.managed-by",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), CASES.values(), ids=CASES)
def test_what_is_said(changes: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "test.yaml").write_text(json.dumps(merged(BASE, changes), indent=1))
    found = [
        str(one).partition(": " if one.severity == "error" else " ")[2] for one in loader.inspect(tmp_path).findings
    ]
    told = [line for line in found if any(word in line for word in ("copies", "activity_stream", "ignore_tags"))]
    assert sorted(told) == sorted(expected)
