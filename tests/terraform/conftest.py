"""Fixtures: Terraform with its provider, and every golden stack as it is synthesized now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.terraform import terraform_runner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.harness import Synthesized


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[terraform_runner.Terraform]:
    """Yield Terraform with the provider."""
    with terraform_runner.prepared(tmp_path_factory) as ready:
        yield ready


@pytest.fixture(scope="session")
def stack_folder(shipped: Synthesized, examples: Synthesized) -> Callable[[str], Path]:
    """Return a function that returns the folder of a stack that has just been synthesized."""

    def folder(stack: str) -> Path:
        synthesized = shipped if stack in shipped.stacks else examples
        return synthesized.output / "stacks" / stack

    return folder
