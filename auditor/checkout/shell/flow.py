"""How control and text move between the commands of a script, and what a walk through it brings back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from auditor.checkout.shell.source import Source
from auditor.checkout.shell.state import Arg, State, Truth
from auditor.checkout.shell.syntax import Block, Simple
from auditor.frozen import frozen
from auditor.model import Location, Message, message

if TYPE_CHECKING:
    from auditor.checkout.shell.interpreter import Interpreter


class Flow(Enum):
    """How control leaves a command."""

    NEXT = "next"
    EXIT = "exit"
    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"


@dataclass(slots=True)
class Stream:
    """Text that is left to read; ``None``: it is not known."""

    text: str | None = None

    def line(self) -> str | None:
        """The next line without its newline, ``None`` at the end; only when the text is known."""
        if not self.text:
            return None
        line, _, self.text = self.text.partition("\n")
        return line


@dataclass(slots=True)
class Io:
    """Standard input, and the pieces written to standard output."""

    stdin: Stream = field(default_factory=Stream)
    out: list[str] = field(default_factory=list)


@frozen
class Wrapper:
    """What stood in front of a program: ``srun``, ``nohup``, ``env``, and its own arguments."""

    name: str
    args: tuple[Arg, ...]


@dataclass(slots=True)
class Started:
    """A command that starts a program, as things stood at that moment.

    ``line`` is the line of the outermost script that led here.  ``following`` are the commands after it in the same
    block, among them what a broken continuation left behind.  ``stopped``: bash certainly never gets here;
    ``uncertain``: it may not; ``instead`` is where the programs stand that the script starts in its place.
    ``demanded`` are the variables that the script asks of its caller's environment first.
    """

    args: tuple[Arg, ...]
    wrappers: tuple[Wrapper, ...]
    environment: dict[str, str]
    cwd: str
    source: Source
    command: Simple
    line: int
    files: dict[str, str | None]
    assumptions: dict[Message, None]
    stopped: Message | None
    following: Block
    uncertain: Message | None = None
    demanded: frozenset[str] = frozenset()
    instead: tuple[Location, ...] = ()


@dataclass(slots=True)
class Call:
    """A command that is about to run: its words, and everything it may touch."""

    walk: Interpreter
    args: list[Arg]
    state: State
    source: Source
    io: Io
    command: Simple

    @property
    def name(self) -> str:
        return self.args[0].text

    @property
    def texts(self) -> list[str]:
        """The arguments after the name."""
        return [arg.text for arg in self.args[1:]]

    @property
    def line(self) -> int:
        return self.source.line(self.command.start)

    def attempted(self) -> Truth:
        """The outcome of a program: taken to succeed, and not known."""
        return Truth(None, True, message("whether {command} succeeds is not known", command=self.name), None, True)
