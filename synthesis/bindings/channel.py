"""Speaks with the jsii kernel without waiting for what is known beforehand.

jsii asks the kernel and waits, hundreds of times for an environment, while only one of the two processes works. The
kernel takes requests one after another from a pipe, so an answer need not be there before the next request is written:

* what answers nothing but that it is done is read later, with the next answer that is needed;
* a new object is named by its type and a number that counts up, so its name is known; when the kernel's answer comes,
  the two are compared, and if they differ nothing is written and all is done again in the stock way;
* an attribute of a resource whose Terraform address has been set is a reference, whose text is known:
  ``${aws_kms_key.data.arn}``. Terraform's functions, which would take that for a literal text, get the kernel's own
  token in its place;
* the assemblies that will be needed can be asked for before anything else, so that Node starts and loads them while
  Python still reads (``begin``).

An error of a request is raised by one of the next (``AURORA_STOCK_BINDINGS=1`` shows where it was made); all answers
have been read before anything is written. Where an object was given methods of Python's, which the kernel may call at
any time, nothing is foreseen any more.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import re
import subprocess
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attr
from jsii import _kernel, _reference_map
from jsii._kernel.providers import process
from jsii._kernel.types import (
    CreateRequest,
    CreateResponse,
    GetRequest,
    GetResponse,
    InvokeRequest,
    InvokeResponse,
    LoadRequest,
    LoadResponse,
    StaticInvokeRequest,
)
from jsii._runtime import kernel
from jsii._stack_trace import is_enabled
from jsii.errors import JavaScriptError

from synthesis.bindings import NoSuchCdkError, UnforeseenAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

WITHOUT_RESULT: Final = frozenset({"overrideLogicalId", "addOverride", "addDependency"})
"""Methods that answer nothing but that they are done."""

ANSWERS: Final[Mapping[type, type]] = {GetRequest: GetResponse}
"""What is answered to what may be asked on the way to something else."""

AT_MOST: Final = 16
"""Answers that may be unread: far fewer than a pipe holds, or else both processes might wait for room in one."""

SECONDS_TO_END: Final = 5
"""How long a process that has closed its pipes may take to end."""

NAMED: Final = re.compile(rb'"\$jsii\.byref":"[^"]*@(\d+)"')

LOADED: Final = re.compile(r'JSIIAssembly\.load\(\s*"([^"]+)", "([^"]+)", __name__\[0:-6\], "([^"]+)"')

REPRESENTED: Final = re.compile(r"Represents a \{@link \S+ (aws_\w+)\}")
"""What generated bindings say of the class of a resource or of a data source."""


class Channel:
    """What is known of the objects in the kernel, and which answers have not been read."""

    def __init__(self, node: process._NodeProcess) -> None:
        self._node = node
        self._unread: deque[Callable[[], None]] = deque()
        self._asked_ahead: set[tuple[str, str, str]] = set()
        self._used = False
        self._next: int | None = None
        # jsii can say with each request where in the program it was made.
        self._foreseeing = not is_enabled()
        self._addresses: dict[str, str] = {}
        self._references: dict[str, GetRequest] = {}
        self._read_locally: set[str] = set()

    @classmethod
    @functools.cache
    def of(cls, node: process._NodeProcess) -> Channel:
        """Return the channel of a process of Node's, of which jsii has one."""
        return cls(node)

    def greet(self, handshake: Callable[[process._NodeProcess], None]) -> None:
        """Read the kernel's greeting when the first answer is read."""
        self._unread.append(lambda: handshake(self._node))

    def load_ahead(self, packages: Iterable[str]) -> None:
        """Have assemblies loaded that will be asked for, in this order."""
        for package in packages:
            spec = importlib.util.find_spec(package)
            place = Path(spec.origin).with_name("_jsii") if spec and spec.origin else None
            found = LOADED.search((place / "__init__.py").read_text(encoding="utf-8")) if place else None
            if place is None or found is None:
                return
            name, version, file = found.groups()
            key = (name, version, str(place / file))
            self._write({"name": name, "version": version, "tarball": key[2], "api": "load"}, self._done)
            self._asked_ahead.add(key)

    def send(self, request: Any, wait: Callable[[Any], Any]) -> Any:
        """Return the answer to a request: a foreseen one, or else the one that is waited for."""
        self._used = True
        match request:
            case LoadRequest() if (request.name, request.version, request.tarball) in self._asked_ahead:
                return LoadResponse(assembly=request.name, types=0)
            case CreateRequest():
                return self._created(request, wait)
            case GetRequest() if (text := self._reference(request)) is not None:
                return GetResponse(value=text)
            case InvokeRequest() if request.method in WITHOUT_RESULT:
                return self._invoked(request, wait)
            case StaticInvokeRequest():
                request = attr.evolve(request, args=self._with_tokens(request.args, wait))
        return self._waited(request, wait)

    def read(self) -> None:
        """Read all answers that have not been read."""
        while self._unread:
            self._unread.popleft()()

    def end(self) -> None:
        """Have Node end, which it does by itself: nothing more will be asked."""
        pipe = self._node._process.stdin
        if pipe is not None and not pipe.closed:
            with contextlib.suppress(BrokenPipeError):
                pipe.write(b'{"exit":0}\n')
                pipe.close()

    def stop(self, stop: Callable[[process._NodeProcess], None]) -> None:
        """Wait for Node's end, unless it was begun in vain: a wrong file would be refused that much later."""
        self.end()
        if self._used:
            stop(self._node)
        else:
            self._node._ctx_stack.close()

    def _note(self, line: bytes) -> None:
        """Take notice of the objects that an answer names."""
        if self._next is not None:
            for number in NAMED.findall(line):
                self._next = max(self._next, int(number) + 1)

    def _waited(self, request: Any, wait: Callable[[Any], Any]) -> Any:
        self.read()
        with self._running():
            return wait(request)

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """Say that Node has ended where a pipe to it breaks."""
        try:
            yield
        except BrokenPipeError:
            raise self._ended() from None

    def answer(self) -> Mapping[Any, Any]:
        """Return what Node has written next."""
        pipe = self._node._process.stdout
        line = pipe.readline() if pipe else b""
        self._note(line)
        try:
            answer: Mapping[Any, Any] = json.loads(line, object_hook=process.ohook)
        except ValueError:
            raise self._ended() from None
        return answer

    def _ended(self) -> NoSuchCdkError:
        program, code = os.environ.get("JSII_NODE", "node"), None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._node._process.wait(SECONDS_TO_END)
        how = "" if code is None else f" with code {code}" if code >= 0 else f" by signal {-code}"
        return NoSuchCdkError(
            f"Node ended{how} before the stacks were made, and nothing was written: {program}; the variable JSII_NODE "
            "names another, and without it the project's own Node is taken"
        )

    def _with_tokens(self, value: Any, wait: Callable[[Any], Any]) -> Any:
        """Return arguments with the kernel's tokens in the place of the references that were answered here."""
        if isinstance(value, str) and "${" in value:
            for text, asked in self._references.items():
                if text in value:
                    value = value.replace(text, self._waited(asked, wait).value)
        elif isinstance(value, list):
            return [self._with_tokens(one, wait) for one in value]
        elif isinstance(value, dict):
            return {name: self._with_tokens(one, wait) for name, one in value.items()}
        return value

    def _created(self, request: CreateRequest, wait: Callable[[Any], Any]) -> Any:
        if request.overrides:
            self._foreseeing = False
        if self._next is None or not self._foreseeing:
            answer = self._waited(request, wait)
            found = re.search(r"@(\d+)$", getattr(answer, "ref", ""))
            self._next = int(found[1]) + 1 if found and self._foreseeing else None
            return answer
        ref = f"{request.fqn}@{self._next}"
        self._next += 1
        content = {"fqn": request.fqn, "args": request.args, "overrides": [], "interfaces": request.interfaces}
        self._write(content | {"api": "create"}, lambda: self._named(ref))
        return CreateResponse(ref=ref)

    def _invoked(self, request: InvokeRequest, wait: Callable[[Any], Any]) -> Any:
        if not self._foreseeing:
            return self._waited(request, wait)
        if request.method == "overrideLogicalId":
            ref = request.objref.ref
            if ref in self._read_locally:
                message = f"The logical id of {ref} has been referred to and cannot be overridden any more"
                raise RuntimeError(message)
            type_ = _terraform_type(ref.rpartition("@")[0])
            if type_ and request.args:
                self._addresses[ref] = f"{type_}.{request.args[0]}"
        object_ = {"$jsii.byref": request.objref.ref}
        content = {"objref": object_, "method": request.method, "args": request.args, "api": "invoke"}
        self._write(content, self._done)
        return InvokeResponse()

    def _reference(self, request: GetRequest) -> str | None:
        """Return the text of an attribute of a resource whose address is known."""
        ref = request.objref.ref
        address = self._addresses.get(ref)
        attribute = _texts(ref.rpartition("@")[0]).get(request.property) if address else None
        if attribute is None:
            return None
        text = f"${{{address}.{attribute}}}"
        self._references[text] = request
        self._read_locally.add(ref)
        return text

    def _write(self, content: Mapping[str, Any], answered: Callable[[], None]) -> None:
        while len(self._unread) >= AT_MOST:
            self._unread.popleft()()
        pipe = self._node._process.stdin
        if pipe is None:
            raise BrokenPipeError
        with self._running():
            pipe.write(json.dumps(content, default=process.jdefault).encode() + b"\n")
            pipe.flush()
        self._unread.append(answered)

    def _done(self) -> Any:
        answer: Mapping[str, Any] = self._node._next_message()
        if "error" in answer:
            cause: Exception = JavaScriptError(answer.get("stack", ""))  # type: ignore[no-untyped-call]
            raise RuntimeError(answer["error"]) from cause
        if "ok" not in answer:
            raise UnforeseenAnswerError(answer)
        return answer["ok"]

    def _named(self, ref: str) -> None:
        named = self._done()
        if getattr(named, "ref", None) != ref:
            raise UnforeseenAnswerError(ref, named)


