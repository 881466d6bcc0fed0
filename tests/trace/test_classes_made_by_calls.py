"""Classes that ``type`` makes, and those that a base knows of: real Python makes the object that the loader gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import field_datasets
import pytest

from auditor.pipeline import AuditOptions, run_audit

BASE = """\
class Base(Dataset):
    root = "data/flat"

    def __init__(self):
        self.paths = sorted(glob.glob(self.root + "/*.hdf5"))

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with h5py.File(self.paths[index], "r") as file:
            start = np.random.randint(file["action"].shape[0])
            return {"actions": file["action"][start : start + 2]}


"""
OTHERS = """\
class Other(Base):
    root = "data/none"


class Wanted(Base):
    root = "data/tasks/a"


"""
OBJECTS = {
    "a class of no statement": 'type("Items", (Base,), {})()',
    "a class with its own root": 'type("Items", (Base,), {"root": "data/tasks/a"})()',
    "a class of functions": (
        'type("Items", (Base,), dict(__len__=lambda self: 2, __getitem__=lambda self, i: Base.__getitem__(self, i)))()'
    ),
    "a class of a made name": 'type("Aloha" + "Items", (Base, Dataset), {"version": 2})()',
    "the last that a base knows": "Base.__subclasses__()[-1]()",
    "the one of a name": '{cls.__name__: cls for cls in Base.__subclasses__()}["Wanted"]()',
    "the one of a root": 'next(cls for cls in Base.__subclasses__() if cls.root.startswith("data/tasks"))()',
    "none below": "(Other.__subclasses__() or [Wanted])[0]()",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    field_datasets.write_data(root)
    (root / "train.sh").write_text("accelerate launch --num_processes 1 main.py\n")
    return root


@pytest.mark.parametrize("name", OBJECTS)
def test_the_object_that_the_loader_gets(data: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = f"{BASE}{OTHERS}data = {OBJECTS[name]}\n"
    monkeypatch.chdir(data)
    names: dict[str, Any] = {"Dataset": type("Dataset", (), {})}
    head = "\n".join(line for line in field_datasets.HEAD.splitlines() if "torch" not in line)
    exec(f"{head}\n{made}", names)
    loop = "\nfor batch in DataLoader(data, batch_size=2):\n    model(batch).backward()\n"
    (data / "main.py").write_text(field_datasets.HEAD + made + loop)
    (launch,) = run_audit(AuditOptions(data)).facts.launches
    dataset = launch.dataset
    assert launch.outcome == "trains"
    assert dataset is not None and dataset.consumer is not None
    assert dataset.consumer.name == type(names["data"]).__name__
    assert dataset.length.value == len(names["data"])
    assert dataset.sampling == "random_step_of_indexed_episode"
