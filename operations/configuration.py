"""The reference of an environment file's keys, written from the schema and the tiers: ``docs/configuration.md``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import yaml

from operations.changing import changing
from settings import tiers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEAD: Final = """\
# What an environment file can say

Written by `main.py configuration` from the schema that editors use, the tiers and the catalogue. A key that is left out
has its default; *to be said* marks what has none. `main.py show <environment>` prints what each one amounts to. `<key>`
stands for a name of yours, `[]` for each item of a list. *Changing it* says what a change does to what is deployed: the
words in bold are explained in [review.md](review.md), and [changes.md](changes.md) has whole plans. What Terraform
modules, CDK and CloudFormation call a key stands below its block; all other words of theirs stand at the end.
"""

TABLE: Final = ("| key | what it is | takes | default | changing it |", "| --- | --- | --- | --- | --- |")

ELSEWHERE: Final = """\
## Words from elsewhere

Whoever brings a file along looks up a word here: what it is called, or why there is none. `check` says the same.

| word | here |
| --- | --- |"""

KINDS: Final = {"boolean": "`true` or `false`", "integer": "whole number", "number": "number", "string": "text"}

LONGEST_PATTERN: Final = 40
"""A longer pattern says less than the sentence beside it."""


MOST_VALUES: Final = 8
"""Of more than these the first and the last stand for all; editors and messages list them."""


def rendered(
    schema: Mapping[str, Any], examples: Mapping[str, Sequence[Any]], words: Mapping[str, Sequence[str]]
) -> str:
    """Return the reference as Markdown, one table for each block of the file.

    ``examples`` has values of blocks, by the titles of the blocks; ``words`` has what a key is called elsewhere, by the
    key, or by the sentence that says why there is none.
    """
    lines = [HEAD]
    known = set(keys(schema))
    for title, description, block, path in _blocks(schema):
        lines += [f"## {title}", "", description, "", *TABLE]
        for name, part in block.get("properties", {}).items():
            key = f"{path}{name}"
            required = name in block.get("required", ())
            said = _cell(part.get("description", _referred(schema, part).get("description", "")))
            has_keys = any(True for _ in _inner(schema, part))
            changed = changing(key, block=has_keys)
            cells = [said, _cell(_takes(schema, part)), _cell(_default(key, part, required)), changed]
            lines.append(f"| `{key}` | {' | '.join(cells)} |")
        lines.append("")
        lines += _called(block, path, words)
        lines += _shown(path, examples.get(title, ()))
    lines.append(ELSEWHERE)
    for why, names in words.items():
        if why not in known:
            lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {_cell(why)} |")
    return "\n".join(lines) + "\n"


def titles(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Yield each block's title, its path and, of a kind of state, which it is."""
    for title, _, block, path in _blocks(schema):
        yield title, path.removesuffix("."), block.get("properties", {}).get("backend", {}).get("const")


def _called(block: Mapping[str, Any], path: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    called = [
        f"`{path}{name}` is {', '.join(f'`{word}`' for word in words[f'{path}{name}'])}"
        for name in block.get("properties", {})
        if f"{path}{name}" in words
    ]
    return [f"Elsewhere {'; '.join(called)}.", ""] if called else []


def _shown(path: str, values: Sequence[Any]) -> list[str]:
    """Return a block with an example, at its place in a file."""
    if not values:
        return []
    shown: Any = values[0]
    for part in reversed(path.removesuffix(".").replace("[]", ".[]").split(".")):
        shown = [shown] if part == "[]" else {"mine" if part == "<key>" else part: shown}
    text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=110).rstrip("\n")
    return ["```yaml", text, "```", ""]


