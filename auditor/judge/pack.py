"""Loading rule packs: folders of rule files, ours and the user's own in exactly the same way."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from auditor.judge.rule import BadRule, Rule
from auditor.model import Message, message
from auditor.resources import resource_dir


class UnusableRules(Exception):
    """The rules as configured cannot be used (exit code 2); ``problems`` has one message for each reason."""

    def __init__(self, problems: tuple[Message, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def builtin_folder() -> Path:
    """Where the built-in pack is: inside the installed package, or beside it in a development tree."""
    return resource_dir("rules")


def load_rules(folders: Iterable[Path] = ()) -> tuple[Rule[Any], ...]:
    """The built-in rules and those of ``folders``, sorted by code.

    Raises :class:`UnusableRules` with every problem found: a folder that is not there, a file that does not load,
    a rule with bad metadata, a code that is used twice.
    """
    rules: dict[str, Rule[Any]] = {}
    problems: list[Message] = []
    own = builtin_folder()
    for folder in (own, *folders):
        if not folder.is_dir():
            problems.append(message("{folder} is not a folder of rules", folder=str(folder)))
            continue
        for found in _own_rules(folder) if folder == own else _rules_of(folder):
            if isinstance(found, Message):
                problems.append(found)
            elif found.code in rules:
                problems.append(_used_twice(rules[found.code], found))
            else:
                rules[found.code] = found
    if problems:
        raise UnusableRules(tuple(problems))
    return tuple(rules[code] for code in sorted(rules))


@lru_cache(maxsize=2)
def _own_rules(folder: Path) -> tuple[Rule[Any] | Message, ...]:
    """The built-in rules, which stay what they are as long as the process runs."""
    return tuple(_rules_of(folder))


def _rules_of(folder: Path) -> Iterator[Rule[Any] | Message]:
    found = False
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        for item in _load(path):
            found = True
            yield item
    if not found:
        yield message("{folder} holds no rule", folder=str(folder))


def _load(path: Path) -> Iterator[Rule[Any] | Message]:
    if not path.is_file():  # a pipe would be waited for, a device read for ever, a link in a circle not resolved
        yield message("{path} is not a regular file", path=str(path))
        return
    name = f"_rdt_audit_rule_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        yield message("{path} is not a Python file", path=str(path))
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses in a rule file look their module up here
    try:
        with redirect_stdout(sys.stderr):  # stdout is for results
            spec.loader.exec_module(module)
    except BadRule as bad:
        yield message("{path}: {reason}", path=str(path), reason=bad.reason)
        return
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        kind = type(error).__name__
        yield message("{path} does not load: {kind}: {error}", path=str(path), kind=kind, error=str(error)[:500])
        return
    for value in vars(module).values():
        if isinstance(value, Rule) and value.check.__module__ == name:
            yield replace(value, path=path)


def _used_twice(first: Rule[Any], second: Rule[Any]) -> Message:
    return message(
        "{second} uses the code {code}, which is taken by {first}",
        second=str(second.path),
        code=first.code,
        first=str(first.path),
    )
