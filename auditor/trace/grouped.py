"""Lists under keys that are not known: ``groups[task].append(path)``, with ``defaultdict(list)`` or ``setdefault``.

One list stands for that of each key.  How many there are, and how long each is, is not known; but together they have
all that was put in: the sum over :func:`groups` of a ``share`` is what it is a share of.
"""

from __future__ import annotations

import ast

from auditor.model import Quantity
from auditor.trace.keyed import Place
from auditor.trace.machine import Machine
from auditor.trace.removal import loosened
from auditor.trace.values import (
    NONE,
    Const,
    External,
    Function,
    Many,
    Mapping,
    Parts,
    Sequence,
    Value,
    births,
    sequence,
)

FACTORY, GROUP = "factory", "group"


def makes_lists(factory: Value | None) -> bool:
    """Whether a ``defaultdict`` begins with an empty list under every key."""
    if isinstance(factory, Function):
        body = factory.node.body if isinstance(factory.node, ast.Lambda) else None
        return isinstance(body, ast.List) and not body.elts
    return isinstance(factory, External) and factory.name == "builtins.list"


def list_of_each(m: Machine, value: Mapping, key: Value) -> Sequence | None:
    """The list under ``key``, which stands for that of each key; ``None`` where something else is known to be there."""
    kept = value.rest
    if isinstance(kept, Sequence) and _is_own(value, kept):
        running = [loop.mark for loop in m.loops if loop.count == Quantity("groups", kept.cell.group)]
        if running and not (isinstance(key, Place) and key.turn in running):
            return sequence(loosened(kept.parts), "list", kept.deps)  # of one group, whichever the loop is at
        return kept
    if kept is not None or value.entries:
        return None
    cell = Parts((), ())
    cell.group = births()
    made = Sequence("list", cell)
    m.write(value.meta, "rest", made)
    m.write(value.meta, GROUP, Const(cell.group))
    return made


def groups(value: Mapping) -> Many | None:
    """The keys of such a dictionary."""
    kept = value.rest
    if not isinstance(kept, Sequence) or not _is_own(value, kept) or value.entries:
        return None
    return Many(Place(deps=value.deps), Quantity("groups", kept.cell.group), "other")


def ungroup(m: Machine, value: Mapping) -> None:
    """A group may be gone."""
    if GROUP in value.meta:
        m.store.write(value.meta, GROUP, NONE)


def _is_own(value: Mapping, kept: Sequence) -> bool:
    group = value.meta.get(GROUP)
    return bool(kept.cell.group) and isinstance(group, Const) and group.value == kept.cell.group
