"""Which tests an element has passed where it is put into a list: those between the head of the loop and that place.

``m.passed`` are the tests of the turn, or of the call, that is running.  A test of an episode's number of steps is
kept as a :class:`auditor.trace.limits.Limit` that holds; :data:`RETURNED` stands for what a function of the checkout
returned, :data:`OTHER` for every other test.  ``m.passage`` names the way that passes them: what one turn puts into two
lists on one way goes together.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.trace.limits import Limit, opposite
from auditor.trace.machine import Machine, Signal
from auditor.trace.quantity import is_some
from auditor.trace.values import Choice, Const, Deps, Many, Unknown, Value, births

OTHER = Unknown(None, "other")
RETURNED = Unknown(None, "returned")


def passed_by(part: Many) -> tuple[Unknown, ...]:
    """What the elements of a list have passed; nothing where all that were listed are there."""
    if part.maybe or is_some(part.count, part.unit):
        return part.passed or (OTHER,)
    return ()


def divided(m: Machine, test: Value, sides: list[Callable[[], Signal | None]], deps: Deps) -> Signal | None:
    """Both sides of an undecided test, each with what it has passed; what follows has passed what led there."""
    before, passage = m.passed, m.passage
    reached: list[tuple[bool, tuple[Unknown, ...], int]] = []

    def side(holds: bool, run: Callable[[], Signal | None]) -> Callable[[], Signal | None]:
        def passing() -> Signal | None:
            m.passed = begun = (*before, _passed(test, holds))
            m.passage = births()
            try:
                signal = run()
                if signal is None:
                    reached.append((m.passed == begun, m.passed, m.passage))
            finally:
                m.passed, m.passage = before, passage
            return signal

        return passing

    signal = m.fork([side(True, sides[0]), side(False, sides[1])], deps)
    if len(reached) == 1:
        _, m.passed, m.passage = reached[0]
    elif not all(whole for whole, _, _ in reached):
        m.passed, m.passage = (*before, OTHER), births()
    return signal


def _passed(test: Value, holds: bool) -> Unknown:
    if isinstance(test, Limit) and test.alone:
        return test if holds else opposite(test)
    returned = isinstance(test, Choice) and all(isinstance(option, Const) for option in test.options)
    return RETURNED if returned else OTHER
