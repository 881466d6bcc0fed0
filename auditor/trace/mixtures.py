"""Arrays made of several samples: of the one that the index picks, and of another one that is drawn."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from auditor.trace.machine import Machine
from auditor.trace.values import Value

_EPISODES = frozenset({"files", "episodes"})


def note_mixture(m: Machine, values: Iterable[Value], node: ast.AST) -> None:
    """Remember that data of the indexed sample and of one that is drawn are made one array."""
    every = [value.deps for value in values if value.deps]
    if len(every) < 2:
        return
    indexed: set[str] = set()
    drawn: set[str] = set()
    picking: set[tuple[str, int]] | None = None
    for deps in every:
        formats = {dep.name for dep in deps if dep.kind == "data"}
        if not formats:
            continue
        if any(dep.kind == "index" for dep in deps):
            indexed |= formats
            continue
        if picking is None:
            picking = {(site.path, site.line) for site in m.notes.draws.values() if site.over & _EPISODES}
        if any(dep.kind == "draw" and (dep.path, dep.line) in picking for dep in deps):
            drawn |= formats
    if indexed & drawn:
        m.notes.mixtures.append(m.location(node))
