"""Reading of the tab-separated tables under ``data/``."""

from pathlib import Path

_FOLDER = Path(__file__).with_name("data")


def rows(name: str) -> list[list[str]]:
    """Return the cells of every data row of ``data/<name>.tsv``.

    Lines starting with ``#`` name the sources; the first other line names the columns, and every row
    must have as many cells as it.
    """
    lines = (_FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    header, *table = [line.split("\t") for line in lines if line and not line.startswith("#")]
    for row in table:
        if len(row) != len(header):
            raise ValueError(f"{name}.tsv: {row[0]!r} has {len(row)} cells, the header {len(header)}")
    return table
