"""A launch uses a variable that the script does not set.

## What it does
Reports variables in a launch's command that neither the script nor a usual machine sets, unless the script ends where
the caller has not set them (`${NAME:?}`, `set -u`, a test of its own).

## Why is this bad?
Where the variable is not set, the shell puts nothing in its place: `--output_dir=` or a missing argument, and no
error. What the script does then depends on who starts it where.

## Example
```bash
deepspeed --hostfile=$MY_HOSTFILE main.py
```

## Use instead
```bash
deepspeed --hostfile="${MY_HOSTFILE:?set MY_HOSTFILE}" main.py
```
or begin the script with `set -u`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.judge import Example, Issue, rule
from auditor.judge.example import LAUNCH
from auditor.judge.places import problem_issues
from auditor.model import Facts, message

NAMED = LAUNCH.replace("--max_train_steps=100", "--max_train_steps=$TEAM_STEPS")


@rule(
    "RDT408",
    "undefined-variable",
    severity="note",
    summary=message("The script uses a variable that it does not set"),
    valid=[
        Example("no variable", {}),
        Example("the script sets it", {"train.sh": "TEAM_STEPS=100\n" + NAMED}),
        Example("the script asks for it", {"train.sh": ': "${TEAM_STEPS:?}"\n' + NAMED}),
        Example("it has a default", {"train.sh": NAMED.replace("$TEAM_STEPS", "${TEAM_STEPS:-100}")}),
    ],
    invalid=[Example("nobody sets it", {"train.sh": NAMED})],
)
def undefined_variable(facts: Facts) -> Iterator[Issue]:
    return problem_issues(facts, "undefined-variable")
