"""``argparse``: the audited program's parser is rebuilt from its calls, and the launch's words are parsed with it.

The rebuilt parser is a real :class:`argparse.ArgumentParser` whose options are plain strings, so that abbreviations,
``nargs``, prefixes and errors are exactly argparse's own; types and choices are applied to abstract values afterwards.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import Any

from auditor.frozen import frozen
from auditor.model import Location, Message, message
from auditor.trace.library.base import Call, foreign, model, state_of
from auditor.trace.machine import Machine
from auditor.trace.operators import plain_items, truth
from auditor.trace.values import (
    NONE,
    Class,
    Const,
    External,
    Foreign,
    Mapping,
    Sequence,
    Unknown,
    Value,
    abstract,
    unknown,
    with_origin,
)

_KEY = "$parser"
_GROUP = "$group"
# Settings of configargparse and jsonargparse by which values come from files or environment variables.
_ELSEWHERE = frozenset(
    {
        *("default_config_files", "auto_env_var_prefix", "default_env", "env_prefix", "args_for_setting_config_path"),
        *("is_config_file", "is_config_file_arg", "env_var"),
    }
)


@frozen
class Option:
    """One declared argument of the audited program."""

    names: tuple[str, ...]
    dest: str
    action: str
    nargs: str | int | None
    const: Value
    default: Value
    type: Value | None
    choices: Value | None
    required: bool
    declared: Location
    exclusive: int | None = None
    own_action: Value | None = None


@abstract()
class ParserModel(Value):
    """What is known about a parser of the audited program; its contents grow as the program declares arguments.

    ``doubts`` is not empty when an argument was declared in a way that is not known; ``listed`` are those of them of
    which the names are known, which are in ``besides``.  ``exclusive`` says of each group
    of options that exclude each other whether one of them is required; an option names its group by its place there.
    ``dataclasses`` are filled from options of their own, each under its attribute.
    """

    options: list[Option] = field(default_factory=list)
    defaults: dict[str, Value] = field(default_factory=dict)
    settings: dict[str, bool] = field(default_factory=dict)
    doubts: list[Location] = field(default_factory=list)
    listed: list[Location] = field(default_factory=list)
    besides: set[str] = field(default_factory=set)
    exclusive: list[bool] = field(default_factory=list)
    commands: list[Commands] = field(default_factory=list)
    file_prefixes: list[str] = field(default_factory=list)
    dataclasses: list[tuple[str, Value]] = field(default_factory=list)


@abstract()
class Commands(Value):
    """The subcommands of a parser, by name and alias; ``dest`` is the attribute that gets the chosen name, if any."""

    dest: str | None
    required: bool
    parsers: dict[str, ParserModel] = field(default_factory=dict)


@frozen
class FlagRecord:
    """A flag of the launch after parsing."""

    name: str
    value: Value
    given: Location | None
    declared: Location
    default: Value
    spelled: str | None
    uncertain: bool = False
    names: tuple[str, ...] = ()
    action: str = "store"
    choices: tuple[Any, ...] | None = None

    @property
    def takes_value(self) -> bool:
        """Whether a value follows the flag's name."""
        return self.action in ("store", "append", "extend", "custom")


def parser_of(call: Call) -> ParserModel | None:
    """The parser behind a method call, wherever groups and subclasses keep it."""
    state = state_of(call.receiver)
    if state is None:
        return None
    kept = state.get(_KEY)
    if kept is None and call.receiver is not None and not isinstance(call.receiver, Foreign):
        kept = ParserModel()
        state[_KEY] = kept
    return kept if isinstance(kept, ParserModel) else None


@model("argparse.ArgumentParser", "simple_parsing.ArgumentParser")
def _make(m: Machine, call: Call) -> Value:
    parser = ParserModel()
    made = _object(m, call, parser)
    _configure(m, call, parser)
    return made


@model("configargparse.ArgumentParser", "configargparse.ArgParser", "jsonargparse.ArgumentParser")
def _make_reader_of_files(m: Machine, call: Call) -> Value:
    """Parsers that can also take values from config files and environment variables."""
    parser = ParserModel()
    made = _object(m, call, parser)
    _configure(m, call, parser)
    if any(name in _ELSEWHERE for name, _ in call.keywords):
        _reads_elsewhere(m, call, parser)
    return made


