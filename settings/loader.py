"""From environment files to complete, checked environments, or to every error of every file at once."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from catalog.suggestions import nearest
from settings import artifact, checks, defaults, document
from settings.findings import InvalidEnvironmentsError, Located, dotted, related
from settings.loaded import Loaded
from settings.model import Environment
from settings.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from settings.document import Document
    from settings.findings import Finding

NAME = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""An environment's name is its file's; it becomes part of every AWS name."""


def files(folder: Path) -> dict[str, Path]:
    """Return the environment files of a folder by environment name."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load(folder: Path, only: Iterable[str] | None = None) -> list[Loaded]:
    """Load the folder's environments, all or those named, and check them one by one and together.

    Raises InvalidEnvironmentsError with every error of every file that was asked for.
    """
    found = files(folder)
    wanted = list(found) if only is None else list(dict.fromkeys(only))
    findings = list(_folder_problems(folder, found, wanted))
    loaded: dict[str, Loaded] = {}
    documents: dict[str, Document] = {}
    for name, path in found.items():
        documents[name], result, problems = _load_one(name, path, f"{folder.name}/{path.name}")
        if name in wanted:
            findings += problems
        if result:
            loaded[name] = result
    findings += [_located(documents[name], finding) for name, finding in checks.check_together(loaded)]
    if findings:
        raise InvalidEnvironmentsError(sorted(set(findings)))
    return [loaded[name] for name in wanted]


def _folder_problems(folder: Path, found: Mapping[str, Path], wanted: Iterable[str]) -> Iterator[Located]:
    if not folder.is_dir():
        yield Located(str(folder), 1, "", "is not a folder; it should hold one YAML file per environment")
        return
    for path in sorted(folder.glob("*.yml")):
        yield Located(f"{folder.name}/{path.name}", 1, "", f"is not read; name it {path.stem}.yaml")
    if not found:
        yield Located(str(folder), 1, "", "has no environment file; copy one from the README as dev.yaml")
    for name in wanted:
        if name not in found:
            guess = nearest(name, found)
            there = f"does not exist; there are {', '.join(found) or 'none'}" + (
                f"; did you mean {guess}?" if guess else ""
            )
            yield Located(f"{folder.name}/{name}.yaml", 1, "", there)


def _load_one(name: str, path: Path, shown_as: str) -> tuple[Document, Loaded | None, list[Located]]:
    read = document.read(path, shown_as)
    if not NAME.fullmatch(name):
        allowed = "up to 30 lower-case letters, digits and single hyphens"
        read.problem(1, (), f"{name!r} cannot be an environment's name: {allowed}")
    if read.problems:
        return read, None, read.problems
    environment, problems, unknown = _validate(read)
    if environment is None:
        return read, None, problems
    names = Names(environment.project, name)
    hidden = {problem.key for problem in problems}
    hidden |= {follower for key in unknown for follower in defaults.FOLLOWERS.get(key, ())}
    findings = [
        found
        for found in (_located(read, finding) for finding in checks.check(environment, names, complete=not problems))
        if not any(related(found.key, key) for key in hidden)
    ]
    errors = problems + [finding for finding in findings if finding.severity == "error"]
    if errors:
        return read, None, errors
    loaded = Loaded(
        name=name,
        file=shown_as,
        environment=environment,
        names=names,
        origins=defaults.complete(read.data)[1],
        given={dotted(path): line for path, line in read.lines.items() if not isinstance(read.at(path), dict)},
        warnings=tuple(findings),
        function_hash=artifact.function_hash() if environment.access else None,
    )
    return read, loaded, []


def _validate(read: Document) -> tuple[Environment | None, list[Located], set[str]]:
    """Return the environment, what is wrong with its file, and the keys whose value is not even known."""
    if not read.empty and not read.slips:
        with contextlib.suppress(ValidationError):
            return Environment.model_validate(defaults.complete(read.data)[0]), [], set()
    # Wanted only when something is wrong, so the usual run does not pay for it.
    from settings import recovery  # noqa: PLC0415

    return recovery.recover(read)


def _located(read: Document, finding: Finding) -> Located:
    key, line = dotted(finding.path), read.line(finding.path)
    return Located(read.file, line, key, finding.message, finding.severity, finding.identifier)
