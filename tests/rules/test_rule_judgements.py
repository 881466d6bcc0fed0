"""What the rules make of facts: severity, place and words, on facts built by hand."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "judge"))

from judge_facts import LIVE, dataset, dataset_class, evidence, facts, launch

from auditor.judge import JudgeOptions, judge
from auditor.model import (
    Budget,
    Claim,
    ClassRef,
    ConfigGap,
    Facts,
    Finding,
    Flag,
    LaunchAudit,
    Length,
    Loader,
    Location,
    Problem,
    Quantity,
    SampleCount,
    StubMethod,
    Windows,
    WorldSize,
    message,
)

STUB = StubMethod("load", Location("data/stub.py", 20, 24), "pass", Location("data/stub.py", 18, 18))
PROOF = (
    evidence("attribute", "data/stub.py", 17),
    evidence("loader", "data/stub.py", 24),
    evidence("length", "data/stub.py", 35),
)


def judged(made: Facts, *codes: str) -> tuple[Finding, ...]:
    return judge(made, JudgeOptions(select=codes)).findings


def one(made: Facts, code: str) -> Finding:
    [finding] = judged(made, code)
    return finding


def empty_class(**changes: object) -> object:
    return dataset_class("Stub", "data/stub.py", 10, empty=True, empty_chain=PROOF, stubs=(STUB,), **changes)


def test_live_empty_dataset_is_an_error_at_the_loader_that_loads_nothing() -> None:
    live = dataset(active=empty_class().ref, empty=True, empty_chain=PROOF, stubs=(STUB,))
    made = facts(launch("a.sh", live), launch("b.sh", live), classes=(empty_class(),))
    finding = one(made, "RDT101")
    assert (finding.severity, finding.location) == ("error", Location("data/stub.py", 24, 24))
    assert finding.launches == ("a.sh:1", "b.sh:1")
    assert [link.location.path for link in finding.chain] == ["train.sh", *["data/stub.py"] * 3]
    assert one(made, "RDT102").severity == "error"


def test_empty_dataset_is_named_by_the_class_whose_length_is_zero_when_no_item_can_be_drawn() -> None:
    """The live class is then only known by the place of its ``__len__``."""
    nothing = Length(0, "constant", "len(self.items)", Location("data/stub.py", 35, 35))
    live = dataset(active=dataset().consumer, empty=True, length=nothing)
    made = facts(launch(live=live), classes=(empty_class(constructed_by=("train.sh:1",)),))
    finding = one(made, "RDT101")
    assert (finding.severity, finding.symbol, finding.location.line) == ("error", "Stub", 24)
    assert one(made, "RDT102").severity == "error"
    assert judged(made, "RDT201") == ()


def test_empty_class_that_no_launch_reads_never_blocks_and_says_how_it_would_be_reached() -> None:
    way = message("dataset_type={value}", value="pretrain")
    made = facts(launch(), classes=(empty_class(reachable_under=(way,)),))
    found = judged(made, "RDT1", "RDT2")
    assert {(f.rule, f.severity) for f in found} == {("RDT101", "warning"), ("RDT102", "note"), ("RDT201", "note")}
    [empty] = [f for f in found if f.rule == "RDT101"]
    assert "dataset_type=pretrain would" in str(empty.message)


def test_class_with_the_name_of_the_live_one_is_a_warning() -> None:
    twin = dataset_class(LIVE.name, "data/other.py", 34)
    unused = dataset_class("Other", "data/unused.py", 3)
    live = dataset_class(LIVE.name, LIVE.path, LIVE.line, constructed_by=("train.sh:1",))
    found = {f.location.path: f for f in judged(facts(launch(), classes=(twin, unused, live)), "RDT201")}
    assert {path: f.severity for path, f in found.items()} == {"data/other.py": "warning", "data/unused.py": "note"}
    assert LIVE.path in str(found["data/other.py"].message)


def test_where_no_launch_was_followed_no_class_is_called_unused() -> None:
    unfollowed = replace(launch(), dataset=None)
    assert judged(facts(unfollowed, classes=(dataset_class("A", "a.py", 1),)), "RDT201") == ()


def test_a_class_of_another_programs_folder_is_no_twin() -> None:
    """Two policies side by side, each started in its own folder, may both have an ``HDF5Dataset``."""
    one_policy = launch(launch=replace(launch().launch, cwd="policy/one"))
    live = dataset(active=ClassRef("HDF5Dataset", "policy/one/data.py", 3))
    beside = dataset_class("HDF5Dataset", "policy/one/old.py", 3)
    elsewhere = dataset_class("HDF5Dataset", "policy/two/data.py", 3)
    found = judged(facts(replace(one_policy, dataset=live), classes=(beside, elsewhere)), "RDT201")
    assert [(f.location.path, f.severity) for f in found] == [
        ("policy/one/old.py", "warning"),
        ("policy/two/data.py", "note"),
    ]


def test_a_launch_that_stops_before_its_dataset_says_nothing_about_the_classes_of_its_folder() -> None:
    stopped = launch("policy/two/train.sh", launch=replace(launch().launch, cwd="policy/two"), outcome="fails")
    beside = dataset_class("Other", "policy/two/data.py", 3)
    assert judged(facts(launch(), replace(stopped, dataset=None), classes=(beside,)), "RDT201") == ()


def test_lost_flags_say_why_and_what_the_run_takes_instead() -> None:
    def lost(flag: str, line: int) -> Problem:
        why = message("never reaches the program: line {line} has no backslash at its end", line=4)
        return Problem("lost-flag", Location("train.sh", line, line), flag, why)

    program = replace(launch().launch, problems=(lost("--dataset_type", 5), lost("--seed", 6)))
    kind = Flag("dataset_type", "pretrain", "default", None, Location("main.py", 9, 9), "pretrain")
    seed = Flag("seed", 7, "script", Location("train.sh", 3, 3), Location("main.py", 8, 8), None)
    finding = one(facts(launch(launch=program, flags=(kind, seed))), "RDT403")
    assert str(finding.message) == (
        "--dataset_type never reaches the program: line 4 has no backslash at its end; "
        "neither do those below it: --seed; the run takes dataset_type = pretrain"
    )
    assert [(link.location.path, link.location.line) for link in finding.chain] == [
        ("train.sh", 5),
        ("train.sh", 6),
        ("main.py", 9),
    ]


def test_a_flag_that_one_launch_gives_is_not_said_again_for_those_that_do_not() -> None:
    declared = Location("main.py", 9, 9)
    unread = Problem("unread-flag", declared, "alpha", message("{flag} is declared and never read", flag="alpha"))
    other = Problem("unread-flag", Location("main.py", 8, 8), "beta", message("{flag} is unread", flag="beta"))
    given = Flag("alpha", 0.5, "script", Location("a.sh", 3, 3), declared, 0.9)
    left = Flag("alpha", 0.9, "default", None, declared, 0.9)
    found = judged(
        facts(
            launch("a.sh", flags=(given,), problems=(unread,)), launch("b.sh", flags=(left,), problems=(unread, other))
        ),
        "RDT406",
    )
    assert [(f.location.path, f.severity, f.symbol) for f in found] == [
        ("a.sh", "warning", "alpha"),
        ("main.py", "note", "beta"),
    ]


def test_a_config_gap_that_hangs_one_launch_is_not_said_again_for_one_that_stops_before() -> None:
    place = Location("configs/stat.json", 4, 4)
    gap = ConfigGap("configs/stat.json", "mine", Location("train/dataset.py", 20, 20), place, "swallowed")
    hanging = launch("a.sh", dataset(hangs=True), config_gaps=(gap,))
    stopping = launch("b.sh", dataset(hangs=False), config_gaps=(gap,))
    assert [f.severity for f in judged(facts(stopping, hanging), "RDT701")] == ["error"]
    assert [f.severity for f in judged(facts(stopping), "RDT701")] == ["warning"]


def test_a_launch_through_another_script_is_the_same_failure_at_the_same_line() -> None:
    reason = message("the module {name} is not there", name="models")
    alone = launch("b.sh", outcome="fails", reason=reason)
    through = replace(launch("a.sh").launch, command=Location("b.sh", 1, 20))
    found = judged(facts(alone, launch("a.sh", launch=through, outcome="fails", reason=reason)), "RDT401")
    assert [f.launches for f in found] == [("b.sh:1", "a.sh:1")]


@pytest.mark.parametrize(("used", "count"), [(False, 1), (True, 0), (None, 0)])
def test_index_is_reported_only_where_it_is_proved_ignored(used: bool | None, count: int) -> None:
    item = evidence("item", "train/dataset.py", 246)
    live = dataset(index_used=used, sampling="random_step", index_chain=(item,))
    found = judged(facts(launch(live=live)), "RDT301")
    assert len(found) == count
    assert all(f.location == item.location and f.severity == "warning" for f in found)


def test_the_buffer_counts_its_own_slots() -> None:
    slots = Length(262_144, "buffer_slots", "n * c", Location("a.py", 3, 4))
    assert judged(facts(launch(live=dataset(length=slots, source="buffer", sampling="buffer"))), "RDT302") == ()


@pytest.mark.parametrize(
    ("unit", "item", "words"),
    [
        ("files", "steps", "counts files"),
        ("episodes", "steps", "counts episodes"),
        ("buffer_slots", "steps", "slots of the buffer"),
        ("constant", "steps", "is a constant"),
        ("steps", "steps", None),
        ("unknown", "steps", None),
        ("buffer_slots", "buffer_slots", None),
        ("files", "unknown", None),
    ],
)
def test_length_unit_is_compared_with_the_item(unit: str, item: str, words: str | None) -> None:
    live = dataset(length=Length(None, unit, "len(x)", Location("a.py", 3, 4)), item_unit=item)
    found = judged(facts(launch(live=live)), "RDT302")
    assert [words in str(f.message) for f in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("shared", "used", "size", "count"),
    [(True, False, 8, 1), (True, False, None, 1), (True, False, 1, 0), (True, True, 8, 0), (None, False, 8, 0)],
)
def test_shared_seed_needs_draws_and_more_than_one_process(
    shared: object, used: bool, size: object, count: int
) -> None:
    made = launch(live=dataset(seed_shared=shared, index_used=used))
    made = replace(made, launch=replace(made.launch, world_size=WorldSize(size, "script")))
    assert len(judged(facts(made), "RDT303")) == count


@pytest.mark.parametrize(
    ("mode", "severity", "words"),
    [
        ("drop", "warning", "the last 64 steps"),
        ("drop_keep_last", "note", "the last 63 steps"),
        ("pad", None, ""),
        ("unknown", None, ""),
    ],
)
def test_dropped_tail_counts_the_steps_that_are_lost(mode: str, severity: str | None, words: str) -> None:
    found = judged(facts(launch(live=dataset(windows=Windows(64, mode)))), "RDT304")
    assert [f.severity for f in found] == ([severity] if severity else [])
    assert all(words in str(f.message) for f in found)


@pytest.mark.parametrize(
    ("workers", "persistent", "count"), [(0, True, 1), (0, False, 0), (2, True, 0), (None, True, 0)]
)
def test_persistent_workers_need_workers(workers: object, persistent: bool, count: int) -> None:
    loader = Loader(Location("train/train.py", 278), 4, workers, True, False, persistent)
    assert len(judged(facts(launch(loader=loader)), "RDT204")) == count


@pytest.mark.parametrize(
    ("consequence", "hangs", "severity"),
    [
        ("raises", False, "warning"),
        ("swallowed", True, "error"),
        ("swallowed", False, "warning"),
        ("masked", False, "warning"),
        ("unknown", False, "warning"),
    ],
)
def test_config_gap_blocks_only_where_the_run_hangs(consequence: str, hangs: bool, severity: str) -> None:
    gap = ConfigGap("c.json", "robot", Location("a.py", 4, 4), Location("c.json", 2, 2), consequence)
    finding = one(facts(launch(live=dataset(hangs=hangs), config_gaps=(gap,))), "RDT701")
    assert (finding.severity, finding.location, finding.symbol) == (severity, gap.insert_at, "robot")


def test_only_refuted_claims_are_findings() -> None:
    claims = [
        Claim(Location("README.md", n, n), "300k iterations", "steps", 300_000, 400_000, verdict)
        for n, verdict in enumerate(("supported", "refuted", "undetermined"), start=1)
    ]
    finding = one(facts(launch(), claims=tuple(claims)), "RDT801")
    assert finding.location.line == 2
    assert "300000" in str(finding.message) and "400000" in str(finding.message)


def test_failing_launch_is_a_warning_with_the_reason_and_an_empty_one_is_not_said_twice() -> None:
    fails = launch(outcome="fails", reason=message("argparse: {flag} is not declared", flag="--x"))
    finding = one(facts(fails), "RDT401")
    assert (finding.severity, str(finding.message)) == (
        "warning",
        "the launch stops before it trains: argparse: --x is not declared",
    )
    empty = launch(live=dataset(empty=True), outcome="fails", reason=message("there are no samples"))
    assert judged(facts(empty), "RDT401") == ()


def test_hanging_launch_is_an_error_that_is_said_once() -> None:
    hangs = launch(live=dataset(hangs=True), outcome="fails", reason=message("no item can be drawn"))
    assert one(facts(hangs), "RDT401").severity == "error"
    gap = ConfigGap("c.json", "robot", Location("a.py", 4, 4), Location("c.json", 2, 2), "swallowed")
    both = judged(facts(replace(hangs, config_gaps=(gap,))), "RDT401", "RDT701")
    assert [(found.rule, found.severity) for found in both] == [("RDT701", "error")]


def count(**changes: object) -> SampleCount:
    values = {"files": 2, "episodes": 2, "steps": 50, "length": None, "exact": True, "tier": "steps"}
    return SampleCount(**{"format": "hdf5", "location": "data/episodes", **values, **changes})


@pytest.mark.parametrize(
    ("found", "number"),
    [
        (count(), 0),
        (count(steps=0), 1),
        (count(episodes=0, steps=0), 1),
        (count(steps=0, exact=False), 0),
        (count(steps=0, complete=False), 0),
        (count(steps=None, episodes=None), 0),
    ],
)
def test_only_counted_and_complete_emptiness_of_data_blocks(found: SampleCount, number: int) -> None:
    made = judged(facts(launch(probe=found)), "RDT502")
    assert [f.severity for f in made] == ["error"] * number


def test_length_that_the_data_makes_zero_is_not_called_always_zero() -> None:
    counted = Length(0, "files", "len(self.paths)", Location("a.py", 3, 4), quantity=Quantity("files", folder="data"))
    made = facts(launch(live=dataset(empty=True, length=counted)))
    assert [(f.rule, f.severity) for f in judged(made, "RDT1", "RDT5")] == [("RDT502", "error")]


def test_absent_data_is_a_finding_only_where_it_is_required() -> None:
    assert judged(facts(launch()), "RDT501") == ()
    assert one(facts(launch(), require_data=True), "RDT501").severity == "error"
    assert judged(facts(launch(probe=count()), require_data=True), "RDT501") == ()


@pytest.mark.parametrize(
    ("budget", "rules"),
    [
        (Budget(dataset_len=10, batch_size=24, world_size=1), {"RDT601"}),
        (Budget(dataset_len=10, batch_size=24, world_size=2), set()),
        (Budget(dataset_len=10, batch_size=24, world_size=None), set()),
        (Budget(dataset_len=24, batch_size=24, world_size=1), set()),
        (Budget(gradient_accumulation_steps=4, cut_window=1, updates_per_loader_epoch=1), {"RDT602"}),
        (Budget(gradient_accumulation_steps=4, cut_window=1, updates_per_loader_epoch=5000), set()),
        (Budget(max_train_steps=18, global_steps=15), {"RDT603"}),
        (Budget(max_train_steps=18, global_steps=10, resume_step=8), set()),
        (Budget(coverage_reachable=0.632), {"RDT604"}),
        (Budget(coverage_reachable=0.999), set()),
        (Budget(), set()),
    ],
)
def test_budget_rules(budget: Budget, rules: set[str]) -> None:
    assert {f.rule for f in judged(facts(launch(budget=budget)), "RDT6")} == rules


def test_a_class_is_held_against_the_launches_of_its_own_project() -> None:
    """A checkout of several policies: the class of that name that another one trains on says nothing of this one."""
    home, away = ClassRef("Episodes", "policy/a/data.py", 3), ClassRef("Episodes", "policy/b/data.py", 3)
    launches = [
        replace(_in_folder(folder), dataset=dataset(active=ref, consumer=ref))
        for folder, ref in (("policy/a", home), ("policy/b", away))
    ]
    places = ("policy/a/old.py", "policy/c/data.py", "policy/b/old/data.py")
    copies = tuple(dataset_class("Episodes", path, 7) for path in places)
    found = {f.location.path: f for f in judged(facts(*launches, classes=copies), "RDT201")}
    severities = dict(zip(places, ("warning", "note", "warning"), strict=True))
    assert {path: f.severity for path, f in found.items()} == severities
    assert "in policy/a/data.py" in str(found["policy/a/old.py"].message)
    assert str(found["policy/c/data.py"].message) == "no launch constructs Episodes"
    assert "in policy/b/data.py" in str(found["policy/b/old/data.py"].message)


def test_a_launch_that_was_not_followed_speaks_for_its_own_project() -> None:
    ref = ClassRef("Episodes", "policy/a/data.py", 3)
    followed = replace(_in_folder("policy/a"), dataset=dataset(active=ref, consumer=ref))
    unfollowed = replace(_in_folder("policy/b"), dataset=None, outcome="unknown")
    copies = tuple(dataset_class("Other", path, 7) for path in ("policy/a/old.py", "policy/b/data.py", "lib/shared.py"))
    shared = replace(copies[2], imported_by=(Location("policy/b/main.py", 1),))
    found = judged(facts(followed, unfollowed, classes=(*copies[:2], shared)), "RDT201")
    assert [f.location.path for f in found] == ["policy/a/old.py"]


def _in_folder(folder: str) -> LaunchAudit:
    audit = launch()
    return replace(audit, launch=replace(audit.launch, id=f"{folder}/train.sh:1", cwd=folder))


@pytest.mark.parametrize("sampling", ["random_enumerated", "random_step", "other"])
def test_an_ignored_index_is_said_where_one_of_several_classes_yields_the_item(sampling: str) -> None:
    several = dataset(active=None, candidates=(LIVE, LIVE), index_used=False, sampling=sampling)
    said = str(one(facts(launch("a.sh", several)), "RDT301").message)
    assert "  " not in said and said == said.strip() and "index from the DataLoader is dropped" in said


def test_a_launch_that_fails_shows_the_line_that_raises() -> None:
    inner = message("{path}:{line}: {error}", path="train/dataset.py", line=12, error=message("no such key"))
    reason = message("no item can be drawn, and every failure is caught and tried again: {error}", error=inner)
    (found,) = judged(facts(replace(launch(), outcome="fails", reason=reason)), "RDT401")
    assert [(link.location.path, link.location.line, str(link.note)) for link in found.chain[-1:]] == [
        ("train/dataset.py", 12, "no such key")
    ]