def _reads_elsewhere(m: Machine, call: Call, parser: ParserModel) -> None:
    """What the command line leaves open is not known then."""
    parser.settings["elsewhere"] = True
    parser.doubts.append(m.location(call.node))


@model(
    *(
        f"argparse.ArgumentParser.{name}"
        for name in (
            *("add_class_arguments", "add_dataclass_arguments", "add_function_arguments", "add_method_arguments"),
            *("add_subclass_arguments", "add_subcommands", "link_arguments", "register"),
        )
    )
)
def _declares_more(m: Machine, call: Call) -> Value:
    parser = parser_of(call)
    if parser is not None:
        _reads_elsewhere(m, call, parser)
    return unknown(call.deps)


def _object(m: Machine, call: Call, parser: ParserModel) -> Foreign:
    made = foreign(m, call, "argparse.ArgumentParser")
    assert made.state is not None
    made.state[_KEY] = parser
    return made


def _configure(m: Machine, call: Call, parser: ParserModel) -> None:
    abbreviations = call.get(99, "allow_abbrev")
    if abbreviations is not None and truth(abbreviations) is False:
        parser.settings["allow_abbrev"] = False
    prefixes = call.get(99, "fromfile_prefix_chars")
    if isinstance(prefixes, Const) and isinstance(prefixes.value, str):
        parser.file_prefixes.append(prefixes.value)
    if call.get(99, "prefix_chars") is not None or call.get(99, "argument_default") is not None:
        parser.doubts.append(m.location(call.node))
    parents = call.get(99, "parents")
    for parent in parents.parts if isinstance(parents, Sequence) else ():
        kept = parent.state.get(_KEY) if isinstance(parent, Foreign) and parent.state is not None else None
        if isinstance(kept, ParserModel):
            _inherit(parser, kept)
        else:
            parser.doubts.append(m.location(call.node))


def _inherit(parser: ParserModel, parent: ParserModel) -> None:
    before = len(parser.exclusive)
    parser.exclusive.extend(parent.exclusive)
    for option in parent.options:
        group = option.exclusive
        parser.options.append(replace(option, exclusive=before + group) if group is not None else option)
    parser.defaults.update(parent.defaults)
    parser.commands.extend(parent.commands)
    parser.doubts.extend(parent.doubts)


@model("argparse.ArgumentParser.__init__")
def _subclass(m: Machine, call: Call) -> Value:
    parser = parser_of(call)
    if parser is not None:
        _configure(m, call, parser)
    return NONE


@model("argparse.ArgumentParser.add_argument_group")
def _group(m: Machine, call: Call) -> Value:
    return call.receiver or unknown()


@model("argparse.ArgumentParser.add_mutually_exclusive_group")
def _exclusive_group(m: Machine, call: Call) -> Value:
    """Options of which a command line may name one: the group is a parser that declares them for the same model."""
    parser = parser_of(call)
    if parser is None:
        return call.receiver or unknown()
    required = call.get(0, "required")
    parser.exclusive.append(required is not None and truth(required) is True)
    group = _object(m, call, parser)
    assert group.state is not None
    group.state[_GROUP] = Const(len(parser.exclusive) - 1)
    return group


@model("argparse.ArgumentParser.add_subparsers")
def _add_subparsers(m: Machine, call: Call) -> Value:
    parser = parser_of(call)
    dest, required = call.get(99, "dest"), call.get(99, "required")
    name = dest.value if isinstance(dest, Const) and isinstance(dest.value, str) else None
    commands = Commands(name, required is not None and truth(required) is True)
    made = foreign(m, call, "argparse.Subcommands")
    assert made.state is not None
    made.state[_KEY] = commands
    if parser is not None:
        parser.commands.append(commands)
        if dest is not None and name is None:
            parser.doubts.append(m.location(call.node))
    return made


@model("argparse.Subcommands.add_parser")
def _add_parser(m: Machine, call: Call) -> Value:
    parser = ParserModel()
    made = _object(m, call, parser)
    _configure(m, call, parser)
    state = state_of(call.receiver)
    commands = state.get(_KEY) if state is not None else None
    name, aliases = call.text(0, "name"), call.get(99, "aliases")
    if isinstance(commands, Commands):
        known = [name, *(plain_items(aliases) or ())] if isinstance(aliases, Sequence) else [name]
        if any(one is None for one in known):
            commands.parsers.clear()
        commands.parsers.update({str(one): parser for one in known if one is not None})
    return made


