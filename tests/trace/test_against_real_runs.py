"""Random programs: what the audit says of a launch is what real bash and real Python show, or it says unknown.

``RDT_AUDIT_PROGRAMS`` sets how many programs are tried.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from generated_programs import Program, write_program
from real_programs import RealRuns, Run, real_runs

from auditor.model import Dataset, LaunchAudit
from auditor.pipeline import AuditOptions, run_audit

PROGRAMS = int(os.environ.get("RDT_AUDIT_PROGRAMS", "60"))
UNKNOWN_SHARE = 0.05
"""Of all answers, how many may be unknown: the programs are such that code and data decide nearly all."""
_RANDOM_STEP = "random_step_of_indexed_episode"
RANDOM = {"random_step", "random_enumerated", _RANDOM_STEP}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRuns]:
    with real_runs(tmp_path_factory.mktemp("real")) as opened:
        yield opened


def test_what_the_audit_says_is_what_runs(tmp_path: Path, runs: RealRuns) -> None:
    answers: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(PROGRAMS):
        program = write_program(Random(seed))
        root = tmp_path / str(seed)
        program.write(root)
        run = runs.run(root)
        (launch,) = run_audit(AuditOptions(root)).facts.launches
        for name, stated, real in compared(launch, program, run, root):
            if stated is None:
                answers["unknown"] += 1
            elif stated in real:
                answers["right"] += 1
            else:
                wrong.append(f"program {seed}: {name} is {real}, the audit says {stated}; {run.errors[-200:]}")
    assert not wrong, "\n".join(wrong)
    print(f"{answers['unknown']} of {answers.total()} answers are unknown")
    assert answers["unknown"] <= UNKNOWN_SHARE * answers.total()


Answer = tuple[str, object, set[object]]
"""A name, what the audit says (``None``: unknown), and what would be right."""


def compared(launch: LaunchAudit, program: Program, run: Run, root: Path) -> Iterator[Answer]:
    seen, dataset = run.seen, launch.dataset
    works = seen is not None and seen.get("by_index") is not None
    outcome = None if launch.outcome == "unknown" else launch.outcome
    outcomes = {"trains" if works else "fails"}
    if dataset is not None and _judged_without_data(dataset, run, root):
        outcomes |= {"trains"}
    yield "outcome", outcome, outcomes
    if seen is None:
        return
    assert dataset is not None and launch.loader is not None
    yield "consumer", dataset.consumer.name if dataset.consumer else None, {seen["consumer"]}
    yield "batch size", launch.loader.batch_size, {seen["batch_size"]}
    if "length" not in seen:
        return
    yield "length", dataset.length.value, {seen["length"]}
    yield "empty", dataset.empty, {seen["length"] == 0}
    if works:
        yield from _item(dataset, program, seen)


def _judged_without_data(dataset: Dataset, run: Run, root: Path) -> bool:
    """Whether a run that finds no data is one that the audit judges as if its data were there.

    That is so where the folder is not here, and where which of its files the code takes is not known.
    """
    if dataset.location is not None and not (root / dataset.location).exists():
        return True
    unknown = dataset.length.value is None or dataset.length.unit == "constant"
    seen = run.seen or {}
    return unknown and (seen.get("length") == 0 or seen.get("by_index") is None)


def _item(dataset: Dataset, program: Program, seen: dict[str, list[list[int]]]) -> Iterator[Answer]:
    by_index, by_seed = seen["by_index"], seen["by_seed"]
    every = seen.get("whole", by_index)
    index_used = any(item != every[0] for item in every)
    drawn = any(item != by_seed[at % 2] for at, item in enumerate(by_seed))
    files = {row[0] // 100 for row in (*by_index, *by_seed)}
    if len(by_index) == 1 + (seen["consumer"] == "ConcatDataset") or (
        dataset.length.unit == "files" and len(files) == 1
    ):
        return  # what one item is made of does not show what the index does
    # Under one seed each place of a drawn order holds another file; over all seeds every place holds them all.
    yield "index used", dataset.index_used, {index_used, index_used and not program.reordered}
    sampling = None if dataset.sampling == "unknown" else dataset.sampling
    if index_used and not program.reordered:
        # An index that names a file of several episodes names none of them.
        one = len({row[0] for row in by_seed[::2]}) == 1
        yield "sampling", sampling, {"enumerated"} if not drawn else {_RANDOM_STEP if one else "other"}
    else:
        yield "sampling", sampling, {"random_step", "random_enumerated", "other"} if drawn else {"other"}
    several = dataset.length.unit in ("files", "episodes") and (dataset.length.value or 0) > 1
    if sampling == "random_step" and several:
        yield "several episodes are drawn", True, {len({row[0] for row in by_seed}) > 1}
    whole = seen["consumer"] != "Subset"  # a part of the items does not show where the others start
    if whole and dataset.sampling in (*RANDOM, "enumerated") and dataset.windows.mode != "unknown":
        yield (
            "windows",
            dataset.windows.mode,
            {_mode(program, by_index if not drawn else by_seed, dataset.windows.chunk)},
        )


def _mode(program: Program, items: list[list[int]], chunk: int | None) -> str:
    """How far from an episode's end chunks start: seen from the items that a run drew."""
    lengths = {
        100 * file + demo: steps for file, demos in enumerate(program.episodes) for demo, steps in enumerate(demos)
    }
    rest = min(lengths[episode] - step for episode, step, _ in items)
    modes = {1: "pad"} if chunk is None else {1: "pad", chunk: "drop_keep_last", chunk + 1: "drop"}
    return modes.get(rest, f"{rest} steps before the end")
