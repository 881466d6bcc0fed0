"""``rdt-audit rules``: list the rules, or write their pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.exits import Refused
from auditor.cli.lazy import HELP
from auditor.cli.terminal import printable

if TYPE_CHECKING:
    from auditor.judge import Rule

RULES = click.option(
    "--rules",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with rules of your own (runs their code). Repeatable.",
)


@click.command(context_settings=HELP)
@RULES
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--pages", type=click.Path(file_okay=False, path_type=Path), help="Write a Markdown page a rule there.")
def rules(folders: tuple[Path, ...], as_json: bool, pages: Path | None) -> None:
    """List the rules: code, severity, name and what they report."""
    found = load(folders)
    if pages is not None:
        _write(pages, found)
    elif as_json:
        _print_json(found)
    else:
        width = max(len(rule.name) for rule in found)
        for rule in found:
            click.echo(printable(f"{rule.code}  {rule.severity:7}  {rule.name:{width}}  {rule.summary}"))


def load(folders: tuple[Path, ...]) -> tuple[Rule[Any], ...]:
    """The rules of the built-in pack and the user's; every problem with them ends the command."""
    from auditor.judge import UnusableRules, load_rules

    try:
        return load_rules(folders)
    except UnusableRules as unusable:
        raise Refused(str(unusable)) from unusable


def _print_json(found: tuple[Rule[Any], ...]) -> None:
    import json

    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity,
            "summary": str(rule.summary),
            "sections": {heading or "lead": text for heading, text in rule.sections.items()},
        }
        for rule in found
    ]
    click.echo(json.dumps({"rules": listed}, indent=2))


def _write(folder: Path, found: tuple[Rule[Any], ...]) -> None:
    from auditor.judge.pages import pages

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages(found).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Refused(f"{folder}: cannot be written: {error.strerror}") from error
