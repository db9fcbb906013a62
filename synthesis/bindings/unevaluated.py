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
    def get_code(self, fullname: str) -> CodeType:
        """Return the code of a module, compiled before or now."""
        return code(Path(self.get_filename(fullname)), keep=not sys.dont_write_bytecode)


def code(module: Path, *, keep: bool = True) -> CodeType:
    """Return the code of a file, as it was compiled before if that is of the same file; else keep what is compiled."""
    stat = module.stat()
    header = importlib.util.MAGIC_NUMBER + b"".join(
        (number & 0xFFFFFFFF).to_bytes(4, "little") for number in (0, int(stat.st_mtime), stat.st_size)
    )
    kept = Path(importlib.util.cache_from_source(str(module), optimization=LEVEL))
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        content = kept.read_bytes()
        if content.startswith(header):
            # Bytecode is read where Python reads its own.
            return cast("CodeType", marshal.loads(content[len(header) :]))  # noqa: S302
    compiled: CodeType = compile(
        module.read_bytes(), module, "exec", __future__.annotations.compiler_flag, dont_inherit=True
    )
    if keep:
        with contextlib.suppress(OSError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            beside = kept.with_suffix(f".{os.getpid()}")
            beside.write_bytes(header + marshal.dumps(compiled))
            beside.replace(kept)
    return compiled
