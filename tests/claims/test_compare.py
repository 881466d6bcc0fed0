"""Documents against launches: what is supported, what is refuted, and what nobody can say."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.checkout.documents import read_statements
from auditor.checkout.tree import open_checkout
from auditor.claims.compare import MAX_CLAIMS, compare_claims
from auditor.model import Claim, Flag, Launch, LaunchAudit, Location, SampleCount, WorldSize, message

FLAGS = {"train_batch_size": 24, "max_train_steps": 400_000, "gradient_accumulation_steps": 1, "use_hdf5": True}


def audit(script: str, world: int | None = 2, probe: SampleCount | None = None, **flags: Any) -> LaunchAudit:
    reason = None if world else message("no --num_processes")
    launch = Launch(
        f"{script}:1", script, 1, 3, "accelerate", "main.py", None, (), (), ".", WorldSize(world, "script", reason)
    )
    made = tuple(
        Flag(name, value, "script", Location(script, 2), Location("main.py", 9), None)
        for name, value in {**FLAGS, **flags}.items()
    )
    unset = Flag("num_train_epochs", 1, "default", None, Location("main.py", 7), 1)
    return LaunchAudit(launch, (*made, unset), None, None, "unknown", None, probe=probe)


def claims(folder: Path, text: str, *audits: LaunchAudit) -> list[Claim]:
    for item in audits:
        (folder / item.launch.script).write_text("first\nsecond\n")
    (folder / "README.md").write_text(text)
    checkout = open_checkout(folder)
    return list(compare_claims(read_statements(checkout), audits, checkout.line))


def verdicts(found: list[Claim]) -> list[tuple[Any, str]]:
    return [(claim.stated, claim.verdict) for claim in found]


BENCHMARK = """\
# RDT

## Benchmark

#### Training

- Octo is fine-tuned for 1M iterations.
- RDT is fine-tuned from our released checkpoint for {steps} iterations.

#### Run

```
bash finetune_sim.sh
```
"""


@pytest.mark.parametrize(
    ("steps", "verdict"), [("300k", "refuted"), ("400k", "supported"), ("0.4M", "supported"), ("400,001", "refuted")]
)
def test_a_section_that_names_one_script(tmp_path: Path, steps: str, verdict: str) -> None:
    other, own = claims(tmp_path, BENCHMARK.format(steps=steps), audit("finetune_sim.sh"), audit("finetune.sh"))
    assert (other.verdict, str(other.detail)) == ("undetermined", "it speaks of another model")
    assert (own.verdict, own.found, own.kind) == (verdict, 400_000, "training_steps")
    assert (own.location.path, own.location.line) == ("README.md", 8)
    assert [(link.location.path, link.location.line, link.text) for link in own.evidence] == [
        ("finetune_sim.sh", 2, "second")
    ]


def test_a_section_that_names_two_scripts_decides_nothing(tmp_path: Path) -> None:
    text = BENCHMARK.format(steps="300k") + "\nor `finetune.sh`\n"
    found = claims(tmp_path, text, audit("finetune_sim.sh"), audit("finetune.sh"))
    assert [claim.verdict for claim in found] == ["undetermined", "undetermined"]


def test_a_document_that_names_no_script_decides_nothing(tmp_path: Path) -> None:
    text = "# RDT with train.sh\n\nRDT is fine-tuned for 300k iterations.\n\n- Batch size: 8\n"
    found = claims(tmp_path, text, audit("train.sh"))
    assert verdicts(found) == [(300_000, "undetermined"), (8, "undetermined")]


def test_a_sentence_without_a_subject_decides_nothing(tmp_path: Path) -> None:
    found = claims(tmp_path, "## A\n\nWith `train.sh` it trained for 300k steps.\n", audit("train.sh"))
    assert verdicts(found) == [(300_000, "undetermined")]


def test_two_numbers_in_one_line_decide_nothing(tmp_path: Path) -> None:
    text = "## A\n\n`train.sh`: we trained our model for 300k steps and then for 5k steps.\n"
    assert verdicts(claims(tmp_path, text, audit("train.sh"))) == [(300_000, "undetermined"), (5_000, "undetermined")]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("- Batch size: 24", "supported"),
        ("- Batch size: 48", "supported"),
        ("- Batch size: 16", "refuted"),
        ("- Effective batch size: 48", "supported"),
        ("- Effective batch size: 24", "refuted"),
        ("- Number of GPUs: 2", "supported"),
        ("- 硬件: 8×A800", "refuted"),
        ("- 训练步数: 40万", "supported"),
        ("- 训练步数: 20000步", "refuted"),
        ("- `max_train_steps=400000`", "supported"),
        ("- `max_train_steps=1e5`", "refuted"),
        ("- `num_train_epochs=100`", "refuted"),
        ("- `use_hdf5=false`", "refuted"),
        ("- `use_hdf5=True`", "supported"),
        ("- epochs: 100", "undetermined"),
    ],
)
def test_settings_listed_under_a_script(tmp_path: Path, line: str, verdict: str) -> None:
    found = claims(tmp_path, f"## Run\n\n`bash train.sh`\n\n{line}\n", audit("train.sh"))
    assert [claim.verdict for claim in found] == [verdict]


@pytest.mark.parametrize("line", ["- Batch size: 16", "- Number of GPUs: 8", "- Effective batch size: 256"])
def test_without_a_world_size_nothing_is_refuted(tmp_path: Path, line: str) -> None:
    (found,) = claims(tmp_path, f"## Run\n\n`train.sh`\n\n{line}\n", audit("train.sh", world=None))
    assert (found.verdict, str(found.detail), found.found) == ("undetermined", "no --num_processes", None)


COMMAND = """\
## Run

{words}

