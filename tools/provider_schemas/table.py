"""The table: for each kind and path what each release takes there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("arguments.tsv")

HEAD: Final = """\
# What releases of hashicorp/aws take, for each kind of thing that the stacks have. Written by make provider-schemas,
# from the oldest release itself and from the bindings that were generated from the newer ones (PyPI:
# cdktf-cdktf-provider-aws, cdktn-provider-aws). Of attributes that cannot be set, those are here that stacks refer to.
"""

REFERRED: Final = "attribute"
"""Type of what can be referred to and not set."""


@dataclass(frozen=True)
class Entry:
    """What a release takes at a path."""

    type_: str
    required: bool
    deprecated: bool = False

    def __str__(self) -> str:
        words = ["required" if self.required else "", "deprecated" if self.deprecated else "", self.type_]
        return " ".join(filter(None, words))

    @classmethod
    def parsed(cls, text: str) -> Entry | None:
        """Return what a cell says; nothing of an empty one."""
        if not text:
            return None
        words = text.split()
        required, deprecated = "required" in words, "deprecated" in words
        return cls(" ".join(words[required + deprecated :]), required, deprecated)


Row = tuple[str, str]
"""Kind and path."""

Table = dict[Row, dict[str, Entry]]
"""What each release takes, by its version."""


def written(table: Mapping[Row, Mapping[str, Entry]], releases: tuple[str, ...]) -> str:
    """Return the table as a file's text."""
    lines = ["\t".join(("kind", "path", *releases))]
    for (kind, path), found in sorted(table.items()):
        lines.append("\t".join((kind, path, *(str(found.get(release, "")) for release in releases))))
    return HEAD + "\n".join(lines) + "\n"


def read(text: str) -> tuple[tuple[str, ...], Table]:
    """Return the releases, oldest first, and the table."""
    head, *lines = (line for line in text.splitlines() if not line.startswith("#"))
    releases = tuple(head.split("\t")[2:])
    table: Table = {}
    for line in lines:
        kind, path, *cells = line.split("\t")
        parsed = {release: Entry.parsed(cell) for release, cell in zip(releases, cells, strict=True)}
        table[kind, path] = {release: entry for release, entry in parsed.items() if entry}
    return releases, table
