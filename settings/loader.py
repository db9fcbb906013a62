"""From environment files to complete, checked environments, or to every error of every file at once."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from catalog.suggestions import nearest
from settings import checks, document, state, tiers
from settings.findings import InvalidEnvironmentsError, Located, dotted
from settings.model import Environment
from settings.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from settings.document import Document
    from settings.findings import Finding, KeyPath

NAME = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
"""An environment's name is its file's; it becomes part of every AWS name."""

STACKS = ("state", "network", "database")
"""Kinds of stacks in the order in which they are deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A complete environment, where each of its values came from, and the warnings it does not accept.

    ``given`` has the line of each value in the file, ``origins`` the tier of each default that it gave; both by
    dotted key. What is in neither is the model's own default.
    """

    name: str
    file: str
    environment: Environment
    names: Names
    origins: Mapping[str, str]
    given: Mapping[str, int]
    warnings: tuple[Located, ...]

    @property
    def stacks(self) -> tuple[str, ...]:
        """Kinds of stacks this environment has, in the order in which they are deployed."""
        return tuple(kind for kind in STACKS if _has_stack(self.environment, kind))


def _has_stack(environment: Environment, kind: str) -> bool:
    match kind:
        case "state":
            return isinstance(environment.state, state.S3State) and environment.state.manage_bucket
        case "network":
            return environment.network.create is not None
        case _:
            return True


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
    for name in found:
        read, result, problems = _load_one(name, found[name], f"{folder.name}/{found[name].name}")
        documents[name] = read
        if name in wanted:
            findings += problems
        if result:
            loaded[name] = result
    environments = {name: one.environment for name, one in loaded.items()}
    identities = {name: [(kind, _identity(one, kind)) for kind in one.stacks] for name, one in loaded.items()}
    for name, finding in checks.check_together(environments, identities):
        findings.append(_located(documents[name], finding))
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
            meant = nearest(name, found)
            yield Located(
                f"{folder.name}/{name}.yaml",
                1,
                "",
                f"does not exist; there are {', '.join(found) or 'none'}"
                + (f"; did you mean {meant}?" if meant else ""),
            )


def _identity(one: Loaded, kind: str) -> str:
    return state.identity(one.environment.state, one.names.state_key(kind))


def _located(read: Document, finding: Finding) -> Located:
    return Located(
        read.file,
        read.line(finding.path),
        dotted(finding.path),
        finding.message,
        finding.severity,
        finding.identifier,
    )


def _load_one(name: str, path: Path, shown_as: str) -> tuple[Document, Loaded | None, list[Located]]:
    read = document.read(path, shown_as)
    if not NAME.fullmatch(name):
        read.problem(
            1,
            (),
            f"{name!r} cannot be an environment's name: up to 30 lower-case letters, digits and single hyphens",
        )
    if read.problems:
        return read, None, read.problems
    merged, origins = _with_defaults(read.data)
    environment, problems = _validate(read, merged)
    if environment is None:
        return read, None, problems
    names = Names(environment.project, name)
    broken = {problem.key for problem in problems}
    findings = [
        found
        for found in (_located(read, finding) for finding in checks.check(environment, names))
        if not any(_related(found.key, key) for key in broken)
    ]
    errors = problems + [finding for finding in findings if finding.severity == "error"]
    if errors:
        return read, None, errors
    loaded = Loaded(
        name=name,
        file=shown_as,
        environment=environment,
        names=names,
        origins=origins,
        given={
            dotted(path): line for path, line in read.lines.items() if not isinstance(read.at(path), dict)
        },
        warnings=tuple(findings),
    )
    return read, loaded, []


def _related(one: str, other: str) -> bool:
    return (
        one == other or one.startswith((f"{other}.", f"{other}[")) or other.startswith((f"{one}.", f"{one}["))
    )


def _with_defaults(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Lay the tier's defaults under the file's data; say for each default's key that it is the tier's."""
    merged = _copy(data)
    origins: dict[str, str] = {}
    tier = data.get("tier")
    if tier not in tiers.TIERS:
        return merged, origins
    for key, default in tiers.column(tiers.DEFAULTS, tier).items():
        if any(key.startswith(f"{block}.") and not _has(data, block) for block in tiers.EXCLUSIVE):
            continue
        *parents, last = key.split(".")
        place: Any = merged
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else None
        if isinstance(place, dict) and last not in place:
            place[last] = default
            origins[key] = f"tier {tier}"
    return merged, origins


