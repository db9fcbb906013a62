"""The nearest known word to a misspelt one, for "did you mean" messages."""

from collections.abc import Iterable

SHORTEST_BEGINNING = 3
"""Letters from which a word may stand for a longer one."""


def nearest(word: str, candidates: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the candidate most like ``word``, ignoring case, or None when none is like it.

    Two words are alike from a similarity of ``cutoff``, 0.6 being difflib's own default, or if one begins with the
    other: prod means production.
    """
    # Wanted only while an error is being reported, so the usual run does not pay for it.
    from difflib import get_close_matches  # noqa: PLC0415

    by_lower_case = {candidate.lower(): candidate for candidate in sorted(candidates, reverse=True)}
    matches = get_close_matches(word.lower(), sorted(by_lower_case), n=1, cutoff=cutoff)
    if not matches and len(word) >= SHORTEST_BEGINNING:
        matches = sorted(
            (one for one in by_lower_case if one.startswith(word.lower())), key=lambda one: (len(one), one)
        )
    return by_lower_case[matches[0]] if matches else None
