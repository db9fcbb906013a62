"""From environment files to complete, checked environments, or to every error of every file at once."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

import checks
from catalog.suggestions import nearest
from findings.finding import InvalidEnvironmentsError, Located, dotted, related
from reading import document
from settings import artifact, defaults
from settings.loaded import Loaded
from settings.model import Environment
from settings.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from findings.finding import Finding
    from reading.document import Document

NAME = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""An environment's name is its file's; it becomes part of every AWS name."""


def files(folder: Path) -> dict[str, Path]:
    """Return the environment files of a folder by environment name."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a folder's environment files amount to: those without an error, and all that is to be said of them."""

    environments: list[Loaded]
    findings: list[Located]
    """By file and line; accepted warnings too."""

    @property
    def errors(self) -> list[Located]:
        """What has to be mended before anything is written."""
        return [finding for finding in self.findings if finding.severity == "error"]


def load(folder: Path, only: Iterable[str] | None = None, *, today: date | None = None) -> list[Loaded]:
    """Load the folder's environments, all or those named, and check them one by one and together.

    Raises InvalidEnvironmentsError with every error of every file that was asked for.
    """
    inspection = inspect(folder, only, today=today)
    if inspection.errors:
        raise InvalidEnvironmentsError(inspection.errors)
    return inspection.environments


def inspect(folder: Path, only: Iterable[str] | None = None, *, today: date | None = None) -> Inspection:
    """Check the folder's environments, all or those named, one by one and together.

    Without ``today``, the day in UTC, nothing is said that depends on it, such as which versions near their end.
    """
    found = files(folder)
    wanted = list(found) if only is None else list(dict.fromkeys(only))
    findings = list(_folder_problems(folder, found, wanted))
    loaded: dict[str, Loaded] = {}
    documents: dict[str, Document] = {}
    for name, path in found.items():
        documents[name], result, problems = _load_one(name, path, f"{folder.name}/{path.name}", today)
        if name in wanted:
            findings += problems
        if result:
            loaded[name] = result
    findings += [_located(documents[name], finding) for name, finding in checks.check_together(loaded)]
    return Inspection(
        environments=[loaded[name] for name in wanted if name in loaded],
        findings=sorted(set(findings)),
    )


def _folder_problems(folder: Path, found: Mapping[str, Path], wanted: Iterable[str]) -> Iterator[Located]:
    if not folder.is_dir():
        yield Located(str(folder), 1, "", "is not a folder; it should hold one YAML file per environment", rule="file")
        return
    for path in sorted(folder.glob("*.yml")):
        yield Located(f"{folder.name}/{path.name}", 1, "", f"is not read; name it {path.stem}.yaml", rule="file")
    if not found:
        yield Located(str(folder), 1, "", "has no environment file; copy one from the README as dev.yaml", rule="file")
    for name in wanted:
        if name not in found:
            guess = nearest(name, found)
            there = f"does not exist; there are {', '.join(found) or 'none'}" + (
                f"; did you mean {guess}?" if guess else ""
            )
            yield Located(f"{folder.name}/{name}.yaml", 1, "", there, rule="file")


def _load_one(
    name: str, path: Path, shown_as: str, today: date | None
) -> tuple[Document, Loaded | None, list[Located]]:
    read = document.read(path, shown_as)
    if not NAME.fullmatch(name):
        allowed = "up to 30 lower-case letters, digits and single hyphens"
        read.problem(1, (), f"{name!r} cannot be an environment's name: {allowed}", rule="file")
    if read.problems:
        return read, None, read.problems
    environment, problems, unknown = _validate(read)
    if environment is None:
        return read, None, problems
    names = Names(environment.project, name, environment.names)
    # What an unquoted number says is known, so that the number itself is checked as well.
    hidden = {problem.key for problem in problems if problem.rule != "unquoted"}
    hidden |= {follower for key in unknown for follower in defaults.FOLLOWERS.get(key, ())}
    unsized = any(related(key, size) for key in unknown for size in defaults.SIZES)
    said = checks.check(environment, names, complete=not problems, today=today)
    findings = sorted(
        found
        for found in (_located(read, finding) for finding in said)
        if not any(related(found.key, key) for key in hidden) and not (unsized and found.rule in checks.OF_SIZES)
    )
    if problems or any(finding.severity == "error" for finding in findings):
        return read, None, problems + findings
    loaded = Loaded(
        name=name,
        file=shown_as,
        environment=environment,
        names=names,
        origins=defaults.complete(read.data)[1],
        given={dotted(path): line for path, line in read.lines.items() if not isinstance(read.at(path), dict)},
        findings=tuple(findings),
        function_hash=artifact.function_hash() if environment.access else None,
    )
    return read, loaded, findings


def _validate(read: Document) -> tuple[Environment | None, list[Located], set[str]]:
    """Return the environment, what is wrong with its file, and the keys whose value is not even known."""
    if not read.empty and not read.slips:
        with contextlib.suppress(ValidationError):
            return Environment.model_validate(defaults.complete(read.data)[0]), [], set()
    # Wanted only when something is wrong, so the usual run does not pay for it.
    from reading import recovery  # noqa: PLC0415

    return recovery.recover(read)


def _located(read: Document, finding: Finding) -> Located:
    located = read.located(finding.path, finding.message, finding.rule)
    return replace(located, severity=finding.severity, accepted=finding.accepted)
