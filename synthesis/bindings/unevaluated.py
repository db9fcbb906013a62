"""Loads generated modules with annotations that stay texts (PEP 563), which takes a twentieth off a synth.

The bindings say the types of every argument, each as Python that is run when a module is imported: 26,000 times for the
modules that the stacks use. Here nobody asks for them (see ``_leave_types_to_the_kernel``), and whoever does gets the
same from ``typing.get_type_hints``. From Python 3.14 on no annotation is evaluated before it is asked for (PEP 649).

What is compiled is kept beside the module under a name of its own, as Python does for its levels of optimization
(PEP 488), so that Python's own bytecode stays what it is.
"""

from __future__ import annotations
import __future__

import contextlib
import importlib.util
import marshal
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

LEVEL: Final = "unevaluated"

WANTED: Final = sys.version_info < (3, 14)
"""Whether this Python would evaluate annotations by itself."""


class Finder(MetaPathFinder):
    """Finds the modules of some packages where Python does, and has them loaded so."""

    def __init__(self, packages: Iterable[str]) -> None:
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for the packages and what is in them, where that is source."""
        if fullname.partition(".")[0] not in self._packages:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of a module, compiled before or now; as Python's own where it could not be kept."""
        module = Path(self.get_filename(fullname))
        found = kept(module)
        if found is None and not sys.dont_write_bytecode:
            found = keep(module)
        return super().get_code(fullname) if found is None else found


def kept(module: Path) -> CodeType | None:
    """Return the code of a file as it was compiled before, if that was of the same file."""
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        content, header = _place(module).read_bytes(), _header(module)
        if content.startswith(header):
            # Bytecode is read where Python reads its own.
            return cast("CodeType", marshal.loads(content[len(header) :]))  # noqa: S302
    return None


def keep(module: Path) -> CodeType | None:
    """Compile a file and keep its code for the next time; where it cannot be kept, nothing is compiled."""
    place = _place(module)
    beside = place.with_suffix(f".{os.getpid()}")
    try:
        header = _header(module)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        compiled: CodeType = compile(
            module.read_bytes(), module, "exec", __future__.annotations.compiler_flag, dont_inherit=True
        )
        beside.write_bytes(header + marshal.dumps(compiled))
        beside.replace(place)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        return None
    return compiled


def _place(module: Path) -> Path:
    return Path(importlib.util.cache_from_source(str(module), optimization=LEVEL))


def _header(module: Path) -> bytes:
    """Return what bytecode begins with: Python's version, how it is held valid, and its file's time and size."""
    stat = module.stat()
    numbers = (0, int(stat.st_mtime), stat.st_size)
    return importlib.util.MAGIC_NUMBER + b"".join((one & 0xFFFFFFFF).to_bytes(4, "little") for one in numbers)
