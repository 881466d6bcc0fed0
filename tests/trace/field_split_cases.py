"""Parts of lists whose length is an expression over the data: slices, splits into training and validation, samples."""

from __future__ import annotations

from field_cases import DRAWN, INDEXED, Case

FILES = """\
class Items(Dataset):
    def __init__(self):
        paths = sorted(glob.glob("data/flat/*.hdf5"))
        MADE

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        with h5py.File(PATH, "r") as file:
            start = DRAWN
            return {"actions": file["action"][start : start + 2]}
""".replace("DRAWN", DRAWN)
STEPS = """\
class Items(Dataset):
    def __init__(self):
        self.steps = []
        for path in sorted(glob.glob("data/flat/*.hdf5")):
            count = h5py.File(path)["action"].shape[0]
            for step in KEPT:
                self.steps.append((path, step))
        self.steps = self.steps[CUT]

    def __len__(self):
        return len(self.steps)

    def __getitem__(self, index):
        path, start = self.steps[index]
        with h5py.File(path, "r") as file:
            return {"actions": file["action"][start : start + 2]}
"""


def made(text: str, length: str = "len(self.paths)", path: str = "self.paths[index]") -> str:
    """A class that makes its list of paths of all ``paths`` in these lines."""
    body = text.replace("\n", "\n        ")
    return FILES.replace("MADE", body).replace("LENGTH", length).replace("PATH", path)


def _kept(expression: str) -> Case:
    return made(f"self.paths = {expression}"), "files", INDEXED


def _steps(kept: str, cut: str = ":") -> Case:
    return STEPS.replace("KEPT", kept).replace("CUT", cut), "steps", "enumerated"


def _part(lines: str) -> Case:
    """A part of a dataset, which the last of ``lines`` returns."""
    whole = made("self.paths = paths").replace("class Items", "class Whole")
    return f"{whole}\n\ndef Items():\n    {lines.replace(chr(10), chr(10) + '    ')}\n", "files", INDEXED