@functools.cache
def _terraform_type(fqn: str) -> str | None:
    """Return what a class stands for in an address: ``aws_kms_key``, ``data.aws_region``."""
    class_ = _reference_map._types.get(fqn)
    found = REPRESENTED.match(getattr(class_, "__doc__", None) or "")
    if not found or class_ is None:
        return None
    bases = {base.__jsii_type__.rpartition(".")[2] for base in class_.__bases__ if hasattr(base, "__jsii_type__")}
    return {"TerraformResource": found[1], "TerraformDataSource": f"data.{found[1]}"}.get("".join(bases))


@functools.cache
def _texts(fqn: str) -> Mapping[str, str]:
    """Return what of a resource is one text, as Terraform names it, by jsii's names."""
    getters: list[Any] = [part.fget for part in vars(_reference_map._types[fqn]).values() if isinstance(part, property)]
    return {
        getter.__jsii_name__: getter.__name__
        for getter in getters
        if hasattr(getter, "__jsii_name__") and getter.__annotations__.get("return") in (str, "builtins.str")
    }


def _as_sent(kernel: _kernel.Kernel, value: Any) -> Any:
    """Return a value as jsii sends it, of a struct without what has not been said."""
    mapping = getattr(value, "__jsii_name_mapping__", None)
    said = getattr(value, "_values", None)
    if mapping is not None and isinstance(said, dict):
        data = {mapping[name]: _as_sent(kernel, one) for name, one in said.items() if one is not None}
        return {"$jsii.struct": {"fqn": value.__jsii_type__, "data": data}}
    if type(value) is list:
        return [_as_sent(kernel, one) for one in value]
    if type(value) is dict:
        return {"$jsii.map": {name: _as_sent(kernel, one) for name, one in value.items()}}
    return value if type(value) in PLAIN else _stock_as_sent(kernel, value)


