"""Simple commands: assignments, then a function, a builtin, or a program."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.checkout.shell import control, declarations, expand, filecommands
from auditor.checkout.shell.braces import expand_braces
from auditor.checkout.shell.flow import Call, Flow, Io
from auditor.checkout.shell.missing import brings_files
from auditor.checkout.shell.numbers import compute
from auditor.checkout.shell.redirects import redirected
from auditor.checkout.shell.source import Source
from auditor.checkout.shell.state import FALSE, TRUE, Arg, State, Variable
from auditor.checkout.shell.syntax import Redirect, Simple
from auditor.checkout.shell.words import Array, Double, Literal, Parameter, Part, Quoted, Word
from auditor.frozen import frozen
from auditor.model import message

if TYPE_CHECKING:
    from auditor.checkout.shell.interpreter import Interpreter

MAX_BEHIND = 20
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?=|\[)", re.ASCII)
_INDEX_END = re.compile(r"\](\+?=)")


@frozen
class Assignment:
    """``name=value``, ``name+=value``, ``name[index]=value`` or ``name=(...)``."""

    name: str
    index: Word | None
    append: bool
    value: Word


Builtin = Callable[[Call], Flow]


def builtin(name: str) -> Builtin | None:
    return control.BUILTINS.get(name) or declarations.BUILTINS.get(name) or filecommands.COMMANDS.get(name)


def assignment(word: Word) -> Assignment | None:
    """The word read as an assignment, ``None`` when it is not one."""
    first = word.parts[0] if word.parts else None
    match = _ASSIGNMENT.match(first.text) if isinstance(first, Literal) else None
    if match is None or not isinstance(first, Literal):
        return None
    name, operator = match.groups()
    if operator != "[":
        rest = first.text[match.end() :]
        value = (*([Literal(rest)] if rest else []), *word.parts[1:])
        return Assignment(name, None, operator == "+=", Word(value, word.start, word.end))
    parts: list[Part] = [Literal(first.text[match.end() :]), *word.parts[1:]]
    for place, part in enumerate(parts):
        end = _INDEX_END.search(part.text) if isinstance(part, Literal) else None
        if end is None or not isinstance(part, Literal):
            continue
        before, after = part.text[: end.start()], part.text[end.end() :]
        inner = (*parts[:place], *([Literal(before)] if before else []))
        value = (*([Literal(after)] if after else []), *parts[place + 1 :])
        return Assignment(name, Word(inner, word.start, word.end), end[1] == "+=", Word(value, word.start, word.end))
    return None


def run(walk: Interpreter, command: Simple, state: State, source: Source, io: Io) -> Flow:
    """Run one simple command."""
    place = 0
    assignments: list[Assignment] = []
    while place < len(command.words) and (found := assignment(command.words[place])) is not None:
        assignments.append(found)
        place += 1
    walk.substituted = TRUE
    rest = command.words[place:]
    if rest and not assignments and rest[0].literal in declarations.DECLARATIONS:
        return _declare(walk, rest, state, source)
    args = expand.words(rest, state, source, walk.shell)
    if not args:
        return _assign(walk, command, assignments, state, source, io)
    saved: dict[str, Variable | None] = {}
    for one in assignments:
        saved.setdefault(one.name, state.variables.get(one.name))
        set_variable(walk, one, state, source)
        state.variables[one.name] = replace(state.variables[one.name], exported=True)
    with redirected(walk, command.redirects, state, source, io) as inner:
        flow = dispatch(Call(walk, args, state, source, inner, command))
    for name, before in saved.items():
        if before is None:
            state.variables.pop(name, None)
        else:
            state.variables[name] = before
    return flow


def _assign(
    walk: Interpreter, command: Simple, assignments: list[Assignment], state: State, source: Source, io: Io
) -> Flow:
    for one in assignments:
        set_variable(walk, one, state, source)
    state.status = walk.substituted
    if any(redirect.operator == "<" for redirect in command.redirects) and not assignments and walk.substitutions:
        _print_file(walk, command.redirects, state, source, io)
        return Flow.NEXT
    with redirected(walk, command.redirects, state, source, io):
        return Flow.NEXT


def _declare(walk: Interpreter, words: tuple[Word, ...], state: State, source: Source) -> Flow:
    """``export``, ``local`` and their like: assignments among the words are not split."""
    if words[0].literal == "local" and not state.scopes:
        state.status = FALSE
        return Flow.NEXT
    options: list[str] = []
    names: list[str | Assignment] = []
    for word in words[1:]:
        found = assignment(word) if len(expand_braces(word.parts)) == 1 else None
        if found is not None:
            names.append(found)
            continue
        for arg in expand.words((word,), state, source, walk.shell):
            name, equals, value = arg.text.partition("=")
            if arg.text.startswith(("-", "+")) and not names:
                options.append(arg.text)
            elif equals and name.isidentifier():
                names.append(Assignment(name, None, False, Word((Quoted(value),), word.start, word.end)))
            else:
                names.append(arg.text)
    scope = declarations.Scope(words[0].literal or "", "".join(options))
    state.status = TRUE
    for one in names:
        name = one if isinstance(one, str) else one.name
        scope.prepare(name, state)
        if not isinstance(one, str):
            set_variable(walk, one, state, source, keyed=scope.keyed)
        scope.finish(name, state)
    return Flow.NEXT


def _print_file(walk: Interpreter, redirects: tuple[Redirect, ...], state: State, source: Source, io: Io) -> None:
    """``$(< file)`` prints the file."""
    with redirected(walk, redirects, state, source, io) as inner:
        text = inner.stdin.text
    unknown = walk.shell.unknowns.text(message("the text of a file is not known"))
    io.out.append(unknown if text is None else text)


def set_variable(walk: Interpreter, one: Assignment, state: State, source: Source, *, keyed: bool = False) -> None:
    """Carry out an assignment."""
    before = state.variables.get(one.name)
    where = source.location(one.value.start, one.value.end)
    exported = (before is not None and before.exported) or "a" in state.options
    part = one.value.parts[0] if len(one.value.parts) == 1 else None
    if isinstance(part, Array):
        items = _items(walk, part, before, state, source, append=one.append, keyed=keyed)
        keyed = keyed or (before is not None and before.keyed)
        state.variables[one.name] = Variable(None, items, exported, keyed, where)
        return
    walk.shell.used.clear()
    text = expand.text(one.value, state, source, walk.shell)
    behind = tuple(dict.fromkeys(walk.shell.used))[:MAX_BEHIND]
    if one.index is not None:
        _set_element(walk, one, text, before, state, source)
        return
    if before is not None and before.items is not None:
        first = next((arg.text for key, arg in before.items if key == "0"), "")
        arg = _element_arg(source, one.value, (first if one.append else "") + text)
        items = (("0", arg), *((key, item) for key, item in before.items if key != "0"))
        state.variables[one.name] = replace(before, items=items)
        return
    if one.append:
        old = before.text if before is not None and before.text is not None else None
        if old is None and before is None:
            old = walk.shell.environment(one.name)
        text = walk.shell.check((old or "") + text)
    state.variables[one.name] = Variable(text, None, exported, False, where, behind)


def _element_arg(source: Source, word: Word, text: str) -> Arg:
    where = source.location(word.start, word.end)
    return Arg(text, source.raw(word), source.path, where.line or 1, where.end_line or 1)


def _items(
    walk: Interpreter, array: Array, before: Variable | None, state: State, source: Source, *, append: bool, keyed: bool
) -> tuple[tuple[str, Arg], ...]:
    found: dict[str, Arg] = {}
    if append and before is not None:
        scalar = {"0": _plain(before.text)} if before.text is not None else {}
        found = dict(before.items) if before.items is not None else scalar
    keyed = keyed or (before is not None and before.keyed)
    walk.shell.step(len(found) // 20)
    position = max((int(key) for key in found), default=-1) + 1 if not keyed else 0
    for word in array.elements:
        element = _keyed_element(word)
        if element is not None:
            key = expand.text(element[0], state, source, walk.shell)
            found[key] = _element_arg(source, word, expand.text(element[1], state, source, walk.shell))
            if not keyed and key.isdecimal():
                position = int(key) + 1
            continue
        for arg in expand.words((word,), state, source, walk.shell):
            found[str(position)] = arg
            position += 1
    return tuple(found.items())


def _plain(text: str) -> Arg:
    return Arg(text, "", "", 0, 0)


def _keyed_element(word: Word) -> tuple[Word, Word] | None:
    """The key and value of ``[key]=value`` in an array."""
    first = word.parts[0] if word.parts else None
    if not isinstance(first, Literal) or not first.text.startswith("["):
        return None
    renamed = Word((Literal("x" + first.text), *word.parts[1:]), word.start, word.end)
    found = assignment(renamed)
    return (found.index, found.value) if found is not None and found.index is not None else None


def _set_element(
    walk: Interpreter, one: Assignment, text: str, before: Variable | None, state: State, source: Source
) -> None:
    assert one.index is not None
    key = expand.text(one.index, state, source, walk.shell)
    known = before if before is not None else Variable(None, ())
    items = dict(known.items or (("0", _plain(known.text)),) if known.text is not None else known.items or ())
    if not known.keyed:
        number = compute(key, state, walk.shell).value
        if number is None:
            unknown = walk.shell.unknowns.derived(key)
            state.variables[one.name] = Variable(unknown, None, known.exported)
            return
        key = str(number if number >= 0 else max((int(place) for place in items), default=-1) + 1 + number)
    old = items[key].text if one.append and key in items else ""
    walk.shell.step(len(items) // 20)
    items[key] = _element_arg(source, one.value, old + text)
    ordered = items.items() if known.keyed else sorted(items.items(), key=lambda item: int(item[0]))
    state.variables[one.name] = replace(known, text=None, items=tuple(ordered))


def dispatch(call: Call) -> Flow:
    """Run a command by its name: a function of the script, a builtin, or a program."""
    function = call.state.functions.get(call.name)
    if function is not None:
        return call_function(call)
    command = builtin(call.name)
    if command is not None:
        call.state.status = TRUE
        call.walk.shell.brought |= brings_files(call.name, call.texts)
        return command(call)
    return call.walk.start(call)


def call_function(call: Call) -> Flow:
    """Run a function of the script with the arguments of the call."""
    walk, state = call.walk, call.state
    body = state.functions[call.name]
    walk.enter()
    outer, depth = state.positional, declarations.open_scope(state)
    more = outer.more and any(_hands_on_all(word) for word in call.command.words)
    state.positional = declarations.given(call.args[1:], call, more=more)
    flow = walk.command(body.command, state, body.source, call.io)
    state.positional = outer
    declarations.close_scope(state, depth)
    walk.leave()
    return Flow.NEXT if flow is Flow.RETURN else flow


def _hands_on_all(word: Word) -> bool:
    """Whether a word hands on all arguments of the caller (``"$@"``)."""
    parts = [inner for part in word.parts for inner in (part.parts if isinstance(part, Double) else (part,))]
    return any(isinstance(part, Parameter) and part.name in ("@", "*") and not part.operator for part in parts)
