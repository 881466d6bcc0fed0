"""Weights of draws: numbers divided by what is the same for all of them, such as their sum."""

from __future__ import annotations

import ast
from dataclasses import replace

from auditor.frozen import frozen
from auditor.model import Message, Quantity, Unit, message
from auditor.trace.machine import Machine
from auditor.trace.quantity import ONE, OPAQUE, walk
from auditor.trace.reach import reach_deps
from auditor.trace.reals import Real, expression
from auditor.trace.values import (
    UNKNOWN,
    Array,
    Choice,
    Const,
    Foreign,
    Many,
    Number,
    Sequence,
    Unknown,
    Value,
    abstract,
    sequence,
    some_of,
)

_SCALES = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv)
_VARIES = ("steps", "first_move", "episodes_in_file", "opaque", "carried")


@abstract()
class Share(Real):
    """``of`` times a positive number that is the same for every element of the array."""

    of: Value = UNKNOWN


@abstract()
class Total(Unknown):
    """The sum of an array, of which no more is known than what it counts, and that it was made at ``mark``."""

    unit: Unit = "unknown"
    mark: int = 0


def total(m: Machine, value: Value, unit: Unit = "unknown") -> Value:
    """``value`` as the sum of a whole array: one number, whoever is divided by it."""
    return Total(value.why, "", unit, m.marks, deps=value.deps) if type(value) is Unknown else value


def divided(m: Machine, op: ast.operator, left: Value, right: Value) -> Value | None:
    """``left op right`` for what is divided by a number that is the same for all, or for a total and a fixed number."""
    deps = left.deps | right.deps
    if isinstance(left, Total) and isinstance(right, Const) and isinstance(op, _SCALES):
        return replace(left, deps=deps)  # some of what there are, or some times as many
    if not isinstance(op, ast.Div):
        return None
    if isinstance(left, Sequence) and left.parts and _is_number(right):
        if not all(isinstance(part, Many) for part in left.parts):
            return None
        return sequence([_share_of(part) for part in left.parts if isinstance(part, Many)], left.kind, deps)
    element = isinstance(left, Number) or _is_choice_of_numbers(left)
    element = element or (isinstance(left, Const) and left.value == 1 and not isinstance(right, Const))
    if not element or not _is_common(m, right):
        return None
    number = expression(op, left, right) or Real()
    return Share(None, "", number.quantity, number.unit, number.spans, left, deps=deps)


def _share_of(part: Many) -> Many:
    return replace(part, element=Share(of=part.element, deps=part.element.deps))


def _is_choice_of_numbers(value: Value) -> bool:
    return isinstance(value, Choice) and all(isinstance(option, (Number, Const)) for option in value.options)


def _is_number(value: Value) -> bool:
    """Whether a divisor is certainly one number, and not an array of them."""
    if isinstance(value, Const):
        return isinstance(value.value, (int, float)) and value.value > 0
    return isinstance(value, (Number, Total))


def _is_common(m: Machine, value: Value) -> bool:
    """Whether it is one number that was there before the loops that are running began."""
    if isinstance(value, Total):
        return all(value.mark < loop.mark for loop in m.loops)
    if isinstance(value, Number):
        return not _varies(value.quantity)
    return isinstance(value, Const) and _is_number(value)


def _varies(quantity: Quantity) -> bool:
    """Whether a number may differ from one episode to the next; a sum over them does not."""
    if quantity.op == "sum":
        return False
    return quantity.op in _VARIES or any(_varies(part) for part in quantity.args)


# ------------------------------------------------------------------------------------------ what a draw goes by


@frozen
class Weight:
    """How likely each element is: in proportion to ``quantity``, but for those that weigh nothing at all (``zero``).

    ``quantity`` is ``None`` where that is not known, and ``why`` says why.  ``order`` is that of the list of weights.
    """

    quantity: Quantity | None
    zero: bool = False
    why: Message | None = None
    order: int = 0

    def belongs_to(self, orders: set[int]) -> bool:
        """Whether each weight is that of the element at its place, for lists of these ``orders``."""
        return orders == {self.order} or (self.quantity == ONE and not self.zero)


NOT_ITS_PLACE = message("whether each weight belongs to the file at its place is not known")


def weight_of(weights: Value | None, count: Quantity | None, order: int | None = None) -> Weight:
    """What ``weights`` make of a draw from ``count`` elements in that ``order`` (``None``: only places are drawn)."""
    if not isinstance(weights, Sequence):
        return Weight(None, why=_why(weights))
    part = weights.parts[0] if len(weights.parts) == 1 else None
    if not isinstance(part, Many):
        return Weight(None, why=message("the weights are a list of their own"))
    even = _numbers(part.element) == [ONE]
    if count is None or some_of(part) != count or count == OPAQUE or not (even or order in (None, part.order)):
        return Weight(None, why=NOT_ITS_PLACE)
    if any(dep.kind == "draw" for dep in reach_deps(part.element)):
        return Weight(None, why=message("the weights are drawn at random"))
    values = _numbers(part.element)
    if None in values:
        return Weight(None, why=_why(None))
    weights_but_zero = {value for value in values if value is not None and value != Quantity("const", 0)}
    if len(weights_but_zero) != 1:
        return Weight(None, why=message("the weights depend on something that is not known"))
    quantity = weights_but_zero.pop()
    if any(part.op in ("opaque", "carried", "sum", "files", "episodes") for part in walk(quantity)):
        return Weight(None, why=_why(None))
    return Weight(ONE if quantity.op == "const" else quantity, len(values) > 1, order=part.order)


def _numbers(value: Value) -> list[Quantity | None]:
    if isinstance(value, Share):
        return _numbers(value.of)
    if isinstance(value, Choice):
        return [number for option in value.options for number in _numbers(option)]
    if isinstance(value, Number):
        return [value.quantity]
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and value.value >= 0:
        return [ONE if value.value == 1 else Quantity("const", 0) if value.value == 0 else None]
    return [None]


def _why(weights: Value | None) -> Message:
    if isinstance(weights, (Array, Foreign)):
        return message("the weights are read from a file")
    return message("how the weights are computed is not followed")
