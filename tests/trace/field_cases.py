"""Dataset classes in the shapes that forks use: episodes in files of their own, and in memory."""

from __future__ import annotations

FILES = """\
class Items(Dataset):
    def __init__(self):
        self.paths = sorted(glob.glob("data/flat/*.hdf5"))

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        with h5py.File(PATH, "r") as file:
            start = START
            return {"actions": file["action"][start : start + 2]}
"""
DRAWN = 'np.random.randint(file["action"].shape[0])'


def over_files(length: str, path: str, start: str) -> str:
    """A class whose length, path and first step are these expressions."""
    return FILES.replace("LENGTH", length).replace("PATH", path).replace("START", start)


# By name: the text of the class ``Items``, what its length counts, and how it is drawn.
Case = tuple[str, str, str]
INDEXED = "random_step_of_indexed_episode"
CASES: dict[str, Case] = {
    "all episodes in memory": (
        """\
class Items(Dataset):
    def __init__(self):
        self.episodes = []
        with h5py.File("data/demos.hdf5", "r") as file:
            for key in sorted(file["data"]):
                rows = file["data"][key]["actions"]
                self.episodes.append({"rows": rows[:], "n": rows.shape[0]})

    def __len__(self):
        return len(self.episodes)

    def __getitem__(self, index):
        episode = self.episodes[index]
        start = np.random.randint(episode["n"])
        return {"actions": episode["rows"][start : start + 3]}
""",
        "episodes",
        INDEXED,
    ),
    "copied into an array of zeros": (
        """\
class Items(Dataset):
    def __init__(self):
        self.numbers = list(range(4))
        self.lengths = [h5py.File(f"data/flat/episode_{i}.hdf5")["action"].shape[0] for i in self.numbers]
        self.ends = np.cumsum(self.lengths)
        self.longest = max(self.lengths)

    def __len__(self):
        return sum(self.lengths)

    def locate(self, index):
        place = np.argmax(self.ends > index)
        return self.numbers[place], index - (self.ends[place] - self.lengths[place])

    def __getitem__(self, index):
        number, start = self.locate(index)
        with h5py.File(os.path.join("data/flat", f"episode_{number}.hdf5"), "r") as root:
            actions = root["/action"][()][start:]
        padded = np.zeros((self.longest, 2))
        padded[: len(actions)] = actions
        return {"actions": padded}
""",
        "steps",
        "enumerated",
    ),
    "copied into an array that the object keeps": (
        """\
class Items(Dataset):
    def __init__(self):
        self.paths = sorted(glob.glob("data/flat/*.hdf5"))
        self.kept = np.zeros((3, 2))

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with h5py.File(self.paths[index], "r") as file:
            start = np.random.choice(file["action"].shape[0])
            actions = file["action"][start : start + 3]
        self.kept[: len(actions)] = actions
        return {"actions": self.kept.copy()}
""",
        "files",
        INDEXED,
    ),
    "a folder for each episode": (
        """\
class Items(Dataset):
    def __init__(self):
        self.folders = [folder for folder in sorted(Path("data/folders").iterdir()) if folder.is_dir()]

    def __len__(self):
        return len(self.folders)

    def __getitem__(self, index):
        rows = np.load(self.folders[index] / "action.npy")
        start = np.random.randint(len(rows))
        return {"actions": rows[start : start + 2]}
""",
        "episodes",
        INDEXED,
    ),
    "a chain of lists": (
        """\
class Items(Dataset):
    def __init__(self):
        paths = glob.iglob("data/flat/**/*.hdf5", recursive=True)
        self.lengths = {path: h5py.File(path, "r")["action"].len() for path in paths}
        self.pairs = list(itertools.chain.from_iterable([(p, i) for i in range(n)] for p, n in self.lengths.items()))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        path, start = self.pairs[index]
        with h5py.File(path, "r") as file:
            return {"actions": file["action"][start : start + 2]}
""",
        "steps",
        "enumerated",
    ),
    "members that draw": (
        """\
class One(Dataset):
    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 5

    def __getitem__(self, index):
        with h5py.File(self.path, "r") as file:
            start = np.random.randint(file["action"].shape[0])
            return {"actions": file["action"][start : start + 2]}


def Items():
    return ConcatDataset([One(path) for path in sorted(glob.glob("data/flat/*.hdf5"))])
""",
        "files",
        INDEXED,
    ),
    "members that draw, named one by one": (
        """\
class One(Dataset):
    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 5

    def __getitem__(self, index):
        with h5py.File(self.path, "r") as file:
            start = np.random.randint(file["action"].shape[0])
            return {"actions": file["action"][start : start + 2]}


def Items():
    return ConcatDataset([One("data/flat/episode_0.hdf5"), One("data/flat/episode_3.hdf5")])
""",
        "constant",
        INDEXED,
    ),
    "members that are enumerated": (
        """\
class One(Dataset):
    def __init__(self, path):
        self.path = path
        with h5py.File(path, "r") as file:
            self.steps = len(file["action"])

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        with h5py.File(self.path, "r") as file:
            return {"actions": file["action"][index : index + 2]}


def Items():
    return ConcatDataset([One(path) for path in sorted(glob.glob("data/flat/*.hdf5"))])
""",
        "steps",
        "enumerated",
    ),
    "so many of each file": (
        over_files("len(self.paths) * 4", "self.paths[index // 4]", "index % 4"),
        "files",
        "enumerated",
    ),
    "so many drawn of each file": (
        over_files("len(self.paths) * 4", "self.paths[index // 4]", DRAWN),
        "files",
        INDEXED,
    ),
    "a step drawn where none is named": (
        over_files("100", "self.paths[index % len(self.paths)]", DRAWN),
        "constant",
        INDEXED,
    ),
    "a list of episodes in the file": (
        """\
class Items(Dataset):
    def __init__(self, key="train"):
        self.file = h5py.File("data/demos.hdf5", "r")
        self.demos = [name.decode("utf-8") for name in np.array(self.file[f"mask/{key}"][:])]

    def __len__(self):
        return len(self.demos)

    def __getitem__(self, index):
        rows = self.file["data"][self.demos[index]]["actions"][()]
        start = random.randint(0, len(rows) - 1)
        return {"actions": rows[start : start + 3]}
""",
        "episodes",
        INDEXED,
    ),
    "one array of all files, drawn": (
        """\
class Items(Dataset):
    def __init__(self):
        self.rows = np.vstack([np.load(path) for path in sorted(glob.glob("data/rows/*.npy"))])

    def __len__(self):
        return 1000

    def __getitem__(self, index):
        start = np.random.randint(0, len(self.rows))
        return {"actions": self.rows[start : start + 1]}
""",
        "constant",
        "random_enumerated",
    ),
    "one array of all files": (
        """\
class Items(Dataset):
    def __init__(self):
        self.rows = np.concatenate([np.load(path) for path in sorted(glob.glob("data/rows/*.npy"))], axis=0)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        return {"actions": self.rows[index : index + 1]}
""",
        "steps",
        "enumerated",
    ),
    "pickled pairs": (
        """\
class Items(Dataset):
    def __init__(self):
        with open("data/pairs.pkl", "rb") as file:
            self.pairs = pickle.load(file)

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        path, start = self.pairs[index]
        with h5py.File(path, "r") as file:
            return {"actions": file["action"][start : start + 2]}
""",
        "steps",
        "enumerated",
    ),
    "an episode of the indexed task": (
        """\
class Items(Dataset):
    def __init__(self):
        self.tasks = defaultdict(list)
        for path in sorted(glob.glob("data/tasks/*/*.hdf5")):
            self.tasks[os.path.basename(os.path.dirname(path))].append(path)
        self.names = sorted(self.tasks)

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        with h5py.File(random.choice(self.tasks[self.names[index]]), "r") as file:
            start = np.random.randint(file["action"].shape[0])
            return {"actions": file["action"][start : start + 2]}
""",
        "other",
        "other",
    ),
}
