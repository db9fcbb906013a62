"""The commands of pages, and their parsing by the programs that they call.

A page marks its commands in two ways: lines that begin with ``$ `` in a block of the language ``console``, and code in
its sentences and tables that begins with one of PROGRAMS. Optional parts stand in square brackets.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from psycopg.conninfo import conninfo_to_dict

from commands.group import _command
from main import COMMANDS
from tests.harness import ROOT
from tests.terraform.terraform_runner import INSTALL_TERRAFORM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BLOCK = re.compile(r"^(?P<indent> *)```console\n(?P<body>.*?)^ *```", re.DOTALL | re.MULTILINE)

FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)

CODE = re.compile(r"`([^`\n]+)`")

PROGRAMS = (
    "make",
    "main.py",
    "python",
    ".venv/bin/python",
    "sh",
    "terraform",
    "tofu",
    "aws",
    "psql",
    "cdktf",
    "kubectl",
)
"""Code in a sentence that begins with one of these is a command."""

COMMENT = re.compile(r"\s+# .*$")

GLOBAL = {"query", "output", "region", "profile", "cli-binary-format", "endpoint-url", "no-cli-pager"}
"""Options of every command of the AWS command line (AWS CLI User Guide, command line options)."""


@dataclass(frozen=True)
class Command:
    """A command of a page."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def commands(page: Path) -> Iterator[Command]:
    """Yield every command of a page."""
    text = page.read_text()
    name = page.relative_to(ROOT).as_posix()
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("body")) + 1
        joined = ""
        for number, raw in enumerate(block["body"].splitlines(), first):
            line = raw.strip()
            if joined:
                joined = f"{joined} {line}"
            elif line.startswith("$ "):
                joined, begun = line.removeprefix("$ "), number
            if not joined:
                continue
            if joined.endswith("\\"):
                joined = joined.removesuffix("\\").rstrip()
            elif joined.count('"') % 2 == 0:
                yield Command(name, begun, joined)
                joined = ""
        assert not joined, f"{name}:{begun}: the command does not end"
    outside = FENCED.sub(lambda block: "\n" * block[0].count("\n"), text)
    for code in CODE.finditer(outside):
        if code[1].split()[0] in PROGRAMS and len(code[1].split()) > 1:
            yield Command(name, outside.count("\n", 0, code.start()) + 1, code[1])


def parse(command: Command) -> None:
    """Have a command parsed by each program that it calls; one that no parser knows fails."""
    text = COMMENT.sub("", command.text)
    if not command.text.startswith("$"):
        # Optional parts are taken; a JMESPath or a Terraform address keeps its brackets.
        text = re.sub(r"\[([A-Z_]+=[^\]]*|--[^\]]+|[a-z]+)\](?=$|[ ;])", r"\1", text)
    _shell(text)
    for words in _simple(text):
        _parsed(words, command)


def _shell(text: str) -> None:
    """Have the shell read it."""
    plain = re.sub(r"<[^<>]*>|…", "x", text)
    done = subprocess.run(["/bin/sh", "-n", "-c", plain], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _simple(text: str) -> Iterator[list[str]]:
    """Yield the words of each simple command, those inside $( ) first."""
    text = re.sub(r"<[^<>]*>|…", "x", text)
    while inner := re.search(r'"?\$\(((?:[^()]|"[^"]*")*)\)"?', text):
        yield from _simple(inner[1])
        text = f"{text[: inner.start()]}x{text[inner.end() :]}"
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    for word in [*lexer, ";"]:
        if skip:
            skip = False
        elif set(word) <= set("|&;"):
            if words:
                yield words
            words = []
        elif set(word) <= set("<>"):
            skip = True
            if words and words[-1].isdigit():
                words.pop()
        else:
            words.append(word)


def _parsed(words: list[str], command: Command) -> None:
    while words and re.fullmatch(r"[A-Za-z_]+=.*", words[0]):
        words = words[1:]
    if not words:
        return
    program, *rest = words
    if program.rpartition("/")[2] in {"python", "python3"}:
        if rest[:1] == ["-m"]:
            _module(rest[1], rest[2:])
            return
        program, *rest = rest
    parser = PARSERS.get(program)
    assert parser, f"{command}: no parser for {program}; add one to tests/documented.py"
    parser(rest)


def _make(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE))
    known = set(re.findall(r"\$\((?:if \$\()?([A-Z_]+)\)", makefile))
    known |= set((re.search(r"^export (.+)$", makefile, re.MULTILINE) or [""])[0].split())
    known -= set(re.findall(r"^([A-Z_]+) :=", makefile, re.MULTILINE))
    for word in words:
        name, given, _ = word.partition("=")
        if given:
            assert name in known, f"make does not know {name}"
        else:
            assert word in targets, f"make has no target {word}"


