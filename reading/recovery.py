"""Goes on where values are wrong, with others in their place, so that every check still speaks.

A wrong value is replaced by several that it could have been. Whatever the checks find with each of them does not
depend on the wrong value, so it is a mistake of its own and is told; what they find with some only would follow from
a mistake that is told already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from findings.finding import dotted
from reading import messages, places, standins
from reading.standins import ABSENT
from settings import defaults
from settings.model import Environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from findings.finding import Finding, KeyPath, Located
    from reading.document import Document

ROUNDS: Final = 24
"""Times that values are replaced before a file is given up; each mends everything that the last one found."""

DOUBTS: Final = 3
"""Times that values which the checks refuse are replaced in turn."""

VARIANTS: Final = 8
"""Most environments that one file is checked as."""

WORDS: Final = ("stand-in", "another")
"""Names that an environment could have."""

REMARK: Final = re.compile(r"; (?:did you mean|allowed are|allowed of) .*")
"""What a message ends with that follows from other settings than what is wrong."""


@dataclass(slots=True)
class Recovered:
    """What is wrong with a file, and what it may be apart from that."""

    problems: list[Located]
    environments: list[Environment] = field(default_factory=list)
    """One for each combination of values that was tried; none if nothing more can be said of the file."""
    sure: bool = True
    """Whether every key that is given is understood, so that what is missing is missing."""
    moved: dict[KeyPath, KeyPath] = field(default_factory=dict)
    """Keys whose name was wrong, by what they were probably meant to be, and where they stand in the file."""
    renamed: dict[KeyPath, KeyPath] = field(default_factory=dict)
    """Keys of mappings whose form was wrong, by what stands for them."""
    unknown: dict[KeyPath, list[Any]] = field(default_factory=dict)
    """Places whose value is not known, with the values that are tried there."""
    strays: set[KeyPath] = field(default_factory=set)
    """Mappings with keys that mean nothing."""
    told: set[KeyPath] = field(default_factory=set)
    """Places of which something is said already."""

    def place(self, path: KeyPath) -> KeyPath:
        """Return where in the file a path of the environment stands."""
        return _replaced(_replaced(path, self.renamed), self.moved)

    def shown(self, path: KeyPath) -> KeyPath:
        """Return how messages name a path of the environment."""
        return _replaced(path, self.renamed)

    def follows(self, path: KeyPath) -> bool:
        """Whether a finding at a path speaks of what is not in the file, or of what is told already."""
        if path in self.told or path in self.strays:
            return True
        return any(path[: len(unknown)] == unknown for unknown in self.unknown)


def _replaced(path: KeyPath, table: dict[KeyPath, KeyPath]) -> KeyPath:
    for length in range(len(path), 0, -1):
        if path[:length] in table:
            return (*table[path[:length]], *path[length:])
    return path


class Recovery:
    """Finds the environments that a file could be, apart from what is wrong with it."""

    def __init__(self, read: Document) -> None:
        self.read = read
        self.data: dict[str, Any] = defaults.copied(read.data)
        self.result = Recovered(problems=list(read.slips), sure=not read.merged)
        self.guessed: set[KeyPath] = set()
        """Places whose value was moved there from a key of another name."""
        self.said: set[KeyPath] = set()
        """Places whose own values something was said of."""

    def run(self) -> None:
        """Tell of what the model refuses, and make the environments that are left."""
        read, result = self.read, self.result
        if () in read.unclear:
            return
        result.strays |= read.merged
        for path in read.unclear:
            result.told.add(path)
            self._stand_in(path)
        for path in read.empty:
            if not any(_below(path, unclear) for unclear in read.unclear):
                result.problems.append(messages.empty(read, path))
                result.told.add(path)
                self._stand_in(path)
        for path, others in read.repeated.items():
            result.told.add(path)
            if path not in result.unknown:
                result.unknown[path] = [read.at(path), *others]
        self._settled()

    def doubt(self, paths: Iterable[KeyPath]) -> None:
        """Make environments with other values in places that the checks refuse."""
        for path in paths:
            if not any(_below(path, unknown) for unknown in self.result.unknown):
                self._stand_in(path)
        self._settled()

    def _settled(self) -> None:
        """Replace values until the model takes them, and keep the environments; none if that does not succeed."""
        self.result.environments = []
        for _ in range(ROUNDS):
            try:
                first = self._validated(0)
            except ValidationError as error:
                self._mend(error.errors(include_url=False))
            else:
                self.result.environments = [first, *self._others()]
                return

    def _validated(self, turn: int) -> Environment:
        """Return the environment with the turn's value in every place that is not known."""
        data = defaults.copied(self.data)
        for number, (path, values) in enumerate(self.result.unknown.items()):
            # Every second place goes through its values backwards, so that two do not always move together.
            index = -turn if number % 2 else turn
            _put(data, path, defaults.copied(values[index % len(values)]))
        merged, _ = defaults.complete(data)
        return Environment.model_validate(merged)

    def _others(self) -> Iterable[Environment]:
        most = max((len(values) for values in self.result.unknown.values()), default=1)
        for turn in range(1, min(most, VARIANTS)):
            try:
                yield self._validated(turn)
            except ValidationError:
                # Two values that do not go together: the other turns tell enough.
                self.result.sure = False

    def _mend(self, details: Sequence[ErrorDetails]) -> None:
        """Tell of what is wrong in the data as it stands, and put something better in its place."""
        read, result = self.read, self.result
        merged, _ = defaults.complete(self._primary())
        strangers = [one for one in details if one["type"] == "extra_forbidden"]
        others = [one for one in details if one["type"] != "extra_forbidden"]
        told: list[ErrorDetails] = [one for one in strangers if self._is_news(messages.path_of(one))]
        moves = [self._move(messages.path_of(one)) for one in strangers]
        arrived = {target for target in moves if target is not None}
        # What a wrong key has is found under that key, so the key gets its stand-in last.
        for one in sorted(others, key=lambda each: "[key]" in each["loc"]):
            path = messages.path_of(one)
            if one["type"] == "missing" and (path in arrived or any(_below(target, path) for target in arrived)):
                continue
            if one["type"] == "missing" and (path[:-1] in read.merged or self._of_a_guessed_backend(path)):
                self._stand_in(path)
                continue
            if self._wrongly_guessed(path, one):
                continue
            if self._is_news(path) and not self._miscounted(path, one):
                told.append(one)
            self._replace(path, one)
        found = messages.located(read, merged, told, place=result.place, shown_as=result.shown)
        result.problems += found
        for one in told:
            self.said.add(messages.place_of(one))
        # What an unquoted number says is known, so that the checks speak of it.
        unquoted = {problem.key for problem in found if problem.rule == "unquoted"}
        result.told |= {path for path in map(messages.place_of, told) if dotted(result.shown(path)) not in unquoted}

    def _miscounted(self, path: KeyPath, detail: ErrorDetails) -> bool:
        """Whether a list or mapping only has too many or too few because of a key that is refused already."""
        if detail["type"] not in ("too_short", "too_long"):
            return False
        return path in self.read.merged or any(renamed[:-1] == path for renamed in self.result.renamed)

    def _of_a_guessed_backend(self, path: KeyPath) -> bool:
        return path[:-1] == ("state",) and ("state", "backend") in self.result.told

    def _primary(self) -> dict[str, Any]:
        data: dict[str, Any] = defaults.copied(self.data)
        for path, values in self.result.unknown.items():
            _put(data, path, defaults.copied(values[0]))
        return data

    def _is_news(self, path: KeyPath) -> bool:
        """Whether nothing is said of a place yet, nor does it lie in what stands in for something else."""
        known = self.said | self.result.told
        return not {path, self.result.shown(path)} & known and not any(
            _below(path, unknown) for unknown in self.result.unknown
        )

    def _move(self, path: KeyPath) -> KeyPath | None:
        """Take a key that means nothing away; if it is clear what it was meant to be, read it as that."""
        value = _taken(self.data, path)
        target = messages.target_of(path, defaults.complete(self._primary())[0])
        self.result.strays.add(path[:-1])
        free = target is not None and _get(self.data, target) is ABSENT
        if (
            target is not None
            and free
            and value not in (ABSENT, None, {})
            and _put(self.data, target, value, make=True)
        ):
            self.result.moved[target] = self.result.place(path)
            self.guessed.add(target)
            return target
        return None

    def _wrongly_guessed(self, path: KeyPath, detail: ErrorDetails) -> bool:
        """Take back a guess that a key was misspelt, if its value is nothing that the guess could have."""
        if path not in self.guessed or detail["type"] not in messages.WRONG_KINDS:
            return False
        if self._meant(path, detail) is not ABSENT:
            return False  # what it lacks are quotes
        _taken(self.data, path)
        self.guessed.discard(path)
        self.result.moved.pop(path, None)
        self.result.told.add(path)
        field = places.field_at(path, self.data)
        if field is not None and not field.is_required():
            self.result.unknown[path] = [ABSENT, *standins.of(path, self.data)]
        return True

    def _replace(self, path: KeyPath, detail: ErrorDetails) -> None:
        """Put something in the place of what is wrong: what was meant, if that is clear, else what could have been."""
        known = self._meant(path, detail)
        alone = places.key_for(detail["input"], path, self.data) if detail["type"] in messages.NO_MAPPING else None
        if known is not ABSENT and path not in self.result.unknown:
            _put(self.data, path, known, make=True)
        elif alone is not None and path not in self.result.unknown:
            _put(self.data, path, {alone: detail["input"]}, make=True)
            self.result.moved[*path, alone] = self.result.place(path)
        elif detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
            self._choose_backend(path, detail)
        elif "[key]" in detail["loc"]:
            self._rename(path)
        elif detail["type"] in ("too_short", "too_long"):
            self._resize(path)
        else:
            self._stand_in(path, guess=messages.guess_of(detail))

    def _meant(self, path: KeyPath, detail: ErrorDetails) -> Any:
        """Return what a value of another type says all the same."""
        text = self.read.texts.get(self.result.place(path))
        if text is None:
            return ABSENT
        kind, value = detail["type"], detail["input"]
        if kind == "string_type":
            return text if isinstance(value, bool | int | float) else ABSENT
        if kind in ("int_type", "float_type") and isinstance(value, str):
            number = re.fullmatch(r"[-+]?[0-9]{1,9}(\.[0-9]+)?", text)
            return ABSENT if not number else float(text) if number[1] else int(text)
        if kind == "bool_type" and isinstance(value, str | int):
            word = messages.TRUTH_VALUES.get(text.lower())
            return ABSENT if word is None else word == "true"
        return ABSENT

    def _choose_backend(self, path: KeyPath, detail: ErrorDetails) -> None:
        """Read the state as the backend that its word, or its keys, most likely mean."""
        state = self.data.get("state")
        if isinstance(state, dict) and ("state", "backend") not in self.result.told:
            guess = messages.guess_of(detail) or messages.backend_meant(state.get("backend"))
            fitting = places.backends_with({key for key in state if key != "backend"})
            chosen = guess or (fitting[0] if len(fitting) == 1 else None)
            if chosen:
                state["backend"] = chosen
                self.result.told.add(("state", "backend"))
                return
        self._stand_in(path)

    def _rename(self, path: KeyPath) -> None:
        *parents, last = path
        holder = _get(self.data, tuple(parents))
        if not isinstance(holder, dict):
            # Of more wrong keys than there are words an earlier one took the whole mapping out.
            return
        words = [word for word in standins.keys_of(tuple(parents), self.data) if word not in holder]
        if last not in holder or not words:
            self._stand_in(tuple(parents))
            return
        value = holder[last]
        position = list(holder).index(last)
        items = list(holder.items())
        items[position] = (words[0], value)
        holder.clear()
        holder.update(items)
        here = (*parents, words[0])
        self.result.told.add(here)
        self.result.renamed[here] = path
        self.result.unknown = {
            (*here, *each[len(path) :]) if each[: len(path)] == path else each: values
            for each, values in self.result.unknown.items()
        }
        # Its key is not known, so what is said of the entry is not either.
        self.result.sure = False

    def _resize(self, path: KeyPath) -> None:
        """Give a list or mapping as many entries as it may have; what it has stays where it is."""
        value = _get(self.data, path)
        annotation = places.annotation_at(path, self.data)
        most, least = standins.longest(annotation), standins.fewest(annotation)
        if isinstance(value, list):
            del value[most:]
            while len(value) < least:
                value.append(None)
                self._stand_in((*path, len(value) - 1))
            self._settle(path, value)
        elif isinstance(value, dict) and most is not None and len(value) > most:
            for key in list(value)[most:]:
                del value[key]
        elif isinstance(value, dict) and 0 < len(value) < least and path not in self.result.unknown:
            for word in standins.keys_of(path, self.data)[: least - len(value)]:
                value[word] = None
                self._stand_in((*path, word))
        else:
            self._stand_in(path)
        self.result.sure = False

    def _settle(self, path: KeyPath, value: list[Any]) -> None:
        """Make the first stand-ins of a list's items part of it, so that the next do not take the same."""
        for index, item in enumerate(value):
            if item is None and (*path, index) in self.result.unknown:
                value[index] = self.result.unknown[(*path, index)][0]

    def _stand_in(self, path: KeyPath, guess: str | None = None) -> None:
        """Try values in a place that is not known; where none can be made, in the block around it."""
        unknown = self.result.unknown
        values = standins.of(path, self._primary()) if path and path not in unknown else []
        if guess is not None and values and isinstance(values[0], str) and guess not in values:
            values.insert(0, guess)
        elif path in unknown and len(unknown[path]) > 1:
            values = unknown[path][1:]  # the first does not go with the rest of the file
        if path and not values:
            field = places.field_at(path, self.data)
            if (field is None or not field.is_required()) and not isinstance(path[-1], int):
                values = [ABSENT]
            if path in unknown and unknown[path] == values:
                values = []
        if not path:
            return
        if not values:
            unknown.pop(path, None)
            self._stand_in(path[:-1])
            return
        for inner in [inner for inner in unknown if inner != path and _below(inner, path)]:
            del unknown[inner]
        unknown[path] = values
        _put(self.data, path, ABSENT if values[0] is ABSENT else defaults.copied(values[0]), make=True)


