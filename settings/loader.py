"""From environment files to complete, checked environments, or to every error of every file at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from settings import checks, defaults, document, messages
from settings.findings import InvalidEnvironmentsError, Located, dotted
from settings.loaded import Loaded
from settings.model import Environment
from settings.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from settings.document import Document
    from settings.findings import Finding, KeyPath

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
            there = f"does not exist; there are {', '.join(found) or 'none'}{messages.meant(name, found)}"
            yield Located(f"{folder.name}/{name}.yaml", 1, "", there)


def _load_one(name: str, path: Path, shown_as: str) -> tuple[Document, Loaded | None, list[Located]]:
    read = document.read(path, shown_as)
    if not NAME.fullmatch(name):
        allowed = "up to 30 lower-case letters, digits and single hyphens"
        read.problem(1, (), f"{name!r} cannot be an environment's name: {allowed}")
    if read.problems:
        return read, None, read.problems
    environment, problems = _validate(read)
    if environment is None:
        return read, None, problems
    names = Names(environment.project, name)
    wrong = {problem.key for problem in problems}
    wrong |= {follower for key in wrong for follower in defaults.FOLLOWERS.get(key, ())}
    findings = [
        found
        for found in (_located(read, finding) for finding in checks.check(environment, names))
        if not any(_related(found.key, key) for key in wrong)
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
    )
    return read, loaded, []


def _validate(read: Document) -> tuple[Environment | None, list[Located]]:
    """Validate; where values are wrong, go on with the tier's defaults so that later checks still speak."""
    remaining = defaults.copied(read.data)
    problems = []
    for path in read.empty:
        problems.append(messages.empty(read, path))
        _remove(remaining, path)
    merged, _ = defaults.complete(remaining)
    try:
        return Environment.model_validate(merged), problems
    except ValidationError as error:
        details = error.errors(include_url=False)
    empty = {problem.key for problem in problems}
    problems += [
        found for found in messages.located(read, merged, details) if not any(_related(found.key, key) for key in empty)
    ]
    for _ in range(document.MAXIMUM_DEPTH):
        for detail in details:
            path = messages.path_of(detail)
            _remove(remaining, path[:-1] if detail["type"] == "missing" else path)
        try:
            return Environment.model_validate(defaults.stood_in(remaining)), problems
        except ValidationError as error:
            details = error.errors(include_url=False)
    return None, problems


def _remove(data: Any, path: KeyPath) -> None:
    *parents, last = path or ("",)
    for part in parents:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(data, dict):
        data.pop(last, None)


def _located(read: Document, finding: Finding) -> Located:
    key, line = dotted(finding.path), read.line(finding.path)
    return Located(read.file, line, key, finding.message, finding.severity, finding.identifier)


def _related(one: str, other: str) -> bool:
    """Whether one key is the other or lies below it: a finding that follows from a value already refused."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))
