"""The process that serves AWS's interfaces on 127.0.0.1: ``python -m emulator.server [port]``.

It prints its address in one line when it answers. Where its standard input is a pipe, it ends when that closes, so it
never outlives a test run.
"""

from __future__ import annotations

import os
import stat
import sys
import threading

from emulator import gaps


def main() -> None:
    """Serve until ended."""
    gaps.prepare()
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - reads the prepared environment

    gaps.mend()
    server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        sys.stdin.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