PLAIN: Final = frozenset({str, int, float, bool, type(None)})

_stock_as_sent: Callable[[_kernel.Kernel, Any], Any] = _kernel._make_reference_for_native


def install() -> None:
    """Put the channel between jsii and the pipe; raises AttributeError, and changes nothing, if jsii has changed."""
    node, stock = process._NodeProcess, _stock_as_sent
    send, handshake, stop = node.send, node.handshake, node.stop

    def greeted(self: process._NodeProcess) -> None:
        Channel.of(self).greet(handshake)

    def sent(self: process._NodeProcess, request: Any, response_type: Any) -> Any:
        return Channel.of(self).send(request, lambda asked: send(self, asked, ANSWERS.get(type(asked), response_type)))

    def message(self: process._NodeProcess) -> Mapping[Any, Any]:
        return Channel.of(self).answer()

    def stopped(self: process._NodeProcess) -> None:
        Channel.of(self).stop(stop)

    node.handshake, node.send, node._next_message = greeted, sent, message  # type: ignore[method-assign]
    node.stop = stopped  # type: ignore[method-assign]
    if stock.__name__ == "_make_reference_for_native":
        _kernel._make_reference_for_native = _as_sent  # type: ignore[assignment] # its parameters are called otherwise


def begin(packages: Iterable[str]) -> None:
    """Start Node now, and have it load the assemblies of these packages while Python goes on."""
    for channel in _channels():
        channel.load_ahead(packages)


def end() -> None:
    """Have Node end while Python goes on."""
    for channel in _channels():
        channel.end()


def _channels() -> Iterator[Channel]:
    provider = kernel.provider
    if isinstance(provider, process.ProcessProvider):
        yield Channel.of(provider._process)