def _has(data: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


def _validate(read: Document, merged: dict[str, Any]) -> tuple[Environment | None, list[Located]]:
    """Validate; where values are wrong, go on with the tier's defaults so that later checks still speak."""
    try:
        return Environment.model_validate(merged), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    problems = [_translate(read, detail) for detail in details]
    remaining = _copy(read.data)
    for detail in details:
        _remove(remaining, _path(detail["loc"]))
    try:
        return Environment.model_validate(_with_defaults(remaining)[0]), problems
    except ValidationError:
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


_BACKENDS = frozenset(
    {"local", "s3", "cloud", "gcs", "azurerm", "http", "pg"},
)


def _path(location: tuple[int | str, ...]) -> KeyPath:
    """Drop what pydantic adds to a location: the chosen backend's tag and the marker of a wrong mapping key."""
    path = tuple(part for part in location if part != "[key]")
    if len(path) > 1 and path[0] == "state" and path[1] in _BACKENDS:
        path = (path[0], *path[2:])
    return path


def _translate(read: Document, detail: ErrorDetails) -> Located:
    path = _path(detail["loc"])
    text = read.texts.get(path)
    value = detail["input"]
    kind = detail["type"]
    context = detail.get("ctx", {})
    at = path
    match kind:
        case "extra_forbidden":
            fields = _fields(path[:-1], read.data)
            meant = nearest(str(path[-1]), fields)
            message = f"is not a key here; allowed are {', '.join(fields)}" + (
                f"; did you mean {meant}?" if meant else ""
            )
        case "missing":
            message = f"is missing: {_describe(path, read.data)}"
            at = path[:-1]
        case "union_tag_not_found":
            path = at = (*path, "backend")
            message = f"is missing: one of {', '.join(sorted(_BACKENDS))}"
        case "union_tag_invalid":
            path = at = (*path, "backend")
            tag = str(context.get("tag", "")).strip("'")
            meant = nearest(tag, _BACKENDS)
            message = f"{tag!r} is not one of {', '.join(sorted(_BACKENDS))}" + (
                f"; did you mean {meant}?" if meant else ""
            )
        case "literal_error":
            allowed = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
            meant = nearest(str(value), allowed.split(", "))
            message = f"{value!r} is not one of {allowed}" + (f"; did you mean {meant}?" if meant else "")
        case "wrong":
            message = str(context.get("message", detail["msg"]))
        case "string_type" if isinstance(value, int | float) and not isinstance(value, bool):
            message = (
                f'{text} is a number to YAML, which may drop zeros; write it in quotes: "{text}"'
                if text
                else "has to be text"
            )
        case "too_short" | "too_long":
            bound = context.get("min_length", context.get("max_length"))
            side = "at least" if kind == "too_short" else "at most"
            message = f"has {context.get('actual_length')} entries; {side} {bound} are needed"
            if kind == "too_long":
                message = f"has {context.get('actual_length')} entries; at most {bound} are allowed"
        case "int_type" | "int_from_float" | "int_parsing":
            message = f"{_shown(value, text)} is not a whole number"
        case "float_type" | "float_parsing":
            message = f"{_shown(value, text)} is not a number"
        case "bool_type":
            message = f"{_shown(value, text)} is not true or false"
        case "string_type":
            message = f"{_shown(value, text)} is not text"
        case "list_type":
            message = f"{_shown(value, text)} is not a list"
        case "dict_type" | "model_type" | "model_attributes_type":
            fields = _fields(path, read.data)
            keys = f" with keys among {', '.join(fields)}" if fields else ""
            message = f"{_shown(value, text)} is not a mapping{keys}"
        case _:
            message = detail["msg"][:1].lower() + detail["msg"][1:]
    if path and path[0] == "database" and "parameters" in path and len(path) > 3:  # noqa: PLR2004 - union branch
        path = at = path[:3]
        message = f"{_shown(value, text)} is not text, a number, true or false"
    return Located(read.file, read.line(at), dotted(path), message)


def _shown(value: Any, text: str | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    shown = text if text is not None else str(value)
    return f"{shown[:60]!r}"


def _fields(path: KeyPath, data: Mapping[str, Any]) -> list[str]:
    """Return the keys that are allowed at a place of the file."""
    model = _model_at(path, data)
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _describe(path: KeyPath, data: Mapping[str, Any]) -> str:
    model = _model_at(path[:-1], data)
    if model is None:
        return "it has no default"
    for name, field in model.model_fields.items():
        if path[-1] in (name, field.alias):
            text = field.description or "it has no default"
            return text[:1].lower() + text[1:].rstrip(".")
    return "it has no default"


def _model_at(path: KeyPath, data: Mapping[str, Any]) -> type[BaseModel] | None:
    """Return the model of the mapping at a place of the file, if the place has one."""
    current: Any = Environment
    here: Any = data
    for part in path:
        here = here.get(part) if isinstance(here, Mapping) else None
        models = list(_models(current))
        if len(models) == 1 and not _is_mapping(current):
            fields = {field.alias or name: field.annotation for name, field in models[0].model_fields.items()}
            current = fields.get(str(part))
        else:
            current = models[0] if models else None
    models = list(_models(current))
    if len(models) > 1 and isinstance(here, Mapping):
        tagged = [
            model
            for model in models
            if here.get("backend") in get_args(model.model_fields["backend"].annotation)
        ]
        models = tagged or models
    return models[0] if models and not _is_mapping(current) else None


def _is_mapping(annotation: Any) -> bool:
    return any(
        get_origin(part) is dict
        for part in (annotation, *(get_args(annotation) if _is_union(annotation) else ()))
    )


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation mentions."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not get_args(annotation):
        yield annotation
        return
    for part in get_args(annotation):
        yield from _models(part)
