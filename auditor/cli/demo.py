"""``rdt-audit demo``: the main job on the embedded checkout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.exits import INCOMPLETE, OK, Refused
from auditor.cli.lazy import HELP
from auditor.cli.options import Request
from auditor.cli.report import publish
from auditor.report import LANGUAGES

if TYPE_CHECKING:
    from auditor.demo.write import Demo
    from auditor.model import Audit

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(context_settings=HELP)
@click.option("--output", type=_FOLDER, default="reports/demo", show_default=True, help="Where the report goes.")
@click.option("--work", type=_FOLDER, default=".demo", show_default=True, help="Where checkout and data are written.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the report.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no verdict.")
def demo(output: Path, work: Path, lang: str, quiet: bool) -> int:
    """Write a small RDT-like checkout and data for it, audit them, and write the report.

    One of its launches reads every chunk once, one trains on nothing, one counts files where its samples are steps,
    and one builds an index of all steps and then ignores the index.
    """
    from auditor.cli.run import audit

    request = demo_request(_write(work), lang, quiet)
    result = without_timings(audit(request))
    publish(result, request, output)
    return OK if result.complete else INCOMPLETE


def demo_request(written: Demo, lang: str, quiet: bool) -> Request:
    """The request that audits the demo."""
    from auditor.pipeline import AuditOptions

    options = AuditOptions(
        checkout=written.checkout,
        data_roots=(written.data_root,),
        command=("rdt-audit", "demo", *(() if lang == "en" else ("--lang", lang))),
    )
    return Request(options, lang, outputs=(), quiet=quiet, extra={})


def without_timings(result: Audit) -> Audit:
    """The same audit with no measured seconds in it: the demo's report is checked in, and equal runs must be equal."""
    facts = result.facts
    launches = tuple(
        replace(launch, probe=replace(launch.probe, seconds=0.0)) if launch.probe else launch
        for launch in facts.launches
    )
    probes = tuple(replace(probe, seconds=0.0) for probe in facts.probes)
    return replace(result, facts=replace(facts, launches=launches, probes=probes))


def _write(work: Path) -> Demo:
    from auditor.demo.write import write_demo

    try:
        return write_demo(work)
    except OSError as error:
        raise Refused(f"cannot write the demo: {error}") from error