```bash
deepspeed {program} \\
    --train_batch_size=32 \\
    --max_train_steps=400000 \\
    --model=<PATH> \\
    --use_hdf5 \\
    --unheard_of=3
```
"""


def test_a_command_that_is_said_to_be_the_scripts(tmp_path: Path) -> None:
    text = COMMAND.format(words="`train.sh` is as below:", program="main.py")
    found = claims(tmp_path, text, audit("train.sh"))
    assert verdicts(found) == [(32, "refuted"), (400_000, "supported"), (True, "supported")]
    assert "train_batch_size = 32" in str(found[0].detail) and "train.sh" in str(found[0].detail)


@pytest.mark.parametrize(
    ("words", "program"), [("Try this:", "main.py"), ("`train.sh` first, then evaluate:", "eval.py")]
)
def test_other_commands_are_no_claims(tmp_path: Path, words: str, program: str) -> None:
    assert claims(tmp_path, COMMAND.format(words=words, program=program), audit("train.sh")) == []


def test_advice_is_no_claim(tmp_path: Path) -> None:
    text = (
        "## Run\n\n`train.sh`\n\nWe recommend to train RDT for at least 150K steps.\n\n- Batch size: 8 (if it fits)\n"
    )
    assert claims(tmp_path, text, audit("train.sh")) == []


def test_any_launch_of_the_script_supports_and_all_must_differ_to_refute(tmp_path: Path) -> None:
    text = "## Run\n\n`train.sh`\n\n- Batch size: 8\n"
    small, large = audit("train.sh", train_batch_size=8), audit("train.sh", train_batch_size=64)
    assert [claim.verdict for claim in claims(tmp_path, text, large, small)] == ["supported"]
    assert [claim.verdict for claim in claims(tmp_path, text, large, audit("train.sh"))] == ["refuted"]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("RDT uses our 50 episodes of my_set", "supported"),
        ("RDT uses our 60 episodes of my_set", "refuted"),
        ("RDT uses our 60 episodes of elsewhere", "undetermined"),
    ],
)
def test_episodes_against_the_data_that_was_counted(tmp_path: Path, words: str, verdict: str) -> None:
    probe = SampleCount("hdf5", "data/my_set/", 50, 50, 9_000, None, True, "steps")
    found = claims(tmp_path, f"## Run\n\n`train.sh`\n\n{words}.\n", audit("train.sh", probe=probe))
    assert [claim.verdict for claim in found] == [verdict]


def test_unknown_flags_decide_nothing(tmp_path: Path) -> None:
    unknown = audit("train.sh")
    flag = Flag("max_train_steps", None, "unknown", None, None, None)
    unknown = LaunchAudit(unknown.launch, (flag,), None, None, "unknown", None)
    found = claims(tmp_path, "## Run\n\n`train.sh`\n\n- Training steps: 100\n- `max_train_steps=7`\n", unknown)
    assert [(claim.kind, claim.verdict) for claim in found] == [("training_steps", "undetermined")]


def test_many_statements_keep_the_decided_ones(tmp_path: Path) -> None:
    text = "- Batch size: 8\n" * (MAX_CLAIMS + 5) + "\n## Run\n\n`train.sh`\n\n- Batch size: 7\n"
    found = claims(tmp_path, text, audit("train.sh"))
    assert len(found) == MAX_CLAIMS and [claim.verdict for claim in found if claim.evidence] == ["refuted"]


STARTED = """\
# RDT

## Training

Our model is fine-tuned for 300k iterations.

```bash
{command}
```
"""
COMMANDS = {
    "MAX_STEPS=300000 bash finetune.sh": True,
    "export MAX_STEPS=300000\nbash finetune.sh": True,
    "MAX_STEPS=300000 \\\n    NAME='a b' bash finetune.sh > log": True,
    "$ MAX_STEPS=300000 ./finetune.sh": True,
    "bash finetune.sh": False,
    "CUDA_VISIBLE_DEVICES=0 bash finetune.sh": False,
    "MAX_STEPS=300000 bash other.sh\nbash finetune.sh": False,
    "bash finetune.sh 300000": False,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_script_that_the_document_starts_with_settings_of_its_own(tmp_path: Path, command: str) -> None:
    """Real bash says what the script would pass on: the launch that was followed is the one without settings."""
    script = ': "${MAX_STEPS:=400000}"\necho "$MAX_STEPS" > passed\n'
    for name, text in {"finetune.sh": script, "other.sh": "true\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    subprocess.run(["bash", "-c", command.removeprefix("$ ")], cwd=tmp_path, check=True, timeout=60)
    given = (tmp_path / "passed").read_text().strip() == "300000"
    assert given == COMMANDS[command]
    launched = audit("finetune.sh")
    unset = message("{name} is not set in the caller's environment", name="MAX_STEPS")
    launched = replace(launched, launch=replace(launched.launch, assumptions=(unset,)))
    (tmp_path / "README.md").write_text(STARTED.format(command=command))
    checkout = open_checkout(tmp_path)
    (claim,) = compare_claims(read_statements(checkout), [launched], checkout.line)
    assert claim.verdict == ("undetermined" if given else "refuted")


def test_an_argument_that_the_document_passes(tmp_path: Path) -> None:
    launched = audit("finetune.sh")
    without = message("the script is called without argument {name}", name="2")
    launched = replace(launched, launch=replace(launched.launch, assumptions=(without,)))
    assert verdicts(claims(tmp_path, STARTED.format(command="bash finetune.sh a"), launched)) == [(300_000, "refuted")]
    found = claims(tmp_path, STARTED.format(command="bash finetune.sh 'a b' <steps>"), launched)
    assert verdicts(found) == [(300_000, "undetermined")]
