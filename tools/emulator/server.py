"""The process that serves AWS's interfaces on 127.0.0.1: ``python -m emulator.server [port]``.

It prints its address in one line when it answers. Where its standard input is a pipe, it ends when that closes, so it
never outlives a test run.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading

from tools.emulator import gaps


def main() -> None:
    """Serve until ended."""
    gaps.prepare()
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - reads the prepared environment

    gaps.mend()
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    try:
        # moto's own thread would die of it and leave this one waiting.
        socket.create_server(("127.0.0.1", wanted)).close()
    except OSError as error:
        sys.exit(f"port {wanted} of 127.0.0.1 cannot be used: {error.strerror}")
    server = ThreadedMotoServer("127.0.0.1", wanted, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        sys.stdin.read()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main()
