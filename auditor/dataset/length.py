"""What ``len(dataset)`` is, and whether it is proved to be zero."""

from __future__ import annotations

import ast
import posixpath

from auditor.dataset.chain import LineOf, chain_of, merge_chains
from auditor.dataset.observe import Observation
from auditor.model import Chain, Evidence, Length, Location, Message, Quantity, Unit, message
from auditor.trace.join import same
from auditor.trace.notes import LengthCall
from auditor.trace.quantity import unit_of, walk
from auditor.trace.shares import Total
from auditor.trace.values import Choice, Const, Foreign, Number, Unknown, Value

_BUFFER_WORDS = ("buf", "chunk", "slot", "queue")


def describe_length(observation: Observation, line_of: LineOf) -> tuple[Length, bool | None, Chain]:
    """The length, whether it is certainly zero, and the chain of the innermost ``__len__``."""
    value = observation.value
    call = innermost(observation)
    location = None
    expression = ""
    chain: Chain = ()
    if call is not None:
        location = Location(call.path, _line(call.node), _line(call.node))
        expression = ast.unparse(call.returned.value) if call.returned is not None and call.returned.value else ""
        chain = length_chain(observation, call, line_of)
    if observation.raised is not None:
        failure = message("asking for the length fails: {error}", error=observation.raised.detail)
        return Length(None, "unknown", expression, location, failure, chain=chain), None, chain
    known, quantity, unit = _number(value, call)
    reason: Message | None = None if known is not None else _reason(value, quantity)
    empty = None if known is None else known == 0
    return Length(known, unit, expression, location, reason, quantity, chain), empty, chain


def innermost(observation: Observation) -> LengthCall | None:
    """The ``__len__`` whose value became the answer: the first to finish with that value."""
    value = observation.value
    if value is None:
        return observation.lengths[-1] if observation.lengths else None
    for call in observation.lengths:
        if same(call.value, value) or _equal(call.value, value) or _both_unknown(call.value, value):
            return call
    return observation.lengths[0] if observation.lengths else None


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, Number) and isinstance(right, Number):
        return left.quantity == right.quantity and left.unit == right.unit
    return False


def _both_unknown(left: Value, right: Value) -> bool:
    return isinstance(left, (Unknown, Foreign)) and isinstance(right, (Unknown, Foreign))


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def length_chain(observation: Observation, call: LengthCall, line_of: LineOf) -> Chain:
    """Decisions and definitions on the way to the innermost ``__len__``."""
    links: list[Evidence] = []
    for step in reversed(observation.lengths):
        links.extend(chain_of(step.control, line_of))
        note = message("the length is {expression}", expression=_expression(step))
        line = step.returned.lineno if step.returned is not None else _line(step.node)
        place = Location(step.path, line, line)
        links.append(Evidence("length", place, line_of(step.path, line), note, _symbol(step)))
        if step is call:
            break
    return merge_chains([tuple(links)])


def _expression(call: LengthCall) -> str:
    if call.returned is None or call.returned.value is None:
        return "None"
    return ast.unparse(call.returned.value)[:200]


def _symbol(call: LengthCall) -> str:
    from auditor.trace.values import Instance

    name = call.receiver.of.name if isinstance(call.receiver, Instance) else ""
    return f"{name}.__len__"


def _number(value: Value | None, call: LengthCall | None) -> tuple[int | None, Quantity | None, Unit]:
    if isinstance(value, Const) and isinstance(value.value, int) and not isinstance(value.value, bool):
        return int(value.value), Quantity("const", int(value.value)), _constant_unit(value, call)
    if isinstance(value, Number):
        quantity = value.quantity
        derived = unit_of(quantity)
        unit = value.unit if value.unit not in ("unknown", "constant", "other") else derived
        if quantity.op == "const":
            return quantity.value, quantity, unit
        return None, quantity, unit
    if isinstance(value, Choice):
        # A __len__ that returns None raises: the way that goes on has a length.
        sized = [option for option in value.options if not (isinstance(option, Const) and option.value is None)]
        if len(sized) == 1:
            return _number(sized[0], call)
        units = {_number(option, call)[2] for option in sized}
        return None, None, units.pop() if len(units) == 1 else "unknown"
    return None, None, value.unit if isinstance(value, Total) else "unknown"


def _constant_unit(value: Const, call: LengthCall | None) -> Unit:
    """A length made of configured numbers counts slots where their names say so; otherwise it is a constant."""
    names = [dep.name for dep in value.deps if dep.kind in ("config", "flag")]
    if call is not None and call.returned is not None:
        names.append(_expression(call))
    text = " ".join(names).lower()
    factors = call is not None and call.returned is not None and isinstance(call.returned.value, ast.BinOp)
    if factors and sum(word in text for word in _BUFFER_WORDS) >= 1:
        return "buffer_slots"
    if value.value == 0:
        return "constant"
    return "constant"


def _reason(value: Value | None, quantity: Quantity | None) -> Message:
    folders = {part.folder for part in walk(quantity) if part.folder} if quantity is not None else set()
    if folders:
        return message("the data in {folder} is not here", folder=posixpath.join(sorted(folders)[0], ""))
    why = getattr(value, "why", None)
    if isinstance(why, Message):
        return why
    return message("the length depends on data that the audit does not have")


def with_value(length: Length, value: int) -> Length:
    """The length with a number that a probe found."""
    from dataclasses import replace

    return replace(length, value=value, reason=None)
