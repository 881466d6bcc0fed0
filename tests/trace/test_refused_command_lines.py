"""Where a refused command line is pointed to: the word that Python's parser trips over, and how it is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditor.pipeline import AuditOptions, run_audit

PROGRAM = """\
import argparse
from torch.utils.data import DataLoader

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--lr_scheduler", required=True)
parser.add_argument("-r", "--resume_from_checkpoint", type=int)
args = parser.parse_args()
for batch in DataLoader([1, 2], batch_size=2):
    batch.backward()
"""
SCHEDULER = ["--lr_scheduler=constant"]
REFUSED = {
    "an abbreviation without its value": ([*SCHEDULER, "--lr=1", "--resum"], 3, "--resum"),
    "an abbreviation with a wrong value": (["--lr=1", "--resume=x", *SCHEDULER], 2, None),
    "in full": ([*SCHEDULER, "--resume_from_checkpoint"], 2, None),
    "the short name": (["-r=x", *SCHEDULER], 1, None),
    "an option that begins like the one that is missing": (["--lr=1"], 0, None),
    "an option that nobody declares": (["--lr=1", "--lrs=2", *SCHEDULER], 2, None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_word_that_is_refused_is_shown(tmp_path: Path, name: str) -> None:
    words, at, short = REFUSED[name]
    program = "\n".join(line for line in PROGRAM.splitlines() if "torch" not in line and "batch" not in line)
    ran = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60)
    said = ran.stderr.strip().rpartition("error: ")[2]
    assert ran.returncode == 2
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "train.sh").write_text(" \\\n    ".join(["python main.py", *words]) + "\n")
    audit = run_audit(AuditOptions(tmp_path, probe=False))
    (finding,) = [one for one in audit.findings if one.rule == "RDT402"]
    assert said.partition(" invalid ")[0] in str(finding.message)
    assert finding.location.line == at + 1
    assert (f"{short} is taken as an abbreviation" in str(finding.message)) == (short is not None)
