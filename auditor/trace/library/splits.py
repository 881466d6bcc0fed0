"""Parts of lists and datasets that libraries make: samples, splits into training and validation, first elements."""

from __future__ import annotations

import ast
import math

from auditor.model import Quantity, Unit, message
from auditor.trace.containers import element_of
from auditor.trace.demands import demand, has_any
from auditor.trace.library.base import Call, model
from auditor.trace.library.torch_data import PART_LENGTH, dataset_length
from auditor.trace.machine import Machine
from auditor.trace.operators import number_of, unit_among
from auditor.trace.ordering import any_order
from auditor.trace.parts_taken import first_of, together
from auditor.trace.quantity import NOTHING, OPAQUE, combine, constant, cut, in_floats, rounded
from auditor.trace.reals import as_real, of_whole_number
from auditor.trace.values import (
    NO_DEPS,
    NONE,
    Const,
    Foreign,
    Many,
    Number,
    Sequence,
    Value,
    is_none,
    sequence,
    unknown,
)


@model("numpy.ceil", "numpy.floor", "numpy.round", "numpy.rint", "numpy.around", "numpy.trunc", "numpy.fix")
def _rounded(m: Machine, call: Call) -> Value:
    name = call.name.rsplit(".", 1)[-1]
    op = {"rint": "round", "around": "round", "fix": "trunc"}.get(name, name)
    alone = len(call.args) == 1 and not call.keywords
    made = of_whole_number(op, call.args[0]) if alone else None
    return made if made is not None else m.program.library.unmodelled(m, call)


@model("itertools.islice")
def _islice(m: Machine, call: Call) -> Value:
    """Elements of a walk through a list, which has no negative places."""
    if not call.args or call.keywords:
        return unknown(call.deps)
    items = m.iterate(call.args[0], call.node)
    bounds = [NONE, call.args[1], NONE] if len(call.args) == 2 else [*call.args[1:], NONE, NONE][:3]
    if any(isinstance(bound, Const) and isinstance(bound.value, int) and bound.value < 0 for bound in bounds):
        return m.fails("ValueError", message("islice() takes no negative number"), call.node, call.deps)
    plain = sequence(items.parts, "list", items.deps)
    found = m.item(plain, sequence(bounds, "slice", call.deps), call.node)
    return sequence(found.parts, "generator", found.deps) if isinstance(found, Sequence) else found


# ------------------------------------------------------------------------------------------ scikit-learn


@model("sklearn.model_selection.train_test_split")
def _two_parts(m: Machine, call: Call) -> Value:
    """Of each list two parts, in an order of their own unless ``shuffle=False``."""
    halves: list[Value] = []
    for given in call.args:
        if not isinstance(given, Sequence):
            halves += [unknown(given.deps)] * 2
            continue
        whole = together(any_order(given.parts, NO_DEPS)) if given.parts else None
        sizes = _sizes(whole.count, call) if whole is not None else None
        if whole is not None and sizes is not None:
            has_any(m, sizes[0], message("ValueError: no element is left for the training part"), call.node)
            total = combine("add", *sizes)
            demand(m, total, "<=", whole.count, message("ValueError: the parts are larger than the whole"), call.node)
        for size in sizes or (None, None):
            some = first_of(m, whole, size) if whole is not None and size is not None else None
            part = some if some is not None and some.count != OPAQUE else _of_unknown_number(given)
            halves.append(sequence([part], deps=given.deps))
    return sequence(halves, "list")


def _of_unknown_number(given: Sequence) -> Many:
    many = [part for part in given.parts if isinstance(part, Many)]
    unit: Unit = many[0].unit if len({part.unit for part in many}) == 1 else "other"
    return Many(element_of(given, Const(0)), OPAQUE, unit, False, any(part.spans for part in many))


