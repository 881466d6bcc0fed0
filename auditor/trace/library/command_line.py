"""Parsing a launch's arguments as argparse does: which words an option takes, and what becomes of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from auditor.model import Location, message
from auditor.trace.library.argument_files import NotRead, with_files
from auditor.trace.library.arguments import FlagRecord, Option, ParserModel, parser_of
from auditor.trace.library.base import Call, model
from auditor.trace.library.dataclass_options import built
from auditor.trace.library.own_actions import run_action
from auditor.trace.library.rebuilt_parser import (
    UNKNOWN_WORD,
    Given,
    Rejected,
    command_at,
    kept_at,
    levels,
    places,
    rebuild,
)
from auditor.trace.machine import Machine
from auditor.trace.notes import Raised
from auditor.trace.operators import plain_items
from auditor.trace.values import (
    NONE,
    TRUE,
    Const,
    Dep,
    Foreign,
    Many,
    Origin,
    Sequence,
    Unknown,
    Value,
    is_none,
    sequence,
    unknown,
    with_deps,
    with_origin,
)


@model(
    "argparse.ArgumentParser.parse_args",
    "argparse.ArgumentParser.parse_intermixed_args",
    "argparse.ArgumentParser.parse",
)
def _parse_args(m: Machine, call: Call) -> Value:
    return parse(m, call, strict=True)[0]


@model("argparse.ArgumentParser.parse_known_args", "argparse.ArgumentParser.parse_known_intermixed_args")
def _parse_known(m: Machine, call: Call) -> Value:
    namespace, rest = parse(m, call, strict=False)
    return sequence([namespace, rest], "tuple")


def parse(m: Machine, call: Call, *, strict: bool) -> tuple[Value, Value]:
    """Parse the launch's words (or the list that the call gives) with the rebuilt parser."""
    parser = parser_of(call)
    given, into = call.get(0, "args"), call.get(1, "namespace")
    if parser is None or (into is not None and not is_none(into)):
        return unknown(call.deps), unknown(call.deps)
    words = list(m.program.argv[1:])
    if isinstance(given, Sequence) and not any(isinstance(part, Many) for part in given.parts):
        words = [part for part in given.parts if isinstance(part, Value)]
        if not words:
            # parse_args([]) asks for the defaults; the flags of the launch stay those of its own words.
            kept = dict(m.notes.flags)
            asked = parse_words(m, parser, words, call, strict=strict)
            m.notes.flags.update(kept)
            return asked
    elif given is not None and not is_none(given):
        return unknown(call.deps), unknown(call.deps)
    return parse_words(m, parser, words, call, strict=strict)


