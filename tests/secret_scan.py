"""Looks for secrets in what the project writes and in what Terraform makes of it: output, plans as JSON, states.

Three nets: formats that only secrets have; arguments that the provider marks as sensitive, or that are named like
secrets, with anything but a reference in them; and text that looks random, whatever it is called. What looks random
and is none is in ALLOWED, each with its reason; a test sees to it that each is still needed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthesis import reuse
from tests.harness import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Sensitive = dict[str, set[str]]
"""Names of the arguments that the provider marks as sensitive, by type of resource."""

KNOWN = {
    "an AWS access key": re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a password in an address": re.compile(r"://[^/\s:@]*:[^/@\s]+@"),
    "a JSON web token": re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\."),
    "a token of GitHub, GitLab, Slack or Stripe": re.compile(
        r"(?<![A-Za-z0-9])(?:gh[opsur]_\w{20}|github_pat_\w{20}|glpat-[\w-]{20}|xox[abprs]-\d|[rs]k_live_\w{16})"
    ),
}
"""Formats that are published by who issues them (AWS, RFC 7468, RFC 7519, GitHub, GitLab, Slack, Stripe)."""

NAMED_LIKE_A_SECRET = re.compile(
    r"(?:\w+_)?(?:password|passphrase|secret|secret_key|access_key|token|private_key|secret_string|secret_binary|"
    r"conn_str|credentials)(?:_wo)?"
)

REFERENCE = re.compile(r"\$\{[^{}]+\}")


@dataclass(frozen=True)
class Allowance:
    """What looks random and is no secret, and why."""

    looks: re.Pattern[str]
    reason: str


ALLOWED = {
    "AWS id": Allowance(
        re.compile(r"(?<![a-z0-9])[a-z]{1,16}-[0-9a-f]{17}(?![0-9a-z])"),
        "EC2 names what it makes by a type and 17 hexadecimal digits",
    ),
    "IAM id": Allowance(
        re.compile(r"(?<![A-Z0-9])A(?:ROA|NPA|IDA|GPA)[A-Z0-9]{16,17}(?![A-Z0-9])"),
        "IAM names roles, policies, users and groups so; access keys begin otherwise",
    ),
    "RDS id": Allowance(
        re.compile(r"(?<![a-z])(?:cluster|db)-[A-Z0-9]{26}(?![A-Z0-9])"),
        "RDS names clusters and instances so, for policies",
    ),
    "secret's ARN": Allowance(
        re.compile(r":secret:rds!cluster-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-[A-Za-z0-9]{6}(?![A-Za-z0-9])"),
        "RDS and Secrets Manager name the master's secret so; the name opens nothing",
    ),
    "provider's checksum": Allowance(
        re.compile(r"\bh1:[A-Za-z0-9+/]{43}="),
        "Terraform notes in its lock file which provider it has installed",
    ),
    "CloudFormation type": Allowance(
        re.compile(r"(?:List<)?AWS::[A-Za-z0-9]+::[A-Za-z]+(?:::Id>?)?"),
        "the template of RDS Proxy names its resources' and parameters' types",
    ),
    "query's pattern": Allowance(
        re.compile(r"\(\?<[a-z_]+>[^)]{1,40}\)"),
        "Logs Insights names parts of a line by such groups, in the queries that are saved and on the dashboard",
    ),
    "function's hash": Allowance(
        re.compile(re.escape((ROOT / "functions" / "database_access.sha256").read_text().strip())),
        "the plan tells by it whether the function has changed; this very hash and no other",
    ),
}


RECORD = reuse.RECORD.format(output="*")


@dataclass(frozen=True)
class NotSecret:
    """An argument that the provider marks as sensitive always and that is a secret only sometimes."""

    kind: str
    argument: str
    where: Mapping[str, str]
    reason: str


NOT_SECRET = (
    NotSecret("aws_ssm_parameter", "value", {"type": "String"}, "only a SecureString holds a secret; String is plain"),
)


@dataclass(frozen=True)
class Finding:
    """Where a secret seems to be; it is not repeated here."""

    file: str
    where: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.kind}"


@dataclass
class Report:
    """What a scan found, and which allowances it needed."""

    findings: list[Finding] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    files: int = 0


def scan(*places: Path, sensitive: Sensitive | None = None) -> Report:
    """Scan files, and all files below folders but for the providers that Terraform has installed there.

    The record of a synth is left out, too: it holds digests of what is scanned, and nothing else.
    """
    report = Report()
    for place in places:
        for file in sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]:
            if {".terraform", "providers"} <= {*file.relative_to(place).parts} or file.match(RECORD):
                continue
            report.files += 1
            name = file.relative_to(place.parent).as_posix()
            try:
                text = file.read_text()
            except UnicodeDecodeError:
                report.findings.append(Finding(name, "-", "not text, and so it cannot be scanned"))
                continue
            for where, kind in _found(text, sensitive or {}, report.used):
                report.findings.append(Finding(name, where, kind))
    return report


def sensitive_arguments(schemas: Mapping[str, Any]) -> Sensitive:
    """Return what ``terraform providers schema -json`` marks as sensitive or as write-only."""
    return {
        kind: names
        for provider in schemas["provider_schemas"].values()
        for kind, schema in provider.get("resource_schemas", {}).items()
        if (names := {*_marked(schema["block"])})
    }


def looks_random(word: str) -> bool:
    """Whether a word changes between small and capital letters, digits and other signs too often for a name.

    Shorter words than 16 characters do not tell. Measured on the project's output, plans and states: names change
    after four letters and more (RotateKeyOnDemand, S3BucketVersioningA), random text after two.
    """
    parts = [part for part in re.split(r"[^A-Za-z0-9]", word) if len(part) >= LEAST]
    if any(_mean_length(part) < LEAST_OF_A_NAME or len(re.findall("[0-9]+", part)) > MOST_NUMBERS for part in parts):
        return True
    mixed = re.search("[a-z]", word) and re.search("[A-Z]", word) and re.search("[^a-zA-Z]", word)
    return bool(mixed) and len(word) >= LEAST and _mean_length(word) < LEAST_OF_NAMES


LEAST = 16
"""Characters; of a random password that is worth its name, too."""

LEAST_OF_A_NAME, LEAST_OF_NAMES = 3.75, 2.45
"""Mean length of what has no change in it: for a word of letters and digits, and with other signs in between."""

MOST_NUMBERS = 2
"""Numbers in a name of letters and digits."""


def _mean_length(text: str) -> float:
    return len(text) / len(re.findall(r"[A-Z]*[a-z]+|[A-Z]+|[0-9]+|[^A-Za-z0-9]", text))


def _marked(block: Mapping[str, Any]) -> Iterator[str]:
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("sensitive") or attribute.get("write_only"):
            yield name
    for nested in block.get("block_types", {}).values():
        yield from _marked(nested["block"])


def _found(text: str, sensitive: Sensitive, used: set[str]) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(text)
    except ValueError:
        for number, line in enumerate(text.splitlines(), 1):
            for kind in _kinds(line, used):
                yield f"line {number}", kind
        return
    for where, name, value in _leaves(document):
        for kind in _kinds(value, used):
            yield where, kind
        # cdktf notes each output's id under its name, and that is the same.
        if NAMED_LIKE_A_SECRET.fullmatch(name) and value not in ("", name) and not REFERENCE.fullmatch(value):
            yield where, "a literal in an argument that is named like a secret"
    for address, kind, arguments in _resources(document):
        for where, name, value in _leaves(arguments):
            if name in sensitive.get(kind, ()) and value and not REFERENCE.fullmatch(value):
                exempt = [one for one in NOT_SECRET if (one.kind, one.argument) == (kind, name)]
                if any(one.where.items() <= arguments.items() for one in exempt):
                    used.add(f"{kind}.{name}")
                else:
                    yield f"{address}.{where}", "a literal in an argument that the provider marks as sensitive"


def _kinds(text: str, used: set[str]) -> Iterator[str]:
    for kind, pattern in KNOWN.items():
        if pattern.search(text):
            yield kind
    for word in re.split(r"[\s\"]+", REFERENCE.sub(" ", text)):
        rest = word
        for name, allowance in ALLOWED.items():
            rest, times = allowance.looks.subn("-", rest)
            if times:
                used.add(name)
        if looks_random(rest):
            yield f"{len(word)} characters that look random"


def _leaves(value: Any, where: str = "", name: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the path, the name and the text of everything in a document, and in JSON that is text in it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{where}.{key}".removeprefix("."), "", key
            # A plan wraps each configured argument.
            yield from _leaves(item, f"{where}.{key}".removeprefix("."), name if key == "constant_value" else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{where}[{number}]", name)
    elif isinstance(value, str):
        inner = _parsed(value)
        if inner is None:
            yield where, name, value
        else:
            yield from _leaves(inner, f"{where}!", name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield where, name, str(value)


def _parsed(text: str) -> Any:
    """Return the document that a text is, as it stands (policies) or in base64 (what a provider keeps in a state)."""
    with contextlib.suppress(ValueError):
        if text[:1] in ("{", "["):
            return json.loads(text)
        if text.startswith("ey"):
            return json.loads(base64.b64decode(text, validate=True))
    return None


def _resources(document: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the address, the type and the arguments of each resource of a stack, a plan or a state."""
    if isinstance(document, list):
        for item in document:
            yield from _resources(item)
    if not isinstance(document, dict):
        return
    kind = document.get("type")
    if isinstance(kind, str):
        address = str(document.get("address") or f"{kind}.{document.get('name')}")
        for arguments in _arguments(document):
            yield address, kind, arguments
    synthesized = document.get("resource")
    if isinstance(synthesized, dict):
        for kind, resources in synthesized.items():
            for name, arguments in resources.items() if isinstance(resources, dict) else ():
                yield f"{kind}.{name}", kind, arguments
    for item in document.values():
        yield from _resources(item)


def _arguments(resource: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    change = resource.get("change", {})
    instances = [instance.get("attributes") for instance in resource.get("instances", ())]
    return [found for found in (resource.get("values"), change.get("before"), change.get("after"), *instances) if found]
