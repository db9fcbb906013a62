"""The base of every settings model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Immutable, strict about types, and closed: a key it does not know is an error, never ignored."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        # A block's validator is made as a part of the whole file's; few are ever asked for alone.
        defer_build=True,
        populate_by_name=False,
        hide_input_in_errors=True,
    )
