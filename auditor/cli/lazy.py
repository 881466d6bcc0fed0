"""A click group that imports a command only when it runs, so that ``--help`` stays fast."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import NamedTuple

import click

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
"""Settings of every command: click keeps the help option of the first call, with the group around it or without."""


class Lazy(NamedTuple):
    """Where a command lives (``module:attribute``) and the line that the group's help shows for it."""

    target: str
    help: str


class LazyGroup(click.Group):
    """A group whose commands are named by strings and imported on use."""

    def __init__(self, *args: object, lazy: Mapping[str, Lazy], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer needs them, not alphabetically."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name].target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.lazy.items()])
