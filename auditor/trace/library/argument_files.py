"""Words of a command line that stand in a file: ``@args.txt`` with ``ArgumentParser(fromfile_prefix_chars="@")``."""

from __future__ import annotations

from auditor.model import message
from auditor.trace.attributes import find_method
from auditor.trace.machine import Machine
from auditor.trace.values import Const, Foreign, Instance, Origin, Value

_MAX_WORDS = 10_000
_MAX_DEPTH = 16
_OWN = "convert_arg_line_to_args"


class NotRead(Exception):
    """The words are not known: no such file in the checkout, or lines that the program takes apart itself."""


def with_files(m: Machine, parser: Value | None, words: list[Value], prefixes: str, depth: int = 0) -> list[Value]:
    """The words with those of the files that they name, a word a line, as argparse puts them in."""
    found: list[Value] = []
    for word in words:
        text = word.value if isinstance(word, Const) and isinstance(word.value, str) else ""
        if not text or text[0] not in prefixes:
            found.append(word)
        elif depth > _MAX_DEPTH or len(found) > _MAX_WORDS or _takes_apart(parser):
            raise NotRead
        else:
            found += with_files(m, parser, _lines(m, word, text[1:]), prefixes, depth + 1)
    return found


def _lines(m: Machine, word: Value, name: str) -> list[Value]:
    path = m.program.inside(name)
    if path is None or not m.program.sources.is_file(path):
        raise NotRead
    try:
        lines = m.program.sources.tree.read_text(path).splitlines()
    except Exception as error:
        raise NotRead from error
    above = (word.origin,) if word.origin is not None else ()
    note = message("a word of the command line")
    return [
        Const(line, deps=word.deps, origin=Origin("config", path, at, at, note, "", above))
        for at, line in enumerate(lines, 1)
    ]


def _takes_apart(parser: Value | None) -> bool:
    """Whether the program says itself what the words of a line are."""
    if isinstance(parser, Instance):
        return find_method(parser.of, _OWN) is not None or _OWN in parser.attributes
    return isinstance(parser, Foreign) and parser.state is not None and _OWN in parser.state
