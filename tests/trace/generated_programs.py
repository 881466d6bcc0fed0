"""Writes small random training programs: a launch script, a parser, dataset classes and the data for them.

Everything that an audit follows is drawn at random: how flags are passed and parsed, how a class is chosen, how files
are found, what is listed, whether and where the index is dropped, how a step is drawn.  Rows of the data name the file
and the step they come from, so that a run of the program shows what it really read (``real_programs.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import h5py
import numpy as np
from generated_consumers import ConsumerWriter
from generated_datasets import FOLDER, IMPORTS, indented


@dataclass(frozen=True)
class Program:
    """A checkout: texts by path, and for each HDF5 file the steps of its episodes.

    ``reordered``: the index picks a place in an order that is drawn anew for each item.
    """

    texts: dict[str, str]
    layout: str
    episodes: tuple[tuple[int, ...], ...]
    reordered: bool = False

    def write(self, root: Path) -> None:
        for path, text in self.texts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        for number, lengths in enumerate(self.episodes):
            path = root / FOLDER / f"part_{number % 2}" / f"episode_{number}.hdf5"
            path.parent.mkdir(parents=True, exist_ok=True)
            with h5py.File(path, "w") as file:
                for demo, length in enumerate(lengths):
                    name = f"data/demo_{demo}/actions" if self.layout == "demos" else "action"
                    rows = [[100 * number + demo, step] for step in range(length)]
                    file[name] = np.array(rows, dtype=np.float32).reshape(length, 2)
        if any("os.path.getsize(" in text for text in self.texts.values()):
            (path.parent / "unfinished.hdf5").write_bytes(b"")  # what the test of the size is for


def write_program(random: Random) -> Program:
    """One random program."""
    return _Writer(random).program()


class _Writer(ConsumerWriter):
    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.chunk_from = self.pick(["argument", "config", "constant"])
        self.folder_from = self.pick(["constant", "constant", "argument", "environment"])

    def program(self) -> Program:
        texts = {
            "data/__init__.py": "",
            "data/store.py": IMPORTS + self.store() + self.stub(),
            "train/__init__.py": "",
            "train/consumer.py": self.consumer(),
            "main.py": self.main(),
            "train.sh": self.script(),
            "settings.sh": "BATCH=5\n",
            "configs/base.yaml": f"common:\n  action_chunk_size: {self.chunk}\n  state_dim: 2\n",
        }
        return Program(texts, self.layout, self.episodes, self.reordered)

    # ----------------------------------------------------------------------------------------------- the program

    def main(self) -> str:
        self.flag = self.pick(["load_from_hdf5", "use_hdf5", "from-files"])
        name = self.flag.replace("-", "_")
        self.choice = self.pick(["flag", "kind", "kind"])
        declare = [f"parser.add_argument('--{self.flag}', action='store_true')"]
        if self.choice == "flag" and self.chance(0.3):
            declare = [f"parser.add_argument('--{self.flag}', action=argparse.BooleanOptionalAction, default=False)"]
        declare += [
            "parser.add_argument('--kind', type=str, default='planned', choices=['files', 'planned'])",
            "parser.add_argument('--train_batch_size', '-b', type=int, default=4)",
            f"parser.add_argument('--chunk', type=int, default={self.chunk + 1})",
            "parser.add_argument('--image_aug', action='store_true', default=False)",
            "parser.add_argument('--config', type=str, default='configs/base.yaml')",
            f"parser.add_argument('--data-dir', type=str, default='{FOLDER if self.chance(0.5) else 'nowhere'}')",
        ]
        chunk = {
            "argument": "args.chunk",
            "config": "config['common']['action_chunk_size']",
            "constant": str(self.chunk),
        }[self.chunk_from]
        make = self.wiring(f"args.{name}" if self.choice == "flag" else "args.kind == 'files'", chunk)
        wrap = "dataset = store" if self.bare else "dataset = TrainingSet(store, image_aug=args.image_aug)"
        self.wrapper = self.pick(["", "", "", "Subset", "ConcatDataset", "half", "split"])
        after = {
            "": "",
            "Subset": "dataset = Subset(dataset, list(range(0, len(dataset), 2)))",
            "ConcatDataset": "dataset = ConcatDataset([dataset, dataset])",
            "half": "dataset = Subset(dataset, range((len(dataset) + 1) // 2))",
            "split": "dataset, _ = random_split(dataset, [len(dataset) - len(dataset) // 4, len(dataset) // 4])",
        }[self.wrapper]
        lines = [
            "import argparse",
            "import os",
            "from functools import partial",
            "import yaml",
            "from torch.utils.data import ConcatDataset, DataLoader, Subset, random_split",
            "from data import store as stores",
            "from data.store import EpisodeStore, PlannedStore",
            "from train.consumer import TrainingSet",
            "",
            "def parse():",
            "    parser = argparse.ArgumentParser()",
            *indented(declare),
            *indented(
                self.pick(
                    [
                        ["return parser.parse_args()"],
                        ["args, _ = parser.parse_known_args()", "return args"],
                        ["parser.set_defaults(image_aug=True)", "args = parser.parse_args()", "return args"],
                    ]
                )
            ),
            "",
            *make[0],
            "def train(args):",
            "    with open(args.config) as file:",
            "        config = yaml.safe_load(file)",
            *indented(make[1]),
            f"    {wrap}",
            *([f"    {after}"] if after else []),
            "    loader = DataLoader(dataset, batch_size=args.train_batch_size, shuffle=True)",
            "    for batch in loader:",
            "        model(batch).backward()",
            "",
            "if __name__ == '__main__':",
            "    train(parse())",
        ]
        return "\n".join(lines) + "\n"

    def wiring(self, condition: str, chunk: str) -> tuple[list[str], list[str]]:
        """Definitions, and statements that bind ``store``."""
        folder = {
            "constant": f"'{FOLDER}'",
            "argument": "args.data_dir",
            "environment": f"os.environ.get('DATA_DIR', '{FOLDER}')",
        }[self.folder_from]
        given = f"{folder}, chunk_size={chunk}"
        which = f"EpisodeStore if {condition} else PlannedStore"
        ways: list[tuple[list[str], list[str]]] = [
            (
                [],
                [
                    f"if {condition}:",
                    f"    store = EpisodeStore({given})",
                    "else:",
                    f"    store = PlannedStore({given})",
                ],
            ),
            ([], [f"make = {which}", f"store = make({given})"]),
            (["STORES = {True: EpisodeStore, False: PlannedStore}"], [f"store = STORES[bool({condition})]({given})"]),
            (
                [],
                [
                    f"name = 'EpisodeStore' if {condition} else 'PlannedStore'",
                    f"store = getattr(stores, name)({given})",
                ],
            ),
            (
                ["def build(which, **options):", "    return which(**options)"],
                [f"make = partial(build, {which})", f"store = make(folder={folder}, chunk_size={chunk})"],
            ),
            (
                [],
                [f"options = dict(vars(args), folder={folder}, chunk_size={chunk})", f"store = ({which})(**options)"],
            ),
        ]
        return self.pick(ways)

    def script(self) -> str:
        live = self.chance(0.85)
        flags = []
        if live and self.choice == "flag":
            flags.append(f"--{self.flag}")
        if live and self.choice == "kind":
            flags.append(self.pick(["--kind=files", "--kind files", '--kind "$KIND"', "--kind=${MODE:-files}"]))
        flags.append(self.pick(["--train_batch_size=$BATCH", "-b 2", '--train_batch_size "$((BATCH * 2))"']))
        flags.append(self.pick([f"--chunk={self.chunk}", f"--chunk {self.chunk}"]))
        if self.chance(0.3):
            flags.append("--image_aug")
        if self.folder_from == "argument":
            flags.append(self.pick([f"--data-dir={FOLDER}", '--data-dir "$DATA"', "--data-di ${ROOT}/episodes"]))
        if self.chance(0.06):
            flags.append(self.pick(["--undeclared=1", "--kind=other", "--train_batch_size=many"]))
        start = self.pick(["python main.py", "python -u main.py", "accelerate launch main.py", "python3 main.py"])
        head = f"#!/bin/bash\nBATCH=3\nKIND=files\nROOT=data\nDATA=${{1:-{FOLDER}}}\n"
        head += self.pick(["", "set -e\n", 'cd "$(dirname "$0")"\n', "source settings.sh\n", ". ./settings.sh\n"])
        if self.chance(0.3):
            head += f"export DATA_DIR={FOLDER}\n"
        how = self.pick(["lines", "array", "one", "comment", "function", "if"])
        if how == "array":
            return head + "ARGS=(" + " ".join(flags) + ")\n" + start + ' "${ARGS[@]}"\n'
        if how == "function":
            return head + f'run() {{\n    {start} "$@"\n}}\nrun {" ".join(flags)}\n'
        if how == "if":
            text = " ".join(flags)
            return head + f'if [ "$KIND" = files ]; then\n    {start} {text}\nelse\n    {start} --kind planned\nfi\n'
        if how == "one":
            return head + start + " " + " ".join(flags) + "\n"
        if how == "comment" and self.chance(0.5):
            flags.insert(1, "# a comment \\")
        return head + start + " \\\n    " + " \\\n    ".join(flags) + "\n"
