"""``rules``, ``explain`` and the baseline options."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from auditor.cli.baseline import check_options, with_baseline
from auditor.cli.exits import Refused
from auditor.cli.explain import explain
from auditor.cli.gate import exit_code
from auditor.cli.main import COMMANDS, cli
from auditor.cli.rules import rules
from auditor.model import Audit, CheckoutInfo, Facts, Finding, Location, message

ROOT = Path(__file__).parents[2]


def run(command: click.Command, *words: str) -> str:
    return CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False).output


def audit(*handles: str) -> Audit:
    facts = Facts(CheckoutInfo("r", None, None, None), (), (), (), (), ())
    place = Location("x.py", 1)
    return Audit(
        facts,
        tuple(Finding("RDT101", "empty", "error", message("m"), place, "x", handle=handle) for handle in handles),
        tool_version="0",
    )


def test_list_names_every_rule_once_in_text_and_json() -> None:
    codes = [line.split()[0] for line in run(rules).splitlines()]
    listed = json.loads(run(rules, "--json"))["rules"]
    assert codes == sorted(codes) == [rule["code"] for rule in listed]
    assert {"RDT101", "RDT102", "RDT201", "RDT301", "RDT302"} <= set(codes)
    assert all(rule["sections"]["Why is this bad?"] for rule in listed)


def test_explain_takes_code_or_name_in_any_case() -> None:
    text = run(explain, "RDT101")
    assert text.startswith("# RDT101: empty-dataset\n") and "## Use instead" in text
    assert run(explain, "rdt101") == run(explain, "Empty-Dataset") == text


def test_explain_of_an_unknown_rule_suggests_one() -> None:
    with pytest.raises(Refused, match="did you mean RDT101"):
        explain.main(["RDT1O1"], standalone_mode=False)


def test_rules_of_a_user_are_listed_and_a_broken_pack_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from auditor.judge import rule\nfrom auditor.model import message\n"
        '@rule("TEAM100", "mine", severity="note", summary=message("Mine"))\ndef mine(facts):\n    return []\n'
    )
    assert "TEAM100" in run(rules, "--rules", str(tmp_path))
    assert run(explain, "TEAM100", "--rules", str(tmp_path)).startswith("# TEAM100: mine")
    (tmp_path / "mine.py").write_text("import nothing_like_this\n")
    with pytest.raises(Refused, match=r"mine\.py does not load"):
        rules.main(["--rules", str(tmp_path)], standalone_mode=False)


@pytest.mark.parametrize(("words", "expected"), [("rdt-audit expl", "explain"), ("rdt-audit explain RDT10", "RDT101")])
def test_shell_completes_commands_and_rules(words: str, expected: str) -> None:
    environment = os.environ | {
        "_RDT_AUDIT_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    code = "from auditor.cli.main import main; main()"
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert f"plain,{expected}" in ran.stdout.splitlines()


def test_explain_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom auditor.cli.main import cli\n"
        "cli.main(['explain', 'RDT101'], standalone_mode=False)\n"
        "print(sorted(sys.modules), file=sys.stderr)"
    )
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    for heavy in ("libcst", "h5py", "numpy", "jinja2", "yaml", "tree_sitter", "rich", "matplotlib"):
        assert f"'{heavy}'" not in modules


def test_rule_pages_in_the_documentation_are_current(tmp_path: Path) -> None:
    """When this fails: ``rdt-audit rules --pages docs/rules``."""
    run(rules, "--pages", str(tmp_path))
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text() for path in (ROOT / "docs/rules").iterdir()}
    assert made == kept


def test_known_findings_do_not_fail_and_new_ones_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "baseline.json"
    with_baseline(audit("1-a", "1-b"), path, write=True)
    capsys.readouterr()
    known = with_baseline(audit("1-a"), path, write=False)
    assert capsys.readouterr().err == "baseline: 0 new, 1 known, 1 fixed\n  fixed: RDT101 x.py: m\n"
    assert exit_code(known, "error", False, only_new=True) == 0
    assert exit_code(known, "error", False) == 1
    fresh = with_baseline(audit("1-a", "1-c"), path, write=False)
    assert exit_code(fresh, "error", False, only_new=True) == 1


@pytest.mark.parametrize(
    ("given", "configured", "write", "only_new", "reason"),
    [
        (None, Path("b"), True, False, "on the command line"),
        (None, None, False, True, "--fail-on-new needs"),
        (Path("b"), Path("b"), True, True, "accepts every finding"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(
    given: Path | None, configured: Path | None, write: bool, only_new: bool, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        check_options(given, configured, write, only_new)


def test_baseline_that_cannot_be_used_is_one_message(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(Refused, match=path.name):
            with_baseline(audit(), path, write=False)


def test_no_explanation_says_its_summary_twice() -> None:
    from auditor.judge.pack import load_rules
    from auditor.judge.pages import explanation

    for rule in load_rules():
        said = explanation(rule)
        assert said.count(f"\n{rule.summary}.") == 1, rule.code


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_is_the_same_alone_and_below_the_group(name: str) -> None:
    """Whoever calls first: click keeps the help option that the first call made."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    alone = run(command, "--help")
    assert alone == run(cli, name, "--help").replace(f"Usage: cli {name} ", f"Usage: {name} ", 1)
    assert "-h, --help" in alone
