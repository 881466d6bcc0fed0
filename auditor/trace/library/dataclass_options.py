"""Command lines that are the fields of a dataclass (``HfArgumentParser``, tyro, draccus, simple_parsing)."""

from __future__ import annotations

import ast

from auditor.model import Location
from auditor.trace.library.arguments import Option, ParserModel
from auditor.trace.library.base import Call, model
from auditor.trace.library.transformers_fields import fields_of
from auditor.trace.machine import Machine
from auditor.trace.values import (
    FALSE,
    NONE,
    TRUE,
    Class,
    Const,
    External,
    Foreign,
    Partial,
    Value,
    unknown,
)

_BUILTIN = frozenset({"int", "float", "str", "bool"})
_PLAIN = _BUILTIN | {"Path", "pathlib.Path", "Any", "object"}


def declare(m: Machine, parser: ParserModel, cls: Value, call: Call) -> None:
    """Add the options of a dataclass to a parser.

    A dataclass of a library, or one that inherits from it, has fields that are not known, and so has one that holds
    another: no word is then refused.
    """
    if isinstance(cls, Class):
        parser.options.extend(field_options(m, cls))
    if not isinstance(cls, Class) or any(isinstance(base, External) for base in cls.order) or _holds_others(cls):
        parser.doubts.append(m.location(call.node))
        parser.settings["allow_abbrev"] = False
        names = _listed(cls)
        if names is not None:
            parser.listed.append(parser.doubts[-1])
            parser.besides.update(names)


def _listed(cls: Value) -> frozenset[str] | None:
    """The names of the options that a dataclass has from a library, where all of them are known."""
    if isinstance(cls, Class) and _holds_others(cls):
        return None
    bases = [base for base in (cls.order if isinstance(cls, Class) else (cls,)) if isinstance(base, External)]
    found = [fields_of(base) for base in bases if base.name != "builtins.object"]
    return frozenset().union(*(names for names in found if names)) if found and None not in found else None


def built(m: Machine, cls: Value, state: dict[object, Value], call: Call) -> Value:
    """The object of a dataclass, from the values that its options got."""
    if not isinstance(cls, Class):
        return unknown(call.deps)
    names = [option.dest for option in field_options(m, cls)]
    if any(isinstance(base, External) for base in cls.order):
        # The code of the library that it inherits from reads its fields, those that are declared again too.
        for name in names:
            m.notes.flag_reads.setdefault(name, []).append(Location(cls.path, cls.node.lineno, cls.node.lineno))
    return m.call(cls, [], [(name, state[name]) for name in names if name in state], call.node)


def field_options(m: Machine, cls: Class) -> list[Option]:
    """An option for each field, in the order of the classes that declare them."""
    options: list[Option] = []
    for base, item, name in _fields(cls):
        options = [option for option in options if option.dest != name]
        options.append(_field_option(m, base, item, name))
    return options


def _fields(cls: Class) -> list[tuple[Class, ast.AnnAssign, str]]:
    return [
        (base, item, item.target.id)
        for base in reversed(cls.order)
        if isinstance(base, Class)
        for item in base.node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    ]


def _holds_others(cls: Class) -> bool:
    """Whether a field is not of a plain type: a dataclass of its own, a choice of several, a mapping."""
    return any(_inner(item) not in _PLAIN and not _is_choice(item) for _, item, _ in _fields(cls))


def _annotation(item: ast.AnnAssign) -> str:
    return ast.unparse(item.annotation).replace("typing.", "")


def _is_choice(item: ast.AnnAssign) -> bool:
    return _annotation(item).removeprefix("Optional[").startswith("Literal[")


def _is_several(item: ast.AnnAssign) -> bool:
    return _annotation(item).removeprefix("Optional[").lower().startswith(("list", "sequence", "tuple"))


def _inner(item: ast.AnnAssign) -> str:
    inner = _annotation(item).removeprefix("Optional[").removesuffix("]").split("|")[0].strip(" '\"")
    if _is_several(item):
        inner = inner.split("[", 1)[-1].rstrip("]").split(",")[0] if "[" in inner else "str"
    return inner


def _field_option(m: Machine, cls: Class, item: ast.AnnAssign, name: str) -> Option:
    inner = _inner(item)
    default = cls.namespace.get(name)
    if isinstance(default, Foreign) and default.name.endswith("dataclasses.field"):
        factory = default.argument(99, "default_factory")
        default = m.call(factory, [], [], item) if factory is not None else default.argument(99, "default")
    kind: Value | None = External("builtins." + inner) if inner in _BUILTIN else None
    nargs: str | None = "*" if _is_several(item) else None
    if inner == "bool":
        kind, nargs = Partial(External("auditor.truth"), (), ()), "?"
    names = tuple(dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}")))
    place = Location(cls.path, item.lineno, item.end_lineno)
    required = default is None
    if required and inner not in _PLAIN and not _is_choice(item):
        required, default = False, unknown()  # an object of its own, filled from options with longer names
    return Option(names, name, "store", nargs, TRUE, default or NONE, kind, None, required, place)


@model("auditor.truth")
def _truth(m: Machine, call: Call) -> Value:
    """How transformers and click read a boolean given as text."""
    text = call.text(0)
    if text is None:
        return call.get(0) or FALSE
    return Const(text.lower() in ("true", "t", "yes", "y", "1", "on"))
