"""Scripts whose first argument says what to start: each way is a launch, and real bash starts it when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.checkout.launches import read_launches
from auditor.checkout.tree import open_checkout
from tests.checkout.real_bash import BASH, RealBash

pytestmark = pytest.mark.skipif(BASH is None, reason="needs bash")

WAYS = """
case "$MODE" in
  train|fit) python main.py --seed 3 ;;
  smoke) OMP_NUM_THREADS=2 python main.py --steps 5 ;;
  *) echo "usage: $0 train|smoke" >&2; exit 2 ;;
esac
"""
SCRIPTS = {
    "a plain argument": "MODE=$1" + WAYS,
    "under set -u": 'set -euo pipefail\nMODE="${1:-}"' + WAYS,
    "with a guard": 'if (($# == 0)); then\n  exit 2\nfi\nMODE="${1-}"\nshift' + WAYS,
    "in a function": 'set -u\nstart() {\n  local MODE="${1:-}"' + WAYS + '}\nstart "${1:-}"\n',
    "as words of an array": 'MODE="${1:-}"\ncommand=(python main.py --seed 3)\n'
    + WAYS.replace("python main.py --seed 3", '"${command[@]}"'),
    "with if and elif": 'if [ "${1:-}" = train ] || [ "${1:-}" = fit ]; then\n  python main.py --seed 3\n'
    'elif [ "${1:-}" = smoke ]; then\n  python main.py --steps 5\nelse\n  exit 1\nfi\n',
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_way_is_a_launch(tmp_path: Path, name: str) -> None:
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "main.py").write_text("")
    (root / "run.sh").write_text(SCRIPTS[name])
    launches = read_launches(open_checkout(root)).launches
    found = [tuple(word.value for word in launch.argv) for launch in launches]
    assert sorted(found) == [("--seed", "3"), ("--steps", "5")]
    assert [(launch.fails, launch.uncertain) for launch in launches] == [(None, None)] * 2
    assert all(any("argument 1" in str(why) for why in launch.assumptions) for launch in launches)
    bash = RealBash(root, tmp_path / "tools")
    for mode in ("train", "fit", "smoke", "other"):
        started = [call.argv[2:] for call in bash.run("run.sh", mode)]
        assert (
            started
            == [one for one in found if one[0] == ("--steps" if mode == "smoke" else "--seed")][: mode != "other"]
        )


GUARDS = {
    "a mode": 'MODE=${1:-}\nif [[ "$MODE" != smoke && "$MODE" != fit ]]; then\n  exit 2\nfi\nshift\n',
    "none": 'if [ -z "${1:-}" ]; then exit 2; fi\n',
    "elif": 'MODE=${1-}\nif [ "$MODE" = smoke ]; then N=1\nelif [ "$MODE" = fit ]; then N=2\nelse exit 2; fi\n',
    "behind a program": 'python main.py --warm\n[ "${1:-}" = smoke ] || exit 2\n',
}


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_that_says_how_to_call_the_script_is_no_end(tmp_path: Path, name: str) -> None:
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "main.py").write_text("")
    (root / "run.sh").write_text("set -u\n" + GUARDS[name] + "python main.py --seed 3\n")
    launches = read_launches(open_checkout(root)).launches
    bash = RealBash(root, tmp_path / "tools")
    assert len(bash.run("run.sh")) == len(launches) - 1
    assert [tuple(word.value for word in launch.argv) for launch in launches] == [
        call.argv[2:] for call in bash.run("run.sh", "smoke")
    ]
    assert [(launch.fails, launch.uncertain) for launch in launches] == [(None, None)] * len(launches)


def test_a_way_that_is_taken_without_being_asked_for_comes_first(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")
    (tmp_path / "run.sh").write_text(
        'case "$1" in\n  smoke) python main.py --steps 5 ;;\n  *) python main.py --seed 3 ;;\nesac\n'
    )
    usual, asked = read_launches(open_checkout(tmp_path)).launches
    assert [word.value for word in usual.argv] == ["--seed", "3"] and usual.uncertain is None
    assert [word.value for word in asked.argv] == ["--steps", "5"] and asked.uncertain is not None


def test_an_empty_default_is_what_the_caller_gives_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")
    (tmp_path / "run.sh").write_text(
        'set -u\nFLAGS=""\nif [ -n "${1:-}" ]; then FLAGS="--resume $1"; fi\npython main.py --seed=${2:-7} $FLAGS\n'
    )
    (launch,) = read_launches(open_checkout(tmp_path)).launches
    assert [word.value for word in launch.argv] == ["--seed=7"]
    assert launch.uncertain is None
