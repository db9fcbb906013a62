"""Properties of every environment file, by examples that hypothesis makes up.

A file, however mangled, is loaded or refused at its lines, and leads to no other exception and to no file; one that
is not refused synthesizes. HYPOTHESIS_EXAMPLES=5000 looks at as many random examples of each; without it the same
few are looked at each time.
"""

from __future__ import annotations

import copy
import gc
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import main
from findings.finding import InvalidEnvironmentsError
from reading import loader
from tests.harness import ENVIRONMENTS, ROOT, run
from tests.reading.strategies import SCALARS, VALUES, environments, valid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from settings.loaded import Loaded

gc.enable()  # main.py, made for a life of a second, turned it off

GIVEN = os.environ.get("HYPOTHESIS_EXAMPLES")

FILES = {
    path.stem: path.read_text() for path in sorted([*(ROOT / "envs").glob("*.yaml"), *ENVIRONMENTS.glob("*.yaml")])
}

SNIPPETS = (
    *("\t", ":", ": ", "- ", "#", "'", '"', "{", "}", "[", "]", "&a ", "*a", "!!int ", "? ", "| ", "> ", "%", "@", "`"),
    *("\n", "\r", "\r\n", "\n---\n", "\n...\n", "<<: ", ",", "\\", "\0", "\ufeff", "\x85", "é", "~", "0", "9" * 5000),
)
"""Characters that mean something in YAML."""

FINDING = re.compile(r"envs/test\.yaml:(?P<line>[1-9][0-9]*): \S.*")

SYNTHESIZED_AT_ONCE = 6
"""Environments of one synth: an example costs a process."""


def examples(count: int) -> settings:
    """Return settings for about ``count`` examples: the same ones each time, or as many random ones as asked for."""
    return settings(
        max_examples=int(GIVEN) if GIVEN else count,
        derandomize=GIVEN is None,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def check(text: str | bytes) -> list[Loaded]:
    """Check a file as `main.py check` and `main.py synth` do; return what was loaded of it, nothing if it is refused.

    Fails if a refusal is not of the form that errors have, or if anything is written.
    """
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    with tempfile.TemporaryDirectory() as folder:
        envs = Path(folder) / "envs"
        envs.mkdir()
        (envs / "test.yaml").write_bytes(raw)
        try:
            loaded = loader.load(envs)
        except InvalidEnvironmentsError as error:
            findings = error.findings
        else:
            return loaded
        result = CliRunner().invoke(
            main.app, ["synth", "--envs", str(envs), "--output", f"{folder}/out"], catch_exceptions=False
        )
        assert result.exit_code == 2
        assert result.stdout == ""
        *messages, last = [line for line in result.stderr.splitlines() if not line.startswith("more may follow: ")]
        assert messages == [str(finding) for finding in findings]
        assert last == f"{len(messages)} error{'s' if len(messages) != 1 else ''}; nothing was written"
        assert sorted(path.name for path in Path(folder).rglob("*")) == ["envs", "test.yaml"]
    for message in messages:
        found = FINDING.fullmatch(message)
        assert found, message
        assert int(found["line"]) <= len(re.split(rb"\r\n|\r|\n", raw)), message
        assert message.isprintable(), message
        assert len(message) < 1000, message
        assert "nput should" not in message, message
    # What lacks quotes may be wrong within them, too.
    places = [(finding.line, finding.key) for finding in findings if finding.key and finding.rule != "unquoted"]
    assert len(set(places)) == len(places), messages
    return []


@st.composite
def mangled_texts(draw: st.DrawFn) -> str:
    """Return a valid file's text with one to three small changes."""
    text = FILES[draw(st.sampled_from(sorted(FILES)))]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(text)))
        end = min(len(text), place + draw(st.sampled_from([0, 1, 5, 40])))
        lines = text.split("\n")
        line = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["replace", "indent", "repeat", "move"])):
            case "replace":
                text = text[:place] + draw(st.sampled_from(["", *SNIPPETS])) + text[end:]
            case "indent":
                lines[line] = draw(st.sampled_from(["", " ", "  ", "    "])) + lines[line].lstrip()
                text = "\n".join(lines)
            case "repeat":
                text = "\n".join([*lines[:line], draw(st.sampled_from(lines)), *lines[line:]])
            case _:
                moved = lines.pop(line)
                lines.insert(draw(st.integers(0, len(lines))), moved)
                text = "\n".join(lines)
    return text


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container and key or index of a tree."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from places(item)


