"""A flag whose value a script reads from a config with a Python program leads back to the config's line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from auditor.pipeline import AuditOptions, run_audit

MAIN = """\
import argparse
from torch.utils.data import DataLoader, Dataset

class Samples(Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, index):
        return index

parser = argparse.ArgumentParser()
parser.add_argument("--train_batch_size", type=int, default=1)
args = parser.parse_args()
if args.train_batch_size > 2:
    for batch in DataLoader(Samples(), batch_size=args.train_batch_size):
        model(batch).backward()
"""
READER = """\
import sys
import yaml
with open(sys.argv[1]) as file:
    config = yaml.safe_load(file)
print(config[sys.argv[2]]["batch"])
"""
CONFIG = "name: rdt\ntrain:\n  steps: 10\n  batch: 8\n"
WITH_JSON = "import json; print(json.load(open('config.json'))['train']['batch'])"
SCRIPTS = {
    "a variable": "B=$(python read.py config.yaml train)\npython main.py --train_batch_size=$B\n",
    "in the word itself": "python main.py --train_batch_size=$(python read.py config.yaml train)\n",
    "through a second variable": "B=$(python read.py config.yaml train)\nSIZE=${B}\n"
    "python main.py --train_batch_size=$SIZE\n",
    "exported": "export B=$(python read.py config.yaml train)\npython main.py --train_batch_size $B\n",
    "old quotes": "B=`python read.py config.yaml train`\npython main.py --train_batch_size $B\n",
    "through echo": "B=$(echo $(python read.py config.yaml train))\npython main.py --train_batch_size $B\n",
    "json": f'B=$(python -c "{WITH_JSON}")\npython main.py --train_batch_size $B\n',
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_chain_leads_to_the_config(tmp_path: Path, name: str) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "read.py").write_text(READER)
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "config.json").write_text('{\n "train": {\n  "batch": 8\n }\n}\n')
    (tmp_path / "train.sh").write_text(SCRIPTS[name])
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.loader is not None and launch.loader.batch_size == yaml.safe_load(CONFIG)["train"]["batch"]
    assert launch.dataset is not None
    links = [link for link in launch.dataset.chain if link.role == "config"]
    path, line = ("config.json", 3) if name == "json" else ("config.yaml", 4)
    assert [(link.location.path, link.location.line) for link in links] == [(path, line)]
    assert "batch" in links[0].text
    if "$B" in SCRIPTS[name]:
        assert any(link.role == "environment" and link.location.line == 1 for link in launch.dataset.chain)


TASKS = """\
import json
from torch.utils.data import DataLoader, Dataset

with open("tasks.json") as file:
    TASKS = json.load(file)

class Items(Dataset):
    def __len__(self):
        return TASKS["pick"]["episodes"]
    def __getitem__(self, index):
        return index

for batch in DataLoader(Items(), batch_size=2):
    model(batch).backward()
"""
CONVERT = """\
import json
with open("tasks.json", "w") as file:
    json.dump({"pick": {"episodes": 3}}, file)
"""


@pytest.mark.parametrize(
    ("text", "written", "outcome"), [("", True, "trains"), ("", False, "fails"), ("{", True, "fails")]
)
def test_a_config_that_is_committed_empty(tmp_path: Path, text: str, written: bool, outcome: str) -> None:
    """What a program of the checkout leaves in it is what the run finds; a file that nobody writes stays empty."""
    (tmp_path / "tasks.json").write_text(text)
    (tmp_path / "main.py").write_text(TASKS)
    (tmp_path / "convert.py").write_text(CONVERT if written else "import json\n")
    (tmp_path / "train.sh").write_text("python main.py\n")
    (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
    assert launch.outcome == outcome
    if written and not text:
        subprocess.run([sys.executable, "convert.py"], cwd=tmp_path, check=True)
        (launch,) = run_audit(AuditOptions(tmp_path, probe=False)).facts.launches
        assert launch.dataset is not None and launch.dataset.length.value == 3
