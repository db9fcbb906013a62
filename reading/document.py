"""Reads one YAML file strictly, remembering the line and the literal text of every key.

Only what an environment file needs is YAML here: plain mappings, lists and scalars as in YAML 1.2's core
schema (``on``, ``off``, ``yes`` and ``03:30`` are text). Anchors, aliases, merge keys, tags and duplicate
keys are refused, for each of them makes a file say something other than what its reader sees. None of them keeps
the rest of the file from being read.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import yaml

from findings.finding import KeyPath, Located, dotted, printable
from reading import broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAXIMUM_DEPTH = 12
"""Levels of nesting; the model itself needs six."""

MAXIMUM_BYTES = 256 * 1024
"""An environment file is a screen of text; anything this large is not one."""


LINE_SEPARATORS = ("\x85", "\u2028", "\u2029")
"""YAML counts these as ends of lines where editors do not, so that line numbers would be wrong."""

NOT_YAML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML has nowhere (YAML 1.2, 5.1)."""

DAMAGE: Final = "\ufffd"
"""Stands where a character could not be read."""

CORE_TAGS: Final = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "float", "int", "map", "null", "seq", "str")}
"""Tags that leave a value what it is without them."""

TEXT: Final = "tag:yaml.org,2002:str"

NOTHING: Final = "tag:yaml.org,2002:null"

BREAKS: Final = 8
"""Places in which a text may be no YAML, and the rest of it is read all the same."""

LONGEST_NUMBER: Final = 4000
"""Digits; CPython converts no longer integers, and no value here comes near."""


UNFILLED: Final = "; nothing is filled in here: write the value itself"

TAB: Final = "is indented with a tab; use spaces"

UNLIKE: Final = "is indented unlike the lines around it, or a quote above is not closed"

INDENTED: Final = {TAB, UNLIKE}
"""What is said of lines that are indented so that they belong nowhere."""

NO_PAIR: Final = "is not of the form key: value"

UNCLOSED: Final = "the quote that begins here is never closed"

PLAIN_WORDS = (
    ("quoted scalar found unexpected end", UNCLOSED),
    ("found unexpected end of stream while scanning a quoted", UNCLOSED),
    ("flow", "the bracket or brace that begins here is never closed, or a comma is missing in it"),
    ("cannot start any token", "has a character that cannot begin a value; write the value in quotes"),
    ("alphabetic or numeric", "has a character that cannot begin a value; write the value in quotes"),
    ("mapping values are not allowed", 'has a second ": "; write the value in quotes'),
    ("unknown escape", "has an escape that YAML does not know; use single quotes"),
    ("expected ':'", NO_PAIR),
    ("violates indentation", TAB),
    ("<document start>", "is indented unlike the lines above it, or follows the end of the document"),
    ("did not find expected", UNLIKE),
)
"""What libyaml says, and what it means."""


_BARE: Final = re.compile(r"\s*[A-Za-z_][\w.-]*(?:\s+[^\s:#][^:#]*)?\s*(?:#.*)?")
"""A line that has no colon."""

_PAIR: Final = re.compile(r"\s*[A-Za-z_][\w.-]*:(?:\s+(?:(?!:\s|:$).)*)?")
"""A line with a key and a value that could stand by itself."""

