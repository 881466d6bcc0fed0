"""Sorted, reversed and shuffled sequences."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial
from typing import Any

from auditor.trace.join import join
from auditor.trace.machine import Machine
from auditor.trace.quantity import constant
from auditor.trace.values import (
    NO_DEPS,
    Bottom,
    Const,
    Deps,
    Many,
    Part,
    Sequence,
    Text,
    Value,
    births,
    is_none,
    reordered,
    with_deps,
)


def in_order(
    m: Machine, parts: tuple[Part, ...], key: Value | None, reverse: bool | None, node: ast.AST
) -> tuple[Part, ...]:
    """The parts as ``sorted`` puts them, or in an order that is not known."""
    if len(parts) < 2:
        return _lined_up(m, tuple(map(reordered, parts)), key, reverse, node)
    if reverse is None or any(isinstance(part, Many) for part in parts):
        return _lined_up(m, any_order(parts, NO_DEPS), key, reverse, node)
    keys: list[Any] = []
    for part in parts:
        assert isinstance(part, Value)
        plain = comparable(part if key is None or is_none(key) else m.call(key, [part], [], node))
        if plain is None:
            return any_order(parts, NO_DEPS)
        keys.append(plain[0])
    try:
        order = sorted(range(len(parts)), key=lambda place: keys[place], reverse=reverse)
    except TypeError:
        return any_order(parts, NO_DEPS)
    return tuple(parts[place] for place in order)


def _lined_up(
    m: Machine, parts: tuple[Part, ...], key: Value | None, reverse: bool | None, node: ast.AST
) -> tuple[Part, ...]:
    """The parts, whose order is remembered where it is that of the paths of files."""
    part = parts[0] if len(parts) == 1 else None
    if not isinstance(part, Many) or part.count.op != "files" or reverse is None:
        return parts
    by, one_folder = part.element, part.count.over in ("listed", "plain")
    if key is not None and not is_none(key):
        by = m.choose([partial(m.call, key, [part.element], [], node)], NO_DEPS)
        if not isinstance(by, Text) or by.pattern is None:
            return parts
    full = isinstance(by, Text) and by.role == "file"
    named = by is part.element or (isinstance(by, Text) and by.role == "name")
    if full or (one_folder and named):
        m.lines[part.order] = "reversed" if reverse else "sorted"
    return parts


def comparable(value: Value, depth: int = 3) -> tuple[Any] | None:
    """The plain Python value of a constant, or of a tuple or list of them, in a tuple of one; None for others.

    A list that is in itself has no plain value, and one that nests deeply has none that is computed here.
    """
    if isinstance(value, Const):
        return (value.value,)
    if isinstance(value, Sequence) and value.kind in ("tuple", "list") and depth and len(value.parts) <= 64:
        items = [comparable(part, depth - 1) if isinstance(part, Value) else None for part in value.parts]
        plain = [item[0] for item in items if item is not None]
        if len(plain) == len(items):
            return (tuple(plain) if value.kind == "tuple" else plain,)
    return None


def any_order(parts: tuple[Part, ...], deps: Deps) -> tuple[Part, ...]:
    """The same elements in an order that is not known: one kind of element, as many as there were."""
    exact = [part for part in parts if isinstance(part, Value)]
    rest = [part for part in parts if isinstance(part, Many)]
    element: Value = Bottom()
    for part in exact:
        element = join(element, part, deps)
    for many in rest:
        element = join(element, many.element, deps)
    if not exact:
        return tuple(replace(part, element=with_deps(element, deps), order=births()) for part in rest)
    return (
        Many(with_deps(element, deps), constant(len(exact)), "other"),
        *(replace(part, element=with_deps(element, deps), order=births()) for part in rest),
    )
