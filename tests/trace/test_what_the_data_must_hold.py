"""What a program needs of its data before it trains: real Python runs it on this data, and raises or does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import field_datasets
import pytest

from auditor.pipeline import AuditOptions, run_audit

PROGRAM = (
    field_datasets.HEAD
    + """
from sklearn.model_selection import train_test_split
from torch.utils.data import random_split

class Items(Dataset):
    def __init__(self):
        self.paths = paths = sorted(glob.glob("data/flat/*.hdf5"))
        MADE

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with h5py.File(self.paths[index], "r") as file:
            start = np.random.randint(file["action"].shape[0])
            return {"actions": file["action"][start : start + 2]}

train = whole = Items()
PARTS
for batch in DataLoader(train, batch_size=2):
    model(batch).backward()
"""
)
MADE = [
    "first = paths[0]",
    "last = paths[3]",
    "last = paths[4]",
    "last = paths[-4]",
    "last = paths[-5]",
    "other = glob.glob('data/flat/*.h5')[0]",
    "try:\n            last = paths[4]\n        except IndexError:\n            pass",
    "if len(paths) > 4:\n            last = paths[4]",
    "self.paths = random.sample(paths, 4)",
    "self.paths = random.sample(paths, 5)",
    "self.paths = list(np.random.choice(paths, 5, replace=False))",
    "self.paths = list(np.random.choice(paths, 5))",
    "self.paths, _ = train_test_split(paths, test_size=0.9)",
    "self.paths, _ = train_test_split(paths, test_size=0.7)",
    "self.paths, _ = train_test_split(paths, test_size=4)",
    "self.paths, _ = train_test_split(paths, test_size=0.5, train_size=0.5)",
]
PARTS = [
    "train, _ = random_split(whole, [3, 1])",
    "train, _ = random_split(whole, [3, 2])",
    "n = int(0.6 * len(whole))\ntrain, _ = random_split(whole, [n, len(whole) - n])",
    "train, _ = random_split(whole, [int(0.6 * len(whole)), int(0.3 * len(whole))])",
    "train, _ = random_split(whole, [int(0.5 * len(whole)), int(0.5 * len(whole))])",
]
STOPPED = """\
from torch.utils.data import Dataset
class DataLoader:
    def __init__(self, *_, **__):
        raise SystemExit(3)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    field_datasets.write_data(root)
    (root / "train.sh").write_text("accelerate launch --num_processes 1 main.py\n")
    return root


@pytest.mark.parametrize("made", MADE)
def test_lists_that_are_too_short(data: Path, made: str) -> None:
    _compare(data, PROGRAM.replace("MADE", made).replace("PARTS", ""))


@pytest.mark.parametrize("parts", PARTS)
def test_parts_that_do_not_add_up(data: Path, parts: str) -> None:
    _compare(data, PROGRAM.replace("MADE", "").replace("PARTS", parts))


def _compare(data: Path, program: str) -> None:
    (data / "main.py").write_text(program)
    real = program.replace("from torch.utils.data import ConcatDataset, DataLoader, Dataset\n", STOPPED)
    assert real != program
    run = subprocess.run(
        [sys.executable, "-c", real],
        cwd=data,
        env={"PYTHONPATH": str(field_datasets.STUBS)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    (launch,) = run_audit(AuditOptions(data)).facts.launches
    if run.returncode == 3:
        assert launch.outcome == "trains"
        return
    error = run.stderr.splitlines()[-1].partition(":")[0]
    assert error in ("IndexError", "ValueError")
    assert launch.outcome == "fails"
    assert error in str(launch.reason)
    (elsewhere,) = run_audit(AuditOptions(data, probe=False)).facts.launches
    assert elsewhere.outcome == "trains", "without the data nothing says that it is too little"
