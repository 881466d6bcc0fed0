"""Builtins that decide where the script goes on: exit, source, eval, cd, test."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from auditor.checkout.shell.conditions import test
from auditor.checkout.shell.flow import Call, Flow
from auditor.checkout.shell.missing import note_missing
from auditor.checkout.shell.source import Source
from auditor.checkout.shell.state import FALSE, TRUE, Positional, Truth
from auditor.checkout.shell.unknown import ROOT, is_known, is_unknown
from auditor.model import message


def _exit(call: Call) -> Flow:
    code = call.texts[0] if call.texts else "0"
    call.walk.ended = message("exit at line {line} of {path}", line=call.line, path=call.source.path)
    call.walk.exit_line = call.line
    if code.isdecimal():
        call.state.status = Truth(int(code) == 0, code=int(code) & 255)
    return Flow.EXIT


def _return(call: Call) -> Flow:
    code = call.texts[0] if call.texts else ""
    if code.isdecimal():
        call.state.status = Truth(int(code) == 0, code=int(code) & 255)
    elif code:
        call.state.status = Truth(None, None, message("the exit status {code} is not known", code=code))
    return Flow.RETURN


def _eval(call: Call) -> Flow:
    text = " ".join(call.texts)
    call.walk.enter()
    place = Source.of(call.source.path, text, call.line, fixed=True)
    flow = call.walk.block(call.walk.commands(text), call.state, place, call.io)
    if call.walk.parse(text).error is not None and flow is Flow.NEXT:
        call.state.status = Truth(False, code=2)
    call.walk.leave()
    return flow


def _source(call: Call) -> Flow:
    """``source file``: a file of the checkout is walked; what is elsewhere is taken to change nothing."""
    if not call.texts:
        return Flow.NEXT
    state, walk = call.state, call.walk
    text = walk.shell.files.read(call.texts[0], state)
    if text is None or not is_known(text):
        state.assume(message("{path} changes nothing that the launch needs", path=call.texts[0]))
        state.status = call.attempted()
        if "/" in call.texts[0] or call.texts[0].endswith(".sh"):
            note_missing(call, call.args[1])
        return Flow.NEXT
    path = walk.shell.files.locate(call.texts[0], state) or call.texts[0]
    outer = state.positional
    if call.args[2:]:
        state.positional = Positional(tuple(call.args[2:]))
    walk.enter()
    flow = walk.block(walk.commands(text), state, Source.of(path, text), call.io)
    walk.leave()
    state.positional = outer
    return Flow.NEXT if flow is Flow.RETURN else flow


def _cd(call: Call) -> Flow:
    """``cd``: a folder that is not in the checkout is taken to be there."""
    state = call.state
    texts = [text for text in call.texts if text not in ("-P", "-L", "-e", "--")]
    target = texts[0] if texts else call.walk.shell.environment("HOME")
    if target == "-":
        state.cwd, state.previous = state.previous, state.cwd
        return Flow.NEXT
    before = state.cwd
    state.cwd = _folder(target, before)
    state.previous = before
    path = call.walk.shell.files.locate(".", state)
    if path is None or not call.walk.shell.files.is_folder(path, state):
        why = message("{path} is taken to be there", path=target)
        state.assume(why)
        state.status = Truth(None, True, why, None, True)
    return Flow.NEXT


def _folder(target: str, cwd: str) -> str:
    if target.startswith(ROOT):
        return posixpath.normpath("./" + target[1:].lstrip("/"))
    if target.startswith("/") or (target and is_unknown(target[0])):
        return target
    if cwd.startswith("/") or is_unknown(cwd[0]):
        return posixpath.normpath(posixpath.join(cwd, target)) if is_known(cwd + target) else target
    return posixpath.normpath(posixpath.join(cwd, target))


def _popd(call: Call) -> Flow:
    call.state.cwd, call.state.previous = call.state.previous, call.state.cwd
    return Flow.NEXT


def _test(call: Call) -> Flow:
    texts = call.texts
    if call.name == "[":
        if texts[-1:] != ["]"]:
            call.state.status = Truth(False, code=2)
            return Flow.NEXT
        texts = texts[:-1]
    call.state.status = test(texts, call.state, call.walk.shell)
    return Flow.NEXT


def _false(call: Call) -> Flow:
    call.state.status = FALSE
    return Flow.NEXT


def _nothing(call: Call) -> Flow:
    call.state.status = TRUE
    return Flow.NEXT


def _ask(call: Call) -> Flow:
    """``type``, ``which``, ``command -v``, ``hash``: what is installed is not known."""
    subjects = [text for text in call.texts if not text.startswith("-")]
    subject = subjects[-1] if subjects else ""
    ours = subject in call.state.functions and call.name != "which"
    if ours and call.texts[0] == "-v":
        call.io.out.append(subject)
        return Flow.NEXT
    if not ours:
        call.state.status = Truth(
            None, True, message("whether {command} is installed is not known", command=subject), None, True
        )
    if call.name != "hash":
        reason = message("where {command} is installed is not known", command=subject)
        sentence = call.name == "type" or "-V" in call.texts
        choices = () if sentence or len(subjects) != 1 else (subject,)
        call.io.out.append(call.walk.shell.unknowns.text(reason, choices=choices))
    return Flow.NEXT


def _command(call: Call) -> Flow:
    """``command -v NAME`` asks where something is; otherwise ``command`` runs it."""
    return _ask(call) if call.texts[:1] in (["-v"], ["-V"]) else call.walk.start(call)


BUILTINS: dict[str, Callable[[Call], Flow]] = {
    "exit": _exit,
    "return": _return,
    "break": lambda call: Flow.BREAK,
    "continue": lambda call: Flow.CONTINUE,
    "eval": _eval,
    "source": _source,
    ".": _source,
    "cd": _cd,
    "pushd": _cd,
    "popd": _popd,
    "test": _test,
    "[": _test,
    "false": _false,
    "type": _ask,
    "which": _ask,
    "hash": _ask,
    "command": _command,
    **dict.fromkeys(
        (":", "true", "trap", "wait", "ulimit", "umask", "alias", "unalias", "jobs", "disown", "bg", "fg", "complete"),
        _nothing,
    ),
}
