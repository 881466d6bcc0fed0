"""Exceptions: try statements, what a handler catches, where an attempt goes on."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from functools import partial
from typing import Any

from auditor.model import Message
from auditor.trace.keys import forget
from auditor.trace.machine import Exit, Machine, Signal
from auditor.trace.notes import Raised
from auditor.trace.replacements import Replacement, replacement
from auditor.trace.retries import exits_under, expects, retries, swallows
from auditor.trace.values import (
    NO_DEPS,
    UNKNOWN,
    Class,
    Deps,
    External,
    Sequence,
    Value,
)


def catches(types: Value | None, kind: str, above: tuple[str, ...] = ()) -> bool:
    """Whether ``except types`` catches an exception of class ``kind``, which has the classes ``above`` it."""
    if types is None:
        return True
    if isinstance(types, Sequence):
        return any(isinstance(part, Value) and catches(part, kind, above) for part in types.parts)
    if above:
        return any(catches(types, name) for name in (kind, *above))
    name = types.name.rsplit(".", 1)[-1] if isinstance(types, (External, Class)) else ""
    if name == kind or name in ("BaseException",):
        return True
    caught, raised = getattr(builtins, name, None), getattr(builtins, kind, None)
    if isinstance(caught, type) and isinstance(raised, type):
        return issubclass(raised, caught)
    return name == "Exception" and kind not in ("SystemExit", "KeyboardInterrupt", "GeneratorExit")


def may_fail(m: Machine, kind: str, detail: Message, node: ast.AST, deps: Deps = NO_DEPS) -> bool:
    """An error that nobody can rule out, where the program is prepared for it; whether it is."""
    scope = next((scope for scope in reversed(m.scopes) if scope.kind == "try"), None)
    expected = scope is not None and any(expects(handler, kind) for handler in scope.handlers)
    if expected:
        m.failed(m.fail(kind, detail, node), deps)
    return expected


def try_statement(m: Machine, node: Any) -> Signal | None:
    mark = m.mark()
    for handler in node.handlers:
        if swallows(handler):
            m.notes.broad.append(m.location(handler))
            _note_replacement(m, node, handler)
        if retries(handler):
            m.notes.retried.append(m.location(handler))
            m.notes.swallowed_exits += [(m.location(call), m.location(handler)) for call in exits_under(node, handler)]
    signal: Signal | None = None
    try:
        signal = _guarded(m, node)
        forget(m)  # a handler may have been taken instead
    except Raised:
        if node.finalbody:
            m.unwind(mark)
            ended = m.execute(node.finalbody)
            if ended is not None:
                return ended
        raise
    if node.finalbody:
        ended = m.execute(node.finalbody)
        signal = ended if ended is not None else signal
    return signal


def _note_replacement(m: Machine, node: ast.Try, handler: ast.ExceptHandler) -> None:
    function = m.frame.function.node if m.frame.function is not None else None
    if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        found = replacement(node, handler, function)
        if found is not None:
            m.notes.replaced.append(Replacement(m.location(handler), function.name, *found))


def _guarded(m: Machine, node: Any) -> Signal | None:
    """The body of a ``try`` with its handlers: for what surely raises, and for what may."""
    scope = m.enter("try")
    scope.handlers = node.handlers
    mark = m.mark()
    sides: list[Callable[[], Signal | None]] = []
    try:
        signal = m.execute(node.body)
    except Raised as error:
        m.unwind(mark)
        scope.exits += [Exit(Signal("raise"), m.store.snapshot(scope.depth), NO_DEPS, error)]
    else:
        if not scope.exits:
            m.leave(scope, True, ())
            return m.execute(node.orelse) if signal is None and node.orelse else signal
        done = m.store.snapshot(scope.depth)

        def went_well() -> Signal | None:
            m.store.apply(done)
            return m.execute(node.orelse) if signal is None and node.orelse else signal

        sides.append(went_well)
    m.scopes.remove(scope)
    m.store.drop()
    handled: dict[int, list[Exit]] = {}
    for exit_ in scope.exits:
        place = next((i for i, handler in enumerate(node.handlers) if _matches(m, handler, exit_.error)), -1)
        handled.setdefault(place, []).append(exit_)
    deps = NO_DEPS
    for place, exits in handled.items():
        handler = node.handlers[place] if place >= 0 else None
        sides.append(partial(_handle, m, handler, exits))
        for exit_ in exits:
            deps |= exit_.deps
    return sides[0]() if len(sides) == 1 else m.fork(sides, deps)


def _handle(m: Machine, handler: ast.ExceptHandler | None, exits: list[Exit]) -> Signal | None:
    """Go on in a handler from the states that its exceptions left; without one, the first goes on outwards."""
    m.store.merge([exit_.delta for exit_ in exits], exits[0].deps)
    error = exits[0].error
    assert error is not None
    if handler is None:
        raise error
    forget(m)
    m.notes.caught.append((error, m.location(handler)))
    if handler.name:
        m.write(m.frame.scope.target(handler.name).names, handler.name, UNKNOWN)
    kinds = {exit_.error.kind for exit_ in exits if exit_.error is not None}
    if len(kinds) > 1:  # raised again, it would be one of several
        error = Raised("Exception", error.detail, error.origin)
    m.handling.append((m.frame, handler.name, error))
    try:
        return m.execute(handler.body)
    finally:
        del m.handling[-1:]


def _matches(m: Machine, handler: ast.ExceptHandler, error: Raised | None) -> bool:
    kind, above = (error.kind, error.above) if error is not None else ("", ())
    return catches(m.evaluate(handler.type) if handler.type is not None else None, kind, above)