def _main(words: list[str]) -> None:
    name, *arguments = words
    if name in {"--help", "--version", "--install-completion"} or words == ["x", "--help"]:
        return  # of the program itself, and of any command
    assert name in COMMANDS, f"main.py has no command {name}"
    if arguments:  # in a sentence a command stands for itself
        _command(name).make_context(name, arguments)


def _module(name: str, words: list[str]) -> None:
    assert (ROOT / f"{name.replace('.', '/')}.py").is_file(), name
    source = (ROOT / f"{name.replace('.', '/')}.py").read_text()
    for word in words:
        assert f'"{word}"' in source, f"{name} does not know {word}"


@functools.cache
def _terraform_help(subcommand: str) -> str:
    executable = shutil.which("terraform") or pytest.skip(INSTALL_TERRAFORM)
    done = subprocess.run(
        [executable, *subcommand.split(), "-help"],
        env={"PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Usage: terraform" in said, said
    assert subcommand.rpartition(" ")[2] in said.partition("\n\n")[0], f"terraform has no {subcommand}"
    return said


def _terraform(words: list[str]) -> None:
    flags = [word for word in words if word.startswith("-")]
    plain = [word for word in words if not word.startswith("-")]
    subcommand = " ".join(plain[:2]) if plain[0] in {"state", "providers", "workspace"} and plain[1:] else plain[0]
    said = _terraform_help(subcommand)
    for flag in flags:
        name = flag.partition("=")[0]
        assert name == "-chdir" or re.search(rf"(?<![\w-]){re.escape(name)}\b", said), f"{subcommand} has no {name}"


@functools.cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model({"s3api": "s3"}.get(name, name))


CUSTOM = {
    "rds generate-db-auth-token": {"hostname", "port", "username"},
    "sso login": {"profile"},
    "eks update-kubeconfig": {"name"},
}
"""Commands that the AWS command line adds to the services' own operations (AWS CLI Command Reference)."""


def _aws(words: list[str]) -> None:
    service, operation, *rest = words
    options: dict[str, list[str]] = {}
    files, name = [], ""
    for word in rest:
        if word.startswith("--"):
            name, given, value = word[2:].partition("=")
            options[name] = [value] if given else []
        elif name and (not options[name] or name in {"names", "dimensions"}):
            options[name].append(word)
        else:
            files.append(word)
    custom = CUSTOM.get(f"{service} {operation}")
    if custom is not None:
        assert set(options) <= custom | GLOBAL, words
        return
    if operation.startswith("describe-…"):
        return
    model = _service(service)
    operations = {xform_name(one, "-"): one for one in model.operation_names}
    assert operation in operations, f"{service} has no operation {operation}"
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(one, "-"): one for one in shape.members} if shape else {}
    for option, values in options.items():
        if option in GLOBAL:
            continue
        member = members.get(option) or members.get(option.removeprefix("no-"))
        assert member, f"{service} {operation} has no option --{option}"
        kind = shape.members[member]
        assert (kind.type_name == "boolean") is (not values), f"--{option} of {operation}"
        for value in values if kind.type_name == "string" and kind.enum else ():
            assert value in kind.enum, f"--{option} {value}: {kind.enum}"
    if not rest:
        return  # in a sentence a command stands for itself
    needed = {xform_name(one, "-") for one in shape.required_members} if shape else set()
    assert needed <= set(options), f"{service} {operation} needs {sorted(needed - set(options))}"
    assert bool(files) is (operation in {"get-object", "invoke"}), files


def _psql(words: list[str]) -> None:
    assert "sslmode" in conninfo_to_dict(words[0].replace("$PG_CONN_STR", "sslmode=verify-full"))
    assert set(words[1::2]) <= {"-c", "-f", "-v"}


def _cdktf(words: list[str]) -> None:
    assert words[0] in {"synth", "diff", "deploy", "destroy", "output", "list"}, words
    assert {word for word in words if word.startswith("-")} <= {"--hcl", "--output", "--skip-synth"}, words


def _sh(words: list[str]) -> None:
    if words[0] == "tools/environment.sh":
        usage = re.search(r"usage: sh tools/environment\.sh (\S+)", (ROOT / words[0]).read_text())
        assert usage
        assert words[1] in usage[1].strip('"').split("|")
        return
    assert words[0] == "-c", words
    _shell(words[1])


def _shells_own(words: list[str]) -> None:
    """Take what every shell has, or what the user has chosen; its words are files and values."""


PARSERS: Mapping[str, Any] = {
    "make": _make,
    "main.py": _main,
    "terraform": _terraform,
    "tofu": _terraform,
    "aws": _aws,
    "psql": _psql,
    "cdktf": _cdktf,
    "sh": _sh,
    **dict.fromkeys(
        ("cd", "export", "exit", "rm", "mkdir", "cp", "curl", "git", "kubectl", "$EDITOR", "."), _shells_own
    ),
}