SPLIT = "from torch.utils.data import Subset, random_split\n"
SPLITS: dict[str, Case] = {
    "the first files": _kept("paths[:3]"),
    "all but the first file": _kept("paths[1:]"),
    "files in the middle": _kept("paths[1:3]"),
    "every second file": _kept("paths[::2]"),
    "the files from behind": _kept("paths[::-1]"),
    "all but the last file": _kept("paths[:-1]"),
    "files from and to the end": _kept("paths[-3:-1]"),
    "more files than there are": _kept("paths[:10]"),
    "a cut of a cut": _kept("paths[1:][:2]"),
    "the first files one by one": _kept("list(itertools.islice(paths, 1, 3))"),
    "files for training": _kept("paths[: int(len(paths) * 0.75)]"),
    "files for validation": _kept("paths[int(0.5 * len(paths)) :]"),
    "half of the files": _kept("paths[: len(paths) // 2]"),
    "a rounded share": _kept("paths[: round(len(paths) * 0.7)]"),
    "a share rounded up": _kept("paths[: int(np.ceil(len(paths) * 0.3))]"),
    "a share rounded up by signs": _kept("paths[: -(-len(paths) // 3)]"),
    "at least two": _kept("paths[: max(2, int(0.1 * len(paths)))]"),
    "a quotient": _kept("paths[: int(len(paths) / 1.5)]"),
    "by the numbers below a share": _kept("[paths[i] for i in range(int(0.75 * len(paths)))]"),
    "shuffled, then cut": (made("random.seed(0)\nrandom.shuffle(paths)\nself.paths = paths[:3]"), "files", INDEXED),
    "places in another order": (
        made("order = np.random.RandomState(0).permutation(len(paths))\nself.paths = [paths[i] for i in order[1:]]"),
        "files",
        INDEXED,
    ),
    "a sample": _kept("random.Random(1).sample(paths, 3)"),
    "chosen once each": _kept("list(np.random.RandomState(1).choice(paths, 2, replace=False))"),
    "the rest deleted": (made("del paths[3:]\nself.paths = paths"), "files", INDEXED),
    "the first deleted": (made("del paths[:2]\nself.paths = paths"), "files", INDEXED),
    "some twice": _kept("paths[:2] * 3"),
    "some of two folders": (
        made("a, b = (sorted(glob.glob(f'data/tasks/{t}/*.hdf5')) for t in 'ab')\nself.paths = (a + b)[1:]"),
        "files",
        INDEXED,
    ),
    "a length without a rest": (
        made("self.paths = paths", "len(paths) - len(paths) % 3").replace("len(paths)", "len(self.paths)"),
        "files",
        INDEXED,
    ),
    "scikit-learn's training part": (
        made(
            "from sklearn.model_selection import train_test_split\n"
            "self.paths, _ = train_test_split(paths, test_size=0.3, random_state=0)"
        ),
        "files",
        INDEXED,
    ),
    "scikit-learn's test part": (
        made(
            "from sklearn.model_selection import train_test_split\n"
            "_, self.paths = train_test_split(paths, train_size=0.4, random_state=0)"
        ),
        "files",
        INDEXED,
    ),
    "a random split": _part(
        f"{SPLIT}whole = Whole()\nn = int(0.75 * len(whole))\nreturn random_split(whole, [n, len(whole) - n])[0]"
    ),
    "a random split by shares": _part(f"{SPLIT}return random_split(Whole(), [0.6, 0.4])[0]"),
    "a random split by three shares": _part(f"{SPLIT}return random_split(Whole(), [0.55, 0.25, 0.2])[0]"),
    "the first indices": _part(f"{SPLIT}whole = Whole()\nreturn Subset(whole, range(int(len(whole) * 0.8)))"),
    "shuffled indices": _part(
        f"{SPLIT}whole = Whole()\norder = list(range(len(whole)))\n"
        "random.shuffle(order)\nreturn Subset(whole, order[1:])"
    ),
    "some indices": _part(f"{SPLIT}return Subset(Whole(), [0, 2])"),
    "steps in the middle": _steps("range(count)", "5:15"),
    "half of all steps": _steps("range(count)", ": int(0.5 * len(self.steps))"),
    "half of each episode": _steps("range(int(0.5 * count))"),
    "the first steps of each": _steps("range(count)[:5]"),
    "every third step of each": _steps("list(range(count))[::3]"),
    "one of some files": (made("self.paths = paths[1:]", path="random.choice(self.paths)"), "files", "random_step"),
}
EACH = "self.paths = []\nfor task in sorted(os.listdir('data/tasks')):\n    folder = os.path.join('data/tasks', task)\n"
SPLITS |= {
    "the first of each task": (
        made(
            EACH
            + "    for name in sorted(os.listdir(folder))[:1]:\n        self.paths.append(os.path.join(folder, name))"
        ),
        "files",
        INDEXED,
    ),
    "a share of each task": (
        made(
            f"{EACH}    names = sorted(glob.glob(os.path.join(folder, '*.hdf5')))\n"
            "    self.paths.extend(names[int(len(names) * 0.5) :])"
        ),
        "files",
        INDEXED,
    ),
    "a sample of each task": (
        made(
            f"{EACH}    for name in random.sample(os.listdir(folder), 1):\n"
            "        self.paths.append(os.path.join(folder, name))"
        ),
        "files",
        INDEXED,
    ),
    "some of all tasks": (
        made(
            f"{EACH}    for name in os.listdir(folder):\n        self.paths.append(os.path.join(folder, name))\n"
            "self.paths = self.paths[1:]"
        ),
        "files",
        INDEXED,
    ),
}
IN_ORDER = {
    "steps of the first files": "sorted(glob.glob('data/flat/*.hdf5'))[:3]",
    "steps of the last files, from behind": "sorted(glob.glob('data/flat/*.hdf5'), reverse=True)[:2]",
    "steps of some names in order": "[os.path.join('data/flat', n) for n in sorted(os.listdir('data/flat'))[1:3]]",
    "steps of every second path": "sorted(Path('data/flat').glob('*.hdf5'))[::2]",
    "steps of a cut that is cut again": "sorted(glob.glob('data/tasks/**/*.hdf5', recursive=True))[1:][:2]",
    "steps of a cut in another order": "random.Random(0).sample(sorted(glob.glob('data/flat/*.hdf5'))[1:], 3)",
    "steps of as many files as there are": "glob.glob('data/flat/*.hdf5')[:100]",
}
SPLITS |= {
    name: (
        STEPS.replace('sorted(glob.glob("data/flat/*.hdf5"))', listed)
        .replace("KEPT", "range(count)")
        .replace("CUT", ":"),
        "steps",
        "enumerated",
    )
    for name, listed in IN_ORDER.items()
}
IN_NO_ORDER = {
    "steps of some files": "glob.glob('data/flat/*.hdf5')[:2]",
    "steps of some shuffled files": "random.Random(0).sample(glob.glob('data/flat/*.hdf5'), 2)",
    "steps of some files by a number in their names": (
        "sorted(glob.glob('data/flat/*.hdf5'), key=lambda path: -int(path[-6]))[:1]"
    ),
}
# What stays unknown: what one turn of a loop does to the files of its folder.
TURNS: dict[str, Case] = {
    "the first of each folder of a walk": (
        made(
            "self.paths = []\nfor root, _, names in os.walk('data/tasks'):\n"
            "    self.paths += [os.path.join(root, name) for name in names][:1]"
        ),
        "files",
        INDEXED,
    ),
    "the first of each folder of a walk in one line": (
        made("self.paths = [os.path.join(r, name) for r, _, names in os.walk('data/tasks') for name in names[1:]]"),
        "files",
        INDEXED,
    ),
    "the files of the last task": (
        made(f"{EACH}    self.paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]"),
        "files",
        INDEXED,
    ),
}
TURNS |= {
    name: (
        STEPS.replace('sorted(glob.glob("data/flat/*.hdf5"))', listed)
        .replace("KEPT", "range(count)")
        .replace("CUT", ":"),
        "steps",
        "enumerated",
    )
    for name, listed in IN_NO_ORDER.items()
}
# By name: the class, whether the code alone says that there is one episode.
LONE: dict[str, tuple[str, bool]] = {
    "the first": (made("self.paths = paths[:1]", path="random.choice(self.paths)"), True),
    "the last": (made("self.paths = paths[-1:]", path="random.choice(self.paths)"), True),
    "the last by its number": (made("self.paths = paths[3:]", path="random.choice(self.paths)"), False),
    "the first by a number": (
        made("self.paths = paths[:1]", path="self.paths[random.randrange(len(self.paths))]"),
        True,
    ),
}
EMPTY: dict[str, str] = {
    "beyond the end": made("self.paths = paths[1000:]"),
    "up to before the beginning": made("self.paths = paths[:-10]"),
    "too small a share": made("self.paths = paths[: int(len(paths) * 0.2)]"),
    "nothing": made("self.paths = paths[:0]"),
}
EMPTY |= {
    "less than once": made("self.paths = paths * -1"),
    "one less than as many as the rest": made("self.paths = paths * (len(paths) % 2 - 1)"),
}
