"""``rdt-audit budget``: the arithmetic of a run without a checkout."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from auditor.cli.exits import Refused
from auditor.cli.lazy import HELP

if TYPE_CHECKING:
    from auditor.budget import BudgetInputs

F = TypeVar("F", bound=Callable[..., Any])
DIGITS = 100  # whatever is computed from so long numbers still fits a float


def count(text: str) -> int:
    """A whole number of any sensible size; raises :class:`click.BadParameter`."""
    if not _is_number(text):
        raise click.BadParameter(f"{text[:80]!r} is not a whole number of at most {DIGITS} digits")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1 on; raises :class:`click.BadParameter`."""
    if count(text) == 0:
        raise click.BadParameter("0 is too small")
    return count(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS


def _number(name: str, kind: Callable[[str], int], help: str, default: str | None = None) -> Callable[[F], F]:
    return click.option(name, type=kind, metavar="N", default=default, help=help)


SAMPLINGS = (
    "enumerated",
    "random_step",
    "random_enumerated",
    "random_step_of_indexed_episode",
    "buffer",
    "none",
    "other",
    "unknown",
)
WINDOWS = ("pad", "drop", "drop_keep_last", "unknown")


def parse_episodes(text: str) -> tuple[tuple[int, int, int], ...]:
    """``50x213,30,64@5`` as ``((213, 50, 0), (30, 1, 0), (64, 1, 5))``: steps, how many, and the first that is drawn.

    Raises :class:`click.BadParameter`.
    """
    return tuple(_parse_group(item.strip()) for item in text.split(","))


def _parse_group(item: str) -> tuple[int, int, int]:
    lengths, at, start = item.partition("@")
    count, times, steps = lengths.rpartition("x")
    number, first = count if times else "1", start if at else "0"
    if not all(map(_is_number, (steps, number, first))):
        raise click.BadParameter(
            f"{item[:80]!r} is neither a length nor COUNTxLENGTH, as in 50x213,30,64, nor one with @FIRST behind it"
        )
    return int(steps), int(number), int(first)


def _episodes(_: click.Context, __: click.Parameter, text: str | None) -> tuple[tuple[int, int, int], ...]:
    return () if text is None else parse_episodes(text)


@click.command(context_settings=HELP)
@_number("--dataset-len", count, "len(dataset) as the DataLoader sees it. Default: the anchors.")
@_number("--batch-size", positive, "Samples in a micro-batch of one process.")
@_number("--world-size", positive, "Processes. Not given: shown for 1, 2, 4 and 8, as assumptions.")
@_number("--gradient-accumulation-steps", positive, "Micro-batches an update (default: 1).", default="1")
@_number("--accelerator-accumulation", positive, "Another accumulation that the environment gives accelerate.")
@click.option("--drop-last", is_flag=True, help="The loader leaves out an incomplete last batch.")
@_number("--max-train-steps", count, "Updates after which the loop stops.")
@_number("--num-train-epochs", count, "Loader epochs, where --max-train-steps is not given.")
@click.option("--sample-period", type=int, default=0, help="Updates between samplings inside the loop (default: none).")
@_number("--num-sample-batches", count, "Batches of one sampling (default: 2).", default="2")
@_number("--sample-batch-size", positive, "Batch size of the sampling loader (default: 8).", default="8")
@_number("--resume-step", count, "Global step of the checkpoint that the run resumes from.", default="0")
@click.option("--seed", type=int, help="Set alike on all ranks: loaders that ignore the index then draw alike.")
@click.option("--deepspeed", is_flag=True, help="Also count the updates of DeepSpeed under an accelerate like 0.30.1.")
@click.option(
    "--episodes",
    metavar="LIST",
    callback=_episodes,
    help="Lengths in raw steps, as in 50x213,30,64. In 50x213@20 no step before step 20 starts a chunk.",
)
@_number("--chunk", positive, "Length of an action chunk in raw steps.")
@click.option(
    "--windows",
    type=click.Choice(WINDOWS),
    default="pad",
    help="Steps that start a chunk: all of n (pad, the default), range(n-C) (drop), range(n-C+1) (drop_keep_last).",
)
@click.option(
    "--sampling",
    type=click.Choice(SAMPLINGS),
    metavar="KIND",
    default="unknown",
    help="How an item is drawn: " + ", ".join(SAMPLINGS) + ".",
)
@click.option(
    "--weights",
    type=click.Choice(("anchors", "steps", "equal")),
    help="What random_step picks an episode by. Needed where episodes differ.",
)
@_number(
    "--target-shift", count, "Steps from an observation to the first action of its chunk (default: 0).", default="0"
)
@_number("--min-steps", count, "Shorter episodes are never used.", default="0")
@_number("--max-steps", count, "Longer episodes are never used.")
@_number("--invalid-items", count, "Items whose episode fails: another is drawn instead (default: 0).", default="0")
@_number("--producers", positive, "Producer processes that fill the buffer.")
@_number("--buffer-chunks", positive, "Chunks of the buffer. One a producer: nothing is overwritten.")
@click.option("--fixed-producer", is_flag=True, help="The producer writes into the chunk that it freed.")
@_number("--longest-read", positive, "Steps that a producer takes of a longer episode, at random, in each pass.")
@_number("--draws", count, "So many samples, instead of a run.")
@click.option("--lang", type=click.Choice(("en", "zh")), default="en", help="Language of the sentences.")
@click.option("--json", "json_", is_flag=True, help="Print JSON.")
def budget(json_: bool, lang: str, **given: Any) -> None:
    """Compute what a run uses, without a checkout: updates, samples, passes over the data, coverage.

    \b
    rdt-audit budget --dataset-len 5000 --batch-size 24 --world-size 1 --max-train-steps 400000
    rdt-audit budget --episodes 50x213 --chunk 64 --sampling random_enumerated --draws 10650
    """
    inputs = read_inputs(given)
    from auditor.budget import assumed_budgets, compute_budget

    result = compute_budget(inputs)
    assumed = () if inputs.world_size is not None or inputs.draws is not None else assumed_budgets(inputs)
    if json_:
        from auditor.report.json_report import budget_json, dumps

        extra = {"assumed_budgets": [budget_json(one, lang)["budget"] for one in assumed]} if assumed else {}
        click.echo(dumps(budget_json(result, lang) | extra), nl=False)
        return
    from auditor.cli.budget_text import print_budget
    from auditor.cli.terminal import wants_color

    print_budget(result, assumed, sys.stdout, wants_color(sys.stdout), lang)


def read_inputs(given: dict[str, Any]) -> BudgetInputs:
    """The options as inputs of the arithmetic; raises :class:`Refused` where they ask for nothing."""
    from auditor.budget import BudgetInputs, EpisodeGroup

    if given["dataset_len"] is None and not given["episodes"]:
        raise Refused("nothing to compute: give --dataset-len, or --episodes")
    episodes = given.pop("episodes")
    given["buffer_shifted"] = False if given.pop("fixed_producer") else None
    if any(first for _, _, first in episodes):
        return BudgetInputs(groups=tuple(EpisodeGroup(*one) for one in episodes), **given)
    return BudgetInputs(episodes=tuple((steps, number) for steps, number, _ in episodes), **given)
