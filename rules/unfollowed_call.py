"""A script is called by a path of one machine.

## What it does
Reports a script of the checkout that another one calls by an absolute path or from a folder that a variable names.
Whether that is this checkout cannot be known from its files; the called script is judged as if it were started alone.

## Why is this bad?
On another machine the path leads nowhere, or into another checkout with other code: the run is not the one that the
files beside the script describe. What the caller passes on, arguments and exported variables, is missing here.

## Example
```bash
cd /home/me/RoboticsDiffusionTransformer
bash scripts/finetune.sh agilex
```

## Use instead
```bash
cd "$(dirname "$0")/.."
bash scripts/finetune.sh agilex
```
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.judge import Example, Issue, rule
from auditor.judge.places import problems
from auditor.model import Evidence, Facts, message

BESIDE = 'cd "$(dirname "$0")"\nbash train.sh --seed=1\n'
ELSEWHERE = "cd /home/me/rdt\nbash train.sh --seed=1\n"


@rule(
    "RDT409",
    "unfollowed-call",
    severity="note",
    summary=message("A script is called by a path of one machine"),
    valid=[Example("from where the script lies", {"all.sh": BESIDE})],
    invalid=[
        Example("from an absolute path", {"all.sh": ELSEWHERE}),
        Example("from two scripts, said once", {"all.sh": ELSEWHERE, "more.sh": ELSEWHERE}, expect=1),
    ],
)
def unfollowed_call(facts: Facts) -> Iterator[Issue]:
    found = list(problems(facts, "unfollowed-call"))
    for script in dict.fromkeys(problem.subject for _, problem in found):
        calls = [(audit, problem) for audit, problem in found if problem.subject == script]
        places = list(dict.fromkeys(problem.location for _, problem in calls))
        text = calls[0][1].detail
        if len(places) > 1:
            text = message(
                "{count} calls of {script}, of which this is the first, are made in a folder that need not be this"
                " checkout: what they pass on is not followed",
                count=len(places),
                script=script,
            )
        chain = tuple(Evidence("launch", place, "", message("calls {script}", script=script)) for place in places[1:])
        for audit in dict.fromkeys(audit.launch.id for audit, _ in calls):
            yield Issue(places[0], text, symbol=script, launch=audit, chain=chain)
