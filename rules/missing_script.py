"""A script calls a program that is not in the checkout.

## What it does
Reports `bash x.sh`, `source x.sh` and `python x.py` where the path lies in the checkout, nothing is there, and nothing
brings it: neither the script itself nor a download before the call, nor a folder that git leaves out.

## Why is this bad?
bash says `No such file or directory` and goes on with the next command. What should have been prepared or set is not,
and the training below it runs all the same, on other data or with other settings. With `set -e` the script ends there.

## Example
```bash
source scripts/env.sh        # there is no scripts/env.sh
accelerate launch main.py --output_dir="$OUTPUT_DIR"
```

## Use instead
Commit the script, or take the call out. Where the script can do without, say so:
```bash
if [ -f scripts/env.sh ]; then source scripts/env.sh; fi
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.judge import Example, Issue, rule
from auditor.judge.example import LAUNCH
from auditor.judge.places import launch_place
from auditor.model import Facts, LaunchAudit, Problem, message

TRAINS = re.compile(r"train|fine-?_?tune", re.IGNORECASE)


@rule(
    "RDT410",
    "missing-script",
    severity="warning",
    summary=message("A script calls a program that is not in the checkout"),
    valid=[
        Example("it is there", {"train.sh": "source env.sh\n" + LAUNCH, "env.sh": "export A=1\n"}),
        Example("the script asks first", {"train.sh": "if [ -f env.sh ]; then source env.sh; fi\n" + LAUNCH}),
        Example("the script makes it", {"train.sh": "echo A=1 > env.sh\nsource ./env.sh\n" + LAUNCH}),
        Example("it is downloaded", {"train.sh": "curl -O https://example.org/env.sh\nbash env.sh\n" + LAUNCH}),
        Example("git leaves it out", {"train.sh": "source ./env.sh\n" + LAUNCH, ".gitignore": "env.sh\n"}),
    ],
    invalid=[
        Example("settings", {"train.sh": "source ./env.sh\n" + LAUNCH}),
        Example("a program before the launch", {"train.sh": "set -e\npython data/make_stats.py\n" + LAUNCH}),
        Example("a script of launches", {"all.sh": "bash train.sh\nbash train_more.sh\n"}),
    ],
)
def missing_script(facts: Facts) -> Iterator[Issue]:
    for problem in facts.problems:
        if problem.kind != "missing-script" or any(_is_that(problem, audit) for audit in facts.launches):
            continue
        near = [one for one in facts.launches if problem.location.path in (one.launch.script, launch_place(one).path)]
        severe = bool(near) or TRAINS.search(problem.subject) is not None
        issue = Issue(problem.location, problem.detail, None if severe else "note", symbol=problem.subject)
        yield from [replace(issue, launch=one.launch.id) for one in near] or [issue]


def _is_that(problem: Problem, audit: LaunchAudit) -> bool:
    """Whether the program is the launch's own: RDT401 says it."""
    return audit.launch.fails is not None and audit.launch.entry == problem.subject
