"""``rdt-audit trace``: evidence chains on the terminal."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.exits import INCOMPLETE, OK, Refused
from auditor.cli.lazy import HELP
from auditor.cli.options import audit_options, read_request

if TYPE_CHECKING:
    from auditor.model import Audit


@click.command(context_settings=HELP)
@audit_options
@click.option("--flag", metavar="NAME", help="Only this flag: where it is set, declared and read, and what it decides.")
def trace(**given: Any) -> int:
    """Show how each launch of CHECKOUT (default: here) comes to its dataset, step by step.

    With --script one launch script, with --flag one flag. Data is not counted.
    """
    from auditor.cli.run import audit, say, uses_stdout, write_outputs
    from auditor.cli.trace_text import trace_text

    request = read_request(given, "trace")
    request = replace(request, audit=replace(request.audit, probe=False))
    result = audit(request)
    flag = request.extra["flag"]
    if flag is not None:
        flag = _known_flag(flag, result)
    write_outputs(result, request)
    if not uses_stdout(request):
        say(trace_text(result, flag, request.lang))
    return OK if result.complete else INCOMPLETE


def _known_flag(spelt: str, result: Audit) -> str:
    """The flag's name as ``args`` has it; raises :class:`Refused` when no launch has it."""
    name = spelt.lstrip("-").replace("-", "_")
    names = sorted({flag.name for launch in result.facts.launches for flag in launch.flags})
    if name in names:
        return name
    close = difflib.get_close_matches(name, names, n=3)
    raise Refused(f"no launch has a flag {spelt}" + (f"; did you mean {', '.join(close)}?" if close else ""))
