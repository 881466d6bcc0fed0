"""Which steps of the counted episodes a loader draws, and how likely: its own expressions with the data's numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from auditor.model import (
    Dataset,
    DataUse,
    Draw,
    EpisodeUse,
    Message,
    Quantity,
    RejectedFrom,
    Rejection,
    SampleCount,
    message,
)
from auditor.probes import ProbeOptions
from auditor.trace.quantity import ONE, ZERO, mentions, walk

Counted = tuple[tuple[int, int | None, int], ...]
_REJECTS = {"<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__}


class _Unknown(Exception):
    """It cannot be told; ``reason`` says why."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Still(Exception):
    """Nothing moves in the episode, and the code has no other answer than to raise."""


def values_needed(dataset: Dataset) -> ProbeOptions | None:
    """How to read the values that the draws depend on; ``None`` where they depend on none, or on several arrays."""
    asked = {
        (part.pattern, part.threshold)
        for quantity in _quantities(dataset)
        for part in walk(quantity)
        if part.op == "first_move"
    }
    if len(asked) != 1 or dataset.source != "hdf5":
        return None
    ((member, threshold),) = asked
    if member is None or threshold is None or not _is_of_one_episode(member):
        return None
    answered = any(part.op == "if_moves" for quantity in _quantities(dataset) for part in walk(quantity))
    return ProbeOptions(
        values=True, threshold=threshold, shortest=_shortest(dataset), moving=member, stops=not answered
    )


def _shortest(dataset: Dataset) -> int:
    """The shortest episode of which it matters when it moves."""
    drawn = dataset.shortest_of(_kinds(dataset))
    weights = [draw.weight for draw in dataset.draws if draw.weight is not None]
    moved = any(mentions(weight, "first_move") for weight in weights)
    return min(drawn, dataset.shortest_of(("made",))) if moved else drawn


def _kinds(dataset: Dataset) -> tuple[RejectedFrom, ...]:
    """The tests that keep an episode from being drawn: of its items, or of the list of all steps."""
    return ("made", "list") if _listed_range(dataset) is not None else ("item",)


def _is_of_one_episode(member: str) -> bool:
    """Whether arrays lie in the file or, all of them, in each of the groups in one place."""
    places = {name.partition("*")[0] if "*" in name else None for name in member.split("|")}
    return len(places) == 1 and all(name.count("*") < 2 for name in member.split("|"))


def _quantities(dataset: Dataset) -> list[Quantity]:
    drawn = (one for draw in dataset.draws for one in (draw.start, draw.end, draw.weight))
    tested = (test.of for test in dataset.rejections)
    return [one for one in (*drawn, *tested, dataset.length.quantity) if one is not None]


def use_of(dataset: Dataset, probe: SampleCount) -> DataUse | None:
    """How the draws of ``dataset`` fall on the episodes of ``probe``; ``None`` where an index alone picks the step."""
    listed = dataset.sampling in ("enumerated", "random_enumerated") and _listed_range(dataset) is not None
    if not probe.lengths or not (listed or dataset.sampling in ("random_step", "random_step_of_indexed_episode")):
        return None
    if not probe.exact:
        return DataUse(steps_why=message("not all of the data could be counted"))
    if dataset.lone_files is not None and probe.files != dataset.lone_files:
        return DataUse(steps_why=message("of several files one is read, and which it is is not known"))
    use = _use(dataset, probe)
    return use if use.steps_why is not None else replace(use, padded=_use(dataset, probe, padded=True))


def _use(dataset: Dataset, probe: SampleCount, *, padded: bool = False) -> DataUse:
    """The draws as they are, or as they would be if the last steps of an episode could be drawn like the others."""
    try:
        _all_listed(dataset)
        episodes = tuple(_spans(dataset, probe, padded))
    except _Unknown as unknown:
        return DataUse(steps_why=unknown.reason)
    unweighed = tuple(EpisodeUse(steps, count, *span) for (steps, _, count), span in episodes)
    if dataset.sampling != "random_step":
        return DataUse(unweighed)
    try:
        return DataUse(tuple(_weighed(dataset, probe, episodes)))
    except _Unknown as unknown:
        return DataUse(unweighed, weights_why=unknown.reason)


def _picks(dataset: Dataset) -> list[Draw]:
    """The draws that pick an episode; a file beside the one that was drawn is none."""
    return [draw for draw in dataset.draws if draw.over == "episodes" or (draw.over == "files" and not draw.inner)]


