"""``rdt-audit probe``: count the episodes and steps of datasets on disk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.exits import INCOMPLETE, INTERRUPTED, OK, USAGE, Refused
from auditor.cli.lazy import HELP

if TYPE_CHECKING:
    from auditor.model import SampleCount

ENGINES = ("processes", "threads", "dask")


@click.command(context_settings=HELP)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
@click.option("--verify", is_flag=True, help="Read everything: checksums, values, what tensorflow-datasets expects.")
@click.option("--values", is_flag=True, help="Also the steps that RDT's own HDF5 loader would use.")
@click.option("--engine", type=click.Choice(ENGINES), default="processes", show_default=True, help="Where to count.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes or threads (default: one for each core).")
@click.option("--scheduler", metavar="ADDRESS", help="Dask scheduler, for --engine dask.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.01), default=60.0, show_default=True, help="Seconds a file may take."
)
@click.option("--memory", type=click.IntRange(min=64), default=1024, show_default=True, help="MiB a worker may use.")
@click.option("--lang", type=click.Choice(("en", "zh")), default="en", help="Language of the sentences.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def probe(paths: tuple[str, ...], json_: bool, lang: str, quiet: bool, **given: Any) -> int:
    """Count the episodes and steps of every dataset in PATH: a file, a folder, or an address (s3://, hf://, http://).

    Formats are recognised by content. What a summary file declares is never passed off as a count.
    """
    from auditor.probes import EngineError, ProbeOptions, probe_paths

    options = ProbeOptions(**given | {"memory": given["memory"] << 20})
    with _progress(quiet) as progress:
        try:
            counts = probe_paths(paths, options, progress)
        except EngineError as error:
            raise Refused(str(error.reason)) from error
    if json_:
        from auditor.report.json_report import dumps, probes_json

        click.echo(dumps(probes_json(counts, lang)), nl=False)
    else:
        from auditor.cli.probe_text import describe

        click.echo(describe(counts, lang), nl=False)
    return exit_code(counts)


def exit_code(counts: Sequence[SampleCount]) -> int:
    """What the counts mean for the caller: 3 when something could not be read, 2 when there was nothing to count."""
    if any(not count.complete for count in counts):
        return INTERRUPTED
    if any(count.unreadable_count for count in counts):
        return INCOMPLETE
    return USAGE if all(count.refused for count in counts) else OK


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with rate and remaining time, on a terminal only; on anything else nothing is shown."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("counting"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("counting", total=None, rate="")

        def show(done: int, total: int) -> None:
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield show
