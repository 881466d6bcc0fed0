"""Datasets of a library that hand out items in an order of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from auditor.pipeline import AuditOptions, run_audit

CONFIG = "kind: single\nshards: <root>/shards\n"
DATA = """\
import glob
import random
import socket

import webdataset as wds
import yaml


def load(path):
    with open(path) as file:
        config = yaml.safe_load(file.read().format(hostname=socket.gethostname()))
    if config["kind"] == "single":
        return stream(config["shards"])
    return wds.RandomMix([stream(part) for part in config["parts"]], config["weights"])


def stream(folder):
    shards = sorted(glob.glob(folder + "/*.tar"))
    random.shuffle(shards)
    return (
        wds.WebDataset(shards, resampled=True)
        .repeat()
        .shuffle(100, initial=100)
        .decode("pil")
        .map(lambda sample: {"image": sample["jpg"], "action": sample["npy"]})
        .with_epoch(nsamples=1000)
    )
"""
LOADER = """\
from torch.utils.data import DataLoader
from data import load

for batch in DataLoader(load("data.yaml"), batch_size=8, num_workers=2):
    model(batch).backward()
"""
TRAINER = """\
from transformers import Trainer, TrainingArguments
from data import load

trainer = Trainer(model=None, args=TrainingArguments(output_dir="out"), train_dataset=load("data.yaml"))
trainer.train()
"""


@pytest.mark.parametrize("main", [LOADER, TRAINER], ids=["DataLoader", "Trainer"])
def test_a_pipeline_is_one_dataset_without_an_index(tmp_path: Path, main: str) -> None:
    (tmp_path / "data.yaml").write_text(CONFIG)
    (tmp_path / "data.py").write_text(DATA)
    (tmp_path / "main.py").write_text(main)
    (tmp_path / "train.sh").write_text("accelerate launch main.py\n")
    assert CONFIG.format(hostname="x") == CONFIG
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    dataset = launch.dataset
    assert launch.outcome == "trains" and dataset is not None
    assert dataset.active is not None and (dataset.active.name, dataset.active.path) == ("WebDataset", None)
    assert (dataset.source, dataset.index_used, dataset.sampling) == ("webdataset", None, "other")
    assert dataset.length.value is None and dataset.empty is None


@pytest.mark.parametrize("base", ["IterableDataset", "torch.utils.data.IterableDataset"])
def test_a_stream_is_iterated_over_whatever_else_it_has(tmp_path: Path, base: str) -> None:
    """torch asks an ``IterableDataset`` for no item by number: what ``__getitem__`` would do does not matter."""
    program = f"""\
import glob
import h5py
import torch
import torch.utils.data
from torch.utils.data import DataLoader, IterableDataset

class Stream({base}):
    def __iter__(self):
        for path in glob.glob("/data/*.hdf5"):
            with h5py.File(path, "r") as file:
                yield file["action"][:]
    def __len__(self):
        return 3
    def __getitem__(self, index):
        raise NotImplementedError("not by number")

for batch in DataLoader(Stream(), batch_size=2):
    model(batch).backward()
"""
    (tmp_path / "main.py").write_text(program)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.outcome == "trains" and launch.dataset is not None
    assert (launch.dataset.source, launch.dataset.index_used) == ("hdf5", None)


TRAJECTORIES = """\
import dlimp as dl
import tensorflow_datasets as tfds
import torch
from torch.utils.data import DataLoader, IterableDataset


class Frames(IterableDataset):
    def __init__(self, root, name):
        builder = tfds.builder(name, data_dir=root)
        frames = dl.DLataset.from_rlds(builder, split="train", shuffle=True).repeat()
        self.frames = dl.DLataset.sample_from_datasets([frames.flatten()], [1.0]).shuffle(1000)

    def __iter__(self):
        for frame in self.frames.as_numpy_iterator():
            actions = frame["action"]
            labels = torch.tensor([0] + [int(value) for value in actions])
            labels[:-1] = -100
            yield {"actions": actions, "labels": labels}


for batch in DataLoader(Frames("rlds", "pick_up"), batch_size=8):
    model(batch).backward()