def parse_words(
    m: Machine, parser: ParserModel, words: list[Value], call: Call, *, strict: bool
) -> tuple[Value, Value]:
    """Parse ``words``; a refusal is a certain ``SystemExit`` of the audited program."""
    try:
        words = with_files(m, call.receiver, words, "".join(parser.file_prefixes))
    except NotRead:
        m.notes.unparsed.append(m.location(call.node))
        return unknown(call.deps), unknown(call.deps)
    texts, loose = _texts(words)
    try:
        namespace, rest, given = _parsed(parser, texts, strict=strict)
    except Rejected as error:
        if loose:
            # The program refuses the line without what the script is given: it is meant to be given a word for each.
            each = list(map(_one_word, words))
            if _takes(parser, _texts(each)[0], strict=strict):
                return parse_words(m, parser, each, call, strict=strict)
        text = str(error)
        if loose or parser.doubts or (parser.commands and repr(UNKNOWN_WORD)[1:-1] in text):
            m.notes.unparsed.append(m.location(call.node))
            return unknown(call.deps), unknown(call.deps)
        text = text.replace(UNKNOWN_WORD, "…")[:300]
        detail = message("the argument parser rejects the command line: {error}", error=text)
        short = _shortened(parser, words, text)
        if short is not None:
            detail = message(
                "the argument parser rejects the command line: {error}; {short} is taken as an abbreviation of it",
                error=text,
                short=str(short.value).split("=", 1)[0],
            )
        m.notes.rejected.append((detail, _place(short) if short is not None else _blamed(words, text)))
        raise m.fail("SystemExit", detail, call.node) from None
    for number, (option, text) in enumerate(given):
        if option.action == "store" and any(other is option for other, _ in given[number + 1 :]):
            _convert(m, option, text, words, call)  # the parser refuses also what a later value replaces
    state: dict[object, Value] = {}
    acting: list[tuple[Option, Value, str]] = []
    chosen = list(levels(parser, namespace))
    named = places([option for _, one in chosen for option in one.options], texts, list(_with_text(words)))
    for level, one in chosen:
        state.update(one.defaults)
        for option, raw, place in _deciding(one, level, namespace, named):
            if raw is None and isinstance(option.default, Const) and option.default.value == argparse.SUPPRESS:
                continue
            state[option.dest] = _value(m, one, option, raw, words, place, call, loose)
            if raw is not None and option.action == "custom":
                acting.append((option, state[option.dest], place[1] if place is not None else option.names[0]))
                state[option.dest] = one.defaults.get(option.dest, option.default)
        for commands in one.commands:
            name = getattr(namespace, command_at(level), None)
            if commands.dest is not None:
                state[commands.dest] = NONE if name is None else Const(name)
        for dest, cls in one.dataclasses:
            state[dest] = built(m, cls, state, call)
    keywords = (("open", TRUE),) if any(one.doubts for _, one in chosen) else ()
    made = Foreign("argparse.Namespace", keywords=keywords, state=state)
    for option, value, spelled in acting:
        run_action(m, option, value, spelled, made, call)
    return made, sequence([unknown() if UNKNOWN_WORD in text else Const(text) for text in rest])


def _parsed(parser: ParserModel, texts: list[str], *, strict: bool) -> tuple[argparse.Namespace, list[str], Given]:
    """What the rebuilt parser makes of the words.  Raises :class:`Rejected`."""
    given: Given = []
    namespace, rest = rebuild(parser, given).parse_known_args(texts)
    strange = [word for word in rest if UNKNOWN_WORD not in word]
    if strict and strange and not parser.doubts:
        raise Rejected("unrecognized arguments: " + " ".join(word if word.strip() else repr(word) for word in strange))
    return namespace, rest, given


def _takes(parser: ParserModel, texts: list[str], *, strict: bool) -> bool:
    try:
        _parsed(parser, texts, strict=strict)
    except Rejected:
        return False
    return True


def _deciding(
    parser: ParserModel, level: int, namespace: argparse.Namespace, named: dict[str, tuple[int, Value, str]]
) -> Iterator[tuple[Option, Any, tuple[Value, str] | None]]:
    """For each attribute the option that decides it, what it was given, and where.

    Of several options that set one attribute the last on the command line decides, and without any the first declared.
    """
    by_dest: dict[str, list[tuple[int, Option, Any, tuple[Value, str] | None]]] = {}
    for number, option in enumerate(parser.options):
        raw = getattr(namespace, kept_at(option, level, number), None)
        found = named.get(option.names[0]) if raw is not None else None
        order = -1 if raw is None else found[0] if found is not None else 0
        by_dest.setdefault(option.dest, []).append((order, option, raw, found[1:] if found is not None else None))
    for candidates in by_dest.values():
        _, option, raw, place = max(candidates, key=lambda one: one[0])
        yield option, raw, place


def _texts(words: list[Value]) -> tuple[list[str], bool]:
    """The words as strings; unknown text is a marker with the word's number.  Whether a word may be several."""
    texts: list[str] = []
    loose = False
    for place, word in enumerate(words):
        if isinstance(word, Const):
            texts.append(str(word.value))
        elif isinstance(word, Unknown) and word.tag.startswith("word:"):
            texts.append(word.tag[5:] + f"{UNKNOWN_WORD}{place}{UNKNOWN_WORD}")
        elif _may_be_several(word):
            loose = True
        else:
            texts.append(f"{UNKNOWN_WORD}{place}{UNKNOWN_WORD}")
    return texts, loose


