"""Asking objects about themselves: isinstance, type, hasattr, getattr, setattr, vars, callable."""

from __future__ import annotations

import ast

from auditor.model import Quantity
from auditor.trace.join import join
from auditor.trace.library.arguments import is_open
from auditor.trace.library.base import Call, model
from auditor.trace.machine import Machine
from auditor.trace.names import looked_up, namespace
from auditor.trace.notes import Raised
from auditor.trace.values import (
    NONE,
    Class,
    Const,
    External,
    Foreign,
    Function,
    Instance,
    Many,
    Mapping,
    Module,
    Number,
    Sequence,
    Text,
    Value,
    Wrapped,
    sequence,
    surely,
    unknown,
)


@model("builtins.isinstance")
def _isinstance(m: Machine, call: Call) -> Value:
    if len(call.args) != 2:
        return unknown(call.deps)
    verdict = is_instance(call.args[0], call.args[1])
    return Const(verdict, deps=call.args[0].deps) if verdict is not None else unknown(call.deps)


def is_instance(value: Value, cls: Value) -> bool | None:
    """Whether ``isinstance(value, cls)``, or None."""
    if isinstance(cls, Sequence):
        verdicts = [is_instance(value, part) for part in cls.parts if isinstance(part, Value)]
        return True if True in verdicts else None if None in verdicts else False
    if isinstance(value, Instance):
        if isinstance(cls, Class):
            if any(isinstance(base, Class) and base.node is cls.node for base in value.of.order):
                return True
            return None if any(isinstance(base, External) for base in value.of.order) else False
        if isinstance(cls, External):
            if any(isinstance(base, External) and base.name == cls.name for base in value.of.order):
                return True
            plain = cls.name in ("builtins.str", "builtins.int", "builtins.dict", "builtins.list", "builtins.tuple")
            return False if plain and not any(isinstance(base, External) for base in value.of.order) else None
    name = cls.name.removeprefix("builtins.") if isinstance(cls, External) else ""
    if name == "object":
        return True
    kind = _python_type(value)
    if kind and name in ("str", "int", "float", "bool", "dict", "list", "tuple", "set", "bytes", "NoneType"):
        return kind == name or (kind == "bool" and name == "int")
    if kind == "NoneType" and isinstance(cls, (Class, External)):
        return False
    return None


def _python_type(value: Value) -> str:
    if isinstance(value, Const):
        return type(value.value).__name__
    if isinstance(value, Sequence):
        return value.kind if value.kind in ("list", "tuple", "set") else ""
    if isinstance(value, Mapping):
        return "dict"
    if isinstance(value, Text):
        return "str"
    return "int" if isinstance(value, Number) else ""


@model("builtins.type")
def _type(m: Machine, call: Call) -> Value:
    value = call.get(0)
    if len(call.args) == 1 and isinstance(value, Instance):
        return value.of
    if len(call.args) == 1 and value is not None and _python_type(value):
        return External("builtins." + _python_type(value))
    return _class_of(m, call) if len(call.args) == 3 else unknown(call.deps)


def _class_of(m: Machine, call: Call) -> Value:
    """``type(name, bases, namespace)``, which is what a ``class`` statement of this place would make."""
    from auditor.trace.class_hooks import metaclass_of
    from auditor.trace.classes import linked

    name, above, space = call.text(0), call.args[1], call.args[2]
    bases = above.parts if isinstance(above, Sequence) else ()
    known = isinstance(space, Mapping) and space.closed and space.rest is None
    if name is None or not bases or not known or not isinstance(space, Mapping):
        return unknown(call.deps)
    if not all(isinstance(base, (Class, External)) for base in bases):
        return unknown(call.deps)
    line = getattr(call.node, "lineno", 1)
    own = [value.node for value in space.entries.values() if isinstance(value, Function)]
    body: list[ast.stmt] = [node for node in own if isinstance(node, ast.FunctionDef)]
    node = ast.ClassDef(name, [], [], body or [ast.Pass(lineno=line, col_offset=0)], [])
    node.lineno, node.end_lineno, node.col_offset = line, getattr(call.node, "end_lineno", line), 0
    parts = tuple(base for base in bases if isinstance(base, Value))
    return linked(m, node, dict(space.entries), parts, metaclass_of(None, parts), list(call.keywords))


def _is_same(base: Value, cls: Class) -> bool:
    return isinstance(base, Class) and base.node is cls.node and base.namespace is cls.namespace


