"""Assigns a variant to a unit, from a Lambda function of one's own."""

from __future__ import annotations

from typing import Any

from database_access import connect


def handle(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Return the variant that the unit has: the given one, or the one that somebody was quicker to assign."""
    given = (event["experiment_id"], event["unit_id"], event["variant_id"])
    # A block that ends without an exception is committed; the connection is kept for the next event.
    with connect(role="writer") as connection:
        assigned = connection.execute("SELECT experimentation.assign(%s, %s, %s)", given).fetchone()
    return {"variant_id": assigned[0]}
