"""How large the parts are that scikit-learn makes; compared once with scikit-learn itself for up to 40 elements."""

import math
import random
from typing import Any


def train_test_split(
    *lists: Any, test_size: Any = None, train_size: Any = None, random_state: Any = None, shuffle: bool = True
) -> list[Any]:
    """Of each list two parts, for training and for the test."""
    count = len(lists[0])
    if test_size is None and train_size is None:
        test_size = 0.25
    for size in (test_size, train_size):
        if size is not None and not 0 < size < (1 if isinstance(size, float) else count):
            raise ValueError(f"{size} of {count}")
    test = math.ceil(test_size * count) if isinstance(test_size, float) else test_size
    train = math.floor(train_size * count) if isinstance(train_size, float) else train_size
    train = count - test if train is None else train
    test = count - train if test is None else test
    if train + test > count or train == 0:
        raise ValueError(f"{train} and {test} of {count}")
    order = list(range(count))
    if shuffle:
        random.Random(random_state).shuffle(order)
    places = (order[:train], order[train : train + test]) if not shuffle else (order[test : test + train], order[:test])
    return [[held[place] for place in part] for held in lists for part in places]
