"""From environment files to complete, checked environments, or to every error of every file at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

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

ABSENT: Final = object()
"""No value."""


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
    environment, problems, unknown = _validate(read)
    if environment is None:
        return read, None, problems
    names = Names(environment.project, name)
    hidden = {problem.key for problem in problems}
    hidden |= {follower for key in unknown for follower in defaults.FOLLOWERS.get(key, ())}
    findings = [
        found
        for found in (_located(read, finding) for finding in checks.check(environment, names, complete=not problems))
        if not any(_related(found.key, key) for key in hidden)
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


def _validate(read: Document) -> tuple[Environment | None, list[Located], set[str]]:
    """Validate; where values are wrong, go on with others in their place so that later checks still speak.

    Returns the environment, what is wrong, and the keys whose value is not even known.
    """
    remaining = defaults.copied(read.data)
    problems = list(read.slips)
    for path in read.empty:
        problems.append(messages.empty(read, path))
        _put(remaining, path, ABSENT)
    merged, _ = defaults.complete(remaining)
    try:
        return Environment.model_validate(merged), problems, set()
    except ValidationError as error:
        details = error.errors(include_url=False)
    empty = {dotted(path) for path in read.empty}
    slips = {slip.key for slip in read.slips}
    found = messages.located(read, merged, details)
    problems += [
        problem
        for problem in found
        if problem.key not in slips and not any(_related(problem.key, key) for key in empty)
    ]
    unknown = {problem.key for problem in problems}
    for attempt in range(document.MAXIMUM_DEPTH):
        for detail in details:
            path = messages.path_of(detail)
            if attempt == 0 and detail["type"] == "string_type" and path in read.texts:
                _put(remaining, path, read.texts[path])  # a number that wants quotes: what it says is known
                unknown.discard(dotted(path))
            else:
                _put(remaining, path[:-1] if detail["type"] == "missing" else path, ABSENT)
        try:
            return Environment.model_validate(defaults.stood_in(remaining)), problems, unknown
        except ValidationError as error:
            details = error.errors(include_url=False)
    return None, problems, unknown


def _put(data: Any, path: KeyPath, value: Any) -> None:
    """Set a value where the data has its place, or take it away."""
    *parents, last = path or ("",)
    for part in parents:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return
    if not isinstance(data, dict):
        return
    if value is ABSENT:
        data.pop(last, None)
    else:
        data[last] = value


def _located(read: Document, finding: Finding) -> Located:
    key, line = dotted(finding.path), read.line(finding.path)
    return Located(read.file, line, key, finding.message, finding.severity, finding.identifier)


def _related(one: str, other: str) -> bool:
    """Whether one key is the other or lies below it: a finding that follows from a value already refused."""
    return one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))
