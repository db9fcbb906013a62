"""One resource's change: what is done to it, which of its arguments differ, and which values may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from catalog.effects import UNKNOWN, empty
from review import documents
from review.words import MASK, UNKNOWN_TEXT, code

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal["no-op", "create", "read", "update", "delete", "replace", "forget", "abandon", "unknown"]
"""What is done; ``abandon`` makes a new one and forgets the old one, which lives on."""

KINDS: Final[dict[tuple[str, ...], Kind]] = {
    ("no-op",): "no-op",
    (): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "abandon",
    ("forget", "create"): "abandon",
}
"""Terraform has the forgetting replacement in one order, OpenTofu in the other."""

KEYS: Final = 4
"""Changed keys of a document that are said one by one."""

TAGS: Final = frozenset({"tags", "tags_all"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One argument that differs; a block of which there is one at most is taken apart: ``scaling.max_capacity``."""

    path: str
    before: Any
    after: Any
    """``UNKNOWN`` if only the apply knows it."""
    sensitive: bool

    @property
    def said(self) -> str:
        """The change in words, marked; a sensitive value on either side hides both."""
        if self.sensitive:
            return f"{code(self.path)}: {MASK}"
        old, new = documents.parsed(self.before), documents.parsed(self.after)
        if old is not None and new is not None:
            found = list(documents.differences(old, new))
            listed = [f"{code(self.path + path)}: {code(was)} → {code(is_now)}" for path, was, is_now in found[:KEYS]]
            more = f" and {len(found) - KEYS} more" if len(found) > KEYS else ""
            return (", ".join(listed) or f"{code(self.path)}: the same, in another spelling") + more
        after = UNKNOWN_TEXT if self.after is UNKNOWN else code(self.after)
        return f"{code(self.path)}: {code(self.before)} → {after}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A resource as a plan has it before and after; either is None where it does not exist."""

    address: str
    type: str
    actions: tuple[str, ...]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    mode: str = "managed"
    unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None
    replace_paths: tuple[str, ...] = ()
    reason: str | None = None
    previous_address: str | None = None
    importing: dict[str, Any] | None = None
    deposed: str | None = None

    @cached_property
    def kind(self) -> Kind:
        """What is done to the resource."""
        return KINDS.get(self.actions, "unknown")

    @property
    def removed(self) -> bool:
        """Whether what is there now goes: deleted, replaced, or something that is not understood."""
        return self.kind in ("delete", "replace", "unknown")

    @property
    def touched(self) -> bool:
        """Whether the plan says anything about the resource."""
        return self.kind not in ("no-op", "read") or self.moved or self.importing is not None

    @property
    def moved(self) -> bool:
        """Whether the resource has another address than before."""
        return self.previous_address is not None and self.previous_address != self.address

    def old(self, argument: str) -> Any:
        """Return an argument's value before, None if there is none."""
        return (self.before or {}).get(argument)

    def new(self, argument: str) -> Any:
        """Return an argument's value afterwards: ``UNKNOWN``, or None if there is none."""
        if _whole(self.unknown, argument):
            return UNKNOWN
        return (self.after or {}).get(argument)

    def now(self, argument: str) -> Any:
        """Return an argument's value as far as it is known: afterwards, or else before."""
        value = self.new(argument)
        return self.old(argument) if value is UNKNOWN or value is None else value

    def shown(self, argument: str, value: Any) -> str:
        """Return a value of an argument, marked, or masked if either side says that it is sensitive."""
        return MASK if self.is_sensitive(argument) else code(value)

    def is_sensitive(self, argument: str) -> bool:
        """Whether either side marks the argument, or a part of it, as sensitive."""
        return any(_marked(_below(side, argument)) for side in (self.before_sensitive, self.after_sensitive))

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The arguments that differ, tags left out; nothing for what is created or deleted."""
        if self.before is None or (self.after is None and self.unknown is not True):
            return ()
        return tuple(self._differences())

    @cached_property
    def retagged(self) -> bool:
        """Whether tags differ."""
        before, after = self.before or {}, self.after or {}
        return bool(before and after) and any(
            not _same(before.get(tag), after.get(tag)) or _whole(self.unknown, tag) for tag in TAGS
        )

    def differs(self, argument: str) -> bool:
        """Whether an argument, or anything in its block, differs."""
        return any(one.path == argument or one.path.startswith(f"{argument}.") for one in self.differences)

    def difference(self, path: str) -> Difference | None:
        """Return how an argument differs."""
        return next((one for one in self.differences if one.path == path), None)

    def _differences(self) -> Iterator[Difference]:
        before, after = self.before or {}, self.after or {}
        unknown = self.unknown if isinstance(self.unknown, dict) else {}
        for name in dict.fromkeys((*before, *after, *unknown)):
            if name not in TAGS:
                yield from self._below(
                    name,
                    before.get(name),
                    after.get(name),
                    self.unknown if self.unknown is True else unknown.get(name),
                    (_below(self.before_sensitive, name), _below(self.after_sensitive, name)),
                )

    def _below(self, path: str, before: Any, after: Any, unknown: Any, marks: tuple[Any, Any]) -> Iterator[Difference]:
        if unknown is True:
            yield Difference(path, before, UNKNOWN, _marked(marks[0]) or _marked(marks[1]))
            return
        old, new = _block(before), _block(after)
        if old is not None and new is not None:
            inner = _block(unknown) or {}
            sides = tuple(mark if mark is True else _block(mark) or {} for mark in marks)
            for name in dict.fromkeys((*old, *new, *inner)):
                yield from self._below(
                    f"{path}.{name}",
                    old.get(name),
                    new.get(name),
                    inner.get(name),
                    (_below(sides[0], name), _below(sides[1], name)),
                )
            return
        if _any_unknown(unknown):
            # A part of it is known after the apply: the rest may look the same.
            yield Difference(path, before, UNKNOWN, _marked(marks[0]) or _marked(marks[1]))
        elif not _same(before, after):
            yield Difference(path, before, after, _marked(marks[0]) or _marked(marks[1]))


def _block(value: Any) -> dict[str, Any] | None:
    """Return the only block of a list."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return value[0]
    return None


def _same(one: Any, other: Any) -> bool:
    if empty(one) and empty(other):
        return True
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        # Sets come in the provider's order, which may be another after a change of nothing.
        return one == other or sorted(map(repr, one)) == sorted(map(repr, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _below(side: Any, name: str) -> Any:
    if side is True:
        return True
    return side.get(name) if isinstance(side, dict) else None


def _marked(mark: Any) -> bool:
    """Whether a mark of sensitivity, or any mark below it, is set."""
    if isinstance(mark, dict):
        return any(_marked(one) for one in mark.values())
    if isinstance(mark, list):
        return any(_marked(one) for one in mark)
    return mark is True


def _any_unknown(value: Any) -> bool:
    return _marked(value)


def _whole(unknown: Any, argument: str) -> bool:
    return unknown is True or (isinstance(unknown, dict) and _marked(unknown.get(argument)))