def sift(found: Sequence[Sequence[Finding]], recovered: Recovered) -> list[Finding]:
    """Return those of the findings that every environment has, and that nothing said already explains."""
    first, *others = found
    kept = []
    for finding in first:
        if recovered.follows(finding.path):
            continue
        said = {_essence(finding): finding.message}
        alike = [[one for one in other if _essence(one) in said] for other in others]
        if all(alike):
            exact = all(any(one.message == finding.message for one in other) for other in alike)
            kept.append(finding if exact else _without_remark(finding))
    return kept


def _essence(finding: Finding) -> tuple[KeyPath, str, str, str]:
    return finding.path, finding.rule, finding.severity, REMARK.sub("", finding.message)


def _without_remark(finding: Finding) -> Finding:
    return replace(finding, message=REMARK.sub("", finding.message))


def _below(path: KeyPath, other: KeyPath) -> bool:
    """Whether a place is another one or lies in it."""
    return path[: len(other)] == other


def _get(data: Any, path: KeyPath) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return data


def _taken(data: Any, path: KeyPath) -> Any:
    holder = _get(data, path[:-1])
    return holder.pop(path[-1], ABSENT) if isinstance(holder, dict) else ABSENT


def _put(data: Any, path: KeyPath, value: Any, *, make: bool = False) -> bool:
    """Set a value where the data has its place, or take it away; return whether there was a place for it."""
    *parents, last = path
    for part in parents:
        if make and isinstance(data, dict) and part not in data and value is not ABSENT:
            data[part] = {}
        data = _get(data, (part,))
    if isinstance(data, dict):
        if value is ABSENT:
            data.pop(last, None)
        else:
            data[last] = value
        return True
    if isinstance(data, list) and isinstance(last, int) and last < len(data) and value is not ABSENT:
        data[last] = value
        return True
    return False
