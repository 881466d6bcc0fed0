"""What the data must be like for the program not to fail: ``paths[0]`` needs a first file.

Only what certainly runs, and that nothing catches, is noted.
"""

from __future__ import annotations

import ast

from auditor.model import Demand, Message, Quantity, Sign, message
from auditor.trace.machine import Machine
from auditor.trace.quantity import ZERO, constant, mentions
from auditor.trace.values import Many, Sequence, some_of


def demand(m: Machine, left: Quantity, sign: Sign, right: Quantity, error: Message, node: ast.AST) -> None:
    """Remember that ``left sign right`` must hold, or the program ends with ``error``."""
    tried = m.guarded or any(scope.kind == "try" for scope in m.scopes)
    asked = any(not frame.path for frame in m.frames)  # the loader's own frame: it asks for an item
    if tried or asked or m.notes.trained or not m.surely():
        return
    if not any(mentions(side, op) for side in (left, right) for op in ("opaque", "carried")):
        m.notes.demands.append(Demand(left, sign, right, error, m.location(node)))


def has_element(m: Machine, value: Sequence, index: int, node: ast.AST) -> None:
    """``value[index]`` of a list whose length is an expression over the data."""
    part = value.parts[0] if len(value.parts) == 1 and value.kind in ("list", "tuple") else None
    if isinstance(part, Many):
        least = index + 1 if index >= 0 else -index
        error = message("IndexError: there is no element {index}", index=index)
        demand(m, some_of(part), ">=", constant(least), error, node)


def has_any(m: Machine, count: Quantity, error: Message, node: ast.AST) -> None:
    """Of ``count`` elements there must be one."""
    demand(m, count, ">", ZERO, error, node)
