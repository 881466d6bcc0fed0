"""Commands that start a program: what stands in front of it, scripts that call scripts, and what gets recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from auditor.checkout.shell import simple
from auditor.checkout.shell.elsewhere import note_elsewhere
from auditor.checkout.shell.flow import Call, Flow, Io, Started, Wrapper
from auditor.checkout.shell.missing import brings_files, note_missing, note_missing_program
from auditor.checkout.shell.python import as_script_text, python_run
from auditor.checkout.shell.source import Source
from auditor.checkout.shell.state import Arg, Positional, State, Truth, Variable
from auditor.checkout.shell.unknown import is_known
from auditor.model import message

MAX_SCRIPTS = 6
SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh"})
LAUNCHERS = frozenset({"accelerate", "accelerate-launch", "deepspeed", "ds", "torchrun", "colossalai"})
_PYTHON = re.compile(r"(python|pypy|ipython)[\d.]*")
_WRAPPERS = frozenset(
    {
        *("nohup", "nice", "ionice", "setsid", "stdbuf", "timeout", "taskset", "numactl", "sudo", "env"),
        *("time", "exec", "command", "builtin", "xvfb-run", "unbuffer", "catchsegv", "conda", "mamba"),
        *("micromamba", "poetry", "pipenv", "uv", "pixi", "pdm", "rye", "hatch", "srun", "mpirun", "mpiexec"),
        *("orterun", "horovodrun", "singularity", "apptainer", "docker", "podman", "nsys", "ncu", "py-spy"),
        *("kernprof", "viztracer", "scalene", "memray", "coverage", "strace", "flock", "chrt", "systemd-run"),
        *("caffeinate", "watch", "xargs", "sbatch", "salloc", "bsub", "jsrun", "ssh", "tmux", "screen"),
        *("script", "ray", "kubectl", "rlaunch"),
    }
)
_PREFIXES = frozenset(
    {
        *("nohup", "nice", "ionice", "setsid", "stdbuf", "sudo", "env", "time", "exec", "command", "builtin"),
        *("unbuffer",),
    }
)
_RUNNERS = frozenset(
    {
        *("uv", "coverage", "kernprof", "viztracer", "scalene", "memray", "pixi", "pdm", "rye", "hatch"),
        *("poetry", "pipenv"),
    }
)
_TALKERS = frozenset(
    {
        *("ssh", "tmux", "screen", "script", "sbatch", "watch", "docker", "podman", "flock"),
    }
)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII | re.DOTALL)
_SHELL_SUFFIXES = (".sh", ".bash", ".slurm", ".sbatch", ".zsh")
_COMMAND_OPTION = re.compile(r"--(?:wrap|command)=")
_SHEBANG = re.compile(r"#!\s*\S*\b(?:env\s+)?(?:ba|z|da|k)?sh\b")


@dataclass(slots=True)
class Unwrapped:
    """A command without what stands in front of it (``nohup``, ``srun ...``), and what that was."""

    args: list[Arg]
    wrappers: tuple[Wrapper, ...]
    environment: dict[str, str]


def name_of(arg: Arg) -> str:
    """The program's name without its folder."""
    return arg.text.rpartition("/")[2]


def is_python(name: str) -> bool:
    return _PYTHON.fullmatch(name) is not None


def is_shell_script(path: str, text: str) -> bool:
    """Whether a file is a script for a shell: by its shebang, else by its suffix."""
    if text.startswith("#!"):
        return _SHEBANG.match(text) is not None
    return path.endswith(_SHELL_SUFFIXES)


def start(call: Call) -> Flow:
    """Run what is neither a function nor a builtin."""
    call = _located(call)
    choices = _choices(call, call.name)
    if choices:
        return _start_each(call, choices)
    found = unwrap(call)
    call.walk.shell.brought |= bool(found.args) and brings_files(name_of(found.args[0]), call.texts)
    call.state.status = call.attempted()
    ends = call.name == "exec"
    if found.args:
        flow = _inner(call, found)
        if flow is not Flow.NEXT:
            return flow
    elif call.name in _TALKERS:
        _talk(call, found)
    if ends and found.args:
        call.walk.ended = message("exec at line {line} replaces the shell", line=call.line)
        call.walk.exit_line = None
        return Flow.EXIT
    return Flow.NEXT


