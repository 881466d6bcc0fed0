"""Classes of the checkout: bodies, inheritance, dataclasses, enums."""

from __future__ import annotations

import ast

from auditor.trace.keywords import Keywords
from auditor.trace.machine import Frame, Machine
from auditor.trace.spelling import spelled
from auditor.trace.state import Environment
from auditor.trace.values import (
    Class,
    Const,
    External,
    Function,
    Instance,
    Value,
    Wrapped,
)

MAX_ANCESTORS = 64


def make_class(m: Machine, node: ast.ClassDef) -> Value:
    """Run a class body, link its bases, and run the hooks of its metaclass and bases."""
    from auditor.trace.class_hooks import given_keywords, metaclass_of

    bases = tuple(m.evaluate(base) for base in node.bases)
    given, keywords = given_keywords(m, node)
    scope = Environment(m.frame.scope, class_scope=True)
    m.frames.append(Frame(m.frame.path, scope, m.frame.function, m.frame.receiver))
    try:
        m.execute(node.body)
    finally:
        m.frames.pop()
    return linked(m, node, dict(scope.names), bases, metaclass_of(given, bases), keywords)


def linked(
    m: Machine,
    node: ast.ClassDef,
    namespace: dict[object, Value],
    bases: tuple[Value, ...],
    meta: Class | None,
    keywords: Keywords,
) -> Value:
    """The class of these names and bases, after the hooks of its metaclass and bases."""
    from auditor.trace.class_hooks import run_hooks

    made = Class(node.name, node, m.frame.path, namespace, bases)
    order = linearise(made, bases)
    fields = _named_tuple_fields(node) if _has_base(order, "NamedTuple") else None
    result = Class(node.name, node, m.frame.path, namespace, bases, order, fields, meta)
    final = (result, *order[1:])
    object.__setattr__(result, "order", final)
    for name, value in list(namespace.items()):
        namespace[name] = own(value, result)
    if _has_base(order, "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"):
        _members(result)
    m.notes.classes.append((result, bool(m.undecided or m.loops)))
    return run_hooks(m, result, keywords, node)


def own(value: Value, owner: Class) -> Value:
    """Tell a function which class it was defined in (for ``super()``)."""
    from dataclasses import replace

    if isinstance(value, Function) and value.owner is None:
        return replace(value, owner=owner)
    if isinstance(value, Wrapped):
        setter = own(value.setter, owner) if value.setter is not None else None
        return Wrapped(value.kind, own(value.function, owner), setter)
    return value


def linearise(cls: Class, bases: tuple[Value, ...]) -> tuple[Class | External, ...]:
    """Method resolution order (C3); a base that is not known stands as a library class of unknown name."""
    sequences: list[list[Class | External]] = []
    direct: list[Class | External] = []
    for base in bases:
        if isinstance(base, Class):
            sequences.append(list(base.order))
            direct.append(base)
        elif isinstance(base, External):
            if base.name != "builtins.object":
                sequences.append([base])
                direct.append(base)
        else:
            stranger = External("?")
            sequences.append([stranger])
            direct.append(stranger)
    sequences.append(direct)
    order: list[Class | External] = [cls]
    if sum(map(len, sequences)) > MAX_ANCESTORS:
        return (cls, External("?"))
    while any(sequences):
        sequences = [items for items in sequences if items]
        head = _next_head(sequences)
        order.append(head)
        sequences = [[item for item in items if not _equal(item, head)] for items in sequences]
    return tuple(order)


def _equal(left: Class | External, right: Class | External) -> bool:
    if isinstance(left, External) and isinstance(right, External):
        return left.name == right.name
    if isinstance(left, Class) and isinstance(right, Class):
        return left.node is right.node and left.namespace is right.namespace
    return False


def _next_head(sequences: list[list[Class | External]]) -> Class | External:
    for items in sequences:
        if not any(_equal(items[0], item) for other in sequences for item in other[1:]):
            return items[0]
    return sequences[0][0]


def _has_base(order: tuple[Class | External, ...], *names: str) -> bool:
    return any(isinstance(base, External) and base.name.rsplit(".", 1)[-1] in names for base in order)


def _named_tuple_fields(node: ast.ClassDef) -> tuple[str, ...]:
    return tuple(
        item.target.id for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    )


def dataclass_fields(cls: Class) -> tuple[str, ...]:
    """Names of the fields of a dataclass, inherited ones first."""
    names: list[str] = []
    for base in reversed(cls.order):
        if isinstance(base, Class) and (base is cls or base.fields is not None):
            for item in base.node.body:
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    annotation = spelled(item.annotation)
                    if "ClassVar" not in annotation and item.target.id not in names:
                        names.append(item.target.id)
    return tuple(names)


def _members(cls: Class) -> None:
    for name, value in list(cls.namespace.items()):
        if isinstance(name, str) and not name.startswith("_") and isinstance(value, Const):
            cls.namespace[name] = Instance(cls, {"value": value, "name": Const(name), "_value_": value})
