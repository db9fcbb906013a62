"""Reading of the tab-separated tables under ``data/``."""

from pathlib import Path

_FOLDER = Path(__file__).with_name("data")


def path(name: str) -> Path:
    """Return the table's file, ``data/<name>.tsv``."""
    return _FOLDER / f"{name}.tsv"


def _lines(name: str) -> list[list[str]]:
    lines = path(name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def header(name: str) -> list[str]:
    """Return the names of the table's columns."""
    return _lines(name)[0]


def rows(name: str) -> list[list[str]]:
    """Return the cells of every data row of ``data/<name>.tsv``.

    Lines starting with ``#`` name the sources; the first other line names the columns, and every row
    must have as many cells as it.
    """
    columns, *table = _lines(name)
    for row in table:
        if len(row) != len(columns):
            raise ValueError(f"{name}.tsv: {row[0]!r} has {len(row)} cells, the header {len(columns)}")
    return table
