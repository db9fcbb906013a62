"""What make passes on, and how a command stops."""

from __future__ import annotations

import os
import sys


class StoppedError(Exception):
    """Something is missing; the message says what to do, in one sentence."""


def given(variable: str) -> str:
    """Return a variable that make passed on, or nothing."""
    return os.environ.get(variable, "").strip()


def approved() -> bool:
    """Whether nobody has to be asked."""
    return given("AUTO_APPROVE") == "1"


def require_somebody_to_ask() -> None:
    """Stop if what changes something must ask, and there is nobody."""
    if not approved() and not sys.stdin.isatty():
        message = (
            f"{sys.argv[1]} asks before it changes anything, and there is no terminal to ask on: set AUTO_APPROVE=1"
        )
        raise StoppedError(message)


def agreed(question: str) -> bool:
    """Whether somebody says yes, or nobody has to be asked."""
    if approved():
        return True
    try:
        return input(f"\n{question} Only `yes` is accepted: ").strip() == "yes"
    except EOFError:
        return False
