"""The emulator's process: it stays, is found again, ends by its own id, and is never mistaken for another one."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.guard import guard
from tests.harness import PATIENCE
from tools.emulator import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder whose emulator is ended afterwards."""
    guard().recorded(tmp_path / process.RECORD)
    yield tmp_path
    process.stop(tmp_path)


def test_it_stays_until_it_is_stopped(folder: Path) -> None:
    address = process.start(folder)
    assert urllib.request.urlopen(f"{address}/moto-api/", timeout=PATIENCE).status == 200  # noqa: S310 - on this machine
    recorded = json.loads((folder / process.RECORD).read_text())
    assert process.address(folder) == process.start(folder) == address
    assert json.loads((folder / process.RECORD).read_text()) == recorded
    assert process.stop(folder) is True
    assert process.stop(folder) is False
    assert process.address(folder) is None
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=PATIENCE)  # noqa: S310 - on this machine


def test_a_record_of_a_process_that_has_gone_ends_no_other_process(folder: Path) -> None:
    (folder / process.RECORD).write_text(json.dumps({"pid": os.getpid(), "address": "http://127.0.0.1:1"}))
    (folder / process.LOCK).touch()
    assert process.address(folder) is None
    assert process.stop(folder) is False
    assert not (folder / process.RECORD).exists()


def test_a_damaged_record_is_no_emulator(folder: Path) -> None:
    (folder / process.RECORD).write_text("{")
    assert process.address(folder) is None


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"port {port} of 127.0.0.1 cannot be used: Address already in use"):
            process.start(folder, port)
    assert process.address(folder) is None
