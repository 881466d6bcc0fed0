"""Lengths that add the steps of all episodes up, and how a step is found in them: real Python and real files say both.

Real Python asks for every index twice: what the index fixes is the same both times, what is drawn is not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.pipeline import AuditOptions, run_audit

h5py = pytest.importorskip("h5py")

PROGRAM = """\
import bisect
import glob
import itertools
import random
import h5py
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Loaded:
    def __init__(self, qpos):
        self.qpos = qpos

class Episodes(Dataset):
    def __init__(self):
        self.paths = sorted(glob.glob("data/robot/*.hdf5"))
        counts = []
        for path in self.paths:
            valid, steps = self.count(path)
            counts.append(COUNT)
        LENGTHS
    def count(self, path):
        with h5py.File(path, "r") as file:
            qpos = file["qpos"][:]
            if len(qpos) < 3:
                return False, None
            return True, len(qpos)
    def read(self, path, step=None):
        with h5py.File(path, "r") as file:
            qpos = file["qpos"][:]
            if step is None:
                step = random.randrange(len(qpos))
            return qpos[step]
    def __len__(self):
        return LENGTH
    def __getitem__(self, index):
        ITEM
"""
START = "\nfor batch in DataLoader(Episodes(), batch_size=2):\n    model(batch).backward()\n"
SHORT_ARE_NONE = "steps if valid else 0"
FOUND = "place = {search}\nbefore = self.ends[place - 1] if place > 0 else 0\n"
FOUND += "return self.read(self.paths[place], index - before)"
DRAWN = "return self.read(random.choice(self.paths))"
PAIRS = "self.pairs = [(place, step) for place, count in enumerate(counts) for step in range(count)]"
VARIANTS = {
    "sum": ("self.total = sum(counts)", "self.total", DRAWN, "random_step"),
    "int of numpy sum": ("self.total = int(np.sum(counts))", "self.total", DRAWN, "random_step"),
    "chunks of the sum": ("self.total = sum(counts) // 9 * 9", "self.total", DRAWN, "random_step"),
    "sum of the array": ("self.counts = np.array(counts)", "int(self.counts.sum())", DRAWN, "random_step"),
    "cumsum": (
        "self.ends = np.cumsum(counts)",
        "int(self.ends[-1])",
        FOUND.format(search="int(np.searchsorted(self.ends, index, side='right'))"),
        "enumerated",
    ),
    "accumulate": (
        "self.ends = list(itertools.accumulate(counts))",
        "self.ends[-1]",
        FOUND.format(search="bisect.bisect_right(self.ends, index)"),
        "enumerated",
    ),
    "added up in a loop": (
        "self.ends, total = [], 0\nfor count in counts:\n    total += count\n    self.ends.append(total)",
        "self.ends[-1]",
        "place = bisect.bisect_right(self.ends, index)\n"
        "step = index if place == 0 else index - self.ends[place - 1]\n"
        "return self.read(self.paths[place], step)",
        "enumerated",
    ),
    "pairs": (
        PAIRS,
        "len(self.pairs)",
        "place, step = self.pairs[index]\nreturn self.read(self.paths[place], step)",
        "enumerated",
    ),
    "a pair is drawn": (
        PAIRS,
        "len(self.pairs)",
        "place, step = self.pairs[random.randrange(len(self.pairs))]\nreturn self.read(self.paths[place], step)",
        "random_enumerated",
    ),
    "not counted": ("self.total = 100", "self.total", DRAWN, "random_step"),
    "number of files": ("self.total = len(counts)", "self.total", DRAWN, "random_step"),
}
LOADED = "self.data = []\nfor path in self.paths:\n    with h5py.File(path, 'r') as file:\n        "
KEPT = "kept = random.choice(self.data)\nreturn {rows}[random.randrange(len({rows}))]"
WAYS = {
    "in dictionaries": ("self.data.append({'qpos': file['qpos'][:], 'path': path})", "kept['qpos']"),
    "in dictionaries, key by key": (
        "kept = {}\n        kept['qpos'] = file['qpos'][:]\n        self.data.append(kept)",
        "kept['qpos']",
    ),
    "in objects": ("self.data.append(Loaded(file['qpos'][:]))", "kept.qpos"),
    "in tuples": ("self.data.append((path, file['qpos'][:]))", "kept[1]"),
}
VARIANTS |= {
    name: (LOADED + way, f"sum(len({rows}) for kept in self.data)", KEPT.format(rows=rows), "random_step")
    for name, (way, rows) in WAYS.items()
}
STEPS = (40, 50, 2)


def _data(root: Path) -> None:
    folder = root / "data" / "robot"
    folder.mkdir(parents=True)
    for place, steps in enumerate(STEPS):
        with h5py.File(folder / f"{place}.hdf5", "w") as file:
            file["qpos"] = [place * 1000 + step for step in range(steps)]


@pytest.mark.parametrize("count", [SHORT_ARE_NONE, "steps or 0"])
@pytest.mark.parametrize("name", VARIANTS)
def test_the_length_counts_what_it_adds_up(
    tmp_path: Path, name: str, count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths, length, item, sampling = VARIANTS[name]
    lengths = lengths.replace("\n", "\n" + " " * 8)
    program = PROGRAM.replace("COUNT", count).replace("LENGTHS", lengths).replace("LENGTH", length)
    program = program.replace("ITEM", item.replace("\n", "\n" + " " * 8))
    _data(tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(program.replace("from torch.utils.data import DataLoader, Dataset", "Dataset = object"), names)
    made = names["Episodes"]()
    (tmp_path / "main.py").write_text(program + START)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.dataset is not None
    real = {
        sum(steps for steps in STEPS if steps > 2): "steps",
        sum(STEPS): "steps",
        len(STEPS): "files",
        100: "constant",
    }[len(made)]
    assert launch.dataset.length.unit == real
    fixed = all(made[index] == made[index] for index in range(len(made)))
    assert launch.dataset.index_used is fixed
    assert launch.dataset.sampling == sampling


DIVIDED = {
    "cumsum of two": ("self.ends = np.cumsum([len(self.paths), len(counts)])", "int(self.ends[-1])", "files"),
    "accumulate of two": ("self.ends = list(itertools.accumulate([1, len(counts)]))", "self.ends[-1]", "files"),
    "train_test_split": (
        "from sklearn.model_selection import train_test_split\n"
        "self.paths, kept = train_test_split(self.paths, test_size=0.1)",
        "len(self.paths)",
        "files",
    ),
    "train_test_split of steps": (
        f"from sklearn.model_selection import train_test_split\n{PAIRS}\nself.pairs = train_test_split(self.pairs)[0]",
        "len(self.pairs)",
        "steps",
    ),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_sums_and_parts_of_lists_that_are_known_one_by_one(tmp_path: Path, name: str) -> None:
    lengths, length, unit = DIVIDED[name]
    program = PROGRAM.replace("COUNT", SHORT_ARE_NONE).replace("LENGTHS", lengths.replace("\n", "\n" + " " * 8))
    (tmp_path / "main.py").write_text(program.replace("LENGTH", length).replace("ITEM", DRAWN) + START)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.dataset is not None
    assert launch.dataset.length.unit == unit
    assert launch.dataset.sampling == "random_step"


@pytest.mark.parametrize("place", ["index // 10, index % 10", "divmod(index, 10)"])
def test_a_step_that_is_computed_from_the_index_is_not_drawn(tmp_path: Path, place: str) -> None:
    """``read`` draws a step where it is given none: what arithmetic makes of an index is never none."""
    item = f"place, step = {place}\n        return self.read(self.paths[place], step)"
    program = PROGRAM.replace("COUNT", SHORT_ARE_NONE).replace("LENGTHS", "pass").replace("LENGTH", "30")
    (tmp_path / "main.py").write_text(program.replace("ITEM", item) + START)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.dataset is not None
    assert launch.dataset.index_used is True
    assert launch.dataset.draws == ()
    assert launch.dataset.sampling == "enumerated"


SPLIT = """
from torch.utils.data import random_split
SPLITS
for batch in DataLoader(train, batch_size=2):
    model(batch).backward()
