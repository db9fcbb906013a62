"""The process that serves AWS's interfaces on 127.0.0.1: ``python -m tools.emulator.server [port [file]]``.

It prints its address in one line when it answers. Where its standard input is a pipe, it ends when that closes, so it
never outlives a test run. What it is asked is written to the file, if one is named.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
from pathlib import Path
from typing import Any

from tools.emulator import gaps, in_use, proxies, upgrades
from tools.emulator.recording import Recorder
from tools.emulator.repetition import Repetition


def main() -> None:
    """Serve until ended."""
    gaps.prepare()
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - reads the prepared environment

    gaps.mend()
    proxies.serve()
    in_use.refuse()
    upgrades.hold()
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    try:
        # moto's own thread would die of it and leave this one waiting.
        socket.create_server(("127.0.0.1", wanted)).close()
    except OSError as error:
        sys.exit(f"port {wanted} of 127.0.0.1 cannot be used: {error.strerror}")
    server = ThreadedMotoServer("127.0.0.1", wanted, verbose=False)
    server.start()
    # moto offers no place for a middleware.
    serving: Any = server._server
    serving.app = Repetition(serving.app)
    if len(sys.argv) > 2:  # noqa: PLR2004 - the program, the port, the file
        serving.app = Recorder(serving.app, Path(sys.argv[2]))
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        sys.stdin.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
