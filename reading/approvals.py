"""Reads ``approvals/<environment>.yaml``, or says everything that is wrong with it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from catalog.suggestions import nearest
from findings.finding import Located, shown
from reading import document
from settings.approval import Approval

if TYPE_CHECKING:
    from pathlib import Path

    from findings.finding import KeyPath
    from reading.document import Document

KEYS: Final = ("rule", "address", "fingerprint", "reason", "who", "expires")

FINGERPRINT: Final = re.compile(r"[0-9a-f]{16}")

SHORTEST_REASON: Final = 10
"""Characters; as for accepted warnings."""


class InvalidApprovalsError(Exception):
    """Raised with every mistake of an approvals file."""

    def __init__(self, findings: list[Located]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def read(path: Path) -> list[Approval]:
    """Return the approvals of a file, none if there is no such file; raise InvalidApprovalsError."""
    if not path.exists():
        return []
    file = f"{path.parent.name}/{path.name}"
    found = document.read(path, file)
    problems = [*found.problems, *found.slips]
    if not problems:
        approvals = _approvals(found, problems)
        if not problems:
            return approvals
    raise InvalidApprovalsError(sorted(problems))


def _approvals(found: Document, problems: list[Located]) -> list[Approval]:
    problems.extend(
        found.located((key,), "is not known; a file of approvals has the key approvals", "approval")
        for key in found.data
        if key != "approvals"
    )
    listed = found.data.get("approvals")
    if not isinstance(listed, list):
        problems.append(found.located(("approvals",), f"{shown(listed)} is not a list of approvals", "approval"))
        return []
    read_ones = [_approval(found, index, entry, problems) for index, entry in enumerate(listed)]
    approvals = [one for one in read_ones if one]
    seen = set()
    for one in approvals:
        identity = (one.rule, one.address, one.fingerprint)
        if identity in seen:
            problems.append(
                Located(one.file, one.line, "", "approves what is approved already; keep one", rule="approval")
            )
        seen.add(identity)
    return approvals


def _approval(found: Document, index: int, entry: object, problems: list[Located]) -> Approval | None:
    place: KeyPath = ("approvals", index)
    if not isinstance(entry, dict):
        problems.append(
            found.located(place, f"{shown(entry)} is not an approval, a mapping of {', '.join(KEYS)}", "approval")
        )
        return None
    before = len(problems)
    for key in entry:
        if key not in KEYS:
            guess = nearest(str(key), KEYS)
            hint = f"; did you mean {guess}?" if guess else ""
            problems.append(
                found.located((*place, key), f"is not known; an approval has {', '.join(KEYS)}{hint}", "approval")
            )
    # As it is written: a fingerprint of digits only would be a number to YAML.
    texts = {key: found.texts.get((*place, key), "").strip() for key in KEYS}
    problems.extend(
        found.located((*place, key), "is missing, or has no value", "approval") for key in KEYS if not texts[key]
    )
    day = _day(texts["expires"])
    if texts["expires"] and day is None:
        problems.append(
            found.located((*place, "expires"), f"{shown(texts['expires'])} is not a day, YYYY-MM-DD", "approval")
        )
    if texts["fingerprint"] and not FINGERPRINT.fullmatch(texts["fingerprint"]):
        problems.append(
            found.located(
                (*place, "fingerprint"),
                f"{shown(texts['fingerprint'])} is not 16 hexadecimal digits, as the review prints them",
                "approval",
            )
        )
    if texts["reason"] and len(texts["reason"]) < SHORTEST_REASON:
        problems.append(
            found.located((*place, "reason"), "is no reason: say why in at least ten characters", "approval")
        )
    if len(problems) > before or day is None:
        return None
    return Approval(
        file=found.file,
        line=found.line(place),
        rule=texts["rule"],
        address=texts["address"],
        fingerprint=texts["fingerprint"],
        reason=texts["reason"],
        who=texts["who"],
        expires=day,
    )


def _day(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
