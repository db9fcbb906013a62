"""From environment files to complete, checked environments, or to every error of every file at once."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

import checks
from catalog.suggestions import nearest
from findings.finding import InvalidEnvironmentsError, Located, dotted, printable
from reading import document
from settings import artifact, defaults
from settings.loaded import Loaded
from settings.model import Environment
from settings.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from findings.finding import Finding, KeyPath
    from reading.document import Document
    from reading.recovery import Recovered

NAME = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""An environment's name is its file's; it becomes part of every AWS name."""

NAMED = "up to 30 lower-case letters, digits and single hyphens, a letter first"
"""What an environment's name may be, in words."""


SEVERAL = 3
"""Values that stand for one that is not known where other checks depend on it; two stand for a name."""


def files(folder: Path) -> dict[str, Path]:
    """Return the environment files of a folder by environment name."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a folder's environment files amount to: those without an error, and all that is to be said of them."""

    environments: list[Loaded]
    findings: list[Located]
    """By file and line; accepted warnings too."""
    awaited: tuple[str, ...] = ()
    """Keys whose values are not known, and that further checks depend on."""

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
        raise InvalidEnvironmentsError(inspection.errors, inspection.awaited)
    return inspection.environments


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One file, and every environment that it could be: one if nothing is wrong with it."""

    document: Document
    problems: list[Located] = field(default_factory=list)
    """What is wrong with the file as such, and what the checks say of it."""
    variants: list[Loaded] = field(default_factory=list)
    recovered: Recovered | None = None
    """How what is wrong was passed over; None if nothing of the model is."""

    @property
    def awaited(self) -> list[str]:
        """Keys for which several values were tried, none of which is the file's: what hangs on them is not all said."""
        tried = self.recovered.unknown if self.recovered else {}
        return [dotted(path) for path, values in tried.items() if len(values) >= SEVERAL]

    @property
    def good(self) -> bool:
        """Whether the file is an environment, without an error."""
        return len(self.variants) == 1 and not any(one.severity == "error" for one in self.problems)


def inspect(folder: Path, only: Iterable[str] | None = None, *, today: date | None = None) -> Inspection:
    """Check the folder's environments, all or those named, one by one and together.

    Without ``today``, the day in UTC, nothing is said that depends on it, such as which versions near their end.
    """
    found = files(folder)
    wanted = list(found) if only is None else list(dict.fromkeys(only))
    findings = list(_folder_problems(folder, found, wanted))
    readings = {name: _read(name, path, _shown(folder, path.name), today) for name, path in found.items()}
    for name, reading in readings.items():
        if name in wanted:
            findings += reading.problems
    for name, finding in _together(readings):
        reading = readings[name]
        if finding.severity == "error":
            findings.append(finding)
        elif name in wanted:
            findings.append(finding)
            reading.variants = [replace(one, findings=(*one.findings, finding)) for one in reading.variants]
    return Inspection(
        environments=[readings[name].variants[0] for name in wanted if name in readings and readings[name].good],
        findings=sorted(set(findings), key=lambda one: (one.file, one.line, one.column, one)),
        awaited=tuple(dict.fromkeys(key for name in wanted if name in readings for key in readings[name].awaited)),
    )


def _shown(folder: Path, file: str) -> str:
    return f"{printable(folder.name)}/{printable(file)}"


def _folder_problems(folder: Path, found: Mapping[str, Path], wanted: Iterable[str]) -> Iterator[Located]:
    shown = str(folder) if str(folder).isprintable() else ascii(str(folder))
    if not folder.is_dir():
        yield Located(shown, 1, "", "is not a folder; it should hold one YAML file per environment", rule="file")
        return
    misnamed = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix != ".yaml" and path.suffix.lower() in (".yaml", ".yml") and not path.name.startswith(".")
    ]
    for path in misnamed:
        rename = f"is not read; name it {printable(path.stem)}.yaml"
        yield Located(_shown(folder, path.name), 1, "", rename, rule="file")
    if not found and not misnamed:
        yield Located(shown, 1, "", "has no environment file; copy one from the README as dev.yaml", rule="file")
    for name in wanted:
        if name not in found:
            guess = nearest(name, found)
            known = ", ".join(printable(one) for one in found) or "none"
            there = f"does not exist; there are {known}" + (f"; did you mean {printable(guess)}?" if guess else "")
            yield Located(_shown(folder, f"{name}.yaml"), 1, "", there, rule="file")


def _read(name: str, path: Path, shown_as: str, today: date | None) -> _Reading:
    read = document.read(path, shown_as)
    wrong_name = None if NAME.fullmatch(name) else _wrong_name(name, read)
    if read.problems:
        return _Reading(document=read, problems=[*read.problems, *([wrong_name] if wrong_name else [])])
    environment = _valid(read)
    if environment is not None and wrong_name is None:
        names = _names(environment, name)
        said = checks.check(environment, names, complete=True, today=today)
        findings = [_located(read, finding, None) for finding in said]
        if not any(finding.severity == "error" for finding in said):
            loaded = _loaded(name, read, environment, names, findings)
            return _Reading(document=read, problems=findings, variants=[loaded])
    return _recovered(name, read, wrong_name, today)