@model("argparse.ArgumentParser.error", "argparse.ArgumentParser.exit")
def _end(m: Machine, call: Call) -> Value:
    text = call.text(0 if call.name.endswith("error") else 1, "message") or "exit"
    detail = message("the argument parser rejects the command line: {error}", error=text[:300])
    raise m.fail("SystemExit", detail, call.node)


@model("argparse.ArgumentParser.set_defaults")
def _set_defaults(m: Machine, call: Call) -> Value:
    parser = parser_of(call)
    if parser is not None:
        for name, value in call.keywords:
            parser.defaults[name] = value
    return NONE


@model(
    "argparse.ArgumentParser.add_argument",
    "argparse.ArgumentParser.add",
    "argparse.ArgumentParser.add_arg",
)
def _add_argument(m: Machine, call: Call) -> Value:
    parser = parser_of(call)
    if parser is None:
        return NONE
    names = tuple(value.value for value in call.args if isinstance(value, Const) and isinstance(value.value, str))
    if not names or len(names) != len(call.args):
        parser.doubts.append(m.location(call.node))
        return NONE
    action = call.get(99, "action")
    kind = "store"
    if isinstance(action, Const):
        kind = str(action.value)
    elif isinstance(action, External):
        kind = action.name.rsplit(".", 1)[-1]
    elif action is not None:
        kind = "custom"
    dest = call.get(99, "dest")
    text = str(dest.value) if isinstance(dest, Const) and dest.value is not None else _destination(names)
    nargs = call.get(99, "nargs")
    default = call.get(99, "default")
    if kind == "ActionConfigFile" or any(name in _ELSEWHERE for name, _ in call.keywords):
        _reads_elsewhere(m, call, parser)
    if (kind == "custom" and not isinstance(action, Class)) or (nargs is not None and not isinstance(nargs, Const)):
        parser.doubts.append(m.location(call.node))
    if default is None:
        default = {"store_true": Const(False), "store_false": Const(True)}.get(kind, NONE)
    parser.options[:] = [option for option in parser.options if not set(option.names) & set(names)]
    parser.options.append(
        Option(
            names,
            text,
            kind,
            nargs.value if isinstance(nargs, Const) and isinstance(nargs.value, (str, int)) else None,
            call.get(99, "const") or NONE,
            default,
            call.get(99, "type"),
            call.get(99, "choices"),
            truth(call.get(99, "required") or Const(False)) is True,
            m.location(call.node),
            _group_of(call),
            action if kind == "custom" else None,
        )
    )
    return NONE


def _group_of(call: Call) -> int | None:
    group = (state_of(call.receiver) or {}).get(_GROUP)
    return group.value if isinstance(group, Const) and isinstance(group.value, int) else None


def _destination(names: tuple[str, ...]) -> str:
    long = next((name for name in names if name.startswith("--")), names[0])
    return long.lstrip("-").replace("-", "_")


# ------------------------------------------------------------------------------------------ reading


def is_open(namespace: Foreign) -> bool:
    """Whether the parsed arguments may have more attributes than are known."""
    return bool(namespace.keywords)


def read_flag(m: Machine, namespace: Foreign, name: str, node: Any) -> Value:
    """``args.name``: a link of the chain, and a read of the flag."""
    assert namespace.state is not None
    if name == "__dict__":
        return Mapping(namespace.state, {})
    value = namespace.state.get(name)
    if value is None and is_open(namespace):
        return unknown(namespace.deps)
    if value is None:
        return m.fails("AttributeError", message("the parser declares no {flag}", flag=name), node)
    m.notes.flag_reads.setdefault(name, []).append(m.location(node))
    if value.origin is None or not isinstance(value, (Const, Unknown)):
        return value
    note = message("reads {flag}", flag=name)
    return with_origin(value, m.origin("read", node, note, value.origin, symbol=f"args.{name}"))


__all__ = ["FlagRecord", "Message", "Option", "ParserModel"]