def _all_listed(dataset: Dataset) -> None:
    """Raises :class:`_Unknown` where not all episodes that were counted need be in the list that is drawn from."""
    cut = dataset.length.quantity is not None and mentions(dataset.length.quantity, "slice")
    if cut and dataset.sampling == "random_step_of_indexed_episode":
        raise _Unknown(message("which of the episodes are in the list that is drawn from is not known"))
    for draw in _picks(dataset):
        made = any(test.rejected == "made" for test in dataset.rejections)
        told = made if draw.made else bool(draw.left_out)
        if draw.listed == "some" or (draw.listed == "tested" and not told):
            raise _Unknown(message("which of the episodes are in the list that is drawn from is not known"))


def listed_episodes(dataset: Dataset, probe: SampleCount) -> int | None:
    """How long the dataset is: a list of the steps of each episode, or that which an episode is drawn from."""
    if _listed_range(dataset) is not None:
        use = use_of(dataset, probe)
        if use is None or use.steps_why is not None:
            return None
        return sum(one.anchors * one.count for one in use.episodes)
    length = dataset.length.quantity
    if length is not None and length.op == "episodes_in_file":
        return probe.episodes if probe.exact and dataset.lone_files == probe.files == 1 else None
    lists = [draw for draw in _picks(dataset) if draw.listed == "tested" and draw.count is not None]
    if dataset.length.quantity not in [draw.count for draw in lists]:
        return None
    try:
        groups = _counted(dataset, probe)
        return sum(count for steps, first, count in groups if not _rejected(dataset, steps, first, ()))
    except _Unknown:
        return None


# ------------------------------------------------------------------------------------------ which steps


def _spans(
    dataset: Dataset, probe: SampleCount, padded: bool
) -> Iterable[tuple[tuple[int, int | None, int], tuple[int, int]]]:
    """For each group of equal episodes the first step that can be drawn, and how many."""
    ranges = {(draw.start, draw.end) for draw in dataset.draws if draw.over == "steps"}
    listed = _listed_range(dataset) if dataset.sampling in ("enumerated", "random_enumerated") else None
    start, end = listed if listed is not None else ranges.pop() if len(ranges) == 1 else (None, None)
    if start is None or end is None:
        raise _Unknown(message("which steps of an episode the random step can be is not known"))
    end = Quantity("steps") if padded else end
    for episode in _counted(dataset, probe):
        if listed is not None and _is_still(episode, start) and not _rejected(dataset, *episode[:2], _kinds(dataset)):
            raise _Unknown(_still_reason(episode[0]))
        yield episode, _span(dataset, episode, start, end)


def _listed_range(dataset: Dataset) -> tuple[Quantity, Quantity] | None:
    """The first step, and the one after the last, that a list of steps has of each episode, where that hangs on values.

    The length of such a list is the sum of ``len(range(start, end))``.
    """
    length = dataset.length.quantity
    if length is None or length.op != "sum" or length.taken is not None or not mentions(length, "first_move"):
        return None
    (steps,) = length.args
    if steps.op == "max" and steps.args[0] == ZERO:
        steps = steps.args[1]
    if steps.op != "sub" or not mentions(steps.args[1], "first_move"):
        return None
    return steps.args[1], steps.args[0]


def _counted(dataset: Dataset, probe: SampleCount) -> Counted:
    """Groups of equal episodes; with their first move where the draws depend on it."""
    asked = {part.pattern for quantity in _quantities(dataset) for part in walk(quantity) if part.op == "first_move"}
    if not asked:
        return tuple((steps, None, count) for steps, count in probe.lengths)
    steps_read: Counter[int] = Counter()
    for steps, _, count in probe.moves:
        steps_read[steps] += count
    if tuple(sorted(steps_read.items())) != probe.lengths or probe.unreadable_count:
        raise _Unknown(
            message(
                "the first steps, before anything in {name} moves, are not drawn; how many these are is not known",
                name=sorted(filter(None, asked))[0],
            )
        )
    return probe.moves


def _is_still(episode: tuple[int, int | None, int], start: Quantity) -> bool:
    try:
        _value(start, *episode[:2])
    except _Still:
        return True
    return False


def _still_reason(steps: int) -> Message:
    return message(
        "nothing moves in an episode of {steps} steps: whether its loader stops on that or leaves it out is not known",
        steps=steps,
    )


def _span(dataset: Dataset, episode: tuple[int, int | None, int], start: Quantity, end: Quantity) -> tuple[int, int]:
    steps, first, _ = episode
    if _rejected(dataset, steps, first, _kinds(dataset)):
        return 0, 0
    try:
        low, high = _value(start, steps, first), _value(end, steps, first)
    except _Still:
        return 0, 0
    if high <= low:
        return 0, 0
    if low < 0 or high > steps:
        raise _Unknown(message("a step can be drawn that an episode of {steps} steps does not have", steps=steps))
    return low, high - low


