"""Objects of classes of the checkout that are lists themselves: subclasses of ``list``, ``UserList`` and ``deque``."""

from __future__ import annotations

import ast

from auditor.trace.machine import Machine
from auditor.trace.values import External, Instance, Sequence, Value

LISTS = ("builtins.list", "collections.UserList", "collections.deque")
_HELD = "items of the list"


def held_list(value: Instance) -> Sequence | None:
    """The items of an object that is a list; ``None`` for all others."""
    name = _attribute(value)
    found = value.attributes.get(name) if name is not None else None
    return found if isinstance(found, Sequence) else None


def hold(m: Machine, value: Instance, items: Sequence) -> None:
    """Let an object, if it is a list, have these items."""
    name = _attribute(value)
    if name is not None:
        m.write(value.attributes, name, items)


def _attribute(value: Instance) -> str | None:
    base = next((base.name for base in value.of.order if isinstance(base, External) and base.name in LISTS), None)
    return None if base is None else "data" if base == "collections.UserList" else _HELD


def of_held(m: Machine, name: str, held: Sequence, args: list[Value], node: ast.AST) -> Value | None:
    """What Python's own operations do to the items, for a class that asks for them by name."""
    if name == "__getitem__" and len(args) == 1:
        return m.item(held, args[0], node)
    if name == "__iter__":
        return held
    if name != "__len__":
        return None
    from auditor.trace.containers import length

    return length(held)
