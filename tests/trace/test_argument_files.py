"""Command lines with words in files (``@args.txt``): argparse itself reads them, and says what the flags are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.pipeline import AuditOptions, run_audit

PARSER = """\
import argparse
import json

parser = argparse.ArgumentParser(fromfile_prefix_chars="@%")
parser.add_argument("--steps", type=int, default=7)
parser.add_argument("--name", default="none")
parser.add_argument("--fast", action="store_true")
parser.add_argument("rest", nargs="*")
args = parser.parse_args()
"""
REST = """\
from torch.utils.data import DataLoader, Dataset


class Steps(Dataset):
    def __len__(self):
        return args.steps

    def __getitem__(self, index):
        return index


print(args.name, args.fast)
for batch in DataLoader(Steps(), batch_size=2):
    model(batch).backward()
"""
FILES = {
    "args.txt": "--steps\n12\n--name=a b\n",
    "more.txt": "--fast\n@args.txt\n--steps=3\n",
    "blank.txt": "--name\n\n--steps=5\n",
    "bad.txt": "--steps=many\n",
}
LINES = [
    "@args.txt",
    "--steps=1 @args.txt",
    "@args.txt --steps=1",
    "%more.txt",
    "@blank.txt --fast",
    "--name @args.txt",
    "@bad.txt",
    "@nowhere.txt",
    "--name=@args.txt",
]


@pytest.mark.parametrize("line", LINES)
def test_the_flags_are_what_argparse_says(tmp_path: Path, line: str) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.py").write_text(PARSER + REST)
    (tmp_path / "train.sh").write_text(f"python main.py {line}\n")
    told = PARSER + "print(json.dumps(vars(args)))\n"
    run = subprocess.run([sys.executable, "-c", told, *line.split()], cwd=tmp_path, capture_output=True, text=True)
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    if run.returncode:
        assert launch.outcome in ("fails", "unknown")
        return
    real = json.loads(run.stdout)
    flags = {flag.name: flag.value for flag in launch.flags}
    assert launch.outcome == "trains"
    assert {name: flags[name] for name in ("steps", "name", "fast")} == {
        name: real[name] for name in ("steps", "name", "fast")
    }
    assert launch.dataset is not None and launch.dataset.length.value == real["steps"]


def test_lines_that_the_program_takes_apart_itself_are_not_known(tmp_path: Path) -> None:
    own = (
        "class Own(argparse.ArgumentParser):\n"
        "    def convert_arg_line_to_args(self, line):\n        return line.split()\n"
    )
    parser = PARSER.replace("import json\n", f"import json\n{own}").replace("argparse.ArgumentParser(f", "Own(f")
    (tmp_path / "args.txt").write_text("--steps 12\n")
    (tmp_path / "main.py").write_text(parser + REST)
    (tmp_path / "train.sh").write_text("python main.py @args.txt\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.dataset is None or launch.dataset.length.value in (None, 12)
    assert launch.outcome != "fails"