def _wrong_name(name: str, read: Document) -> Located:
    meant = "-".join(word for word in re.split(r"[^a-z0-9]+", name.lower()) if word)
    guess = f"; did you mean {meant}.yaml?" if NAME.fullmatch(meant) else ""
    message = f"{ascii(name)[:62]} cannot be an environment's name: {NAMED}{guess}"
    return Located(read.file, 1, "", message, rule="file")


def _names(environment: Environment, name: str) -> Names:
    return Names(environment.project, name, environment.names, environment.database.generation)


def _valid(read: Document) -> Environment | None:
    """Return the environment that a file says, if nothing is wrong with its values."""
    if not read.empty and not read.slips:
        with contextlib.suppress(ValidationError):
            return Environment.model_validate(defaults.complete(read.data)[0])
    return None


def _recovered(name: str, read: Document, wrong_name: Located | None, today: date | None) -> _Reading:
    """Say all that can be said of a file with something wrong in it."""
    # Wanted only when something is wrong, so the usual run does not pay for it.
    from reading import recovery  # noqa: PLC0415

    found = recovery.Recovery(read)
    found.run()
    recovered = found.result
    names = [name] if wrong_name is None else list(recovery.WORDS)

    def variants() -> list[tuple[Environment, Names]]:
        each = recovered.environments
        turns = max(len(each), len(names)) if each else 0
        return [
            (one, _names(one, names[turn % len(names)])) for turn in range(turns) for one in [each[turn % len(each)]]
        ]

    def said(*, complete: bool) -> list[Finding]:
        checked = [checks.check(one, named, complete=complete, today=today) for one, named in variants()]
        return recovery.sift(checked, recovered) if checked else []

    loaded = [_loaded(name, read, one, named, []) for one, named in variants()]
    findings = said(complete=recovered.sure)
    located = [_located(read, finding, recovered) for finding in findings]
    before = replace(recovered, unknown=dict(recovered.unknown), told=set(recovered.told))
    # A value that a check refuses may keep other checks from speaking, as one that the model refuses does.
    for _ in range(recovery.DOUBTS):
        doubtful = [finding.path for finding in findings if finding.severity == "error"]
        if not doubtful:
            break
        known = {(one.key, one.rule) for one in located} | {(one.key, "") for one in located if one.severity == "error"}
        found.doubt(doubtful)
        findings = [
            finding
            for finding in said(complete=False)
            if not {(dotted(recovered.shown(finding.path)), rule) for rule in (finding.rule, "")} & known
        ]
        located += [_located(read, finding, recovered) for finding in findings]
    problems = [*([wrong_name] if wrong_name else []), *recovered.problems, *located]
    return _Reading(document=read, problems=problems, variants=loaded, recovered=before)


def _loaded(name: str, read: Document, environment: Environment, names: Names, findings: Iterable[Located]) -> Loaded:
    return Loaded(
        name=name,
        file=read.file,
        environment=environment,
        names=names,
        origins=defaults.complete(read.data)[1],
        given={dotted(path): line for path, line in read.lines.items() if not isinstance(read.at(path), dict)},
        findings=tuple(sorted(findings)),
        function_hash=artifact.function_hash() if environment.access else None,
    )


def _together(readings: Mapping[str, _Reading]) -> Iterator[tuple[str, Located]]:
    """Say, by environment, what environments share, whatever else is wrong with them."""
    present = {name: reading for name, reading in readings.items() if reading.variants}
    turns = max((len(reading.variants) for reading in present.values()), default=0)
    said: list[dict[tuple[str, KeyPath, str], Finding]] = []
    for turn in range(turns):
        variants = {name: reading.variants[turn % len(reading.variants)] for name, reading in present.items()}
        found = checks.check_together(variants)
        said.append({(name, finding.path, finding.message): finding for name, finding in found})
    for key, finding in said[0].items() if said else ():
        reading = present[key[0]]
        told = reading.recovered is not None and reading.recovered.follows(finding.path)
        if not told and all(key in other for other in said):
            located = _located(reading.document, finding, reading.recovered)
            reasons = {one.warning: one.reason for one in reversed(reading.variants[0].environment.accept)}
            accepted = reasons.get(finding.rule) if finding.severity == "warning" else None
            yield key[0], replace(located, accepted=accepted)


def _located(read: Document, finding: Finding, recovered: Recovered | None) -> Located:
    place, shown = finding.path, finding.path
    if recovered is not None:
        place, shown = recovered.place(place), recovered.shown(shown)
    located = read.located(place, finding.message, finding.rule, shown_as=shown)
    return replace(located, severity=finding.severity, accepted=finding.accepted)
