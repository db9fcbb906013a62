"""Scans every stack of the shipped environments and of the examples; exit code 1 if anything is to be done.

Usage: ``python -m policy``, or ``make policy``.
"""

from __future__ import annotations

import sys
from collections import Counter

from tools.policy import judgement, scanner
from tools.policy.stacks import EXAMPLES, SHIPPED, synthesized
from tools.policy.waivers import WAIVERS


def main() -> int:
    """Run the scan and print a line per environment and per problem."""
    reason = scanner.missing()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    with synthesized([SHIPPED, EXAMPLES]) as stacks:
        try:
            report = scanner.scan(stacks)
        except scanner.ScannerError as error:
            print(error, file=sys.stderr)
            return 1
    environments = {stack.name: stack.environment for stack in stacks}
    passed = Counter(environments[result.stack] for result in report.passed)
    failed = Counter(environments[result.stack] for result in report.failed)
    for environment in dict.fromkeys(environments.values()):
        print(f"{environment}: {passed[environment]} checks passed, {failed[environment]} failed")
    problems = judgement.problems(report.failed, stacks, WAIVERS, judgement.today())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problems" if problems else "every failed check is waived, and every waiver is needed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
