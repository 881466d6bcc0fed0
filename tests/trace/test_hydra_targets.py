"""Datasets that hydra builds from a config: the class is the one that the config names, or it is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model import LaunchAudit
from auditor.pipeline import AuditOptions, run_audit

MAIN = """\
import hydra
from torch.utils.data import DataLoader


@hydra.main(config_path="configs", config_name="train")
def main(cfg):
    dataset = hydra.utils.instantiate(cfg.dataset)
    for batch in DataLoader(dataset, batch_size=cfg.batch_size):
        model(batch).backward()


main()
"""
ITEMS = """\
import h5py
from torch.utils.data import Dataset


class Items(Dataset):
    def __init__(self, path, count):
        self.path, self.count = path, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        with h5py.File(self.path) as file:
            return file["action"][index]
"""


def _audit(root: Path, config: str, words: str = "") -> LaunchAudit:
    (root / "configs").mkdir(exist_ok=True)
    (root / "data").mkdir()
    (root / "main.py").write_text(MAIN)
    (root / "data" / "items.py").write_text(ITEMS)
    (root / "configs" / "train.yaml").write_text(config)
    (root / "train.sh").write_text(f"python main.py {words}\n")
    (launch,) = run_audit(AuditOptions(root, probe=False)).facts.launches
    return launch


def test_target_of_the_config(tmp_path: Path) -> None:
    launch = _audit(
        tmp_path, "batch_size: 4\ndataset:\n  _target_: data.items.Items\n  path: data/a.hdf5\n  count: 7\n"
    )
    assert launch.outcome == "trains"
    assert launch.dataset is not None and launch.dataset.consumer is not None
    assert (launch.dataset.consumer.name, launch.dataset.consumer.path) == ("Items", "data/items.py")
    assert launch.dataset.length.value == 7
    assert launch.dataset.sampling == "enumerated"


@pytest.mark.parametrize("config", ["defaults:\n  - task: a\nbatch_size: 4\n", "batch_size: 4\ndataset: ???\n"])
def test_target_that_is_not_known(tmp_path: Path, config: str) -> None:
    assert _audit(tmp_path, config).outcome == "unknown"


TASK = "_target_: data.items.{name}\npath: data/{task}.hdf5\ncount: {count}\n"


@pytest.mark.parametrize(("second", "count"), [("Items", 7), ("Items", 9), ("Others", 7)])
def test_a_task_that_the_caller_chooses(tmp_path: Path, second: str, count: int) -> None:
    """What all configs of the group say is known; where they name different classes, none is named."""
    folder = tmp_path / "configs" / "dataset"
    folder.mkdir(parents=True)
    (folder / "open.yaml").write_text(TASK.format(name="Items", task="open", count=7))
    (folder / "close.yaml").write_text(TASK.format(name=second, task="close", count=count))
    launch = _audit(tmp_path, "defaults:\n  - dataset: open\nbatch_size: 4\n", "dataset=$1")
    assert launch.outcome == ("trains" if second == "Items" else "unknown")
    if second == "Items":
        assert launch.dataset is not None and launch.dataset.consumer is not None
        assert launch.dataset.consumer.name == "Items"
        assert launch.dataset.length.value == (7 if count == 7 else None)


def test_the_one_config_that_takes_the_overrides(tmp_path: Path) -> None:
    """hydra refuses to override what a config does not have: the caller is to name the one that has it."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "other.yaml").write_text("batch_size: 4\ndataset: null\n")
    items = "batch_size: 4\nseed: 0\ndataset:\n  _target_: data.items.Items\n  path: data/a.hdf5\n  count: 7\n"
    launch = _audit(tmp_path, items, "--config-name=$1.yaml seed=$2")
    assert launch.outcome == "trains" and launch.dataset is not None
    assert launch.dataset.length.value == 7


WORKSPACE = """\
import hydra
from torch.utils.data import DataLoader


class Workspace:
    def __init__(self, cfg):
        self.cfg = cfg

    def run(self):
        dataset = hydra.utils.instantiate(self.cfg.dataset)
        for batch in DataLoader(dataset, batch_size=self.cfg.batch_size):
            model(batch).backward()
"""
STARTS = """\
import hydra


@hydra.main(config_path="configs", config_name="train")
def main(cfg):
    cls = hydra.utils.get_class(cfg._target_)
    cls(cfg).run()


main()
"""


def test_a_program_whose_training_only_a_config_names_is_a_launch(tmp_path: Path) -> None:
    for path, text in {
        "policy/train.py": STARTS,
        "policy/training/loop.py": WORKSPACE,
        "policy/data/items.py": ITEMS,
        "policy/configs/train.yaml": "_target_: training.loop.Workspace\nbatch_size: 4\n"
        "dataset:\n  _target_: data.items.Items\n  path: data/a.hdf5\n  count: 7\n",
        "policy/train.sh": "python train.py batch_size=8\n",
        "other/train.py": STARTS,
        "other/train.sh": "python train.py\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert (launch.launch.script, launch.outcome) == ("policy/train.sh", "trains")
    assert launch.dataset is not None and launch.dataset.active is not None
    assert (launch.dataset.active.name, launch.dataset.active.path) == ("Items", "policy/data/items.py")
    assert launch.loader is not None and launch.loader.batch_size == 8
