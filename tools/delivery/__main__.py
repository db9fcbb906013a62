"""Runs the command that is named by the only argument: see the package."""

from __future__ import annotations

import sys

from tools.delivery import changing, destroying, locking, migrating, outputs, planning
from tools.delivery.given import StoppedError

COMMANDS = {
    "plan": planning.plan,
    "review": planning.review,
    "deploy": changing.deploy,
    "destroy": destroying.destroy,
    "output": outputs.output,
    "lock": locking.lock,
    "migrate-state": migrating.migrate_state,
}


def main() -> None:
    """Run it."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004 - the program and its argument
        sys.exit(f"usage: python -m tools.delivery {'|'.join(COMMANDS)}")
    try:
        COMMANDS[sys.argv[1]]()
    except StoppedError as stopped:
        sys.exit(f"{stopped}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
