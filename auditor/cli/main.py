"""The command ``rdt-audit``: its subcommands, and what every way of ending means for the exit code."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

import click

from auditor import __version__
from auditor.cli.exits import BROKEN_PIPE, INCOMPLETE, INTERRUPTED, OK, USAGE
from auditor.cli.lazy import HELP, Lazy, LazyGroup
from auditor.cli.terminal import printable

COMMANDS = {
    "report": Lazy("auditor.cli.report:report", "Audit a checkout and write the report."),
    "gate": Lazy("auditor.cli.gate:gate", "Audit a checkout for CI: findings on stdout, exit code."),
    "fix": Lazy("auditor.cli.fix:fix", "Print a diff that fixes findings, or apply it."),
    "trace": Lazy("auditor.cli.trace:trace", "Show the evidence chain of a flag or a launch."),
    "probe": Lazy("auditor.cli.probe:probe", "Count the episodes and steps of a dataset on disk."),
    "budget": Lazy("auditor.cli.budget:budget", "Compute what a run uses, without a checkout."),
    "rules": Lazy("auditor.cli.rules:rules", "List the rules."),
    "explain": Lazy("auditor.cli.explain:explain", "Explain one rule, e.g. RDT101."),
    "schema": Lazy("auditor.cli.schema:schema", "Print the JSON Schema of the reports."),
    "demo": Lazy("auditor.cli.demo:demo", "Write a small checkout with data, and audit it."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings=HELP,
    epilog="Exit codes: 0 nothing at or above the threshold; 1 findings; 2 wrong usage or nothing to audit; "
    "3 incomplete; 130 interrupted.",
)
@click.version_option(__version__, prog_name="rdt-audit")
def cli() -> None:
    """What will this RDT run really train on?

    Follows every launch script of a checkout from its flags to the dataset that yields samples. The audited code
    is never imported or run.
    """


def main() -> NoReturn:
    """Run the command line; never lets a traceback out unless RDT_AUDIT_DEBUG is set."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell: ``>&-``
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # file names of a checkout need not be text in the terminal's encoding
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli.main(prog_name="rdt-audit", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _complain(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("rdt-audit: interrupted", err=True)
        return INTERRUPTED
    except SystemExit as end:
        # click ends so when the reader of stdout left (`| head`): its 1 would mean findings.
        return BROKEN_PIPE if end.code == 1 else OK
    except BrokenPipeError:
        # The same, met in our own flush.
        _give_up_stdout()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            if os.environ.get("RDT_AUDIT_DEBUG"):
                raise
            return _confess(error)
        _give_up_stdout()
        return _complain(click.ClickException(f"cannot write: {error.strerror}"))
    except Exception as error:
        if os.environ.get("RDT_AUDIT_DEBUG"):
            raise
        return _confess(error)


def _give_up_stdout() -> None:
    """Keep the interpreter from flushing at exit into what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: click.ClickException) -> int:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
    click.echo(printable(f"rdt-audit: error: {error.format_message()}"), err=True)
    return error.exit_code if error.exit_code != 1 else USAGE  # 1 means findings


def _confess(error: Exception) -> int:
    click.echo(
        printable(
            f"rdt-audit: internal error: {type(error).__name__}: {error}\n"
            "This is a bug in rdt-audit, not in the checkout. Run again with RDT_AUDIT_DEBUG=1 to see where."
        ),
        err=True,
    )
    return INCOMPLETE
