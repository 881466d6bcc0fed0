"""Lists that are cut, repeated, sorted, drawn and counted at random: real Python counts them, under several seeds.

The audit must give that number, or none: where the seed decides it, and where it does not follow what was done.
"""

from __future__ import annotations

import random
import sys
import types
from pathlib import Path
from random import Random
from typing import Any

import field_datasets
import numpy as np
import pytest

from auditor.pipeline import AuditOptions, run_audit

PROGRAMS = 60
SOURCES = [
    'sorted(glob.glob("data/flat/*.hdf5"))',
    'glob.glob("data/tasks/*/*.hdf5")',
    '[os.path.join("data/flat", n) for n in sorted(os.listdir("data/flat"))]',
    'sorted(glob.glob("data/tasks/a/*.hdf5")) + sorted(glob.glob("data/tasks/b/*.hdf5"))',
    '[e.path for e in os.scandir("data/flat")]',
    '[os.path.join(r, f) for r, _, fs in os.walk("data/tasks") for f in fs]',
]
NUMBERS = ["-2", "-1", "0", "1", "2", "3", "len(paths)", "int(len(paths) * 0.5)", "int(len(paths) * 0.9)"]
NUMBERS += ["len(paths) // 2", "max(1, int(0.2 * len(paths)))", "len(paths) % 3", "round(len(paths) / 4)"]
CHANGES = [
    "paths = paths[A:B]",
    "paths = paths[A:B:STEP]",
    "del paths[A:B]",
    "paths = paths[:N] + paths[N:]",
    "paths = sorted(paths)",
    "random.shuffle(paths)",
    "paths = list(reversed(paths))",
    "paths = paths * N",
    "paths = list(np.repeat(paths, 2))",
    "paths = [p for p in paths for _ in range(2)]",
    "paths = [p for p in paths if p.endswith('0.hdf5')]",
    "paths = [p for i, p in enumerate(paths) if i % 2 == 0]",
    "paths = list(set(paths))",
    "paths = list(dict.fromkeys(paths))",
    "paths = list({p: 1 for p in paths})",
    "paths = list(dict(enumerate(paths)).values())",
    "paths = list(itertools.islice(paths, 2))",
    "paths = random.sample(paths, 1)",
    "paths = [a for a, _ in zip(paths, paths[1:])]",
    "new = []\nfor p in paths:\n    new.append(p)\n    new += paths[:1]\npaths = new",
]
STEPS = """
steps = []
for p in paths:
    n = h5py.File(p)["action"].shape[0]
    for s in range(RANGE):
        steps.append((p, s))
"""
RANGES = ["n", "n - 2", "0, n, 2", "max(0, n - 7)", "int(n * 0.5)"]
CLASS = """
class Items(Dataset):
    def __init__(self):
        MADE
        self.items = LIST

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        path, start = self.items[index]
        with h5py.File(path, "r") as file:
            return {"actions": file["action"][start : start + 1]}
"""


def generated(rng: Random) -> str:
    """The text of a class ``Items``."""
    lines = [f"paths = {rng.choice(SOURCES)}"]
    for _ in range(rng.randint(1, 4)):
        text = rng.choice(CHANGES).replace("STEP", str(rng.choice([1, 2, 3, -1, -2])))
        text = text.replace("A:", f"{rng.choice(['', *NUMBERS])}:").replace("B", rng.choice(["", *NUMBERS]))
        lines.append(text.replace("N", f"({rng.choice(NUMBERS)})"))
    by_step = rng.random() < 0.35
    if by_step:
        lines.append(STEPS.replace("RANGE", rng.choice(RANGES)).strip())
    made = "\n".join(lines).replace("\n", "\n        ")
    return CLASS.replace("MADE", made).replace("LIST", "steps" if by_step else "[(p, 0) for p in paths]")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    field_datasets.write_data(root)
    (root / "train.sh").write_text("accelerate launch --num_processes 1 main.py\n")
    return root


def lengths(text: str, monkeypatch: pytest.MonkeyPatch) -> set[int | None]:
    """The lengths that Python gives under several seeds, ``None`` where it raises."""
    torch_data: Any = types.ModuleType("torch.utils.data")
    torch_data.Dataset = torch_data.DataLoader = torch_data.ConcatDataset = object
    for name in ("torch", "torch.utils", "torch.utils.data"):
        monkeypatch.setitem(sys.modules, name, torch_data)
    found: set[int | None] = set()
    for seed in range(4):
        random.seed(seed)
        np.random.seed(seed)
        names: dict[str, Any] = {}
        exec(field_datasets.HEAD + text, names)
        try:
            found.add(len(names["Items"]()))
        except (ValueError, IndexError):
            found.add(None)
    return found


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_the_number_is_python_s_or_none(data: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = generated(Random(seed))
    monkeypatch.chdir(data)
    with monkeypatch.context() as patched:
        real = lengths(text, patched)
    (data / "main.py").write_text(field_datasets.HEAD + text + field_datasets.START)
    (launch,) = run_audit(AuditOptions(data)).facts.launches
    value = launch.dataset.length.value if launch.dataset is not None else None
    if None in real:
        return  # the length does not come about
    assert value is None or real == {value}, text
    assert (launch.outcome == "fails") is (value == 0), text