_EMPTY: Final = re.compile(r"\s*(?:#.*)?")


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
    ``problems`` is why nothing of the file can be read.
    """

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[KeyPath, int] = field(default_factory=dict)
    columns: dict[KeyPath, int] = field(default_factory=dict)
    texts: dict[KeyPath, str] = field(default_factory=dict)
    empty: list[KeyPath] = field(default_factory=list)
    unclear: list[KeyPath] = field(default_factory=list)
    """Keys whose value nobody can tell: a slip says why."""
    repeated: dict[KeyPath, list[Any]] = field(default_factory=dict)
    """Keys that are given again with another scalar, and what those are."""
    merged: set[KeyPath] = field(default_factory=set)
    """Mappings that may have more keys than are written in them."""
    damaged: bool = False
    """Whether characters that could not be read are marked in the text."""
    slips: list[Located] = field(default_factory=list)
    problems: list[Located] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """Return the line of the key, or of its nearest parent that the file has."""
        return self.lines.get(self._nearest(path), 1)

    def located(
        self, path: KeyPath, message: str, rule: str, *, at: KeyPath | None = None, shown_as: KeyPath | None = None
    ) -> Located:
        """Return an error about a key, at the key's place or at that of another one."""
        place = self._nearest(path if at is None else at)
        return Located(
            self.file,
            self.lines.get(place, 1),
            dotted(path if shown_as is None else shown_as),
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

    def slip(self, line: int, path: KeyPath, message: str, column: int = 0) -> None:
        """Note an error that leaves the rest of the file readable."""
        self.slips.append(Located(self.file, line, dotted(path), message, rule="yaml", column=column))

    def lost(self, line: int, indentation: int, key: str | None) -> None:
        """Note that a line could not be read, which had a key of a mapping above it, if one can be seen."""
        above = [
            path
            for path, place in self.lines.items()
            if place < line and (not path or self.columns.get(path, 0) <= indentation) and self._has_entries(path)
        ]
        parent = max(above, key=lambda path: (self.lines[path], len(path)), default=())
        value = self.at(parent)
        if isinstance(value, list):
            self.unclear.append(parent)
        elif value is None:
            # All that it had was lost.
            self.empty = [path for path in self.empty if path != parent]
            self.unclear.append(parent)
        elif key is None or key in value:
            self.merged.add(parent)
        else:
            here = (*parent, key)
            value[key] = None
            self.lines[here], self.columns[here] = line, indentation + 1
            self.unclear.append(here)

    def _has_entries(self, path: KeyPath) -> bool:
        value = self.at(path)
        return isinstance(value, dict | list) or path in self.empty

    def problem(self, line: int, path: KeyPath, message: str, rule: str = "yaml") -> None:
        """Note an error that leaves nothing to read."""
        self.problems.append(Located(self.file, line, dotted(path), message, rule=rule))


def read(path: Path, shown_as: str) -> Document:
    """Read the file; whatever is wrong with it as YAML stands in ``slips`` or ``problems``."""
    document = Document(file=shown_as)
    raw = _bytes(document, path)
    text = "" if document.problems else _text(document, raw)
    if document.problems:
        return document
    return _around_breaks(document, text)


@dataclass(frozen=True, slots=True)
class _Break:
    """Where a text is no YAML."""

    line: int
    message: str
    reached: int
    """Line that was read up to; one further down is a step on."""
    marks: tuple[int, ...] = ()
    """Lines that the parser names, counted from 0."""
    after_the_end: bool = False


def _around_breaks(told: Document, text: str) -> Document:
    """Return what a text says besides where it is no YAML; nothing of it if that cannot be told apart."""
    lines = text.splitlines()
    document, found = _attempt(told, text)
    first = found
    breaks: list[_Break] = []
    taken: list[tuple[int, str]] = []
    while found is not None and not found.after_the_end and len(breaks) < BREAKS:
        for mended, gone, told_as in _mendings(lines, found):
            candidate, after = _attempt(told, "\n".join(mended) + "\n")
            if after is None or after.reached > found.reached:
                breaks.append(told_as)
                taken += [] if gone is None else [(gone, lines[gone])]
                lines, document, found = mended, candidate, after
                break
        else:
            break
    if found is not None and found.after_the_end:
        document.slip(found.line, (), found.message)
        found = None
    if first is not None and (found is not None or (taken and not document.data)):
        # Nothing stands apart from it.
        nothing = _like(told)
        nothing.problem(first.line, (), first.message)
        return nothing
    for one in breaks:
        document.slip(one.line, (), one.message)
    for number, line in taken:
        document.lost(number + 1, broken.indentation(line), broken.key(line))
    return document


def _mendings(lines: list[str], found: _Break) -> Iterator[tuple[list[str], int | None, _Break]]:
    """Yield texts that may be without a break: with the line that is taken out, if one is, and what is said of it."""
    quote = broken.unclosed(lines, found.reached - 1)
    if quote is not None:
        yield broken.without(lines, [quote]), quote, replace(found, line=quote + 1, message=UNCLOSED)
    if found.message in INDENTED:
        for mended in broken.moved(lines, found.marks[:1]):
            yield mended, None, found
    for place in broken.places(lines, found.marks):
        yield broken.without(lines, place), place[0], found


def _like(told: Document) -> Document:
    return Document(file=told.file, damaged=told.damaged, slips=[*told.slips])


def _attempt(told: Document, text: str) -> tuple[Document, _Break | None]:
    """Return what a text says, as far as it is YAML, and where it stops being so."""
    document = _like(told)
    composer = _Composer(document, text)
    try:
        composer.compose()
    except yaml.MarkedYAMLError as error:
        line, message = _explained(error, text)
        marks = [mark.line for mark in (error.problem_mark, error.context_mark) if mark]
        return document, _Break(line, message, max(marks, default=0), (line - 1, *marks), composer.ended)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        message = f"has a character YAML does not allow: #x{int(error.character):04x}"
        return document, _Break(line, message, line - 1)
    return document, None


def _bytes(document: Document, path: Path) -> bytes:
    """Return what the file holds, if it is a file of a sensible size; a pipe would be waited for, a device endless."""
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode) and not stat.S_ISDIR(kind.st_mode):
            document.problem(1, (), "is not a regular file; an environment is read from nothing else", rule="file")
            return b""
        if kind.st_size > MAXIMUM_BYTES:
            raise _TooLargeError(kind.st_size)
        with path.open("rb") as file:
            raw = file.read(MAXIMUM_BYTES + 1)
        if len(raw) > MAXIMUM_BYTES:
            raise _TooLargeError(len(raw))
    except _TooLargeError as error:
        document.problem(1, (), f"is {error} bytes long; an environment file has at most {MAXIMUM_BYTES}")
        return b""
    except OSError as error:
        document.problem(1, (), f"cannot be read: {error.strerror}", rule="file")
        return b""
    return raw


