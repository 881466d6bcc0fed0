"""Whether what one turn of a loop leaves is no more than what the next one assumes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from auditor.trace.join import same
from auditor.trace.operators import number_of
from auditor.trace.reals import computable
from auditor.trace.state import MISSING
from auditor.trace.values import (
    Choice,
    Deps,
    Foreign,
    Instance,
    Many,
    Mapping,
    Number,
    Origin,
    Part,
    Sequence,
    Unknown,
    Value,
)

_DEPTH = 5
"""How far into objects one looks: they may hold each other."""


def is_integer(value: Any) -> bool:
    """Whether it is an integer, known or as an expression."""
    return isinstance(value, Value) and number_of(value) is not None


def added_to(before: tuple[Part, ...], after: tuple[Part, ...]) -> tuple[Part, ...] | None:
    """What was appended, or None when the list was changed in another way."""
    common = len(before)
    if len(after) >= common and all(one is two for one, two in zip(before, after, strict=False)):
        return after[common:]
    return None


def covers(assumed: Any, after: Any, depth: int = _DEPTH) -> bool:
    """Whether what a turn leaves is no more than what the next one assumes."""
    if after is assumed or after is MISSING:
        return True
    if isinstance(assumed, tuple):
        if not isinstance(after, tuple):
            return False
        added = added_to(assumed, after)
        if added is None:
            return False
        held = [part.element if isinstance(part, Many) else part for part in assumed]
        return all(
            any(covers(one, part.element if isinstance(part, Many) else part, depth) for one in held) for part in added
        )
    if isinstance(assumed, Number) and assumed.quantity.op == "carried":
        return all(is_integer(option) for option in (after.options if isinstance(after, Choice) else (after,)))
    options = assumed.options if isinstance(assumed, Choice) else (assumed,)
    wanted = after.options if isinstance(after, Choice) else (after,)
    if any(isinstance(option, Unknown) and not option.tag and not computable(option) for option in options):
        return all(option.deps <= assumed.deps for option in wanted)
    return depth > 0 and all(any(_alike(option, one, depth - 1) for option in options) for one in wanted)


def _alike(assumed: Value, after: Value, depth: int) -> bool:
    """Whether two values are the same one, or are made alike: each turn makes tuples and objects of its own."""
    if isinstance(assumed, Sequence) and isinstance(after, Sequence) and assumed.kind == after.kind:
        return after.deps <= assumed.deps and _parts_alike(assumed.parts, after.parts, depth)
    if isinstance(assumed, Unknown) and isinstance(after, Unknown) and not computable(assumed):
        return assumed.tag == after.tag and after.deps <= assumed.deps
    if isinstance(assumed, Mapping) and isinstance(after, Mapping):
        plain = assumed.closed == after.closed and not assumed.meta and not after.meta
        return plain and _holds_alike(assumed.entries, after.entries, assumed.deps, after.deps, depth)
    if isinstance(assumed, Instance) and isinstance(after, Instance):
        twins = assumed.of is after.of and _one_place(assumed.made_at, after.made_at)
        return twins and _holds_alike(assumed.attributes, after.attributes, assumed.deps, after.deps, depth)
    return same(assumed, after) or _made_alike(assumed, after, depth)


def _parts_alike(known: tuple[Part, ...], other: tuple[Part, ...], depth: int) -> bool:
    if len(known) != len(other):
        return False
    for one, two in zip(known, other, strict=True):
        if one is two:
            continue
        if isinstance(one, Many) and isinstance(two, Many):
            if (one.count, one.unit, one.maybe, one.spans) != (two.count, two.unit, two.maybe, two.spans):
                return False
            one, two = one.element, two.element
        if not isinstance(one, Value) or not isinstance(two, Value) or not covers(one, two, depth):
            return False
    return True


def _holds_alike(
    known: dict[object, Value], other: dict[object, Value], deps: Deps, other_deps: Deps, depth: int
) -> bool:
    """Whether two objects of different turns hold the same under the same names."""
    if known is other:
        return True
    if not other_deps <= deps or list(known) != list(other) or set(_maybe(known)) != set(_maybe(other)):
        return False
    return all(covers(known[name], other[name], depth) and other[name].deps <= known[name].deps for name in known)


def _maybe(cell: dict[object, Value]) -> Iterable[object]:
    return getattr(cell, "maybe", ())


def _made_alike(known: Value, other: Value, depth: int) -> bool:
    """Whether both are objects that one call of a library made, in different turns, and that hold the same since."""
    if not isinstance(known, Foreign) or not isinstance(other, Foreign) or known.name != other.name:
        return False
    if not _one_place(known.made_at, other.made_at) or not other.deps <= known.deps:
        return False
    if not known.state and not other.state:
        return True
    return bool(known.state and other.state) and _holds_alike(
        known.state or {}, other.state or {}, known.deps, other.deps, depth
    )


def _one_place(here: Origin | None, there: Origin | None) -> bool:
    if here is None or there is None:
        return False
    return (here.path, here.line, here.symbol) == (there.path, there.line, there.symbol)
