"""Python's built-in functions and a few constants."""

from __future__ import annotations

import argparse
import ast
import math
from collections.abc import Callable

from auditor.model import Location, message
from auditor.trace.calls import bare
from auditor.trace.comparison import compare
from auditor.trace.containers import length
from auditor.trace.held import held_list
from auditor.trace.library.base import Call, model
from auditor.trace.machine import Machine, Signal
from auditor.trace.operators import plain_items, truth
from auditor.trace.values import (
    NONE,
    Array,
    Bottom,
    Class,
    Const,
    External,
    Foreign,
    Function,
    Instance,
    Sequence,
    Value,
    is_none,
    sequence,
    unknown,
)

CONSTANTS: dict[str, Callable[[Machine], Value]] = {
    "math.pi": lambda m: Const(math.pi),
    "math.inf": lambda m: Const(math.inf),
    "numpy.pi": lambda m: Const(math.pi),
    "numpy.inf": lambda m: Const(math.inf),
    "numpy.newaxis": lambda m: NONE,
    "os.sep": lambda m: Const("/"),
    "os.path.sep": lambda m: Const("/"),
    "sys.argv": lambda m: sequence(m.program.argv),
    "sys.path": lambda m: Foreign("sys.path"),
    "sys.platform": lambda m: Const("linux"),
    "os.name": lambda m: Const("posix"),
    "sys.maxsize": lambda m: Const(2**63 - 1),
    "typing.TYPE_CHECKING": lambda m: Const(False),
    "argparse.OPTIONAL": lambda m: Const(argparse.OPTIONAL),
    "argparse.ZERO_OR_MORE": lambda m: Const(argparse.ZERO_OR_MORE),
    "argparse.ONE_OR_MORE": lambda m: Const(argparse.ONE_OR_MORE),
    "argparse.REMAINDER": lambda m: Const(argparse.REMAINDER),
    "argparse.PARSER": lambda m: Const(argparse.PARSER),
    "argparse.SUPPRESS": lambda m: Const(argparse.SUPPRESS),
}


@model("builtins.len")
def _len(m: Machine, call: Call) -> Value:
    value = call.get(0)
    if value is None:
        raise m.fail("TypeError", message("len() needs an argument"), call.node)
    if isinstance(value, Instance):
        return instance_length(m, value, call.node)
    if isinstance(value, Foreign):
        return foreign_length(m, value, call.node)
    if isinstance(value, Sequence) and value.kind == "generator":
        return m.fails("TypeError", message("a generator has no length"), call.node, call.deps)
    if isinstance(value, Const) and not isinstance(value.value, (str, bytes)):
        return m.fails("TypeError", message("{value} has no length", value=repr(value.value)[:40]), call.node)
    return length(value)


def instance_length(m: Machine, value: Instance, node: ast.AST) -> Value:
    """``len`` of an object of the checkout: its ``__len__``, remembered for the chain."""
    from auditor.trace.attributes import find, special

    method, base = find(value.of, "__len__")
    name = value.of.name
    if method is None:
        if base is not None and not isinstance(base, Class):
            held = held_list(value)
            return length(held) if held is not None else unknown(value.deps)
        return m.fails("TypeError", message("{cls} has no __len__", cls=value.of.name), node, value.deps)
    result = m.call(special(m, value, "__len__", node), [], [], node)
    if _divides(method):
        detail = message("__len__ of {cls} divides with /, which gives no whole number", cls=name)
        return m.fails("TypeError", detail, node, result.deps)
    if not isinstance(result, Const) or isinstance(result.value, bool):
        return result
    if not isinstance(result.value, int):
        detail = message("__len__ of {cls} gives {value}, which is no whole number", cls=name, value=repr(result.value))
        return m.fails("TypeError", detail, node, result.deps)
    if result.value < 0:
        detail = message("__len__ of {cls} gives {value}, which is below zero", cls=name, value=result.value)
        return m.fails("ValueError", detail, node, result.deps)
    return result


