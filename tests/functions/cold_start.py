"""A database, as the function has it after its first deployment, for as long as standard input is open: make bench.

Prints, in one line of JSON, the variables with which a process that imports the function reaches it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.functions.platform import KEYS, READER, WRITER, deployed, forget_connections, variables, variables_set
from tests.servers import certificates, iam, postgres
from tools.emulator import process


def main() -> None:
    """Serve until nobody is there to ask."""
    with tempfile.TemporaryDirectory(prefix="aurora-cold-") as name:
        authority = certificates.authority(Path(name))
        with (
            process.running(Path(name, "log")) as aws,
            iam.running(KEYS) as signing,
            variables_set(**variables(aws, authority)),
            postgres.running(certificate=authority.server(names=[WRITER, READER])) as server,
        ):
            platform = deployed(server, signing)
            platform.succeed("migrate", authenticate="secret")
            forget_connections()
            print(json.dumps(variables(aws, authority) | {"CONTRACT_PREFIX": platform.prefix}), flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