def keys(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield every key that the reference has a row for."""
    for _, _, block, path in _blocks(schema):
        yield from (f"{path}{name}" for name in block.get("properties", {}))


def _blocks(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    """Yield each block's title, description, schema and the path of its keys, in the order of a file."""
    yield "The file", schema.get("description", ""), schema, ""
    yield from _below(schema, schema, "")


def _below(
    schema: Mapping[str, Any], block: Mapping[str, Any], path: str
) -> Iterator[tuple[str, str, Mapping[str, Any], str]]:
    for name, part in block.get("properties", {}).items():
        for suffix, inner in _inner(schema, part):
            title = f"`{path}{name}{suffix}`"
            kind = inner.get("properties", {}).get("backend", {}).get("const")
            title += f" with backend `{kind}`" if kind else ""
            prefix = f"{path}{name}{suffix}."
            yield title, inner.get("description", ""), inner, prefix
            yield from _below(schema, inner, prefix)


def _inner(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the blocks that a key can hold, each with what its path gets: nothing, a key of its own, or an index."""
    for one in _alternatives(part):
        referred = _referred(schema, one)
        if "properties" in referred:
            yield "", referred
        for own in _own_keys(one):
            if "properties" in _referred(schema, own):
                yield ".<key>", _referred(schema, own)
        if isinstance(one.get("items"), dict) and "properties" in _referred(schema, one["items"]):
            yield "[]", _referred(schema, one["items"])


def _own_keys(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    own = [*one.get("patternProperties", {}).values(), one.get("additionalProperties")]
    return [each for each in own if isinstance(each, dict)]


def _alternatives(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = [*part.get("anyOf", ()), *part.get("oneOf", ())] or [part]
    return [one for one in found if one.get("type") != "null"]


def _referred(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    definition: Mapping[str, Any] = schema["$defs"][part["$ref"].rpartition("/")[2]]
    return definition


def _takes(schema: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    return ", or ".join(dict.fromkeys(_one(schema, one) for one in _alternatives(part)))


def _one(schema: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    referred = _referred(schema, part)
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in referred:
        values = [f"`{value}`" for value in referred["enum"]]
        if len(values) > MOST_VALUES:
            return f"one of {len(values)}, from {values[0]} to {values[-1]}"
        return " or ".join(values)
    kind = referred.get("type")
    if kind == "array":
        return f"list of: {_takes(schema, part['items'])}" if "items" in part else "list"
    if kind == "object":
        own = _own_keys(part)
        return f"mapping of keys of yours to: {_takes(schema, own[0])}" if own else "block, below"
    return " ".join([_kind(referred), *_limits(referred)])


def _kind(part: Mapping[str, Any]) -> str:
    """Return what kind of value it is: in words where its pattern is too long to be read."""
    if len(str(part.get("pattern", ""))) > LONGEST_PATTERN:
        return str(part.get("patternErrorMessage", "text")).removeprefix("must be ")
    return KINDS.get(str(part.get("type")), "value")


def _limits(part: Mapping[str, Any]) -> Iterator[str]:
    lowest, highest = part.get("minimum"), part.get("maximum")
    if lowest is not None and highest is not None:
        yield f"from {lowest:g} to {highest:g}"
    elif lowest is not None:
        yield f"from {lowest:g}"
    elif highest is not None:
        yield f"up to {highest:g}"
    pattern = str(part.get("pattern", ""))
    if 0 < len(pattern) <= LONGEST_PATTERN and pattern != r"^(?:[\s\S]+)$":
        yield f"like `{pattern.removeprefix('^(?:').removesuffix(')$')}`"


def _default(key: str, part: Mapping[str, Any], required: bool) -> str:
    for name, *values in tiers.DEFAULTS:
        if name == key:
            shown = ["to be said" if value is tiers.MUST_SAY else _value(value) for value in values]
            if len(set(shown)) == 1:
                return shown[0]
            return "; ".join(f"{tier}: {value}" for tier, value in zip(tiers.TIERS, shown, strict=True))
    if "default" in part and not isinstance(part["default"], dict):
        return "none" if part["default"] is None else _value(part["default"])
    if required:
        return "to be said"
    return "none" if any(one.get("type") == "array" or _own_keys(one) for one in _alternatives(part)) else "its keys'"


def _value(value: Any) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _cell(text: str) -> str:
    """Return text that stays within its cell."""
    return text.replace("|", "\\|").replace("\n", " ")