class _TooLargeError(Exception):
    """A file has more bytes than this."""


def _text(document: Document, raw: bytes) -> str:
    """Return the bytes as text, without the characters that YAML and editors see differently, which are told."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"is not UTF-8: byte 0x{raw[error.start]:02x}; save the file as UTF-8"
        if b"\0" in raw:  # UTF-16, most likely
            document.problem(line, (), message)
            return ""
        document.slip(line, (), message)
        text = raw.decode("utf-8-sig", errors="replace")
        document.damaged = True
    for separator in LINE_SEPARATORS:
        if separator in text:
            line = text.count("\n", 0, text.index(separator)) + 1
            document.slip(line, (), f"has the invisible line separator U+{ord(separator):04X}; remove it")
            text = text.replace(separator, DAMAGE)
            document.damaged = True
    unknown = NOT_YAML.search(text)
    if unknown:
        line = text.count("\n", 0, unknown.start()) + 1
        document.slip(line, (), f"has a character YAML does not allow: #x{ord(unknown[0]):04x}")
        text = NOT_YAML.sub(DAMAGE, text)
        document.damaged = True
    return text


def _explained(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return the line where a YAML error began, and libyaml's words in plain ones."""
    problem, context = error.problem or "", error.context or ""
    begun = "end of stream" in problem or "flow" in context or "expected ':'" in problem
    mark = (error.context_mark if begun else None) or error.problem_mark or error.context_mark
    lines = text.splitlines() or [""]
    line = min(mark.line + 1 if mark else 1, len(lines))
    written = lines[line - 1]
    if "cannot start any token" in problem and "\t" in written[: len(written) - len(written.lstrip())]:
        return line, TAB
    if "did not find expected key" in problem and _BARE.fullmatch(written):
        return line, NO_PAIR
    if "mapping values are not allowed" in problem and _PAIR.fullmatch(written):
        # The line is taken for more of the value above it.
        above = next((number for number in range(line - 2, -1, -1) if not _EMPTY.fullmatch(lines[number])), None)
        return (above + 1, NO_PAIR) if above is not None and _BARE.fullmatch(lines[above]) else (line, UNLIKE)
    for words, plain in PLAIN_WORDS:
        if words in f"{problem} {context}":
            return line, plain
    return line, f"is not valid YAML: {problem or context}"


def unfilled(text: str) -> bool:
    """Whether a text waits for something to be filled in, as templates and shells do it."""
    return "{{" in text or "${" in text


