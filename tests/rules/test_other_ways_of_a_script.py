"""A script that can start one of two launches: real bash says which, and the other one does not "fail"."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.judge.example import Example, write_example
from auditor.pipeline import AuditOptions, run_audit
from tests.checkout.real_bash import BASH, RealBash

pytestmark = pytest.mark.skipif(BASH is None, reason="needs bash")

ONE, MANY = "python main.py --load_from_hdf5", "torchrun --nproc_per_node $N main.py --load_from_hdf5"
START = "N=${N:-1}\n"
SCRIPTS = {
    "exec": (f"{START}if [ $N = 1 ]; then\n  exec {ONE}\nfi\nexec {MANY}\n", "note"),
    "exit": (f"{START}if [ $N = 1 ]; then\n  {ONE}\n  exit 0\nfi\n{MANY}\n", "note"),
    "case": (f"{START}case $N in\n  1) {ONE}; exit ;;\nesac\n{MANY}\n", "note"),
    "the launch before is no other way": (
        f"{START}{ONE}\nif [ ! -f configs/a.yml ]; then\n  exit 1\nfi\n{MANY}\n",
        "warning",
    ),
    "no launch": (f"{START}if [ $N = 1 ]; then\n  python prepare.py\n  exit 0\nfi\n{MANY}\n", "warning"),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_the_script_starts_instead_is_said(tmp_path: Path, name: str) -> None:
    text, severity = SCRIPTS[name]
    root = tmp_path / "checkout"
    write_example(Example(name, {"train.sh": text, "prepare.py": "print(1)\n"}), root)
    started = RealBash(root, tmp_path / "tools").run("train.sh")
    assert [call.argv[0] for call in started] == ["python"]
    audit = run_audit(AuditOptions(root, probe=False))
    (finding,) = [one for one in audit.findings if one.rule == "RDT401"]
    assert text.splitlines()[finding.location.line - 1].endswith(MANY)
    assert finding.severity == severity
    assert ("starts the launch at line" in str(finding.message)) == (severity == "note")
    if severity == "note":
        (other,) = [one for one in audit.facts.launches if one.outcome == "trains"]
        assert f"launch at line {other.launch.line} instead" in str(finding.message)
        assert any(" ".join(started[0].argv[1:]) in line for line in [text.splitlines()[other.launch.line - 1]])