def _located(call: Call) -> Call:
    """``$(which python) main.py``, also behind ``nohup``: wherever it lies, the program is the one asked for."""
    for place, arg in enumerate(call.args):
        choices = _choices(call, arg.text)
        if len(choices) == 1:
            return replace(call, args=[*call.args[:place], replace(arg, text=choices[0]), *call.args[place + 1 :]])
        if choices or name_of(call.args[0]) not in _WRAPPERS:
            break
    return call


def _choices(call: Call, name: str) -> tuple[str, ...]:
    """The commands that a variable in the place of the command can be (``$LAUNCH main.py``)."""
    unknowns = call.walk.shell.unknowns
    choices = next((one.choices for one in unknowns.of(name)), ()) if len(name) == 1 else ()
    return choices if all(is_known(choice.partition(" ")[0]) for choice in choices) else ()


def _start_each(call: Call, choices: tuple[str, ...]) -> Flow:
    mark = len(call.walk.started)
    for choice in choices:
        first = [replace(call.args[0], text=word) for word in choice.split()]
        if first:
            start(replace(call, args=[*first, *call.args[1:]]))
    for started in call.walk.started[mark:]:
        started.uncertain = started.uncertain or call.walk.shell.unknowns.reason(call.name)
    return Flow.NEXT


def _inner(call: Call, found: Unwrapped) -> Flow:
    first = found.args[0]
    name = name_of(first)
    if found.wrappers and (first.text in call.state.functions or simple.builtin(first.text) is not None):
        return simple.dispatch(replace(call, args=found.args))
    script = _script(first, call)
    if name in SHELLS:
        _shell(call, found)
    elif script is not None:
        _run_script(call, script, found, 0)
    elif name.startswith("-"):
        call.state.status = Truth(False, code=127)
    elif not _known_output(call, found):
        if first.text.endswith(_SHELL_SUFFIXES):
            note_elsewhere(call, first)
            if "/" in first.text:
                note_missing(call, first, found.wrappers)
        _record(call, found)
        call.io.out.append(
            call.walk.shell.unknowns.text(message("the output of {command} is not known", command=name or call.name))
        )
    return Flow.NEXT


def _known_output(call: Call, found: Unwrapped) -> bool:
    """Whether the command is a Python program whose output is used and known."""
    if not call.walk.substitutions or not is_python(name_of(found.args[0])):
        return False
    environment = call.state.exported() | found.environment
    run = python_run(found.args, call.state, call.io.stdin.text, environment)
    printed = call.walk.shell.output(run) if run is not None else None
    if printed is None:
        return False
    call.walk.shell.printed += printed.origins
    call.io.out.append(as_script_text(printed.text))
    call.state.status = Truth(printed.status == 0, code=printed.status)
    return True


def unwrap(call: Call) -> Unwrapped:
    """Take off what stands in front of the program."""
    args, wrappers, environment = list(call.args), [], {}
    while args and name_of(args[0]) in _WRAPPERS:
        wrapper = name_of(args[0])
        place = _program_at(args, wrapper, call)
        before = args[1:place]
        for arg in before:
            if wrapper in ("env", "sudo") and (match := _ASSIGNMENT.fullmatch(arg.text)):
                environment[match[1]] = match[2]
        wrappers.append(Wrapper(wrapper, tuple(before)))
        args = args[place:]
        if args and wrapper in _RUNNERS and args[0].text.endswith(".py"):
            args = [replace(args[0], text="python"), *args]
    if args and args[0].text.endswith(".py") and "/" in args[0].text and _is_file(args[0], call):
        args = [replace(args[0], text="python"), *args]
    return Unwrapped(args, tuple(wrappers), environment)


def _is_file(arg: Arg, call: Call) -> bool:
    path = call.walk.shell.files.locate(arg.text, call.state)
    return path is not None and call.walk.shell.files.is_file(path, call.state)


def _program_at(args: list[Arg], wrapper: str, call: Call) -> int:
    """Where the program starts behind a wrapper; the end when there is none."""
    for place, arg in enumerate(args[1:], 1):
        name = name_of(arg)
        if is_python(name) or name in LAUNCHERS or name in SHELLS or _script(arg, call) is not None:
            return place
        if name in _WRAPPERS and not arg.text.startswith("-") and place > 1 and wrapper not in _TALKERS:
            return place
        if wrapper in _RUNNERS and arg.text.endswith(".py"):
            return place
    if wrapper in _PREFIXES:
        for place, arg in enumerate(args[1:], 1):
            if not arg.text.startswith("-") and not _ASSIGNMENT.fullmatch(arg.text):
                return place
    return len(args)


