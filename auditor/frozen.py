"""Frozen dataclasses that cost little to define and to make."""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class", bound=type)

_put = object.__setattr__


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Class) -> Class:
    """A frozen dataclass with slots, an equality and a hash over its fields.

    ``dataclass(frozen=True)`` writes and compiles seven methods for each class, which is more than half of what an
    import of this package costs before Python 3.13; here all but the constructor are shared, and that is written when
    the first value is made: most commands make values of a few classes only.
    """
    cls.__doc__ = cls.__doc__ or cls.__name__  # else ``dataclass`` computes one, at great length
    made: Any = dataclass(slots=True, init=False, eq=False, repr=False)(cls)
    names = tuple(item.name for item in fields(made))
    values = attrgetter(*names) if len(names) > 1 else lambda made: tuple(getattr(made, name) for name in names)
    made.__init__ = _first_init(made)
    compared = tuple(item.name for item in fields(made) if item.compare)
    made.__eq__, made.__hash__ = _equality(values if compared == names else attrgetter(*compared))
    made.__repr__ = _representation
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    made.__reduce__ = _reduction(values)
    return made  # type: ignore[no-any-return]


def _first_init(made: Any) -> Any:
    """A constructor that puts the real one in its place."""

    def construct(self: object, *args: object, **kwargs: object) -> None:
        made.__init__ = _init(made)
        made.__init__(self, *args, **kwargs)

    return construct


def _init(made: Any) -> Any:
    """The constructor that ``dataclass`` would write."""
    known: dict[str, Any] = {"_put": _put, "_missing": MISSING}
    head, body = ["self"], []
    for item in fields(made):
        name = value = item.name
        if item.default_factory is not MISSING:
            known[f"_make_{name}"] = item.default_factory
            head.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif item.default is not MISSING:
            known[f"_default_{name}"] = item.default
            head.append(f"{name}=_default_{name}")
        else:
            head.append(name)
        body.append(f"    _put(self, {name!r}, {value})\n")
    lines = "".join(body) or "    pass\n"
    exec(f"def __init__({', '.join(head)}):\n{lines}", known)
    known["__init__"].__qualname__ = f"{made.__qualname__}.__init__"
    return known["__init__"]


def _equality(values: Any) -> tuple[Any, Any]:
    def equal(self: object, other: object) -> bool:
        return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    return equal, hashed


def _reduction(values: Any) -> Any:
    """How a value is copied and sent: its class and its fields, which is faster than ``dataclass``'s own way."""

    def reduce(self: object) -> tuple[type, Any]:
        return self.__class__, values(self)

    return reduce


def _representation(self: Any) -> str:
    shown = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.repr)
    return f"{type(self).__qualname__}({shown})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