"""


@pytest.mark.parametrize(
    ("split", "length"),
    [
        ("train, kept = random_split(Episodes(), [0.9, 0.1])", None),
        ("train, kept, last = random_split(Episodes(), [1, 1, 1])", 1),
        ("train = random_split(Episodes(), [2, 1])[0]", 2),
    ],
)
@pytest.mark.parametrize(
    ("item", "sampling"),
    [(DRAWN, "random_step"), ("return self.read(self.paths[index])", "random_step_of_indexed_episode")],
)
def test_a_random_part_counts_what_the_whole_counts(
    tmp_path: Path, split: str, length: int | None, item: str, sampling: str
) -> None:
    program = PROGRAM.replace("COUNT", SHORT_ARE_NONE).replace("LENGTHS", "pass").replace("LENGTH", "len(self.paths)")
    (tmp_path / "main.py").write_text(program.replace("ITEM", item) + SPLIT.replace("SPLITS", split))
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.dataset is not None
    assert launch.dataset.length.unit == "files"
    assert launch.dataset.sampling == sampling
    assert launch.dataset.length.value == length, "a share of what is not known is not known"


@pytest.mark.parametrize("length", ["int(len(self.listed) * self.mean)", "len(self.listed) * self.mean // 2"])
def test_a_length_made_of_a_list_and_a_number_of_the_data_is_not_guessed(tmp_path: Path, length: str) -> None:
    """How items are drawn says what a list counts, not what the list times something counts."""
    lengths = "self.listed = [line.strip() for line in open('list.txt')]\n        self.mean = np.mean(counts)"
    program = PROGRAM.replace("COUNT", SHORT_ARE_NONE).replace("LENGTHS", lengths).replace("LENGTH", length)
    (tmp_path / "main.py").write_text(program.replace("ITEM", DRAWN.replace("self.paths", "self.listed")) + START)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.dataset is not None
    assert launch.dataset.sampling == "random_step"
    assert launch.dataset.length.unit == "unknown"