def _sizes(count: Quantity, call: Call) -> tuple[Quantity, Quantity] | None:
    """How many elements go to training and to the test, as scikit-learn's ``_validate_shuffle_split`` has it."""
    test, train = call.get(-1, "test_size") or NONE, call.get(-1, "train_size") or NONE
    if any(name in ("stratify", "*", "**") and not is_none(value) for name, value in call.keywords):
        return None
    if is_none(test) and is_none(train):
        test = Const(0.25)
    for_test, for_training = _size(count, test, "ceil"), _size(count, train, "floor")
    if is_none(train) and for_test is not None:
        return combine("sub", count, for_test), for_test
    if is_none(test) and for_training is not None:
        return for_training, combine("sub", count, for_training)
    return (for_training, for_test) if for_training is not None and for_test is not None else None


def _size(count: Quantity, value: Value, rounding: str) -> Quantity | None:
    if isinstance(value, Const) and isinstance(value.value, float):
        share = as_real(value)
        return rounded(rounding, in_floats("mul", share.quantity, count)) if share is not None else None
    number = number_of(value)
    return number.quantity if number is not None else None


# ------------------------------------------------------------------------------------------ torch


@model("torch.utils.data.random_split", "torch.utils.data.dataset.random_split")
def _split(m: Machine, call: Call) -> Value:
    dataset, lengths = call.get(0, "dataset"), call.get(1, "lengths")
    if dataset is None:
        return unknown(call.deps)
    given = lengths.parts if isinstance(lengths, Sequence) else (None, None)
    if any(isinstance(one, Many) for one in given):
        return sequence([Many(_part_of(dataset, None), OPAQUE, "other")], "tuple")
    sizes = _lengths(m, dataset, [one for one in given if isinstance(one, Value)], call.node)
    return sequence(
        [_part_of(dataset, size) for size in (sizes if sizes is not None else (None,) * len(given))], "tuple"
    )


def _part_of(dataset: Value, length: Value | None) -> Foreign:
    state: dict[object, Value] = {PART_LENGTH: length} if length is not None else {}
    return Foreign("torch.utils.data.Subset", (dataset,), state=state, deps=NO_DEPS)


def _lengths(m: Machine, dataset: Value, given: list[Value], node: ast.AST) -> list[Value] | None:
    """The lengths of the parts: as they are given, or made of shares that add up to one."""
    measured = dataset_length(m, dataset, node)
    whole = number_of(measured)
    plain = [one.value for one in given if isinstance(one, Const) and isinstance(one.value, (int, float))]
    shares = len(plain) == len(given) and math.isclose(sum(plain), 1) and sum(plain) <= 1
    if not shares:
        added: Quantity = constant(0)
        for one in given:
            number = number_of(one)
            added = combine("add", added, number.quantity) if number is not None else OPAQUE
        count = whole.quantity if whole is not None else OPAQUE
        if added.op == count.op == "const" and added != count:
            detail = message("{items} items in all parts, {count} in the dataset", items=added.value, count=count.value)
            raise m.fail("ValueError", detail, node)
        demand(m, added, "==", count, message("ValueError: the parts do not add up to the dataset"), node)
        unit = whole.unit if whole is not None else unit_among(measured)
        return [_of_unit(one, unit) for one in given]
    if whole is None or whole.quantity.op == "opaque":
        return None
    counts = [rounded("floor", in_floats("mul", whole.quantity, real.quantity)) for real in map(as_real, given) if real]
    left = whole.quantity
    for count in counts:
        left = combine("sub", left, count)
    # What is left goes to the parts in turn, one each.
    turns = [cut(left, constant(place), NOTHING, constant(len(counts))) for place in range(len(counts))]
    return [
        Number(combine("add", count, more), whole.unit, whole.spans, deps=measured.deps)
        for count, more in zip(counts, turns, strict=True)
    ]


def _of_unit(value: Value, unit: Unit) -> Value:
    number = number_of(value)
    if number is None:
        return Number(OPAQUE, unit) if unit != "unknown" else unknown(value.deps)
    return Number(number.quantity, unit if unit != "unknown" else number.unit, number.spans, deps=value.deps)
