"""What the audit says of weighted draws, still beginnings and bounds, against the class itself with all its outcomes.

The numbers of the data are compared exactly, expectations within 1e-9.  Where the audit does not know, it must say why;
where the loader is written in a way that it follows, it must know.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from random import Random

import h5py
import pytest

from auditor.model import Budget, LaunchAudit
from auditor.pipeline import AuditOptions, run_audit
from tests.budget.drawn_datasets import (
    UNKNOWN,
    WEIGHTS,
    Loader,
    random_listed,
    random_loader,
    source_of,
    write_checkout,
    write_episodes,
)
from tests.budget.enumerated_draws import Chances, Truth, made, true_chances
from tests.budget.grouped_datasets import random_grouped, write_groups

LOADERS, GROUPED, LISTED = 50, 25, 20


def audited(folder: Path) -> LaunchAudit:
    (launch,) = run_audit(AuditOptions(folder)).facts.launches
    assert launch.outcome != "unknown", launch.reason
    return launch


@pytest.mark.parametrize("seed", range(LOADERS))
def test_draws_of_random_loaders(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(seed)
    loader = random_loader(rng)
    folder = tmp_path / "checkout"
    write_checkout(folder, source_of(loader))
    write_episodes(folder / "data", rng, static=rng.random() < 0.15)
    launch = audited(folder)
    with monkeypatch.context() as patched:
        truth = None if loader.weights == "random" else true_chances(folder, patched)
    budget = launch.budget
    if budget is None:
        assert launch.outcome == "fails" and truth is None
        return
    assert launch.dataset is not None
    if launch.dataset.length.value == 1 and launch.probe is not None and launch.probe.files != 1:
        assert launch.dataset.sampling == "other", "of several episodes the list was cut to one"
        return
    assert launch.dataset.sampling == "random_step"
    if budget.coverage_reachable is None:
        assert any(word in str(note) for note in budget.assumptions for word in ("known", "start a chunk"))
        assert truth is None or not must_know(loader, truth), budget.assumptions
    elif truth is not None:
        compare(budget, truth.chances, steps_of(folder / "data"), loader.chunk)
        with monkeypatch.context() as patched:
            compare_padded(launch, folder, source_of(replace(loader, end="pad")), patched, must_know(loader, truth))
    else:
        assert loader.weights not in UNKNOWN


@pytest.mark.parametrize("seed", range(GROUPED))
def test_draws_from_files_of_several_episodes(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(seed)
    folder = tmp_path / "checkout"
    source, chunk = random_grouped(rng)
    write_checkout(folder, source)
    lengths = write_groups(folder / "data", rng)
    launch = audited(folder)
    budget = launch.budget
    with monkeypatch.context() as patched:
        truth = true_chances(folder, patched)
    if truth is None:
        assert launch.outcome == "fails" or (budget is not None and budget.coverage_reachable is None)
    elif truth.retried and "np.sum(lens)" in source:
        assert budget is not None and budget.coverage_reachable is None and budget.assumptions
    else:
        assert budget is not None
        compare(budget, truth.chances, lengths, chunk)
        padded = re.sub(r"(randint\(.*?, steps).*\)", r"\1)", source)
        with monkeypatch.context() as patched:
            compare_padded(launch, folder, padded, patched, not truth.retried)


@pytest.mark.parametrize("seed", range(LISTED))
def test_lists_of_the_steps_that_move(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = Random(seed)
    folder = tmp_path / "checkout"
    source, chunk = random_listed(rng)
    write_checkout(folder, source)
    write_episodes(folder / "data", rng, static=rng.random() < 0.2)
    launch = audited(folder)
    monkeypatch.chdir(folder)
    try:
        listed = made().steps
    except ValueError:
        assert launch.budget is None or launch.budget.anchors is None
        return
    if not listed:
        assert launch.outcome == "fails"
        return
    assert launch.dataset is not None and launch.budget is not None
    assert launch.dataset.length.unit == "steps"
    if "continue" in source and launch.dataset.length.value is None:  # how many are left is not followed
        assert launch.budget.anchors is None
        return
    assert launch.dataset.length.value == len(listed)
    if launch.dataset.sampling == "random_enumerated":
        compare(launch.budget, dict.fromkeys(listed, 1 / len(listed)), steps_of(folder / "data"), chunk)
    else:
        assert (launch.dataset.sampling, launch.budget.coverage_reachable) == ("enumerated", 1.0)
        assert launch.budget.anchors == len(listed)


def compare_padded(
    launch: LaunchAudit, folder: Path, source: str, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """The row of the same run with padded windows, against the same loader with another upper bound of its draw."""
    assert launch.budget is not None
    row = next((row for row in launch.budget.what_if if "last steps of an episode" in str(row.choice)), None)
    (folder / "items.py").write_text(source)
    truth = true_chances(folder, monkeypatch)
    assert truth is not None and sum(truth.chances.values()) == pytest.approx(1, abs=1e-12)
    if row is None:
        assert len(truth.chances) == launch.budget.anchors
        return
    assert row.samples is not None and row.anchors == len(truth.chances)
    if row.coverage_reachable is None:
        assert not known
        return
    missed = math.fsum((1.0 - p) ** row.samples for p in truth.chances.values())
    assert row.never_seen == pytest.approx(missed, rel=1e-9, abs=1e-12)
    assert row.coverage_reachable == pytest.approx(1.0 - missed / len(truth.chances), rel=1e-9)


def must_know(loader: Loader, truth: Truth) -> bool:
    """Not where what a weighted draw picked may fail: how another is drawn is seen only for a test that it fails."""
    return loader.known and not (truth.retried and loader.weights in WEIGHTS)


def steps_of(data: Path) -> dict[str, int]:
    lengths = {}
    for path in sorted(data.iterdir()):
        with h5py.File(path) as file:
            lengths[f"data/{path.name}"] = file["action"].shape[0]
    return lengths


def compare(budget: Budget, chances: Chances, steps: dict[str, int], chunk: int) -> None:
    """Everything that follows from the chance of each anchor, added up one by one."""
    draws, anchors, raw = budget.samples, len(chances), sum(steps.values())
    assert draws is not None and sum(chances.values()) == pytest.approx(1, abs=1e-12)
    seen = math.fsum(-math.expm1(draws * math.log1p(-p)) if p < 1 else 1.0 for p in chances.values())
    assert (budget.anchors, budget.raw_steps, budget.episodes) == (anchors, raw, len(steps))
    assert budget.coverage_reachable == pytest.approx(seen / anchors, rel=1e-9)
    assert budget.coverage_total == pytest.approx(seen / raw, rel=1e-9)
    assert budget.never_seen == pytest.approx(anchors - seen, rel=1e-9, abs=1e-9)
    most, least = max(chances.values()), min(chances.values())
    assert budget.spread is not None and budget.spread.max_over_min == pytest.approx(most / least, rel=1e-9)
    covering = {(name, step): [chances.get((name, step - back), 0.0) for back in range(chunk)]
                for name, length in steps.items() for step in range(length)}  # fmt: skip
    never = sum(not any(chances_of) for chances_of in covering.values())
    gone = len(steps.keys() - {name for name, _ in chances})
    assert budget.windows is not None
    assert (budget.windows.anchors, budget.windows.vanished_episodes, budget.windows.never_target) == (
        anchors, gone, never,
    )  # fmt: skip
    hit = [min(1.0, sum(chances_of)) for chances_of in covering.values()]
    targets = math.fsum(-math.expm1(draws * math.log1p(-p)) if p < 1 else 1.0 for p in hit)
    assert budget.targets is not None and budget.targets.reachable == raw - never
    assert budget.targets.coverage == pytest.approx(targets / raw, rel=1e-9)
    for phase in budget.phases:
        here = [key for key in covering if phase.name == phase_of(key[1], steps[key[0]], chunk)]
        assert (phase.steps, phase.anchors) == (len(here), sum(key in chances for key in here))
        assert phase.share == pytest.approx(sum(chances.get(key, 0.0) for key in here), rel=1e-9, abs=1e-12)


def phase_of(step: int, length: int, chunk: int) -> str:
    if step < chunk:
        return "start"
    return "end" if step >= length - chunk else "middle"