class _Composer:
    """Makes values of libyaml's events, one pass over the text, and goes on past what is refused."""

    def __init__(self, document: Document, text: str) -> None:
        self.document = document
        self.text = text
        self.loader: Any = _Loader(text)  # libyaml's binding says that any event may be None
        self.ended = False
        """Whether the first document is complete, so that what follows cannot change it."""
        self.too_deep = False

    def compose(self) -> None:
        """Fill the document."""
        document = self.document
        while not isinstance(event := self.loader.get_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                if self.ended:
                    line, column = self._place(event)
                    document.slip(line, (), "starts a second YAML document; one file is one environment", column)
                    return
            elif isinstance(event, yaml.DocumentEndEvent):
                self.ended = True
            elif not isinstance(event, yaml.StreamStartEvent):
                self._root(event)
        if not self.ended:
            self._nothing()

    def _root(self, event: Any) -> None:
        document = self.document
        if isinstance(event, yaml.MappingStartEvent):
            document.lines[()], _ = self._place(event)
            self._indirect(event, ())
            self._mapping(document.data, (), 1)
            return
        value = self._value(event, (), 0)
        if value is None and not document.slips:
            self._nothing()
        elif value is not None:
            document.problem(self._place(event)[0], (), "must be a mapping of keys to values")
        document.lines.clear()
        document.empty.clear()

    def _nothing(self) -> None:
        self.document.problem(1, (), "is empty; it must at least say tier, project, aws and network")

    def _unfilled(self, line: int) -> str:
        return UNFILLED if unfilled("".join(self.text.splitlines()[line - 1 : line])) else ""

    @staticmethod
    def _place(event: Any) -> tuple[int, int]:
        return (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else (1, 0)

    def _value(self, event: Any, path: KeyPath, depth: int) -> Any:
        line, column = self._place(event)
        if isinstance(event, yaml.AliasEvent):
            name = printable(event.anchor or "")
            self.document.slip(line, (), f"alias *{name}: aliases are not allowed; write the value out", column)
            self.document.unclear.append(path)
            return None
        self._indirect(event, path)
        if isinstance(event, yaml.CollectionStartEvent) and depth >= MAXIMUM_DEPTH:
            if not self.too_deep:
                self.document.slip(line, (), f"is nested more than {MAXIMUM_DEPTH} levels deep", column)
            self.too_deep = True
            self._skip(event)
            # What is nested this deep is wrong from further up, and that is one mistake.
            self.document.unclear.append(path[:2] if isinstance(path[1], str) else path[:1])
            return None
        if isinstance(event, yaml.MappingStartEvent):
            found: dict[str, Any] = {}
            self._mapping(found, path, depth + 1)
            return found
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth + 1)
        self.document.texts[path] = event.value
        value = self._scalar(event)
        if value is None:
            self.document.empty.append(path)
        elif self.document.damaged and DAMAGE in event.value:
            self.document.unclear.append(path)
        return value

    def _scalar(self, event: Any) -> Any:
        tag = event.tag if event.tag in _SCALARS else None
        if tag is None:
            tag = self.loader.resolve(yaml.ScalarNode, event.value, (not event.style, bool(event.style)))
        if len(event.value) > LONGEST_NUMBER:
            return event.value
        try:
            return _SCALARS[tag](event.value)
        except ValueError:  # a tag that its value does not have: the tag is refused already
            return event.value

    def _sequence(self, path: KeyPath, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self.document.lines[here], self.document.columns[here] = self._place(event)
            items.append(self._value(event, here, depth))
        return items

    def _mapping(self, found: dict[str, Any], path: KeyPath, depth: int, *, again: bool = False) -> None:
        document = self.document
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            line, column = self._place(event)
            if not isinstance(event, yaml.ScalarEvent):
                document.slip(
                    line,
                    path,
                    f"has a key that is a mapping or a list; keys are plain text{self._unfilled(line)}",
                    column,
                )
                document.merged.add(path)
                self._skip(event)
                self._skip(self.loader.get_event())
                continue
            self._indirect(event, None)
            key = str(event.value)
            here = (*path, key)
            if document.damaged and DAMAGE in key:
                document.merged.add(path)
                self._skip(self.loader.get_event())
            elif key == "<<" and not event.style:
                document.slip(line, path, "merge keys (<<) are not allowed; write the values out", column)
                document.merged.add(path)
                self._skip(self.loader.get_event())
            elif key in found:
                if not again:
                    first = document.lines[here]
                    document.slip(line, here, f"is given twice, first on line {first}; keep one of them", column)
                self._again(found, key, here, depth)
            else:
                document.lines[here], document.columns[here] = line, column
                found[key] = self._value(self.loader.get_event(), here, depth)

    def _again(self, found: dict[str, Any], key: str, here: KeyPath, depth: int) -> None:
        """Read what a key is given once more: what either says is in the file, so it is checked."""
        event = self.loader.get_event()
        if isinstance(event, yaml.MappingStartEvent) and isinstance(found[key], dict):
            self._indirect(event, None)
            self._mapping(found[key], here, depth + 1, again=True)
        elif isinstance(event, yaml.ScalarEvent):
            self._indirect(event, None)
            self.document.repeated.setdefault(here, []).append(self._scalar(event))
        else:
            self._skip(event)

    def _skip(self, event: Any) -> None:
        """Pass over a value, with a word about what is refused in it."""
        depth = 0
        while True:
            self._indirect(event, None)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if not depth:
                return
            event = self.loader.get_event()

    def _indirect(self, event: Any, path: KeyPath | None) -> None:
        """Refuse anchors and tags; what a tag of somebody's own makes of a value is not known."""
        document, (line, column) = self.document, self._place(event)
        anchor = getattr(event, "anchor", None)
        if anchor and not isinstance(event, yaml.AliasEvent):
            refused = f"anchor &{printable(anchor)}: anchors are not allowed; write the value out"
            document.slip(line, (), refused, column)
        tag = getattr(event, "tag", None)
        if tag:
            written = printable(tag.replace("tag:yaml.org,2002:", "!!"))
            document.slip(line, (), f"tag {written}: tags are not allowed; write a plain value", column)
            if path is not None and tag not in CORE_TAGS:
                document.unclear.append(path)
