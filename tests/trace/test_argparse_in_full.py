"""Every way in which ``argparse`` can be used, against real Python with the same words."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import pytest
from command_lines import compare

HEAD = "import argparse\nfrom data import train\np = argparse.ArgumentParser()\n"
PLAIN = "p.add_argument('--kind', default='steps')\np.add_argument('--count', type=int, default=3)\n"
RUN = "a = p.parse_args()\ntrain(a.kind, a.count)\n"

COMMANDS = (
    HEAD
    + """\
common = argparse.ArgumentParser(add_help=False)
common.add_argument("--kind", default="steps")
s = p.add_subparsers(dest="command", required=True)
one = s.add_parser("train", parents=[common], aliases=["t"])
one.add_argument("--count", type=int, default=3)
one.set_defaults(run=lambda a: train(a.kind, a.count))
two = s.add_parser("finetune", parents=[common])
two.add_argument("count", type=int)
two.set_defaults(run=lambda a: train("files", a.count if a.command == "finetune" else 0))
p.add_argument("--verbose", action="store_true")
a = p.parse_args()
a.run(a)
"""
)
NESTED = (
    HEAD
    + """\
p.add_argument("--count", type=int, default=1)
s = p.add_subparsers(dest="what")
d = s.add_parser("data").add_subparsers(dest="how")
f = d.add_parser("files")
f.add_argument("--count", type=int, default=7)
a = p.parse_args()
train("files" if a.what == "data" and a.how == "files" else "steps", a.count)
"""
)
EXCLUSIVE = (
    HEAD
    + PLAIN
    + """\
g = p.add_mutually_exclusive_group(required=True)
g.add_argument("--all", dest="count", action="store_const", const=9)
g.add_argument("--few", action="store_true")
"""
    + RUN
)
REST = HEAD + PLAIN + "p.add_argument('rest', nargs=argparse.REMAINDER)\na = p.parse_args()\n"
REST += "train('files' if a.rest else 'steps', a.count + len(a.rest))\n"
SUPPRESSED = HEAD + PLAIN + "p.add_argument('--more', type=int, default=argparse.SUPPRESS)\na = p.parse_args()\n"
SUPPRESSED += "train('files' if hasattr(a, 'more') else 'steps', getattr(a, 'more', 4))\n"
APPENDED = (
    HEAD + "p.add_argument('--k', action='append', default=['x'])\np.add_argument('-v', action='count', default=1)\n"
)
APPENDED += "a = p.parse_args()\ntrain('files' if 'y' in a.k else 'steps', 10 * len(a.k) + a.v)\n"
REFUSING = HEAD + PLAIN + "a = p.parse_args()\nif a.count < 5:\n    p.error('too few')\ntrain(a.kind, a.count)\n"
FROM_FILE = (
    "import argparse\nfrom data import train\np = argparse.ArgumentParser(fromfile_prefix_chars='@')\n" + PLAIN + RUN
)
FOUND = HEAD + PLAIN + "space = argparse.Namespace(kind='files')\np.parse_args(namespace=space)\n"
FOUND += "train(space.kind, space.count)\n"
LOOPED = HEAD + "for name in ['kind', 'count']:\n    p.add_argument('--' + name, default='3')\na = p.parse_args()\n"
LOOPED += "train(a.kind, int(a.count))\n"
OWN_ACTION = HEAD + (
    "class Set(argparse.Action):\n    def __call__(self, parser, space, value, option=None):\n"
    "        space.count = int(value) * 2\n"
    "p.add_argument('--kind', default='files')\np.add_argument('--count', type=int, default=3)\n"
    "p.add_argument('--twice', action=Set)\n"
) + RUN  # fmt: skip


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (COMMANDS, "train --count 8"),
        (COMMANDS, "t --kind=files"),
        (COMMANDS, "finetune 6"),
        (COMMANDS, "--verbose finetune 6 --kind x"),
        (COMMANDS, ""),
        (COMMANDS, "evaluate"),
        (COMMANDS, "train 6"),
        (NESTED, "data files"),
        (NESTED, "--count 4 data files"),
        (NESTED, "--count 4 data files --count 5"),
        (NESTED, "--count 4"),
        (NESTED, "data"),
        (EXCLUSIVE, "--all --kind files"),
        (EXCLUSIVE, "--few"),
        (EXCLUSIVE, "--few --all"),
        (EXCLUSIVE, "--kind files"),
        (REST, "--count 2 x --kind y"),
        (REST, "--count 2"),
        (SUPPRESSED, "--more 6"),
        (SUPPRESSED, ""),
        (APPENDED, "--k y --k z -vv"),
        (APPENDED, ""),
        (REFUSING, "--count 7 --kind files"),
        (REFUSING, "--count 4"),
        (LOOPED, "--kind files --count 6"),
        (HEAD + PLAIN + RUN, "--ki files --c=4"),
        (HEAD + PLAIN + RUN, "--help"),
        (HEAD + PLAIN + RUN, "--count four --kind x --count 2"),
        (HEAD + PLAIN + RUN, "--count 4 --kind x --count 2 --kind files"),
        (HEAD + "p.add_argument('--e', choices=['a', 'b'])\n" + PLAIN + RUN, "--e c --e b"),
        (HEAD + "p.add_argument('--e', choices=['a', 'b'])\n" + PLAIN + RUN, "--e a --e b"),
        (OWN_ACTION, "--twice 4"),
        (OWN_ACTION, "--kind steps"),
    ],
)
def test_as_python_does(tmp_path: Path, program: str, words: str) -> None:
    compare(tmp_path, program, words)


@pytest.mark.parametrize(
    ("program", "words"),
    [(FROM_FILE, "@args.txt"), (FOUND, "--count 5"), (COMMANDS, '"$COMMAND" --count 4')],
)
def test_never_another_answer(tmp_path: Path, program: str, words: str) -> None:
    (tmp_path / "args.txt").write_text("--kind=files\n--count=6\n")
    compare(tmp_path, program, words, known=False)


def test_flags_of_a_subcommand_are_flags_of_the_launch(tmp_path: Path) -> None:
    from command_lines import audited

    launch = audited(tmp_path, COMMANDS, "train --count 8")
    values = {flag.name: (flag.value, flag.origin) for flag in launch.flags}
    assert values["count"] == (8, "script")
    assert values["kind"] == ("steps", "default")
    assert launch.flags[0].declared is not None


def test_a_word_that_the_caller_is_to_give(tmp_path: Path) -> None:
    """``--seed $1``: bash gives the program no word where the caller gave none, and Python refuses ``--seed``."""
    from command_lines import audited

    program = HEAD + PLAIN + "p.add_argument('--seed', type=int, required=True)\n" + RUN
    launch = audited(tmp_path, program, "--kind files --seed $1 --count 5")
    values = {flag.name: flag.value for flag in launch.flags}
    assert (values["kind"], values["seed"], values["count"]) == ("files", None, 5)
    assert launch.outcome == "trains" and launch.dataset is not None
    for given in ([], ["3"]):
        words = "--kind files --seed $1 --count 5"
        done = subprocess.run(["bash", "-c", f"printf '%s\\n' {words}", "-", *given], capture_output=True, text=True)
        real = argparse.ArgumentParser()
        for name in ("kind", "count", "seed"):
            real.add_argument(f"--{name}")
        if given:
            assert vars(real.parse_args(done.stdout.split())) == {"kind": "files", "count": "5", "seed": "3"}
        else:
            with pytest.raises(SystemExit):
                real.parse_args(done.stdout.split())
