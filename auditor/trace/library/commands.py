"""Command lines that are not argparse: click, tyro, HfArgumentParser (transformers), simple_parsing, tap."""

from __future__ import annotations

import ast

from auditor.model import Location, message
from auditor.trace.beyond import place_of
from auditor.trace.library.arguments import Option, ParserModel, parser_of
from auditor.trace.library.base import Call, foreign, model, state_of
from auditor.trace.library.command_line import parse_words
from auditor.trace.library.dataclass_options import built, declare
from auditor.trace.library.function_options import call_with_options
from auditor.trace.machine import Machine
from auditor.trace.operators import truth
from auditor.trace.values import (
    FALSE,
    NONE,
    Class,
    Const,
    External,
    Foreign,
    Function,
    Instance,
    Many,
    Partial,
    Sequence,
    Value,
    sequence,
    unknown,
)

# ------------------------------------------------------------------------------------------ dataclasses


@model("transformers.HfArgumentParser", "transformers.hf_argparser.HfArgumentParser")
def _hf_parser(m: Machine, call: Call) -> Value:
    made = foreign(m, call, "transformers.HfArgumentParser")
    types = call.get(0, "dataclass_types")
    assert made.state is not None
    made.state["types"] = types if isinstance(types, Sequence) else sequence([types or unknown(call.deps)], "tuple")
    return made


@model(
    "transformers.HfArgumentParser.parse_args_into_dataclasses",
    "transformers.HfArgumentParser.parse_args",
)
def _hf_parse(m: Machine, call: Call) -> Value:
    state = state_of(call.receiver)
    types = state.get("types") if state is not None else None
    if not isinstance(types, Sequence) or not types.parts or any(isinstance(part, Many) for part in types.parts):
        return unknown(call.deps)
    classes = [part for part in types.parts if not isinstance(part, Many)]
    rest = truth(call.get(1, "return_remaining_strings") or FALSE)
    if rest is None:
        return unknown(call.deps)
    if not rest:
        _refuse(m, classes, call)
    return sequence([*_fill(m, classes, call, strict=not rest), *([unknown(call.deps)] if rest else [])], "tuple")


def _refuse(m: Machine, classes: list[Value], call: Call) -> None:
    """Raise where the launch passes flags that are no fields: transformers' own are known by name in all versions."""
    parser = ParserModel()
    for cls in classes:
        declare(m, parser, cls, call)
    words = [word for word in m.program.argv[1:] if isinstance(word, Const) and isinstance(word.value, str)]
    if not parser.listed or len(parser.listed) < len(parser.doubts) or any(word.value == "--" for word in words):
        return
    options = {name.lstrip("-").replace("-", "_") for option in parser.options for name in option.names}
    known = options | parser.besides
    flags = [word for word in words if str(word.value).startswith("--") and " " not in str(word.value)]
    strange = [word for word in flags if not _begins(str(word.value), known)]
    if not strange:
        return
    shown = ", ".join(str(word.value).split("=", 1)[0] for word in strange)
    error = f"Some specified arguments are not used by the HfArgumentParser: {shown}"
    detail = message("the argument parser rejects the command line: {error}", error=error[:300])
    at = strange[0].origin
    m.notes.rejected.append((detail, Location(at.path, at.line, at.end_line) if at is not None else None))
    raised = m.fail("ValueError", detail, call.node)
    if place_of(raised) not in m.passed_over:
        raise raised


def _begins(flag: str, known: set[str]) -> bool:
    """Whether a flag is an option, or what one begins with."""
    name = flag[2:].split("=", 1)[0].replace("-", "_")
    return any(one.startswith((name, name.removeprefix("no_"))) for one in known)


@model("tyro.cli", "simple_parsing.parse", "draccus.parse", "pyrallis.parse")
def _one_dataclass(m: Machine, call: Call) -> Value:
    cls = call.get(0)
    if isinstance(cls, Class):
        return _fill(m, [cls], call)[0]
    if isinstance(cls, Function) and call.name == "tyro.cli":
        return call_with_options(m, cls, call, positional=False)
    return unknown(call.deps)


def _fill(m: Machine, classes: list[Value], call: Call, *, strict: bool = True) -> list[Value]:
    """Parse the launch's words against the fields of dataclasses, and build one object of each."""
    parser = ParserModel()
    for cls in classes:
        declare(m, parser, cls, call)
    namespace, _ = parse_words(m, parser, list(m.program.argv[1:]), call, strict=strict)
    if not isinstance(namespace, Foreign) or namespace.state is None:
        return [unknown(call.deps) for _ in classes]
    return [built(m, cls, namespace.state, call) for cls in classes]


@model("argparse.ArgumentParser.add_arguments")
def _add_dataclass(m: Machine, call: Call) -> Value:
    """``simple_parsing``: the fields of a dataclass are options, and the object is an attribute of the arguments."""
    parser, cls, dest = parser_of(call), call.get(0, "dataclass"), call.text(1, "dest")
    if parser is None:
        return NONE
    if cls is None or dest is None:
        parser.doubts.append(m.location(call.node))
        return NONE
    declare(m, parser, cls, call)
    parser.dataclasses.append((dest, cls))
    return NONE


