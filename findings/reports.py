"""Findings for machines: this project's own JSON, and SARIF for code hosts that show them on the right lines.

``docs/findings.schema.json`` describes the JSON. Its ``version`` changes when a key changes its meaning or goes;
keys may be added without.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from findings.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from findings.finding import Located

VERSION: Final = 1
"""Version of the JSON's shape."""

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"

ROOT: Final = "%SRCROOT%"
"""SARIF's customary name of the folder that file names are relative to."""

MEANT: Final = re.compile(r"did you mean (?P<guess>.+?)(?: \(LTS\))?(?:, supported until [0-9-]+|, without quotes)?\?$")
"""How messages end that know what was probably meant."""


def place_in_repository(folder: Path) -> Callable[[str], str]:
    """Return what turns a finding's file into a path from the root of the repository that holds the folder.

    That is what code hosts expect. Outside a repository, paths are relative to the current folder, or as messages
    have them where the files are elsewhere.
    """
    folder = folder.absolute()
    roots = [parent for parent in folder.parents if (parent / ".git").exists()][:1] or [Path.cwd()]
    here = folder.relative_to(roots[0]).as_posix() if folder.is_relative_to(roots[0]) else folder.name

    def place(file: str) -> str:
        return here if Path(file).absolute() == folder or file == str(folder) else f"{here}/{file.rpartition('/')[2]}"

    return place


def as_json(findings: Sequence[Located], environments: Sequence[str], place: Callable[[str], str]) -> str:
    """Return the findings as JSON, with the names of the environments that have no error."""
    counts = Counter("accepted" if one.accepted is not None else one.severity for one in findings)
    report = {
        "version": VERSION,
        "valid": counts["error"] == 0,
        "environments": list(environments),
        "counts": {kind: counts[kind] for kind in ("error", "warning", "note", "accepted")},
        "findings": [
            {
                "file": place(one.file),
                "line": one.line,
                "column": one.column or None,
                "key": one.key or None,
                "severity": one.severity,
                "rule": one.rule,
                "message": one.message,
                "suggestion": _suggestion(one.message),
                "accepted": one.accepted,
            }
            for one in findings
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def as_sarif(findings: Sequence[Located], known: Sequence[Rule], place: Callable[[str], str]) -> str:
    """Return the findings as a SARIF 2.1.0 log; accepted warnings are suppressed results with their reason."""
    rules = _rules(findings, known)
    failed = any(one.severity == "error" for one in findings)
    index = {rule.identifier: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "aurora-platform", "rules": [_descriptor(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": True, "exitCode": 2 if failed else 0}],
        "results": [_result(one, index[one.rule], place(one.file)) for one in findings],
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _suggestion(message: str) -> str | None:
    found = MEANT.search(message)
    return found["guess"].strip("'\"") if found else None


def _rules(findings: Iterable[Located], known: Sequence[Rule]) -> list[Rule]:
    """Return every known rule, and those that only the findings know."""
    identifiers = {rule.identifier for rule in known}
    unknown = sorted({(one.rule, one.severity) for one in findings if one.rule not in identifiers})
    return [*known, *(Rule(name, severity, name, "", "") for name, severity in unknown)]


def _descriptor(rule: Rule) -> dict[str, Any]:
    why = f"{rule.title}. {rule.why}".strip()
    return {
        "id": rule.identifier,
        "name": "".join(word.capitalize() for word in rule.identifier.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": why},
        "help": {"text": f"{why} {rule.remedy}".strip(), "markdown": f"{why}\n\n**How to mend it:** {rule.remedy}"},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["aurora-postgresql", "terraform"]},
    }


def _result(one: Located, index: int, file: str) -> dict[str, Any]:
    region = {"startLine": one.line} | ({"startColumn": one.column} if one.column else {})
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(file), "uriBaseId": ROOT}, "region": region}
    }
    if one.key:
        location["logicalLocations"] = [{"fullyQualifiedName": one.key, "kind": "member"}]
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": one.severity,
        "message": {"text": f"{one.key}: {one.message}" if one.key else one.message},
        "locations": [location],
        "partialFingerprints": {"fileKeyRule/v1": f"{file}#{one.key}#{one.rule}"},
        "suppressions": [],
    }
    if one.accepted is not None:
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": one.accepted}]
    return result