def _with_text(words: list[Value]) -> Iterable[Value]:
    return (word for word in words if not _may_be_several(word))


def _one_word(word: Value) -> Value:
    return replace(word, tag="word:") if isinstance(word, Unknown) and _may_be_several(word) else word


def _may_be_several(word: Value) -> bool:
    """Whether a word may become none in the shell, or several."""
    return isinstance(word, Unknown) and word.tag == "splits"


def _value(
    m: Machine,
    parser: ParserModel,
    option: Option,
    raw: Any,
    words: list[Value],
    place: tuple[Value, str] | None,
    call: Call,
    loose: bool,
) -> Value:
    dep = frozenset({Dep("flag", option.dest)})
    if place is None and raw is not None and not option.names[0].startswith("-"):
        same_text = (word for word in words if isinstance(word, Const) and word.value == raw)
        found = next(same_text, None)
        place = (found, option.names[0]) if found is not None else None
    word, spelling = place if place is not None else (None, None)
    location: Location | None = None
    if raw is None and parser.settings.get("elsewhere"):
        why = message("the parser also takes values from files or variables, which are not followed")
        value: Value = Unknown(why, "text")
        note = message("declares {flag}", flag=option.names[-1])
        origin = Origin("declaration", option.declared.path, *_span(option.declared), note, option.names[-1])
    elif raw is None and place is None:
        default = parser.defaults.get(option.dest, option.default)
        value = _converted_default(m, option, default, call)
        note = message("{flag} is not passed: its default applies", flag=option.dest)
        origin = Origin(
            "default", option.declared.path, *_span(option.declared), note, option.names[-1], _parents(value)
        )
    else:
        if word is not None and word.origin is not None:
            location = Location(word.origin.path, word.origin.line, word.origin.end_line)
        before = len(m.notes.rejected)
        try:
            value = _given(m, option, raw, words, call)
        except Raised:
            m.notes.rejected[before:] = [(detail, at or location) for detail, at in m.notes.rejected[before:]]
            raise
        note = message("declares {flag}", flag=option.names[-1])
        launch = _launch_link(option, value, word, _value_words(words, word, raw))
        origin = Origin("declaration", option.declared.path, *_span(option.declared), note, option.names[-1], launch)
    value = with_deps(value, dep)
    value = with_origin(value, origin)
    record = FlagRecord(
        option.dest,
        value,
        location,
        option.declared,
        option.default,
        spelling,
        loose and place is None,
        option.names,
        option.action,
        tuple(plain_items(option.choices) or ()) if isinstance(option.choices, Sequence) else None,
    )
    m.notes.flags[option.dest] = record
    return value


def _span(location: Location) -> tuple[int, int]:
    line = location.line or 1
    return line, location.end_line or line


def _parents(value: Value) -> tuple[Origin, ...]:
    return (value.origin,) if value.origin is not None else ()


def _value_words(words: list[Value], word: Value | None, raw: Any) -> list[Value]:
    """The words after a flag that hold its values, where they stand apart from it."""
    place = next((number for number, other in enumerate(words, 1) if other is word), None)
    if place is None or raw is None or isinstance(raw, bool) or (isinstance(word, Const) and "=" in str(word.value)):
        return []
    return words[place : place + (len(raw) if isinstance(raw, list) else 1)]


def _launch_link(option: Option, value: Value, word: Value | None, behind: list[Value]) -> tuple[Origin, ...]:
    if word is None or word.origin is None:
        return ()
    shown: Any = value.value if isinstance(value, Const) else "…"
    if isinstance(value, Sequence):
        shown = ", ".join(str(item) for item in plain_items(value) or ["…"])
    text = str(shown)[:200] if not isinstance(shown, bool) else shown
    note = message("sets {flag} to {value}", flag=option.dest, value=text)
    base = word.origin
    parents = [parent for part in (word, *behind) if part.origin is not None for parent in part.origin.parents]
    return (Origin("launch", base.path, base.line, base.end_line, note, option.names[-1], tuple(parents)),)


