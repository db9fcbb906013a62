"""Reads one YAML file strictly, remembering the line and the literal text of every key.

Only what an environment file needs is YAML here: plain mappings, lists and scalars as in YAML 1.2's core
schema (``on``, ``off``, ``yes`` and ``03:30`` are text). Anchors, aliases, merge keys, tags and duplicate
keys are refused, for each of them makes a file say something other than what its reader sees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from findings.finding import KeyPath, Located, dotted

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_DEPTH = 12
"""Levels of nesting; the model itself needs six."""

MAXIMUM_BYTES = 256 * 1024
"""An environment file is a screen of text; anything this large is not one."""


LINE_SEPARATORS = ("\x85", "\u2028", "\u2029")
"""YAML counts these as ends of lines where editors do not, so that line numbers would be wrong."""


PLAIN_WORDS = (
    ("quoted scalar found unexpected end", "the quote that begins here is never closed"),
    ("found unexpected end of stream while scanning a quoted", "the quote that begins here is never closed"),
    ("flow", "the bracket or brace that begins here is never closed, or a comma is missing in it"),
    ("cannot start any token", "has a character that cannot begin a value; write the value in quotes"),
    ("alphabetic or numeric", "has a character that cannot begin a value; write the value in quotes"),
    ("mapping values are not allowed", 'has a second ": "; write the value in quotes'),
    ("unknown escape", "has an escape that YAML does not know; use single quotes"),
    ("expected ':'", "is not of the form key: value"),
    ("<document start>", "is indented unlike the lines above it, or follows the end of the document"),
    ("did not find expected", "is indented unlike the lines around it, or a quote above is not closed"),
)
"""What libyaml says, and what it means."""


class _Loader(yaml.CSafeLoader):
    """Resolves only what YAML 1.2's core schema resolves; everything else stays text."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
# Digits with leading zeros count as a number, so that an unquoted account id is caught whatever it starts with.
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|^[-+]?[0-9]+[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)

_SCALARS: dict[str, Any] = {
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}


@dataclass(slots=True)
class Document:
    """A file's content as plain Python values, with the place of every key and the text of every scalar.

    ``empty`` are the keys without a value, ``slips`` mistakes that leave the rest of the file readable;
    ``problems`` is what is wrong with the file as YAML.
    """

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    columns: dict[KeyPath, int] = field(default_factory=dict)
    texts: dict[KeyPath, str] = field(default_factory=dict)
    empty: list[KeyPath] = field(default_factory=list)
    slips: list[Located] = field(default_factory=list)
    problems: list[Located] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """Return the line of the key, or of its nearest parent that the file has."""
        return self.lines.get(self._nearest(path), 1)

    def located(self, path: KeyPath, message: str, rule: str, *, at: KeyPath | None = None) -> Located:
        """Return an error about a key, at the key's place or at that of another one."""
        place = self._nearest(path if at is None else at)
        return Located(
            self.file,
            self.lines.get(place, 1),
            dotted(path),
            message,
            rule=rule,
            column=self.columns.get(place, 0),
        )

    def _nearest(self, path: KeyPath) -> KeyPath:
        while path and path not in self.lines:
            path = path[:-1]
        return path

    def at(self, path: KeyPath) -> Any:
        """Return the value at a place that the file has."""
        value: Any = self.data
        for part in path:
            value = value[part]
        return value

    def slip(self, line: int, path: KeyPath, message: str) -> None:
        """Note an error that leaves the rest of the file readable."""
        self.slips.append(Located(self.file, line, dotted(path), message, rule="yaml"))

    def problem(self, line: int, path: KeyPath, message: str, rule: str = "yaml") -> None:
        """Note an error at a line of this file."""
        self.problems.append(Located(self.file, line, dotted(path), message, rule=rule))