@st.composite
def mangled_structures(draw: st.DrawFn) -> str:
    """Return a valid file's content with one to three values or keys changed, as JSON, which is YAML."""
    data = yaml.safe_load(FILES[draw(st.sampled_from(sorted(FILES)))])
    for _ in range(draw(st.integers(1, 3))):
        every = list(places(data))
        if not every:
            break
        container, key = every[draw(st.integers(0, len(every) - 1))]
        match draw(st.sampled_from(["value", "wrap", "elsewhere", "rename", "remove"])):
            case "value":
                container[key] = draw(VALUES)
            case "wrap":
                container[key] = draw(st.sampled_from([[container[key]], {"x": container[key]}, [[]], {"1": {}}]))
            case "elsewhere":
                other, other_key = every[draw(st.integers(0, len(every) - 1))]
                # A copy, for a value inside itself has no end.
                container[key] = copy.deepcopy(other[other_key])
            case "rename" if isinstance(container, dict):
                container[str(draw(SCALARS))[:100]] = container.pop(key)
            case _:
                del container[key]
    return json.dumps(data, indent=1, ensure_ascii=draw(st.booleans()))


def wild_values() -> st.SearchStrategy[str]:
    """Return the file that has every key, with a wild value at one of them."""
    data = yaml.safe_load(FILES["maximal"])

    def at(number: int, value: Any) -> str:
        changed = copy.deepcopy(data)
        container, key = list(places(changed))[number]
        container[key] = value
        return json.dumps(changed, indent=1)

    return st.builds(at, st.integers(0, len(list(places(data))) - 1), VALUES)


@examples(100)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_anything_at_all_is_refused(text: str | bytes) -> None:
    assert check(text) == []


@examples(150)
@given(mangled_texts())
@pytest.mark.long
def test_a_mangled_text_is_loaded_or_refused_at_a_line_that_it_has(text: str) -> None:
    event("loaded" if check(text) else "refused")


@examples(150)
@given(mangled_structures())
@pytest.mark.long
def test_a_mangled_structure_is_loaded_or_refused_at_a_line_that_it_has(text: str) -> None:
    event("loaded" if check(text) else "refused")


@examples(150)
@given(wild_values())
def test_a_wild_value_anywhere_is_taken_or_refused_at_a_line_that_the_file_has(text: str) -> None:
    event("taken" if check(text) else "refused")


def synthesized(texts: dict[str, str], folder: Path) -> list[str]:
    """Synthesize files in one run; return the names of the stacks written, which are those that were to be."""
    envs = folder / "envs"
    envs.mkdir()
    for name, text in texts.items():
        note(text)
        (envs / f"{name}.yaml").write_text(text, encoding="utf-8")
    result = run("synth", "--envs", str(envs), "--output", str(folder / "out"))
    assert result.returncode == 0, result.stderr
    expected = [one.names.stack(kind) for one in loader.load(envs) for kind in one.stacks]
    assert sorted(path.name for path in (folder / "out" / "stacks").iterdir()) == sorted(expected)
    for name in expected:
        assert json.loads((folder / "out" / "stacks" / name / "cdk.tf.json").read_text())["terraform"]
    return expected


@pytest.mark.long
def test_every_file_that_passes_synthesizes() -> None:
    made, passed = 0, 0

    @examples(6)
    @given(st.tuples(*(environments(number) for number in range(SYNTHESIZED_AT_ONCE))))
    def look(made_up: Sequence[Any]) -> None:
        nonlocal made, passed
        texts = valid(made_up)
        made, passed = made + len(made_up), passed + len(texts)
        if texts:
            with tempfile.TemporaryDirectory() as folder:
                synthesized(texts, Path(folder))

    look()
    # Files that are all refused would prove nothing of those that pass.
    assert passed > made / 4


@pytest.mark.long
def test_most_of_what_is_mangled_is_refused() -> None:
    refused = []

    @examples(100)
    @given(st.one_of(mangled_texts(), mangled_structures(), wild_values()))
    def look(text: str) -> None:
        refused.append(not check(text))

    look()
    # Changes that change nothing would prove nothing.
    assert sum(refused) > len(refused) / 3
