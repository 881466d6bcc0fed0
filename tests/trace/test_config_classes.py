"""Command lines read into dataclasses, where a library's own fields are among them or the call passes nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from auditor.model import LaunchAudit
from auditor.pipeline import AuditOptions, run_audit
from auditor.trace.library.transformers_fields import fields_of
from auditor.trace.values import External

DATASET = """\
import h5py
from torch.utils.data import DataLoader, Dataset


class Frames(Dataset):
    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        with h5py.File("frames.hdf5") as file:
            return file["action"][index]


def run(count):
    for batch in DataLoader(Frames(count), batch_size=2):
        model(batch).backward()
"""
HF = """\
from dataclasses import dataclass, field

import transformers

from frames import run


@dataclass
class DataArguments:
    frames: int = 5
    report_to_project: str = field(default="none")
    report_to_run: str = field(default="none")


@dataclass
class TrainingArguments(BASE):
    cache_dir: str = field(default=None)


parser = transformers.HfArgumentParser((DataArguments, CLASS))
data, training = parser.parse_args_into_dataclasses()
run(data.frames)
"""
WRAPPED = """\
from dataclasses import dataclass

import draccus

from frames import run


@dataclass
class Config:
    frames: int = 5
    shuffle: bool = True


@draccus.wrap()
def train(config: Config) -> None:
    run(config.frames)


train()
"""


def _audit(root: Path, main: str, words: str) -> LaunchAudit:
    (root / "frames.py").write_text(DATASET)
    (root / "main.py").write_text(main)
    (root / "train.sh").write_text(f"python main.py {words}\n")
    (launch,) = run_audit(AuditOptions(root, probe=False)).facts.launches
    return launch


def _length(launch: LaunchAudit) -> int | None:
    assert launch.dataset is not None
    return launch.dataset.length.value


@pytest.mark.parametrize("cls", ["TrainingArguments", "transformers.TrainingArguments"])
def test_words_for_a_librarys_fields_are_not_refused(tmp_path: Path, cls: str) -> None:
    main = HF.replace("BASE", "transformers.TrainingArguments").replace("CLASS", cls)
    launch = _audit(tmp_path, main, "--frames 9 --deepspeed zero2.json --bf16 True --report_to wandb")
    assert launch.outcome == "trains", launch.reason
    assert _length(launch) == 9


@pytest.mark.parametrize(("base", "unread"), [("(transformers.TrainingArguments)", set()), ("", {"cache_dir"})])
def test_a_field_below_a_librarys_class_is_not_called_unread(tmp_path: Path, base: str, unread: set[str]) -> None:
    main = HF.replace("(BASE)", base).replace("CLASS", "TrainingArguments")
    problems = _audit(tmp_path, main, "--frames 9").problems
    found = {problem.subject for problem in problems if problem.kind == "unread-flag"}
    assert found - {"report_to_project", "report_to_run"} == unread


def test_a_word_that_no_field_has_is_refused(tmp_path: Path) -> None:
    main = HF.replace("(BASE)", "").replace("CLASS", "TrainingArguments")
    launch = _audit(tmp_path, main, "--frames 9 --deepspeed zero2.json")
    assert launch.outcome == "fails"
    assert "--deepspeed zero2.json" in str(launch.reason)


@pytest.mark.parametrize(("words", "count"), [("", 5), ("--frames 9 --shuffle False", 9), ("--frames=11", 11)])
def test_a_wrapped_function_gets_its_config_from_the_command_line(tmp_path: Path, words: str, count: int) -> None:
    launch = _audit(tmp_path, WRAPPED, words)
    assert launch.outcome == "trains", launch.reason
    assert _length(launch) == count


@pytest.mark.parametrize("words", ["--config_path run.yaml", "--frames.count 9"])
def test_a_config_file_leaves_the_config_unknown(tmp_path: Path, words: str) -> None:
    launch = _audit(tmp_path, WRAPPED, words)
    assert launch.outcome != "fails", launch.reason
    assert _length(launch) is None


def test_a_wrapped_function_called_with_a_config_takes_that(tmp_path: Path) -> None:
    main = WRAPPED.replace("train()\n", "train(Config(frames=3))\n")
    assert _length(_audit(tmp_path, main, "--frames 9")) == 3


BELOW = HF.replace("BASE", "transformers.TrainingArguments").replace("CLASS", "TrainingArguments")
KEPT = {
    "a field of the library": "--deepspeed zero2.json --bf16 True",
    "what a field begins with": "--dataloader_num 3",
    "with a minus": "--output-dir out",
    "the opposite of a field": "--no_dataloader_pin_memory",
    "a field of an older version": "--evaluation_strategy no",
}
REFUSED = {"a flag of another program": "--bf16 True --using_film True", "a misspelled one": "--lerning_rate=1e-4"}


@pytest.mark.parametrize("words", [*KEPT.values(), *REFUSED.values()], ids=[*KEPT, *REFUSED])
def test_a_flag_that_no_version_of_the_library_has_is_refused(tmp_path: Path, words: str) -> None:
    launch = _audit(tmp_path, BELOW, f"--frames 9 {words}")
    assert (launch.outcome == "fails") == (words in REFUSED.values()), launch.reason
    assert _length(launch) == 9
    refused = [str(one.detail) for one in launch.problems if one.kind == "rejected-arguments"]
    assert len(refused) == (words in REFUSED.values())
    assert all("HfArgumentParser: --using_film" in one or "--lerning_rate" in one for one in refused)


def test_what_is_given_back_is_not_refused(tmp_path: Path) -> None:
    main = BELOW.replace("data, training =", "data, training, rest =")
    main = main.replace("dataclasses()", "dataclasses(return_remaining_strings=True)")
    assert _audit(tmp_path, main, "--frames 9 --using_film True").outcome != "fails"


@pytest.mark.oracle
def test_the_fields_of_the_library_are_known() -> None:
    transformers = pytest.importorskip("transformers")
    for name in ("TrainingArguments", "Seq2SeqTrainingArguments"):
        known = fields_of(External(f"transformers.{name}"))
        assert known is not None
        assert {one.name for one in dataclasses.fields(getattr(transformers, name)) if one.init} <= known


@pytest.mark.oracle
@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
def test_the_library_refuses_them_too(words: str) -> None:
    transformers = pytest.importorskip("transformers")
    parser = transformers.HfArgumentParser((transformers.TrainingArguments,))
    with pytest.raises(ValueError, match="not used by the HfArgumentParser"):
        parser.parse_args_into_dataclasses(["--output_dir", "out", *words.split()])