def _script(arg: Arg, call: Call) -> str | None:
    """The text of the shell script of the checkout that this word names."""
    if not is_known(arg.text) or ("/" not in arg.text and not arg.text.endswith(_SHELL_SUFFIXES)):
        return None
    text = call.walk.shell.files.read(arg.text, call.state)
    return text if text is not None and is_shell_script(arg.text, text) else None


def _shell(call: Call, found: Unwrapped) -> None:
    """``bash -c text`` and ``bash script``."""
    args, place = found.args, 1
    while place < len(args) and args[place].text.startswith(("-", "+")) and args[place].text != "-":
        option = args[place].text
        place += 1
        if "c" in option.lstrip("-") and not option.startswith("--") and place < len(args):
            positional = Positional(tuple(args[place + 2 :]))
            _run_text(call, args[place].text, found, positional)
            return
        if option in ("-o", "-O", "--rcfile", "--init-file"):
            place += 1
    if place < len(args):
        text = call.walk.shell.files.read(args[place].text, call.state)
        if text is not None and is_known(text):
            _run_script(call, text, found, place)
        else:
            note_elsewhere(call, args[place])
            note_missing(call, args[place], found.wrappers)
    elif call.io.stdin.text:
        _run_text(call, call.io.stdin.text, found, Positional())


def _child(call: Call, found: Unwrapped) -> State:
    """The state of a new shell: it gets the exported variables and nothing else."""
    state = call.state
    exported = {name: variable for name, variable in state.variables.items() if variable.exported}
    exported |= {name: Variable(text, None, True) for name, text in found.environment.items()}
    child = State(state.script, state.arg0, exported)
    child.cwd, child.files, child.folders = state.cwd, dict(state.files), state.folders
    child.stopped, child.assumptions, child.needs = state.stopped, dict(state.assumptions), state.needs
    child.demanded, child.instead = state.demanded, state.instead
    return child


def _run_text(call: Call, text: str, found: Unwrapped, positional: Positional) -> None:
    child = _child(call, found)
    child.positional = positional
    _run(call, text, child, Source.of(call.source.path, text, call.line, fixed=True), found)


def _run_script(call: Call, text: str, found: Unwrapped, place: int) -> None:
    name = found.args[place]
    path = call.walk.shell.files.locate(name.text, call.state) or name.text
    child = _child(call, found)
    child.script, child.arg0 = path, name.text
    child.positional = Positional(tuple(found.args[place + 1 :]))
    _run(call, text, child, Source.of(path, text), found)


def _run(call: Call, text: str, child: State, source: Source, found: Unwrapped) -> None:
    walk = call.walk
    if walk.scripts >= MAX_SCRIPTS:
        return
    walk.scripts += 1
    outer, walk.wrappers = walk.wrappers, walk.wrappers + found.wrappers
    walk.enter()
    walk.apart(lambda: walk.block(walk.commands(text), child, source, Io(call.io.stdin, call.io.out)), child)
    if walk.parse(text).error is not None:
        child.status = Truth(False, code=2)
    walk.leave()
    walk.wrappers = outer
    walk.scripts -= 1
    walk.adopt(child, call.state)
    call.state.status = call.attempted() if child.status.value is None else child.status


def _talk(call: Call, found: Unwrapped) -> None:
    """``ssh host "command"``, ``tmux new-session -d "command"``, ``sbatch --wrap="command"``: a command line."""
    for arg in found.wrappers[-1].args if found.wrappers else ():
        text = _COMMAND_OPTION.sub("", arg.text, count=1)
        if " " in text and any(word in text for word in (*LAUNCHERS, "python", "bash ", ".sh")):
            _run_text(call, text, found, Positional())


def _record(call: Call, found: Unwrapped) -> None:
    """Remember a command that may start a Python program."""
    name = name_of(found.args[0])
    known = is_python(name) or name in LAUNCHERS
    if not known and (is_known(name) or not any(arg.text.endswith(".py") for arg in found.args[1:])):
        return
    walk, state = call.walk, call.state
    if walk.substitutions and name not in LAUNCHERS:
        return
    note_missing_program(call, found.args, found.wrappers)
    walk.started.append(
        Started(
            tuple(found.args),
            walk.wrappers + found.wrappers,
            state.exported() | found.environment,
            state.cwd,
            call.source,
            call.command,
            walk.top_line,
            dict(state.files),
            dict(state.assumptions),
            state.stopped,
            walk.block_now[walk.index_now + 1 :],
            state.needs,
            state.demanded,
            state.instead,
        )
    )