def _divides(method: Value) -> bool:
    """Whether the only thing that a ``__len__`` returns is a quotient."""
    node = method.node if isinstance(method, Function) else None
    if node is None or isinstance(node, ast.Lambda):
        return False
    ends = [part for part in ast.walk(node) if isinstance(part, ast.Return)]
    return len(ends) == 1 and isinstance(ends[0].value, ast.BinOp) and isinstance(ends[0].value.op, ast.Div)


def foreign_length(m: Machine, value: Foreign, node: ast.AST) -> Value:
    """``len`` of a library object, where a model knows it."""
    from auditor.trace.library.base import MODELS

    function = MODELS.get(f"{value.name}.__len__")
    return function(m, Call(f"{value.name}.__len__", value, (), (), node)) if function else unknown(value.deps)


@model("sys.exit", "builtins.exit", "builtins.quit", "os._exit", "os.abort")
def _exit(m: Machine, call: Call) -> Value:
    error = m.fail("SystemExit", message("the program ends here"), call.node)
    given = call.get(0) or NONE
    if isinstance(given, Const):
        error.code = given.value if isinstance(given.value, int) else 0 if given.value is None else 1
    raise error


@model("builtins.super")
def _super(m: Machine, call: Call) -> Value:
    from auditor.trace.values import Super

    if len(call.args) == 2 and isinstance(call.args[0], Class):
        return Super(call.args[1], call.args[0])
    return unknown()


@model("builtins.input", "logging.info", "logging.warning", "logging.basicConfig")
def _says(m: Machine, call: Call) -> Value:
    return NONE


@model("builtins.print")
def _print(m: Machine, call: Call) -> Value:
    target = call.get(99, "file")
    if target is None or is_none(target):
        m.notes.printed.append(_line(call) if m.surely() else None)
        places = {(dep.path, dep.line) for dep in call.deps if dep.kind == "config" and dep.path}
        m.notes.printed_from += [Location(path, line, line) for path, line in sorted(places)]
    elif not (isinstance(target, External) and target.name == "sys.stderr"):
        m.notes.printed.append(None)
    return NONE


def _line(call: Call) -> str | None:
    """The text that ``print`` writes, where it is known."""
    pieces = [_shown(value) for value in call.args]
    known = [piece for piece in pieces if piece is not None]
    between, after = _separator(call, "sep", " "), _separator(call, "end", "\n")
    if len(known) < len(pieces) or between is None or after is None:
        return None
    return between.join(known) + after


def _separator(call: Call, name: str, default: str) -> str | None:
    value = call.get(99, name)
    return default if value is None or is_none(value) else call.text(99, name)


def _shown(value: Value) -> str | None:
    """What ``print`` makes of a value, where that is known."""
    if isinstance(value, Const) and isinstance(value.value, (str, int, float, bool, type(None))):
        return str(value.value)
    if isinstance(value, Sequence) and value.kind in ("list", "tuple"):
        items = plain_items(value)
        return str(items if value.kind == "list" else tuple(items)) if items is not None else None
    return None


@model("builtins.slice")
def _slice(m: Machine, call: Call) -> Value:
    args = [*call.args]
    bounds = [NONE, *args, NONE][:3] if len(args) == 1 else [*args, NONE, NONE][:3]
    return sequence(bounds, "slice", call.deps)


@model("builtins.object.__init__")
def _nothing(m: Machine, call: Call) -> Value:
    return NONE


@model("*.__new__")
def _new(m: Machine, call: Call) -> Value:
    cls = call.get(0)
    return bare(m, cls, call.node) if isinstance(cls, Class) else unknown(call.deps)


def equal(m: Machine, left: Value, right: Value) -> bool | None:
    """Whether two values are equal, or None."""
    return truth(compare(ast.Eq(), left, right))


__all__ = ["CONSTANTS", "Bottom", "Signal"]


@model("builtins.exec", "builtins.compile")
def _never(m: Machine, call: Call) -> Value:
    if call.name.endswith("exec"):
        m.write(m.frame.scope.globals.names, "*", unknown())
    return unknown(call.deps)


@model("array.__len__")
def _array_length(m: Machine, call: Call) -> Value:
    return length(call.receiver) if isinstance(call.receiver, Array) else unknown(call.deps)
