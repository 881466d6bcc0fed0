"""Operators between objects: methods such as ``__add__``, and datasets that ``+`` puts one behind the other."""

from __future__ import annotations

import ast

from auditor.trace.attributes import find
from auditor.trace.displays import merge_mapping
from auditor.trace.machine import Machine
from auditor.trace.values import (
    Choice,
    Contents,
    External,
    Foreign,
    Function,
    Instance,
    Mapping,
    Unknown,
    Value,
    mapping,
    sequence,
    unknown,
    with_deps,
)

_NAMES: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}


def by_method(m: Machine, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value | None:
    """``left op right`` where a method of an object decides what it is; ``None`` where there is no such object."""
    if isinstance(op, ast.BitOr) and isinstance(left, Mapping) and isinstance(right, (Mapping, Unknown)):
        return _united(m, left, right)
    if not isinstance(left, (Instance, Foreign, Choice)) and not isinstance(right, (Instance, Choice)):
        return None
    if isinstance(left, Choice) or isinstance(right, Choice):
        return _of_options(m, op, left, right, node)
    name = _NAMES[type(op)]
    if isinstance(left, Instance):
        found, _ = find(left.of, f"__{name}__")
        if isinstance(found, Function):
            return m.call(m.attribute(left, f"__{name}__", node), [right], [], node)
    if isinstance(op, ast.Add) and _joins(left):
        return m.call(External("torch.utils.data.ConcatDataset"), [sequence([left, right], "list")], [], node)
    if isinstance(right, Instance):
        found, _ = find(right.of, f"__r{name}__")
        if isinstance(found, Function):
            return m.call(m.attribute(right, f"__r{name}__", node), [left], [], node)
    return None


def _united(m: Machine, left: Mapping, right: Value) -> Mapping:
    """``left | right``: a dictionary with the entries of both, where ``right`` decides."""
    made = mapping(Contents(left.entries), closed=left.closed, deps=left.deps)
    made.meta.update(left.meta)
    merge_mapping(m, made, right)
    return with_deps(made, right.deps)  # type: ignore[return-value]


def _of_options(m: Machine, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value | None:
    """The operator on each option, where datasets or objects with methods of their own are among them."""
    lefts = left.options if isinstance(left, Choice) else (left,)
    rights = right.options if isinstance(right, Choice) else (right,)
    if not any(isinstance(option, Instance) or _joins(option) for option in (*lefts, *rights)):
        return None

    def side(one: Value, other: Value) -> Value:
        found = by_method(m, op, one, other, node)
        return found if found is not None else unknown(one.deps | other.deps)

    pairs = [(one, other) for one in lefts for other in rights]
    return m.choose([lambda one=one, other=other: side(one, other) for one, other in pairs], left.deps | right.deps)  # type: ignore[misc]


def _joins(value: Value) -> bool:
    """Whether ``value`` is one of torch's datasets, whose ``+`` is :class:`ConcatDataset`."""
    if isinstance(value, Foreign):
        return value.name in ("torch.utils.data.ConcatDataset", "torch.utils.data.Subset")
    bases = value.of.order if isinstance(value, Instance) else ()
    return any(isinstance(base, External) and base.name in _TORCH_DATASETS for base in bases)


_TORCH_DATASETS = ("torch.utils.data.Dataset", "torch.utils.data.dataset.Dataset", "torch.utils.data.ConcatDataset")