def read(path: Path, shown_as: str) -> Document:
    """Read the file; whatever is wrong with it as YAML stands in ``problems``."""
    document = Document(file=shown_as)
    try:
        raw = path.read_bytes()
    except OSError as error:
        document.problem(1, (), f"cannot be read: {error.strerror}", rule="file")
        return document
    if len(raw) > MAXIMUM_BYTES:
        document.problem(1, (), f"is {len(raw)} bytes long; an environment file has at most {MAXIMUM_BYTES}")
        return document
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        document.problem(line, (), f"is not UTF-8: byte 0x{raw[error.start]:02x}; save the file as UTF-8")
        return document
    for separator in LINE_SEPARATORS:
        if separator in text:
            line = text.count("\n", 0, text.index(separator)) + 1
            document.problem(line, (), f"has the invisible line separator U+{ord(separator):04X}; remove it")
            return document
    try:
        _refuse_indirection(document, text)
        if not document.problems:
            _compose(document, text)
    except yaml.MarkedYAMLError as error:
        line, message = _explained(error, text)
        document.problem(line, (), message)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        document.problem(line, (), f"has a character YAML does not allow: #x{int(error.character):04x}")
    return document


def _explained(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return the line where a YAML error began, and libyaml's words in plain ones."""
    problem, context = error.problem or "", error.context or ""
    unclosed = "end of stream" in problem or "flow" in context
    mark = (error.context_mark if unclosed else None) or error.problem_mark or error.context_mark
    lines = text.splitlines() or [""]
    line = min(mark.line + 1 if mark else 1, len(lines))
    written = lines[line - 1]
    if "cannot start any token" in problem and "\t" in written[: len(written) - len(written.lstrip())]:
        return line, "is indented with a tab; use spaces"
    for words, plain in PLAIN_WORDS:
        if words in f"{problem} {context}":
            return line, plain
    return line, f"is not valid YAML: {problem or context}"


def _refuse_indirection(document: Document, text: str) -> None:
    """Walk the events before anything is built: depth, anchors, aliases, tags and second documents."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                document.problem(line, (), "starts a second YAML document; one file is one environment")
        elif isinstance(event, yaml.AliasEvent):
            document.problem(line, (), f"alias *{event.anchor}: aliases are not allowed; write the value out")
        elif isinstance(event, yaml.NodeEvent):
            if event.anchor:
                document.problem(line, (), f"anchor &{event.anchor}: anchors are not allowed; write the value out")
            tag = getattr(event, "tag", None)
            if tag:
                written = tag.replace("tag:yaml.org,2002:", "!!")
                document.problem(line, (), f"tag {written}: tags are not allowed; write a plain value")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAXIMUM_DEPTH:
                document.problem(line, (), f"is nested more than {MAXIMUM_DEPTH} levels deep")
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _compose(document: Document, text: str) -> None:
    node = yaml.compose(text, Loader=_Loader)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"):
        document.problem(1, (), "is empty; it must at least say tier, project, aws and network")
    elif not isinstance(node, yaml.MappingNode):
        document.problem(node.start_mark.line + 1, (), "must be a mapping of keys to values")
    else:
        document.lines[()] = node.start_mark.line + 1
        document.data = _value(document, node, ())


def _value(document: Document, node: yaml.Node, path: KeyPath) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, path)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            document.lines[(*path, index)] = item.start_mark.line + 1
            document.columns[(*path, index)] = item.start_mark.column + 1
            items.append(_value(document, item, (*path, index)))
        return items
    document.texts[path] = node.value
    if node.tag == "tag:yaml.org,2002:null":
        document.empty.append(path)
    if len(node.value) > 4000:  # noqa: PLR2004 - CPython refuses longer integers; no value here comes near
        return node.value
    return _SCALARS[node.tag](node.value)


def _mapping(document: Document, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            document.slip(line, path, "has a key that is a mapping or a list; keys are plain text")
            continue
        key = str(key_node.value)
        here = (*path, key)
        if key == "<<" and not key_node.style:
            document.slip(line, path, "merge keys (<<) are not allowed; write the values out")
        elif key in result:
            first = document.lines[here]
            document.slip(line, here, f"is given twice, first on line {first}; keep one of them")
        else:
            document.lines[here] = line
            document.columns[here] = key_node.start_mark.column + 1
            result[key] = _value(document, value_node, here)
    return result
