"""Datasets and loaders that Python or torch refuses, beside those that look like it and work: real Python runs both."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_made_classes import END, HEAD, _audited, _seen

ITEMS = """\
class Items(Dataset):
    def __init__(self, count=6):
        self.count = count
        self.rows = np.load("rows.npy")
    def __len__(self):
        return self.count
    def __getitem__(self, index):
        return {"actions": self.rows[index : index + 1]}

"""
PROGRAMS = {
    "plain": "dataset = Items()",
    "abstract": "class Base(ABC):\n    @abstractmethod\n    def fetch(self): ...\nclass Other(Items, Base):\n    pass\n"
    "dataset = Other()",
    "abstract, by metaclass": "class Base(metaclass=ABCMeta):\n    @property\n    @abc.abstractmethod\n"
    "    def size(self): ...\nclass Other(Items, Base):\n    pass\ndataset = Other()",
    "abstract and defined": "class Base(ABC):\n    @abstractmethod\n    def fetch(self): ...\n"
    "class Other(Items, Base):\n    def fetch(self): ...\ndataset = Other()",
    "abstract and defined by another base": "class Base(ABC):\n    @abstractmethod\n    def __len__(self): ...\n"
    "class Other(Items, Base):\n    pass\ndataset = Other()",
    "the name alone does not make it abstract": "class Other(Items):\n    @abstractmethod\n    def fetch(self): ...\n"
    "dataset = Other()",
    "a length of text": "class Other(Items):\n    def __len__(self):\n        return '4'\ndataset = Other()",
    "a length of None": "class Other(Items):\n    def __len__(self):\n        super().__len__()\ndataset = Other()",
    "a length that is true": "class Other(Items):\n    def __len__(self):\n        return True\ndataset = Other()",
    "a length below zero": "class Other(Items):\n    def __len__(self):\n        return -3\ndataset = Other()",
    "half a length": "class Other(Items):\n    def __len__(self):\n        return self.count / 2\ndataset = Other()",
    "half a length, whole": "class Other(Items):\n    def __len__(self):\n        return int(self.count / 2)\n"
    "dataset = Other()",
    "the length of the object": "dataset = Items()\ndataset.__len__ = lambda: 99",
    "an item of the object": "dataset = Items()\ndataset.__getitem__ = lambda index: None",
    "the length of the class": "Items.__len__ = lambda self: 3\ndataset = Items()",
    "the length of its type": "dataset = Items()\ntype(dataset).__len__ = lambda self: 3",
    "no items": "class Other(Dataset):\n    def __len__(self):\n        return 4\n    def get_item(self, index):\n"
    "        return {'actions': [[1, 2]]}\ndataset = Other()",
    "nothing as an item": "class Other(Items):\n    def __getitem__(self, index):\n        super().__getitem__(index)\n"
    "dataset = Other()",
    "a property that is set": "class Other(Items):\n    @property\n    def count(self):\n        return 4\n"
    "dataset = Other()",
    "a property with a setter": "class Other(Items):\n    @property\n    def count(self):\n        return self.kept\n"
    "    @count.setter\n    def count(self, value):\n        self.kept = value - 1\ndataset = Other()",
    "a kept property that is set": "class Other(Items):\n    @functools.cached_property\n    def count(self):\n"
    "        return 4\ndataset = Other()",
    "a stream that is shuffled": "class Other(IterableDataset):\n    def __iter__(self):\n"
    "        yield {'actions': [[1, 2]]}\ndataset = Other()\nDataLoader = functools.partial(DataLoader, shuffle=True)",
    "an attribute without a slot": "class Other:\n    __slots__ = ('count', 'rows')\n"
    "    def __init__(self):\n        self.count, self.rows = 6, np.load('rows.npy')\n        self.more = 1\n"
    "    __len__, __getitem__ = Items.__len__, Items.__getitem__\ndataset = Other()",
    "attributes with slots": "class Other:\n    __slots__ = ('count', 'rows')\n"
    "    def __init__(self):\n        self.count, self.rows = 6, np.load('rows.npy')\n"
    "    __len__, __getitem__ = Items.__len__, Items.__getitem__\ndataset = Other()",
    "slots below a class that has room": "class Other(Items):\n    __slots__ = ('more',)\ndataset = Other()",
    "a batch size of text": "dataset = Items()\nDataLoader = functools.partial(DataLoader, shuffle=True)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_whether_items_come_out(tmp_path: Path, name: str) -> None:
    end = END.replace("batch_size=2", "batch_size='2'") if name == "a batch size of text" else END
    launch = _audited(tmp_path, HEAD + ITEMS + PROGRAMS[name] + end)
    seen = _seen(tmp_path)
    works = seen is not None and bool(seen.get("by_index"))
    assert launch.outcome == ("trains" if works else "fails")
    if works and launch.dataset is not None and seen is not None:
        assert launch.dataset.length.value in (seen["length"], None if name == "a length that is true" else -1)


@pytest.mark.parametrize("drawn", [False, True])
def test_a_method_for_whole_batches_goes_before_items(tmp_path: Path, drawn: bool) -> None:
    rows = "np.random.randint(9)" if drawn else "index"
    program = (
        "class Other(Items):\n    def __getitems__(self, indices):\n"
        f"        return [super(Other, self).__getitem__({rows}) for index in indices]\ndataset = Other()"
    )
    launch = _audited(tmp_path, HEAD + ITEMS + program + END)
    seen = _seen(tmp_path)
    assert seen is not None and launch.dataset is not None and launch.outcome == "trains"
    used = len({tuple(item) for item in seen["by_index"]}) > 1
    assert launch.dataset.index_used is used is not drawn


@pytest.mark.parametrize(("count", "drops", "trains"), [(1, True, False), (1, False, True), (2, True, True)])
def test_a_last_batch_that_is_dropped(tmp_path: Path, count: int, drops: bool, trains: bool) -> None:
    """What torch's sampler gives is ``count // 2`` batches where it drops the last one, by its documentation."""
    end = END.replace("batch_size=2", f"batch_size=2, drop_last={drops}")
    launch = _audited(tmp_path, HEAD + ITEMS + f"dataset = Items({count})" + end)
    assert (launch.outcome == "trains") == trains == bool(count // 2 or not drops)
