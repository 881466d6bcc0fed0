"""What cannot be read is silently replaced.

## What it does
Reports handlers on the way to an item that take every exception and put something else in the item's place: zeros, an
empty sample, `None`, what was read before, or another item; also those that say that an episode is to be left out,
where the caller then draws another one without end.

## Why is this bad?
An error in the data or in the code does not stop the run. A wrong key, a missing folder or a broken decoder turns every
sample into the same made-up one, and the model is trained on it: the loss goes down all the same. A `None` surfaces
later and elsewhere, in the function that makes the batch, and says nothing about what went wrong.

## Example
```python
def __getitem__(self, index):
    try:
        return self.load(index)
    except Exception as error:
        print(error)
        return {"state": np.zeros(14), "actions": np.zeros((64, 14))}
```

## Use instead
Let the error through. Where single broken files are known, leave them out when the list is made, and count them:
```python
self.files = [file for file in files if is_readable(file)]
print(f"{len(files) - len(self.files)} of {len(files)} files cannot be read")
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.judge import Example, Issue, rule
from auditor.judge.example import CONSUMER
from auditor.judge.places import problem_issues
from auditor.model import Facts, message

ZEROS = CONSUMER.replace(
    "        return self.dataset.get_item(index)\n",
    """\
        try:
            return self.dataset.get_item(index)
        except Exception as error:
            print(error)
            return {"action": np.zeros((4, 7))}
""",
)
LAST = CONSUMER.replace(
    "        return self.dataset.get_item(index)\n",
    """\
        try:
            item = self.dataset.get_item(index)
            self.last = item
        except Exception:
            item = self.last
        return item
""",
)


@rule(
    "RDT209",
    "failures-replaced",
    severity="warning",
    summary=message("What cannot be read is silently replaced"),
    valid=[
        Example("an error stops the run", {}),
        Example("it is raised again", {"train/dataset.py": ZEROS.replace("return {", "raise\n            return {")}),
        Example(
            "only what is expected", {"train/dataset.py": ZEROS.replace("Exception as error", "KeyError as error")}
        ),
    ],
    invalid=[
        Example("zeros", {"train/dataset.py": ZEROS}),
        Example("None", {"train/dataset.py": ZEROS.replace('return {"action": np.zeros((4, 7))}', "return None")}),
        Example("what was read before", {"train/dataset.py": LAST}),
    ],
)
def failures_replaced(facts: Facts) -> Iterator[Issue]:
    return problem_issues(facts, "replaced-failure")
