"""What is taken out of lists, sets and dictionaries; where it is not known what goes, anything may be gone."""

from __future__ import annotations

from dataclasses import replace

from auditor.model import Quantity
from auditor.trace.join import same
from auditor.trace.keyed import forget_keys
from auditor.trace.machine import Machine
from auditor.trace.parts_taken import bounds_of, left
from auditor.trace.quantity import NOTHING, ONE, OPAQUE
from auditor.trace.state import MISSING
from auditor.trace.values import Const, Contents, Deps, Many, Mapping, Part, Sequence, Value, unknown, with_deps

MUTATORS = frozenset(
    {
        "add",
        "append",
        "clear",
        "difference_update",
        "extend",
        "extendleft",
        "insert",
        "intersection_update",
        "move_to_end",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "rotate",
        "setdefault",
        "sort",
        "subtract",
        "symmetric_difference_update",
        "update",
        "__delitem__",
        "__iadd__",
        "__setitem__",
    }
)
"""Methods of containers that change them; after one without a model, nobody knows what is in there."""


def loosened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts, of which each may be gone."""
    return tuple(
        Many(part.element, OPAQUE, part.unit, True, part.spans)
        if isinstance(part, Many)
        else Many(part, ONE, "other", True)
        for part in parts
    )


def without_first(parts: tuple[Part, ...], value: Value) -> tuple[Part, ...]:
    """The parts after ``list.remove(value)``: the first equal one goes."""
    for place, part in enumerate(parts):
        if isinstance(part, Const) and isinstance(value, Const):
            if part.value == value.value:
                return parts[:place] + parts[place + 1 :]
        elif isinstance(part, Value) and same(part, value):
            return parts[:place] + parts[place + 1 :]
        else:
            break
    return loosened(parts)


def delete_item(m: Machine, holder: Value, key: Value) -> None:
    """``del holder[key]``."""
    if isinstance(holder, Mapping):
        forget_keys(m, holder)
        if isinstance(key, Const):
            m.store.write(holder.entries, key.value, MISSING)
        else:
            _may_be_gone(holder)
    elif isinstance(holder, Sequence):
        kept = _without_place(m, holder.parts, key)
        m.store.write(holder.cell, "parts", tuple(_depending(part, key.deps) for part in kept) if key.deps else kept)


def _depending(part: Part, deps: Deps) -> Part:
    """An element of which others before it are gone: which one it is depends on which these were."""
    if isinstance(part, Many):
        return replace(part, element=with_deps(part.element, deps))
    return with_deps(part, deps)


def _without_place(m: Machine, parts: tuple[Part, ...], key: Value) -> tuple[Part, ...]:
    if any(isinstance(part, Many) for part in parts):
        if isinstance(key, Sequence) and key.kind == "slice":
            some = left(m, parts, bounds_of(key), key.deps)
            return some if some is not None else loosened(parts)
        return without_one(m, parts, key)
    kept = list(parts)
    try:
        if isinstance(key, Const):
            del kept[key.value]  # type: ignore[arg-type]
            return tuple(kept)
        if isinstance(key, Sequence) and key.kind == "slice":
            bounds = [part.value for part in key.parts if isinstance(part, Const)]
            if len(bounds) == 3:
                del kept[slice(*bounds)]  # type: ignore[arg-type]
                return tuple(kept)
    except (IndexError, TypeError, ValueError):
        pass
    return loosened(parts)


def without_one(m: Machine, parts: tuple[Part, ...], place: Value) -> tuple[Part, ...]:
    """The parts without the element at ``place``: one less where that is a number."""
    if isinstance(place, Const) and isinstance(place.value, int):
        stop = Quantity("const", place.value + 1) if place.value != -1 else NOTHING
        some = left(m, parts, (Quantity("const", int(place.value)), stop, NOTHING), place.deps)
        if some is not None:
            return some
    return loosened(parts)


def clear_mapping(m: Machine, holder: Mapping) -> None:
    """``dict.clear``."""
    for key in list(holder.entries):
        m.store.write(holder.entries, key, MISSING)
    if holder.rest is not None:
        m.store.write(holder.meta, "rest", MISSING)


def changed_somehow(m: Machine, holder: Value, deps: Deps) -> None:
    """After a method that changes ``holder`` in a way that has no model."""
    if isinstance(holder, Sequence):
        more = Many(unknown(deps), OPAQUE, "unknown", True)
        m.store.write(holder.cell, "parts", (*loosened(holder.parts), more))
    elif isinstance(holder, Mapping):
        _may_be_gone(holder)
        m.store.write(holder.meta, "rest", unknown(deps))


def _may_be_gone(holder: Mapping) -> None:
    if isinstance(holder.entries, Contents):
        holder.entries.maybe.update(holder.entries)
