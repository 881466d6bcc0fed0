"""Scripts that end where the caller has not set a variable; real bash runs them with the variable and without."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from auditor.pipeline import AuditOptions, run_audit

PROGRAM = """\
from torch.utils.data import DataLoader, Dataset

class Samples(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, index):
        return index

for batch in DataLoader(Samples(), batch_size=2):
    batch.backward()
"""
LAUNCH = "accelerate launch --num_processes 1 main.py\n"
REQUIRED = {
    "a test": 'if [ -z "$NAME" ]; then\n    echo "set NAME"\n    exit 1\nfi\n',
    "a test of one's own file": 'if [ -z "$NAME" ]; then exit 0; fi\n',
    "the other way": 'if [ -n "$NAME" ]; then\n    :\nelse\n    exit 1\nfi\n',
    "or": '[ -n "$NAME" ] || exit 1\n',
    "and": "[[ -z $NAME ]] && exit 1\n",
    "a function": 'need() { if [ -z "$NAME" ]; then exit 1; fi; }\nneed\n',
    "a function that is told which": 'need() { [ -n "${!1}" ] || exit 1; }\nneed NAME\n',
    "through another variable": 'RUN=$NAME\nif [ -z "$RUN" ]; then exit 1; fi\n',
    "an expansion": ': "${NAME:?}"\n',
    "an expansion in a value": 'OUT="out/${NAME:?set it}"\n',
    "set -e": 'set -e\n[ -n "$NAME" ]\n',
    "an empty default": 'set -u\nRUN=${NAME:-}\nif [ "$RUN" != given ]; then exit 1; fi\n',
    "an empty default in the test": 'set -u\nif [ -z "${NAME:-}" ]; then exit 1; fi\n',
    "a choice": 'case "$NAME" in given) ;; *) exit 1 ;; esac\n',
    "a value": 'if [ "$NAME" != given ]; then exit 1; fi\n',
    "with the data": 'if [ ! -d data ] || [ -z "$NAME" ]; then exit 1; fi\n',
}
NOT_REQUIRED = {
    "set before": 'NAME=a\nif [ -z "$NAME" ]; then exit 1; fi\n',
    "set where it is not": 'if [ -z "$NAME" ]; then NAME=a; fi\n',
    "a default": 'NAME=${NAME:-a}\n: "${NAME:?}"\n',
    "a default, set -u": "set -u\nOUT=${NAME:-a}\n",
    "in a shell of its own": '(if [ -z "$NAME" ]; then exit 1; fi)\n',
    "where it is set": 'if [ -n "$NAME" ]; then echo "$NAME"; fi\n',
    "a folder of data": "if [ ! -d data ]; then exit 1; fi\n",
    "a file of weights": "test -f data/weights.bin || exit 1\n",
    "its own home": 'if [ -z "$HOME" ]; then exit 1; fi\n',
    "its own home, set -u": "set -u\ncd $HOME\ncd - >/dev/null\n",
}


def _started(folder: Path, name: str | None) -> bool:
    """Whether bash gets to the launch, with data and weights there."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin/accelerate").write_text(f'#!/bin/sh\necho "$*" > {folder / "started"}\n')
    (folder / "bin/accelerate").chmod(0o755)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data/weights.bin").write_text("")
    (folder / "started").unlink(missing_ok=True)
    environment = {"PATH": f"{folder / 'bin'}:{os.defpath}", "HOME": str(folder)}
    if name is not None:
        environment["NAME"] = name
    subprocess.run(["bash", "train.sh"], cwd=folder, env=environment, capture_output=True, timeout=60)
    return (folder / "started").exists()


@pytest.mark.parametrize("name", [*REQUIRED, *NOT_REQUIRED])
def test_a_launch_behind_a_required_variable_is_open(tmp_path: Path, name: str) -> None:
    checkout, running = tmp_path / "checkout", tmp_path / "running"
    for folder in (checkout, running):
        folder.mkdir()
        (folder / "train.sh").write_text({**REQUIRED, **NOT_REQUIRED}[name] + LAUNCH)
    (checkout / "main.py").write_text(PROGRAM)
    reached = {_started(running, None), _started(running, "given")}
    (launch,) = run_audit(AuditOptions(checkout, probe=False)).facts.launches
    assert reached == ({True, False} if name in REQUIRED else {True})
    assert launch.outcome == ("unknown" if name in REQUIRED else "trains")
    if name in REQUIRED:
        assert str(launch.reason) == "the script ends where the caller has not set NAME"


@pytest.mark.parametrize("name", [*REQUIRED, *NOT_REQUIRED])
def test_a_variable_is_called_empty_where_bash_passes_on_nothing(tmp_path: Path, name: str) -> None:
    checkout, running = tmp_path / "checkout", tmp_path / "running"
    for folder in (checkout, running):
        folder.mkdir()
        launch = LAUNCH.replace("main.py", "main.py --out=$NAME.")
        (folder / "train.sh").write_text({**REQUIRED, **NOT_REQUIRED}[name] + launch)
    (checkout / "main.py").write_text(PROGRAM)
    empty = _started(running, None) and "--out=. " in (running / "started").read_text().replace("\n", " ")
    audit = run_audit(AuditOptions(checkout, probe=False))
    assert [finding.symbol for finding in audit.findings if finding.rule == "RDT408"] == ["NAME"] * empty


def test_a_variable_is_empty_where_it_is_expanded(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "train.sh").write_text('OUT="out/$NAME"\n' + LAUNCH.replace("main.py", "main.py --out=$OUT"))
    audit = run_audit(AuditOptions(tmp_path, probe=False))
    assert [(one.symbol, one.location.line) for one in audit.findings if one.rule == "RDT408"] == [("NAME", 1)]


def test_what_set_u_alone_asks_for_is_an_assumption(tmp_path: Path) -> None:
    """The script uses a variable as if it were always there: said, and taken to be so."""
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "train.sh").write_text("set -u\nOUT=out/$NAME\n" + LAUNCH)
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.outcome == "trains"
    said = "NAME is set by the caller, otherwise set -u ends the script"
    assert said in [str(one) for one in launch.launch.assumptions]


def test_what_the_scheduler_sets_is_not_asked_of_the_caller(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "train.sh").write_text("#!/bin/bash\n#SBATCH --nodes=1\n: ${SLURM_JOB_ID:?}\n" + LAUNCH)
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.outcome == "trains"


def test_a_script_that_sets_it_for_another_one_gets_there(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "inner.sh").write_text(REQUIRED["a test"] + LAUNCH)
    (tmp_path / "train.sh").write_text("NAME=given bash inner.sh\n")
    launches = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert {one.launch.script: one.outcome for one in launches} == {"inner.sh": "unknown", "train.sh": "trains"}