"""


def test_frames_of_trajectories_come_from_the_builders_data(tmp_path: Path) -> None:
    """``tfds.builder(name, data_dir=...)`` reads ``data_dir/name``, by its documentation; dlimp reads its builder."""
    (tmp_path / "main.py").write_text(TRAJECTORIES)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.outcome == "trains"
    assert launch.dataset is not None and launch.dataset.active is not None
    assert (launch.dataset.active.name, launch.dataset.source) == ("Frames", "rlds")
    assert launch.dataset.location == "rlds/pick_up"


def test_a_stream_that_was_not_seen_to_give_anything(tmp_path: Path) -> None:
    """``first, second = 7`` raises before the first item: what is never seen to come out is not called trained."""
    broken = TRAJECTORIES.replace("            labels[:-1] = -100\n", "            first, second = 7\n")
    (tmp_path / "main.py").write_text(broken)
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.outcome == "unknown"


SHARDS = """\
import glob
import random
import h5py
from torch.utils.data import DataLoader, IterableDataset

class Shards(IterableDataset):
    def __init__(self):
        self.paths = sorted(glob.glob("shards/*.hdf5"))

    def __iter__(self):
        paths = list(self.paths)
        if not paths:
            return
        epoch = 0
        while True:
            rng = random.Random(epoch)
            rng.shuffle(paths)
            for path in paths:
                with h5py.File(path, "r") as file:
                    order = list(range(file["action"].shape[0]))
                    rng.shuffle(order)
                    for step in order:
                        yield {"actions": file["action"][step : step + 1]}
            epoch += 1

for batch in DataLoader(Shards(), batch_size=2):
    model(batch).backward()
"""


def test_a_stream_without_an_end_gives_each_step_once_a_pass(tmp_path: Path) -> None:
    """Its items are those of real Python: in a random order, and none twice before all were there."""
    (tmp_path / "shards").mkdir()
    for number, steps in enumerate((3, 4)):
        with h5py.File(tmp_path / "shards" / f"{number}.hdf5", "w") as file:
            file["action"] = [[number, step] for step in range(steps)]
    (tmp_path / "main.py").write_text(SHARDS)
    (tmp_path / "train.sh").write_text("python main.py\n")
    shown = "stream = iter(Shards())\nprint(json.dumps([next(stream)['actions'][0].tolist() for _ in range(14)]))\n"
    command = [sys.executable, "-c", "import json\n" + SHARDS.partition("for batch")[0] + shown]
    stubs = {"PYTHONPATH": str(Path(__file__).parent / "stubs")}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=os.environ | stubs)
    seen = [tuple(row) for row in json.loads(done.stdout)]
    assert len(set(seen[:7])) == 7 == len(set(seen[7:])) and seen[:7] != sorted(seen[:7])
    (launch,) = run_audit(AuditOptions(tmp_path)).facts.launches
    dataset = launch.dataset
    assert launch.outcome == "trains" and dataset is not None
    assert (dataset.source, dataset.index_used, dataset.sampling) == ("hdf5", None, "other")


TURNS = """\
import glob
import itertools
import h5py
import numpy as np
from torch.utils.data import DataLoader, IterableDataset

class Turns(IterableDataset):
    def __init__(self):
        self.paths = sorted(glob.glob("shards/*.hdf5"))

    def __iter__(self):
        for path in itertools.cycle(self.paths):
            with h5py.File(path, "r") as file:
                step = np.random.randint(len(file["action"]))
                yield {"actions": file["action"][step : step + 1]}

for batch in DataLoader(Turns(), batch_size=2):
    model(batch).backward()
"""


def test_episodes_in_turn_are_not_drawn(tmp_path: Path) -> None:
    """Only the step is drawn: the episodes come one after another, for ever, as they do in real Python."""
    (tmp_path / "shards").mkdir()
    for number in range(3):
        with h5py.File(tmp_path / "shards" / f"{number}.hdf5", "w") as file:
            file["action"] = [[number, step] for step in range(4)]
    (tmp_path / "main.py").write_text(TURNS)
    (tmp_path / "train.sh").write_text("python main.py\n")
    shown = "stream = iter(Turns())\nprint(json.dumps([next(stream)['actions'][0].tolist() for _ in range(60)]))\n"
    command = [sys.executable, "-c", "import json\n" + TURNS.partition("for batch")[0] + shown]
    stubs = {"PYTHONPATH": str(Path(__file__).parent / "stubs")}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=os.environ | stubs)
    seen = json.loads(done.stdout)
    assert [episode for episode, _ in seen] == [0, 1, 2] * 20 and len({step for _, step in seen}) > 1
    (launch,) = run_audit(AuditOptions(tmp_path)).facts.launches
    assert launch.outcome == "trains" and launch.dataset is not None
    assert (launch.dataset.source, launch.dataset.sampling) == ("hdf5", "other")