def _rejected(dataset: Dataset, steps: int, first: int | None, kinds: tuple[RejectedFrom, ...] = ("item",)) -> bool:
    """Whether a test of one of the ``kinds`` leaves the episode out, or one of those of the list that is drawn from.

    Raises :class:`_Unknown` where it does so only under a condition.
    """
    picks = _picks(dataset)
    kinds = (*kinds, "made") if any(draw.made for draw in picks) else kinds
    tests = [test for test in dataset.rejections if test.rejected in kinds]
    tests += [test for draw in picks for test in draw.left_out]
    found = [test for test in tests if _fails(test, steps, first)]
    if found and not any(test.certain for test in found):
        raise _Unknown(message("whether an episode of {steps} steps is left out depends on more", steps=steps))
    return bool(found)


def _fails(test: Rejection, steps: int, first: int | None) -> bool:
    try:
        number = steps if test.of is None else _value(test.of, steps, first)
    except _Still:
        return False
    return _REJECTS[test.op](number, test.limit)


def _value(quantity: Quantity, steps: int, first: int | None) -> int:
    """The number for one episode.  Raises :class:`_Still` and :class:`_Unknown`."""
    if quantity.op == "const" and quantity.value is not None:
        return quantity.value
    if quantity.op == "steps":
        return steps
    if quantity.op == "first_move":
        if first is None:
            raise _Still
        return first
    if quantity.op == "if_moves":
        return _value(quantity.args[first is None], steps, first)
    if len(quantity.args) != 2:
        raise _Unknown(message("how many steps an episode has for its loader is not known"))
    left, right = (_value(part, steps, first) for part in quantity.args)
    if quantity.op == "rows_from":
        return len(range(left)[right:])
    if quantity.op == "floordiv" and right == 0:
        raise _Unknown(message("how many steps an episode has for its loader is not known"))
    known = {
        "add": lambda: left + right,
        "sub": lambda: left - right,
        "mul": lambda: left * right,
        "floordiv": lambda: left // right,
        "max": lambda: max(left, right),
        "min": lambda: min(left, right),
    }
    if quantity.op not in known:
        raise _Unknown(message("how many steps an episode has for its loader is not known"))
    return known[quantity.op]()


# ------------------------------------------------------------------------------------------ how likely


def _weighed(
    dataset: Dataset, probe: SampleCount, episodes: tuple[tuple[tuple[int, int | None, int], tuple[int, int]], ...]
) -> Iterable[EpisodeUse]:
    picks = _picks(dataset)
    weighted = [draw for draw in picks if not _is_even(draw)]
    if not picks or len(weighted) > 1:
        raise _Unknown(message("which draw picks the episode is not known"))
    _one_in_a_file(picks, probe)
    for (steps, first, count), (start, anchors) in episodes:
        weight = 1.0
        if weighted:
            weight = float(_weight(dataset, weighted[0], steps, first))
            followed = len(picks) == 1 and _rejected(dataset, steps, first)  # the retry was, to the same draw
            if weight and not anchors and not followed:
                raise _Unknown(
                    message("an episode that yields no item may be drawn, and how another is drawn then is not known")
                )
        yield EpisodeUse(steps, count, start, anchors, weight if anchors else 0.0)


def _is_even(draw: Draw) -> bool:
    """Whether all that it picks from are equally likely."""
    return not draw.weighted or (draw.weight == ONE and not draw.weight_zero)


def _one_in_a_file(picks: list[Draw], probe: SampleCount) -> None:
    """A file that is drawn is an episode where it holds just one; episodes of drawn files where all hold as many."""
    over = {draw.over for draw in picks}
    if over == {"episodes"} or probe.per_file == (1, 1):
        return
    least, most = probe.per_file or (0, 1)
    if over == {"files", "episodes"} and least == most and all(map(_is_even, picks)):
        return
    raise _Unknown(message("a file is drawn, then an episode in it: how many each file holds decides how likely it is"))


def _weight(dataset: Dataset, draw: Draw, steps: int, first: int | None) -> int:
    if draw.weight is None:
        raise _Unknown(draw.weight_why or message("with what weights an episode is picked is not known"))
    if _rejected(dataset, steps, first, ("made",) if draw.weight_zero else ()):
        return 0
    try:
        weight = _value(draw.weight, steps, first)
    except _Still:
        raise _Unknown(_still_reason(steps)) from None
    if weight < 0:
        raise _Unknown(message("a weight is negative"))
    return weight
