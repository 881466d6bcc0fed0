"""``rdt-audit schema``: print the JSON Schema of the JSON report."""

from __future__ import annotations

import click

from auditor.cli.lazy import HELP


@click.command(context_settings=HELP)
def schema() -> None:
    """Print the JSON Schema of audit.json (parts for `probe --json` and `budget --json` are under $defs)."""
    from auditor.report.json_report import dumps
    from auditor.report.schema import json_schema

    click.echo(dumps(json_schema()), nl=False)
