"""The dataset classes of the generated programs (``generated_programs.py``)."""

from __future__ import annotations

import textwrap
from random import Random

FOLDER = "data/episodes"
IMPORTS = """\
import bisect
import fnmatch
import glob
import os
import random
from pathlib import Path

import h5py
import numpy as np
from torch.utils.data import Dataset
"""


class DatasetWriter:
    """Draws the classes of one program; what it chose is kept in its attributes."""

    def __init__(self, random: Random) -> None:
        self.pick = random.choice
        self.chance = lambda share: random.random() < share
        self.layout = self.pick(["flat", "flat", "demos"])
        self.chunk = random.randint(2, 4)
        self.reordered = False
        files = random.randint(2, 4)
        demos = 1 if self.layout == "flat" else random.randint(2, 3)
        self.episodes = tuple(tuple(random.randint(6, 11) for _ in range(demos)) for _ in range(files))

    def store(self) -> str:
        """The class that reads the files."""
        self.unit = self.pick(["files", "steps", "steps", "episodes"] if self.layout == "demos" else ["files", "steps"])
        body = ["def __init__(self, folder, chunk_size=None, **_):", "    self.chunk_size = chunk_size"]
        find = [*self.listing(), *self.extra()]
        if self.chance(0.3):
            body = ["def _find(self, folder):", *indented(find), *body, "    self.paths = []", "    self._find(folder)"]
        else:
            body += ["    self.paths = []", *indented(find)]
        self.by_count = self.unit == "steps" and self.layout == "flat" and self.chance(0.3)
        if self.by_count:
            body += indented(self.counted())
        elif self.unit != "files":
            body += ["    self.index = []", *indented(self.indexing())]
        body += ["def __len__(self):", f"    return {self.length()}", *self.draw()]
        if self.chance(0.5):
            body += ["def __getitem__(self, index):", "    return self.get_item(index)"]
            self.subscript = True
        else:
            self.subscript = False
        return class_text("EpisodeStore", "Dataset" if self.chance(0.7) else "object", body)

    def listing(self) -> list[str]:
        suffix = self.pick([".hdf5"] * 9 + [".h5"])
        ways = [
            f"""
                for root, _, names in os.walk(folder):
                    for name in fnmatch.filter(names, '*{suffix}'):
                        self.paths.append(os.path.join(root, name))
                """,
            f"""
                for root, folders, names in os.walk(folder):
                    folders.sort()
                    for name in names:
                        if not name.endswith('{suffix}'):
                            continue
                        self.paths.append(os.path.join(root, name))
                """,
            f"self.paths = sorted(glob.glob(os.path.join(folder, '**', '*{suffix}'), recursive=True))",
            f"self.paths += [str(path) for path in sorted(Path(folder).rglob('*{suffix}'))]",
            f"""
                for part in sorted(os.listdir(folder)):
                    inner = os.path.join(folder, part)
                    self.paths.extend(os.path.join(inner, n) for n in os.listdir(inner) if n.endswith('{suffix}'))
                """,
            f"""
                for part in sorted(os.listdir(folder)):
                    inner = os.path.join(folder, part)
                    if not os.path.isdir(inner):
                        continue
                    for name in sorted(os.listdir(inner)):
                        if {self.pick([f"name.endswith('{suffix}')", f"name[-{len(suffix)}:] == '{suffix}'"])}:
                            self.paths.append(os.path.join(inner, name))
                """,
            f"""
                for root, _, names in os.walk(folder):
                    for name in names:
                        if name.endswith(('{suffix}', '.hdf')):
                            self.paths.append(os.path.join(root, name))
                """,
            f"""
                for root, _, names in os.walk(folder):
                    self.paths += [os.path.join(root, n) for n in names if os.path.splitext(n)[1] == '{suffix}']
                """,
            f"self.paths = glob.glob(folder + '/*/*{suffix}')",
            f"self.paths = sorted(str(path) for path in Path(folder).glob('*/*{suffix}'))",
            f"self.paths = [str(path) for path in Path(folder).glob('**/*{suffix}') if path.is_file()]",
        ]
        return lines_of(self.pick(ways))

    def extra(self) -> list[str]:
        """Things that real classes do beside."""
        return self.pick(
            [
                "",
                "self.name = 'episodes'",
                "if not self.paths:\n    print('nothing found')",
                "self.cache = {}",
                "random.shuffle(self.paths)",
                "self.paths = [path for path in self.paths if os.path.getsize(path) > 0]",
                "self.paths = list(set(self.paths))",
                "assert len(self.paths) >= 0",
                "self.paths = self.paths[1:]",
                "self.paths = self.paths[:3]",
                "self.paths = self.paths[: int(len(self.paths) * 0.8)]",
                "self.paths = self.paths[::-1]",
                "del self.paths[0]",
                "self.paths.pop()",
                "self.paths = self.paths * 2",
                "self.paths = [path for place, path in enumerate(self.paths) if place % 2 == 0]",
                "self.paths = [path for path in self.paths if 'episode_1' not in path]",
                "random.Random(3).shuffle(self.paths)",
                "self.paths.sort(key=len)",
                "self.paths = tuple(self.paths)",
                "self.paths = np.array(self.paths)",
                "self.paths = [Path(path) for path in self.paths]",
                "self.paths = dict(enumerate(self.paths))\nself.paths = list(self.paths.values())",
            ]
        ).splitlines()

    def bound(self) -> str:
        """How many starts an episode of ``n`` steps has."""
        return self.pick(
            ["n", "n", "n - self.chunk_size", "n - self.chunk_size + 1", "max(0, n - self.chunk_size + 1)"]
        )

    def indexing(self) -> list[str]:
        if self.unit == "episodes":
            return lines_of("""
                for path in self.paths:
                    with h5py.File(path, 'r') as file:
                        for key in file['data'].keys():
                            self.index.append((path, key))
                """)
        bound = self.bound()
        if self.layout == "demos":
            return lines_of(f"""
                for path in self.paths:
                    with h5py.File(path, 'r') as file:
                        for key in file['data']:
                            n = file['data'][key]['actions'].shape[0]
                            for step in range({bound}):
                                self.index.append((path, key, step))
                """)
        append = self.pick(
            [
                f"for step in range({bound}):\n    self.index.append((path, 'action', step))",
                f"self.index += [(path, 'action', step) for step in range({bound})]",
                f"self.index.extend((path, 'action', step) for step in range({bound}))",
            ]
        )
        size = self.pick(["file['action'].shape[0]", "len(file['action'])"])
        lines = ["for path in self.paths:", "    with h5py.File(path, 'r') as file:", f"        n = {size}"]
        return lines + indented(append.splitlines(), 2 if self.chance(0.5) else 1)

    def counted(self) -> list[str]:
        """Steps that no list names: how many each episode has, and where it ends."""
        return lines_of("""
            self.counts = []
            for path in self.paths:
                with h5py.File(path, 'r') as file:
                    self.counts.append(file['action'].shape[0])
            self.ends = np.cumsum(self.counts)
            """)

    def located(self) -> list[str]:
        """Statements that find the episode and the step of an index among all steps."""
        return lines_of(
            self.pick(
                [
                    """
                    number = int(np.searchsorted(self.ends, index, side='right'))
                    step = index - (self.ends[number - 1] if number else 0)
                    """,
                    """
                    number = bisect.bisect_right(self.ends, index)
                    step = index - int(self.ends[number] - self.counts[number])
                    """,
                    """
                    number, step = 0, index
                    while step >= self.counts[number]:
                        step -= self.counts[number]
                        number += 1
                    """,
                    """
                    step = index
                    for number, count in enumerate(self.counts):
                        if step < count:
                            break
                        step -= count
                    """,
                ]
            )
        )

    def length(self) -> str:
        if self.by_count:
            return self.pick(["sum(self.counts)", "int(self.ends[-1])", "int(np.sum(self.counts))"])
        return "len(self.paths)" if self.unit == "files" else "len(self.index)"

    def draw(self) -> list[str]:
        """``get_item`` and what it needs."""
        self.uses = self.pick(["index", "index", "nothing"])
        if self.by_count:
            choose = [] if self.uses == "index" else ["index = random.randrange(sum(self.counts))"]
            choose += [*self.located(), "path, key = self.paths[number], 'action'"]
            return ["def get_item(self, index=0):", *indented(choose), *indented(self.read("step"))]
        if self.unit == "steps":
            index = self.pick(["np.random.randint(len(self.index))", "random.randrange(len(self.index))"])
            choose = ["if index is None:", f"    index = {index}"] if self.uses == "index" else [f"index = {index}"]
            body = [*choose, "path, key, step = self.index[index]"]
            return ["def get_item(self, index=None):", *indented(body), *indented(self.read("step"))]
        if self.unit == "episodes":
            choose = [self.one_of("self.index", "path, key")]
            if self.uses == "index":
                choose = ["path, key = self.index[index]"]
            return ["def get_item(self, index=0):", *indented(choose), *indented(self.read(self.random_step()))]
        choose = [self.one_of("self.paths", "path")]
        if self.uses == "index":
            choose = self.picked_file()
        if self.layout == "demos":
            choose += [
                "with h5py.File(path, 'r') as file:",
                "    keys = list(file['data'].keys())",
                f"    key = {self.pick(['random.choice(keys)', 'keys[np.random.randint(len(keys))]'])}",
            ]
        else:
            choose.append("key = 'action'")
        return ["def get_item(self, index=0):", *indented(choose), *indented(self.read(self.random_step()))]

    def picked_file(self) -> list[str]:
        """Statements that pick a file by the index, or for all that the index is there."""
        kept = ["path = self.paths[index]"] * 4 + ["path = self.paths[index % len(self.paths)]"]
        drawn = [
            "order = list(self.paths)\nrandom.shuffle(order)\npath = order[index]",
            "path = self.paths[np.random.permutation(len(self.paths))[index]]",
            "path = random.sample(list(self.paths), len(self.paths))[index]",
        ]
        others = [
            "paths = iter(self.paths)\nfor _ in range(index):\n    next(paths)\npath = next(paths)",
            "path = [path for place, path in enumerate(self.paths) if place == index][0]",
            "path = next(path for place, path in enumerate(self.paths) if place == index)",
            "path = self.paths[index - len(self.paths)]",
            "path = list(reversed(self.paths))[index]",
            "path = self.paths[len(self.paths) - 1 - index]",
            "path = dict(enumerate(self.paths))[index]",
        ]
        way = self.pick(kept + drawn + others)
        if way in drawn:
            self.uses, self.reordered = "nothing", True
        return way.splitlines()

    def one_of(self, name: str, target: str) -> str:
        ways = [f"{target} = random.choice({name})", f"{target} = {name}[np.random.randint(len({name}))]"]
        if "," not in target:
            ways.append(f"{target} = np.random.choice({name})")
            ways.append(f"{target} = np.random.choice({name}, p=np.ones(len({name})) / len({name}))")
        ways.append(f"{target} = {name}[np.random.choice(len({name}))]")
        ways.append(f"{target} = {name}[int(np.random.rand() * len({name}))]")
        ways.append(f"{target} = random.sample({name}, 1)[0]")
        return self.pick(ways)

    def random_step(self) -> str:
        bound = self.bound().replace("max(0, ", "max(1, ")
        return self.pick(
            [
                f"np.random.randint({bound})",
                f"np.random.randint(0, {bound})",
                f"random.randrange({bound})",
                f"random.randint(0, {bound} - 1)",
                f"random.choice(range({bound}))",
                f"np.random.choice({bound})",
                f"np.random.permutation({bound})[0]",
                f"int(np.random.uniform(0, {bound}))",
                f"random.sample(range({bound}), 1)[0]",
                f"int(random.random() * ({bound}))",
                f"np.random.randint(low=0, high={bound})",
            ]
        )

    def read(self, step: str) -> list[str]:
        name = "file['data'][key]['actions']" if self.layout == "demos" else "file[key]"
        lines = ["with h5py.File(path, 'r') as file:", f"    n = {name}.shape[0]"]
        if step != "step":
            lines.append(f"    step = {step}")
        rows = self.pick(["[:]", "[()]"])
        if self.chance(0.5):
            lines.append(f"    actions = {name}{rows}[step:step + self.chunk_size]")
        else:
            lines.append(f"    actions = {name}[step:step + self.chunk_size]")
        if self.chance(0.5):
            lines += [
                "    if actions.shape[0] < self.chunk_size:",
                "        last = np.tile(actions[-1:], (self.chunk_size - actions.shape[0], 1))",
                "        actions = np.concatenate([actions, last], axis=0)",
            ]
        return [*lines, "return {'name': 'episodes', 'actions': actions}"]

    def stub(self) -> str:
        body = {
            "pass": "def _load(self):\n    pass",
            "docstring": 'def _load(self):\n    """Reads the episodes."""',
            "empty list": "def _load(self):\n    self.items = []",
        }[self.pick(["pass", "docstring", "empty list"])]
        lines = ["def __init__(self, folder, chunk_size=None, **_):", "    self.items = []", "    self._load()"]
        lines += [*body.splitlines(), "def __len__(self):", "    return len(self.items)"]
        lines += ["def get_item(self, index=0):", "    return self.items[index]"]
        lines += ["def __getitem__(self, index):", "    return self.items[index]"]
        return class_text("PlannedStore", "Dataset", lines)


def lines_of(template: str) -> list[str]:
    return [line for line in textwrap.dedent(template).splitlines() if line.strip()]


def indented(lines: list[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line for line in lines]


def class_text(name: str, base: str, body: list[str]) -> str:
    return f"\n\nclass {name}({base}):\n" + "\n".join(indented(body)) + "\n"