@model("builtins.type.__subclasses__")
def _subclasses(m: Machine, call: Call) -> Value:
    """The classes that were made with this one as a base, in their order."""
    above = call.receiver
    if not isinstance(above, Class):
        return unknown(call.deps)
    parts: list[Value | Many] = []
    for made, perhaps in m.notes.classes:
        if any(_is_same(base, above) for base in made.bases):
            parts.append(Many(made, Quantity("const", 1), "other", True) if perhaps else made)
    return sequence(parts)


@model("builtins.type.__new__", "abc.ABCMeta.__new__")
def _class_made(m: Machine, call: Call) -> Value:
    """The class that a metaclass is asked for, with what the metaclass has put into its namespace."""
    from auditor.trace.class_hooks import subclassed
    from auditor.trace.classes import own

    made = next((frame.making for frame in reversed(m.frames) if frame.making is not None), None)
    space = call.get(3)
    if made is None or not isinstance(space, Mapping):
        return unknown(call.deps)
    for name, value in list(space.entries.items()):
        m.write(made.namespace, name, own(value, made))
    subclassed(m, made, list(call.keywords), call.node)
    return made


@model("builtins.type.__call__", "abc.ABCMeta.__call__")
def _object_made(m: Machine, call: Call) -> Value:
    from auditor.trace.calls import made_of

    cls, args = (call.receiver, call.args) if call.receiver is not None else (call.get(0), call.args[1:])
    if not isinstance(cls, Class):
        return unknown(call.deps)
    return made_of(m, cls, list(args), list(call.keywords), call.node)


@model("builtins.hasattr")
def _hasattr(m: Machine, call: Call) -> Value:
    value, name = call.get(0), call.text(1)
    if isinstance(value, Instance) and name is not None:
        from auditor.trace.attributes import OPEN, find

        if surely(value.attributes, name):
            return Const(True)
        found, base = find(value.of, name)
        if found is not None:
            return Const(True)
        closed = base is None and OPEN not in value.attributes and name not in value.attributes
        return Const(False) if closed else unknown(call.deps)
    if isinstance(value, Foreign) and value.name == "argparse.Namespace" and value.state is not None:
        return unknown(call.deps) if is_open(value) and name not in value.state else Const(name in value.state)
    return unknown(call.deps)


def surely_lacks(value: Instance, name: str) -> bool:
    """Whether an object certainly has no attribute of that name."""
    from auditor.trace.attributes import OPEN, find, find_method

    if name in value.attributes or OPEN in value.attributes or find_method(value.of, "__getattr__") is not None:
        return False
    return find(value.of, name) == (None, None) and not name.startswith("__")


@model("builtins.getattr")
def _getattr(m: Machine, call: Call) -> Value:
    value, name, key = call.get(0), call.text(1), call.get(1)
    if isinstance(value, Module) and name is None and key is not None:
        found = looked_up(m, list(value.scope.names.values()), key.deps, call.node)
        return found if len(call.args) < 3 else join(found, call.args[2], found.deps)
    if value is None or name is None:
        return unknown(call.deps)
    default = call.get(2)
    if default is not None:
        if isinstance(value, Foreign) and value.name == "argparse.Namespace" and value.state is not None:
            if name in value.state:
                return m.attribute(value, name, call.node)
            return unknown(call.deps) if is_open(value) else default
        if isinstance(value, Instance) and name in value.attributes and not surely(value.attributes, name):
            return join(value.attributes[name], default, call.deps)
        if isinstance(value, Instance) and surely_lacks(value, name):
            return default
        mark = m.mark()
        try:
            return m.attribute(value, name, call.node)
        except Raised as error:
            m.unwind(mark)
            if error.kind != "AttributeError":
                raise
            return default
    return m.attribute(value, name, call.node)


@model("builtins.setattr", "builtins.object.__setattr__")
def _setattr(m: Machine, call: Call) -> Value:
    from auditor.trace.attributes import OPEN, set_attribute

    args = list(call.args)
    if call.receiver is not None:
        args.insert(0, call.receiver)
    if len(args) == 3:
        name = args[1]
        if isinstance(name, Const) and isinstance(name.value, str):
            set_attribute(m, args[0], name.value, args[2], call.node)
        elif isinstance(args[0], Instance):
            m.write(args[0].attributes, OPEN, unknown())
    return NONE


@model("builtins.vars")
def _vars(m: Machine, call: Call) -> Value:
    from auditor.trace.attributes import all_attributes

    if call.args and isinstance(call.args[0], Module):
        return namespace(call.args[0].scope)
    return all_attributes(call.args[0]) if call.args else m.call(External("builtins.locals"), [], [], call.node)


@model("builtins.callable")
def _callable(m: Machine, call: Call) -> Value:
    return Const(True) if call.args and isinstance(call.args[0], (Function, Class, Wrapped)) else unknown(call.deps)
