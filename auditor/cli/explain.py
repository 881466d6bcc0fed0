"""``rdt-audit explain RDT101``: what a rule does, why, and what to do instead."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.exits import Refused
from auditor.cli.lazy import HELP
from auditor.cli.rules import RULES, load
from auditor.cli.terminal import printable


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Codes and names for the shell's completion."""
    names = [name for rule in load(()) for name in (rule.code, rule.name)]
    return [name for name in names if name.lower().startswith(incomplete.lower())]


@click.command(context_settings=HELP)
@click.argument("rule", metavar="CODE", shell_complete=_complete)
@RULES
def explain(rule: str, folders: tuple[Path, ...]) -> None:
    """Explain the rule CODE (or its name), e.g. RDT101."""
    import difflib

    from auditor.judge.pages import explanation

    found = load(folders)
    for one in found:
        if rule.upper() == one.code or rule.lower() == one.name:
            click.echo(printable(explanation(one)), nl=False)
            return
    names = [name for one in found for name in (one.code, one.name)]
    close = difflib.get_close_matches(rule.upper(), names, 1) or difflib.get_close_matches(rule.lower(), names, 1)
    hint = f"; did you mean {close[0]}?" if close else "; `rdt-audit rules` lists them"
    raise Refused(f"there is no rule {rule!r}{hint}")