@model("tap.Tap.parse_args", "tap.tap.Tap.parse_args")
def _tap(m: Machine, call: Call) -> Value:
    """A class whose fields are the options; its methods may add others, so that nothing is refused."""
    if not isinstance(call.receiver, Instance):
        return unknown(call.deps)
    parser = ParserModel()
    declare(m, parser, call.receiver.of, call)
    return parse_words(m, parser, list(m.program.argv[1:]), call, strict=False)[0]


def wrap_with_config(decorator: Value, value: Value) -> Value:
    """A function that builds its first argument, a dataclass, from the command line when it is called without."""
    return Foreign("draccus.wrap", (value, decorator), state={})


@model("draccus.wrap()")
def _run_wrapped(m: Machine, call: Call) -> Value:
    made = call.receiver
    function = made.args[0] if isinstance(made, Foreign) and made.args else None
    if not isinstance(function, Function):
        return unknown(call.deps)
    if call.args or call.keywords:
        return m.call(function, list(call.args), list(call.keywords), call.node)
    return m.call(function, [_config_of(m, function, call)], [], call.node)


def _config_of(m: Machine, function: Function, call: Call) -> Value:
    """The dataclass that annotates the first parameter, filled; unknown where the command line is not so simple.

    These libraries also read a config file (``--config_path``) and nested fields (``--optimizer.lr``).
    """
    first = next(iter(function.node.args.args), None)
    annotation = first.annotation if first is not None else None
    name = annotation.id if isinstance(annotation, ast.Name) else ""
    cls = function.scope.lookup(name) if name else None
    words = [str(word.value) for word in m.program.argv[1:] if isinstance(word, Const)]
    options = [word.split("=", 1)[0] for word in words if word.startswith("--")]
    if not isinstance(cls, Class) or any("." in option or option.startswith("--config") for option in options):
        return unknown(call.deps)
    return _fill(m, [cls], call)[0]


# ------------------------------------------------------------------------------------------ click


def decorate_command(m: Machine, decorator: Value, value: Value) -> Value:
    """A function with ``click`` options: they collect on it until it is called as a command."""
    name = decorator.name.rsplit(".", 1)[-1].removesuffix("()") if isinstance(decorator, (External, Foreign)) else ""
    if name in ("command", "group"):
        options = value.args if isinstance(value, Partial) else ()
        target = value.function if isinstance(value, Partial) else value
        return Foreign("click.Command", (target, *options), state={})
    if name in ("option", "argument") and isinstance(decorator, Foreign):
        inner = value.function if isinstance(value, Partial) else value
        kept = value.args if isinstance(value, Partial) else ()
        if isinstance(value, Foreign) and value.name == "click.Command":
            return Foreign("click.Command", (*value.args, decorator), state={})
        return Partial(inner, (*kept, decorator), ())
    return value


@model("click.Command()")
def _run_command(m: Machine, call: Call) -> Value:
    command = call.receiver
    if not isinstance(command, Foreign) or not command.args or not isinstance(command.args[0], Function):
        return unknown(call.deps)
    parser = ParserModel()
    for option in command.args[1:]:
        if isinstance(option, Foreign):
            parser.options.append(_click_option(option))
    namespace, _ = parse_words(m, parser, list(m.program.argv[1:]), call, strict=True)
    if not isinstance(namespace, Foreign) or namespace.state is None:
        return unknown(call.deps)
    keywords = [(str(name), value) for name, value in namespace.state.items()]
    body = command.args[0].node
    for name, _ in keywords:
        # An option is a parameter of the function: the call itself reads it.
        place = Location(command.args[0].path, body.lineno, body.lineno)
        m.notes.flag_reads.setdefault(name, []).append(place)
    return m.call(command.args[0], [], keywords, call.node)


def _click_option(option: Foreign) -> Option:
    texts = [str(item.value) for item in option.args if isinstance(item, Const)]
    flags = [text for text in texts if text.startswith("-")]
    plain = [text for text in texts if not text.startswith("-")]
    positional = option.name.rsplit(".", 1)[-1] == "argument"
    negated = [part for text in flags for part in text.split("/")[1:]]
    names = [part for text in flags for part in text.split("/")[:1]] or plain
    longest = max(names, key=len).lstrip("-").replace("-", "_") if names else "argument"
    dest = plain[0] if plain and not positional else longest
    is_flag = option.argument(99, "is_flag")
    boolean = bool(negated) or (isinstance(is_flag, Const) and is_flag.value is True)
    kind = option.argument(99, "type")
    default = option.argument(99, "default")
    if kind is None and isinstance(default, Const) and isinstance(default.value, (int, float)) and not boolean:
        kind = External("builtins." + type(default.value).__name__)
    if isinstance(kind, (External, Foreign)) and not kind.name.startswith("builtins."):
        kind = None
    required = option.argument(99, "required")
    made = option.made_at
    place = Location(made.path, made.line, made.end_line) if made is not None else Location("", None)
    must = positional or (isinstance(required, Const) and required.value is True)
    action = ("BooleanOptionalAction" if negated else "store_true") if boolean else "store"
    fallback: Value = default if default is not None else (FALSE if boolean else NONE)
    return Option(tuple(names), dest, action, None, NONE, fallback, kind, None, must, place)
