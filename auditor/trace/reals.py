"""Numbers with a fraction that are known as an expression over the data: ``int(len(paths) * 0.9)``.

They are computed in floats, in the order in which the code does it, so that what is rounded of them is what the code
gets.
"""

from __future__ import annotations

import ast

from auditor.model import Quantity, Unit
from auditor.trace.quantity import OPAQUE, constant, in_floats, real, rounded
from auditor.trace.values import Const, Number, Unknown, Value, abstract, with_deps

_OPERATIONS: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv"}


@abstract()
class Real(Unknown):
    """A number with a fraction: ``quantity`` of what ``unit`` counts; ``opaque`` where it is not known at all."""

    quantity: Quantity = OPAQUE
    unit: Unit = "unknown"
    spans: bool = False


def computable(value: object) -> bool:
    """Whether ``value`` is a :class:`Real` of which more is known than that it is a number."""
    return isinstance(value, Real) and value.quantity != OPAQUE


def expression(op: ast.operator, left: Value, right: Value) -> Real | None:
    """``left op right``, where that has a fraction and both are known as expressions."""
    name = _OPERATIONS.get(type(op))
    one, two = as_real(left), as_real(right)
    if name is None or one is None or two is None or not (isinstance(left, _OF_DATA) or isinstance(right, _OF_DATA)):
        return None
    quantity = in_floats(name, one.quantity, two.quantity)
    if quantity == OPAQUE:
        return None
    units = {side.unit for side in (one, two)} - {"constant"}
    unit: Unit = units.pop() if len(units) == 1 else "unknown"
    return Real(None, "", quantity, unit, one.spans or two.spans, deps=left.deps | right.deps)


def as_real(value: Value) -> Real | None:
    """A number of any kind, as one with a fraction."""
    if isinstance(value, Real):
        return value if computable(value) else None
    if isinstance(value, Number):
        return Real(None, "", value.quantity, value.unit, value.spans, deps=value.deps)
    if not isinstance(value, Const) or isinstance(value.value, bool):
        return None
    if isinstance(value.value, int):
        return Real(None, "", constant(value.value), "constant", deps=value.deps)
    return Real(None, "", real(value.value), "constant", deps=value.deps) if isinstance(value.value, float) else None


def whole_number(op: str, value: Value) -> Number | None:
    """What ``int`` (``trunc``), ``floor``, ``ceil`` or ``round`` make of a number with a fraction."""
    if not isinstance(value, Real) or not computable(value):
        return None
    return Number(rounded(op, value.quantity), value.unit, value.spans, deps=value.deps)


def of_whole_number(op: str, value: Value) -> Value | None:
    """The same of numpy, which gives a number of its own type that only looks whole."""
    made = value if isinstance(value, Number) else whole_number(op, value)
    known_as = as_real(made) if made is not None else None
    return with_deps(known_as, value.deps) if known_as is not None else None


_OF_DATA = (Number, Real)
