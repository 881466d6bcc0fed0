"""Lists of what is in a folder, kept by its name and kind or by what the files hold."""

from __future__ import annotations

from field_cases import INDEXED, Case
from field_split_cases import made

LOOP = """\
self.paths = []
for name in os.listdir("data/mixed"):
    path = os.path.join("data/mixed", name)
    KEEP"""
TESTS = {
    "files": "if os.path.isfile(path):\n        self.paths.append(path)",
    "no others than files": "if not os.path.isfile(path):\n        continue\n    self.paths.append(path)",
    "files named so": 'if os.path.isfile(path) and name.endswith(".hdf5"):\n        self.paths.append(path)',
    "named so and files": 'if name.endswith(".hdf5") and os.path.isfile(path):\n        self.paths.append(path)',
    "not files or not named so": (
        'if not os.path.isfile(path) or not name.endswith(".hdf5"):\n        continue\n    self.paths.append(path)'
    ),
    "files, not hidden": 'if not name.startswith(".") and os.path.isfile(path):\n        self.paths.append(path)',
    "hidden ones left out first": (
        'if name.startswith("."):\n        continue\n    if os.path.isfile(path):\n        self.paths.append(path)'
    ),
}
ENTRIES = {
    "entries named so": '[e.path for e in os.scandir("data/flat") if e.name.endswith(".hdf5")]',
    "entries that are files": 'sorted(e.path for e in os.scandir("data/mixed") if e.is_file())',
    "entries that are files and named so": (
        '[e.path for e in os.scandir("data/mixed") if e.is_file() and e.name.endswith(".hdf5")]'
    ),
    "the first entries by name": '[e.path for e in sorted(os.scandir("data/flat"), key=lambda e: e.name)][:3]',
    "entries as paths": '[os.fspath(entry) for entry in os.scandir("data/flat")]',
    "paths that are files": 'sorted(p for p in Path("data/mixed").iterdir() if p.is_file() and p.suffix == ".hdf5")',
}
LENGTHS = "lengths = np.array([h5py.File(path)['action'].shape[0] for path in paths])\n"
KEPT_BY_VALUES = {
    "by a mask": "self.paths = np.array(paths)[lengths > 6]",
    "by a mask one by one": "self.paths = [path for path, ok in zip(paths, lengths > 6) if ok]",
    "by the places of a mask": "self.paths = [paths[place] for place in np.where(lengths > 6)[0]]",
    "by places that are not zero": "self.paths = [paths[place] for place in np.nonzero(lengths > 6)[0]]",
    "by an array of places": "self.paths = np.array(paths)[np.flatnonzero(lengths > 6)]",
    "in the order of their lengths": "self.paths = [paths[place] for place in np.argsort(lengths)]",
    "by what is in them": "self.paths = [path for path in paths if h5py.File(path)['action'][0, 0] > 0]",
    "by a test of the list": "self.paths = list(itertools.compress(paths, lengths > 6))",
    "but for some places": "self.paths = [paths[i] for i in np.setdiff1d(np.arange(len(paths)), [0])]",
}
LISTED: dict[str, Case] = {
    **{name: (made(LOOP.replace("KEEP", test)), "files", INDEXED) for name, test in TESTS.items()},
    **{name: (made(f"self.paths = {listed}"), "files", INDEXED) for name, listed in ENTRIES.items()},
    **{name: (made(LENGTHS + kept), "files", INDEXED) for name, kept in KEPT_BY_VALUES.items()},
    "folders among entries": (
        made(
            'self.paths = [os.path.join(e.path, "one.hdf5") for e in os.scandir("data/mixed")'
            ' if e.is_dir() and e.name.startswith("episode")]'
        ),
        "episodes",
        INDEXED,
    ),
    "entries of entries": (
        made(
            "self.paths = []\nwith os.scandir('data/tasks') as tasks:\n    for task in tasks:\n"
            "        for entry in os.scandir(task.path):\n            self.paths.append(entry.path)"
        ),
        "files",
        INDEXED,
    ),
}