def _given(m: Machine, option: Option, raw: Any, words: list[Value], call: Call) -> Value:
    if option.action == "store_true":
        return Const(True)
    if option.action == "store_false":
        return Const(False)
    if option.action == "store_const":
        return option.const
    if option.action == "BooleanOptionalAction":
        return Const(bool(raw))
    if option.action == "count":
        before = option.default.value if isinstance(option.default, Const) else None
        return Const(raw + before) if isinstance(before, int) else Const(raw)
    if option.action == "append_const":
        return unknown()
    if isinstance(raw, list):
        flat = [item for part in raw for item in (part if isinstance(part, list) else [part])]
        before = (
            option.default.parts
            if option.action in ("append", "extend") and isinstance(option.default, Sequence)
            else ()
        )
        return sequence([*before, *(_convert(m, option, item, words, call) for item in flat)])
    return _convert(m, option, raw, words, call)


def _convert(m: Machine, option: Option, raw: Any, words: list[Value], call: Call) -> Value:
    text = str(raw)
    if text == UNKNOWN_WORD + "const":
        return option.const
    if UNKNOWN_WORD in text:
        place = int(text.split(UNKNOWN_WORD)[1])
        word = words[place]
        why = word.why if isinstance(word, Unknown) else None
        return Unknown(why or message("the script does not fix this value"), "text", deps=word.deps)
    value = _typed(m, option, Const(text), call)
    _check_choices(m, option, value, call)
    return value


def _typed(m: Machine, option: Option, value: Const, call: Call) -> Value:
    if option.type is None or is_none(option.type):
        return value
    try:
        return m.call(option.type, [value], [], call.node)
    except Raised as error:
        detail = message(
            "the argument parser rejects the command line: {error}",
            error=f"argument {'/'.join(option.names)}: invalid value: {value.value!r}",
        )
        m.notes.rejected.append((detail, None))
        raise Raised("SystemExit", detail, error.origin) from None


def _check_choices(m: Machine, option: Option, value: Value, call: Call) -> None:
    if isinstance(option.choices, Sequence) and isinstance(value, Const):
        allowed = plain_items(option.choices)
        if allowed is not None and value.value not in allowed:
            shown = ", ".join(map(repr, allowed))
            text = f"argument {'/'.join(option.names)}: invalid choice: {value.value!r} (choose from {shown})"
            detail = message("the argument parser rejects the command line: {error}", error=text[:300])
            m.notes.rejected.append((detail, None))
            raise m.fail("SystemExit", detail, call.node)


def _converted_default(m: Machine, option: Option, default: Value, call: Call) -> Value:
    """As argparse does: a default that is a string goes through the type."""
    if isinstance(default, Const) and isinstance(default.value, str) and option.type is not None:
        return _typed(m, option, default, call)
    return default


def _shortened(parser: ParserModel, words: list[Value], text: str) -> Const | None:
    """The word that abbreviates the option that a refusal names: ``argument --resume_from: expected one argument``."""
    refused = text.removeprefix("argument ").partition(":")[0].split("/") if text.startswith("argument -") else []
    full = {name for option in parser.options for name in option.names}
    for word in words:
        name = str(word.value).split("=", 1)[0] if isinstance(word, Const) else ""
        if name.startswith("--") and name not in ("--", *full) and any(one.startswith(name) for one in refused):
            return word if isinstance(word, Const) else None
    return None


def _blamed(words: list[Value], text: str) -> Location | None:
    """The line of the first word that a refusal names: ``--rate=x``, or ``-r/--rate:`` before what is wrong with it."""
    named = {one for part in text.split() for one in (part.rstrip(":").split("/") if part[0] == "-" else [part])}
    named = {one.split("=", 1)[0] for one in named}
    for word in words:
        if isinstance(word, Const) and word.origin is not None and str(word.value).split("=", 1)[0] in named:
            return _place(word)
    return None


def _place(word: Const) -> Location | None:
    return Location(word.origin.path, word.origin.line, word.origin.end_line) if word.origin is not None else None
