"""Where in which file an array or a group lies, for what is counted of it."""

from __future__ import annotations

from dataclasses import replace

from auditor.model import Quantity
from auditor.trace.values import Array, Const

EPISODES_IN_FILE = Quantity("episodes_in_file")


def place_in(value: Array, member: str) -> tuple[str, str, str] | None:
    """Where an array or group lies, in a file that is known by its path."""
    path = value.location.value if isinstance(value.location, Const) else None
    return (value.format, path, member) if isinstance(path, str) else None


def in_file(value: Array) -> Quantity:
    """How many members a group has."""
    return replace(EPISODES_IN_FILE, place=place_in(value, value.member or ""))
