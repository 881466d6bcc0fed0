"""Calls of programs that are not there; real bash says which it does not find, and whether the script goes on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from auditor.checkout.launches import read_launches
from auditor.checkout.tree import open_checkout
from auditor.model import Problem

FILES = {"main.py": "", "scripts/there.sh": "true\n", "data/there.py": ""}
AFTER = "\necho reached > reached\n"
SAID = {
    "bash": "bash gone.sh",
    "bash with arguments": "bash -x scripts/gone.sh --fast",
    "source": "source ./gone.sh",
    "a dot": ". scripts/gone.sh",
    "source without a folder": "source gone.sh",
    "by itself": "./scripts/gone.sh",
    "from the script's folder": 'bash "$(dirname "$0")/scripts/gone.sh"',
    "from a folder": "cd scripts\nbash gone.sh\ncd ..",
    "python": "python data/gone.py --split train",
    "python with an option": "python -u data/gone.py",
    "set -e": "set -e\nbash gone.sh",
    "set -e and a pipeline": "set -e\nbash gone.sh | cat",
    "set -e and more behind it": "set -e\nbash gone.sh && echo prepared",
    "in a function": "prepare() { bash gone.sh; }\nprepare",
    "beside an ignored folder": "echo 'outputs/' > .gitignore\nbash gone.sh",
}
NOT_SAID = {
    "it is there": "bash scripts/there.sh\npython data/there.py",
    "asked first": "if [ -f gone.sh ]; then bash gone.sh; fi",
    "asked with and": "[ -f gone.sh ] && source gone.sh",
    "without it, if need be": "source ./gone.sh || true",
    "a condition": "if bash gone.sh; then echo yes; fi",
    "written": "echo true > gone.sh\nbash gone.sh",
    "written with tee": "echo true | tee gone.sh >/dev/null\nbash gone.sh",
    "copied": "cp scripts/there.sh gone.sh\nbash gone.sh",
    "moved": "cp scripts/there.sh a.sh; mv a.sh gone.sh\nbash gone.sh",
    "a folder that it makes": "mkdir -p made\ncp scripts/there.sh made/gone.sh\nbash made/gone.sh",
    "an environment": "source .venv/bin/activate",
    "conda's": "source activate rdt",
    "outside": "source ~/gone.sh\nbash /opt/gone.sh",
    "a variable": "bash $WHERE/gone.sh",
    "never reached": "exit 0\nbash gone.sh",
}


def _missing(root: Path) -> list[Problem]:
    return [one for one in read_launches(open_checkout(root)).problems if one.kind == "missing-script"]


def _write(root: Path, call: str) -> None:
    for path, text in {**FILES, "run.sh": call + AFTER}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "scripts/there.sh").chmod(0o755)


@pytest.mark.parametrize("name", [*SAID, *NOT_SAID])
def test_what_bash_does_not_find_is_said(tmp_path: Path, name: str) -> None:
    checkout, running = tmp_path / "checkout", tmp_path / "running"
    for folder in (checkout, running):
        _write(folder, {**SAID, **NOT_SAID}[name])
    ran = subprocess.run(
        ["bash", "run.sh"],
        cwd=running,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = _missing(checkout)
    if name in NOT_SAID:
        assert found == []
        return
    assert "gone." in ran.stderr and ("No such file" in ran.stderr or "can't open" in ran.stderr)
    (problem,) = found
    ends = "set -e ends the script" in str(problem.detail)
    assert ends == (not (running / "reached").exists())
    (running / "reached").unlink(missing_ok=True)
    (checkout / "run.sh").write_text({**SAID}[name] + "\npython main.py\n")
    (launch,) = [one for one in read_launches(open_checkout(checkout)).launches if one.entry == "main.py"]
    assert (launch.fails is not None) == ends
    assert problem.location.line is not None
    assert "gone." in (checkout / "run.sh").read_text().splitlines()[problem.location.line - 1]


IGNORED = ["gone.sh", "*.sh", "/made/", "made", "made/*", "**/gone.sh", "m?de/gone.sh", "made/**", "[m]ade/"]
KEPT = ["/gone.sh", "other/", "made.sh", "a/**/gone.sh", "# made/", "!made/"]


@pytest.mark.parametrize("pattern", [*IGNORED, *KEPT])
def test_what_git_leaves_out_is_not_missing(tmp_path: Path, pattern: str) -> None:
    _write(tmp_path, "bash made/gone.sh")
    (tmp_path / ".gitignore").write_text(f"{pattern}\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    git = subprocess.run(["git", "check-ignore", "-q", "made/gone.sh"], cwd=tmp_path)
    assert (git.returncode == 0) == (pattern in IGNORED)
    assert bool(_missing(tmp_path)) == (git.returncode != 0)


def test_a_submodule_and_a_download_bring_files(tmp_path: Path) -> None:
    _write(tmp_path, "bash third_party/gone.sh")
    (tmp_path / ".gitmodules").write_text('[submodule "x"]\n\tpath = third_party\n\turl = https://example.org/x\n')
    assert _missing(tmp_path) == []
    (tmp_path / ".gitmodules").unlink()
    assert len(_missing(tmp_path)) == 1
    for brings in ("git clone https://example.org/x third_party", "wget https://example.org/x.tgz", "tar xf x.tgz"):
        (tmp_path / "run.sh").write_text(f"{brings}\nbash third_party/gone.sh\n")
        assert _missing(tmp_path) == []
    (tmp_path / "run.sh").write_text("git rev-parse HEAD\nbash third_party/gone.sh\n")
    assert len(_missing(tmp_path)) == 1


@pytest.mark.parametrize("around", ["docker run image", "ssh host", "kubectl exec pod --", "ssh host 'cd x;"])
def test_what_runs_in_a_container_or_elsewhere_is_not_looked_for_here(tmp_path: Path, around: str) -> None:
    _write(tmp_path, f"{around} bash gone.sh" + "'" * around.count("'"))
    assert _missing(tmp_path) == []


def test_what_a_caller_gets_to_who_says_what_to_do_is_looked_at(tmp_path: Path) -> None:
    _write(tmp_path, 'if [ "${1:-}" != go ]; then exit 2; fi\nbash gone.sh\npython main.py')
    assert [one.location.line for one in _missing(tmp_path)] == [2]


def test_a_script_that_is_walked_from_another_one_is_said_once(tmp_path: Path) -> None:
    _write(tmp_path, "bash gone.sh")
    (tmp_path / "all.sh").write_text("bash run.sh\nbash run.sh\n")
    assert len(_missing(tmp_path)) == 1


def test_each_script_of_a_loop_is_said(tmp_path: Path) -> None:
    _write(tmp_path, "for stage in there gone lost; do\n  bash scripts/$stage.sh\ndone")
    assert [one.subject for one in _missing(tmp_path)] == ["scripts/gone.sh", "scripts/lost.sh"]


def test_a_script_that_another_program_writes_may_be_there(tmp_path: Path) -> None:
    _write(tmp_path, "python data/there.py\nbash gone.sh")
    (tmp_path / "data/there.py").write_text('open("gone.sh", "w").write("true")\n')
    assert _missing(tmp_path) == []
