"""Which launch a statement speaks of: the one script that is named nearest to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.checkout.documents import Statement
from auditor.frozen import frozen
from auditor.model import LaunchAudit, Message, message

NEAR = 2
"""Scopes up to this one are the sentence, its block, and the innermost section."""


@frozen
class Link:
    """The launches of the script that a statement speaks of; ``distance`` is the scope that names it."""

    audits: tuple[LaunchAudit, ...]
    distance: int


def audits_by_script(audits: Sequence[LaunchAudit]) -> dict[str, tuple[LaunchAudit, ...]]:
    by_script: dict[str, tuple[LaunchAudit, ...]] = {}
    for audit in audits:
        by_script[audit.launch.script] = (*by_script.get(audit.launch.script, ()), audit)
    return by_script


def link_statement(statement: Statement, by_script: Mapping[str, tuple[LaunchAudit, ...]]) -> Link | Message:
    """Find the launches that a statement speaks of, or say why there are none."""
    if statement.other:
        return message("it speaks of another model")
    for distance, scripts in enumerate(statement.scopes):
        launching = [script for script in scripts if script in by_script]
        if len(launching) > 1:
            return message("more than one launch script is named near it")
        if launching:
            return _accept(statement, Link(by_script[launching[0]], distance))
    return message("no launch script is named near it")


def _accept(statement: Statement, link: Link) -> Link | Message:
    if any((audit.launch.script, name) in statement.given for audit in link.audits for name in _asked(audit)):
        return message("the document gives the script variables or arguments, and this is how it runs without them")
    if statement.form == "sentence" and not statement.own:
        return message("it does not say which model was trained")
    if statement.form != "sentence" and link.distance > NEAR:
        return message("no launch script is named near it")
    if statement.program is not None:
        started = tuple(audit for audit in link.audits if _starts(audit, statement.program))
        if link.distance >= NEAR or not started:
            return message("the command is not said to be that of the launch script")
        return Link(started, link.distance)
    return link


def _asked(audit: LaunchAudit) -> set[str]:
    """The variables and arguments that the launch was followed without."""
    params = [dict(assumption.params) for assumption in audit.launch.assumptions]
    return {str(one.get("name", one.get("number", ""))) for one in params}


def _starts(audit: LaunchAudit, program: str) -> bool:
    launch = audit.launch
    return program in (launch.entry, launch.module) or (launch.entry or "").endswith("/" + program)
