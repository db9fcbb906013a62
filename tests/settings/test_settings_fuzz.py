"""Whatever stands in a file, loading it gives environments or located errors, never another exception.

Mutations of the shipped and the example files, at the level of text and of structure; seeded, so that a failure
comes again, and says its seed.
"""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from settings import loader
from settings.findings import InvalidEnvironmentsError
from tests.harness import ENVIRONMENTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from settings.findings import Located

FILES = sorted([*(ROOT / "envs").glob("*.yaml"), *ENVIRONMENTS.glob("*.yaml")])

ROUNDS = 45
"""Mutations of each file and level."""

SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 17, 2**31, 10**30, 10**4000, 0.5, -0.0, 1e308, float("inf"), float("nan")),
    *("", " ", "x", "yes", "~", "null", "1", "15.10", "\n", "\0", "\x1b[31m", "é", "\U0001f980", "\u2028", "x" * 5000),
    *("db.r5.large", "serverless", "eu-west-1a", "10.0.0.0/16", "0.0.0.0/0", "01:00-02:00", "sun:03:00-sun:03:30"),
    *("{DBInstanceClassMemory/0}", "LEAST(", "s3", "local", "development", "..", "%s", "{}", "{0}", "${x}"),
)
"""Values that some other place of a file would take, and values that none would."""

SNIPPETS = (
    *("\t", ":", ": ", "- ", "#", "'", '"', "{", "}", "[", "]", "&a ", "*a", "!!int ", "? ", "| ", "> ", "%", "@", "`"),
    *("\n", "\r", "\r\n", "\n---\n", "\n...\n", "<<: ", ",", "\\", "\0", "\ufeff", "\x85", "é", "~", "0", "9" * 5000),
)
"""Characters that mean something in YAML."""

FINDING = re.compile(r"envs/test\.yaml:(?P<line>[1-9][0-9]*): \S.*")


def _text(generator: random.Random, text: str) -> str:
    """Return the text with one to three small changes."""
    for _ in range(generator.randint(1, 3)):
        place = generator.randint(0, len(text))
        end = min(len(text), place + generator.choice([1, 1, 1, 5, 40]))
        lines = text.split("\n")
        number = generator.randrange(len(lines))
        match generator.randrange(6):
            case 0:
                text = text[:place] + generator.choice(SNIPPETS) + text[place:]
            case 1:
                text = text[:place] + text[end:]
            case 2:
                text = text[:place] + generator.choice(SNIPPETS) + text[end:]
            case 3:
                lines[number] = generator.choice(["", " ", "  ", "    "]) + lines[number].lstrip()
                text = "\n".join(lines)
            case 4:
                lines.insert(number, generator.choice(lines))
                text = "\n".join(lines)
            case _:
                del lines[number]
                text = "\n".join(lines)
    return text


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container and key or index of a tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in ((value, key), *_places(item))]


def _structure(generator: random.Random, text: str) -> str:
    """Return the file's content with one to three values or keys changed, as JSON, which is YAML."""
    data = yaml.safe_load(text)
    for _ in range(generator.randint(1, 3)):
        places = _places(data)
        container, key = generator.choice(places)
        other, other_key = generator.choice(places)
        match generator.randrange(6):
            case 0 | 1:
                container[key] = generator.choice(SCALARS)
            case 2:
                container[key] = generator.choice([[], {}, [container[key]], {"x": container[key]}, [[]], {"1": {}}])
            case 3:
                # A copy, for a value inside itself has no end.
                container[key] = json.loads(json.dumps(other[other_key]))
            case 4 if isinstance(container, dict):
                container[str(generator.choice(SCALARS))[:100]] = container.pop(key)
            case _:
                del container[key]
    return json.dumps(data, indent=1, ensure_ascii=generator.random() < 0.5)


def _problems(envs: Path) -> list[Located]:
    try:
        (loaded,) = loader.load(envs)
    except InvalidEnvironmentsError as error:
        return error.findings
    assert loaded.name == "test"
    return []


@pytest.mark.parametrize("mutate", [_text, _structure], ids=["text", "structure"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mutated_file_is_loaded_or_refused_at_a_line_that_it_has(
    file: Path, mutate: Callable[[random.Random, str], str], tmp_path: Path
) -> None:
    envs = tmp_path / "envs"
    envs.mkdir()
    original = file.read_text()
    refused = 0
    for seed in range(ROUNDS):
        text = mutate(random.Random(f"{file.stem} {seed}"), original)  # noqa: S311 - not for secrets
        (envs / "test.yaml").write_bytes(text.encode())
        problems = _problems(envs)
        refused += bool(problems)
        for problem in problems:
            message = str(problem)
            found = FINDING.fullmatch(message)
            assert found, (seed, message)
            assert int(found["line"]) <= len(re.split(r"\r\n|\r|\n", text)), (seed, message)
            assert message.isprintable(), (seed, message)
            assert len(message) < 1000, (seed, message)
            assert "nput should" not in message, (seed, message)
        places = [(problem.line, problem.key) for problem in problems if problem.key]
        assert len(set(places)) == len(places), (seed, places)
    # Mutations that change nothing would prove nothing.
    assert refused > ROUNDS / 4
