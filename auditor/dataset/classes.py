"""Every class of the checkout that offers a length and items, whether or not a launch builds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from auditor.dataset.alone import alone
from auditor.dataset.chain import LineOf
from auditor.dataset.flows import reachable_under
from auditor.dataset.stubs import stub_body
from auditor.dataset.written_imports import ImportedNames
from auditor.model import ClassRef, DatasetClass, Flow, Location, Message, StubMethod, message
from auditor.trace.blocks import statements
from auditor.trace.launch import Trace
from auditor.trace.modules import SourceError, Sources
from auditor.trace.values import Class

MAX_CLASSES = 60
_ITEM_METHODS = ("__getitem__", "get_item", "getitem", "__iter__", "sample")
_SKIPPED = ("tests/", "test/", "third_party/", "thirdparty/")


def dataset_classes(
    sources: Sources,
    files: tuple[str, ...],
    traces: tuple[Trace, ...],
    flows: tuple[Flow, ...],
    missing: Mapping[tuple[str, int], tuple[str, ...]],
    line_of: LineOf,
) -> tuple[DatasetClass, ...]:
    """Dataset classes of the checkout with the launches that build them, and what the rest would be.

    ``missing`` names, by a class's place, methods that its consumer calls under other flags and that it lacks.
    """
    built, sized = _built(traces), _sized(traces)
    names = ImportedNames(sources)
    live = dict.fromkeys(path for trace in traces for path in _files_of(trace) if path.endswith(".py"))
    candidates = list(_candidates(sources, files, set(live)))
    extended = _extended(names, candidates)
    found: list[DatasetClass] = []
    for path, node in candidates:
        launches = tuple(dict.fromkeys(built.get((path, node.lineno), ())))
        under = tuple(message("{flags}", flags=text) for text in reachable_under(flows, path, node.lineno))
        made = bool(launches) and (path, node.lineno) in sized
        if not made and not under and ((path, node.lineno) in extended or _is_abstract(node)):
            continue  # what others have in common: they are the datasets
        imported = tuple(place for other in live for place in names.places(other, path, node.name))
        described = _describe(sources, path, node, launches, imported, under, line_of)
        lacking = missing.get((path, node.lineno), ())
        found.append(replace(described, missing=lacking) if lacking and not launches else described)
        if len(found) >= MAX_CLASSES:
            break
    return tuple(found)


def _built(traces: tuple[Trace, ...]) -> dict[tuple[str, int], list[str]]:
    built: dict[tuple[str, int], list[str]] = {}
    for trace in traces:
        for instance in trace.machine.notes.made:
            for base in instance.of.order:
                if isinstance(base, Class):
                    built.setdefault((base.path, base.node.lineno), []).append(trace.launch.id)
    return built


def _sized(traces: tuple[Trace, ...]) -> set[tuple[str, int]]:
    """The classes of objects that were made, and those above them that these take their length from."""
    found: set[tuple[str, int]] = set()
    for trace in traces:
        for instance in trace.machine.notes.made:
            classes = [base for base in instance.of.order if isinstance(base, Class)]
            lengths = (base for base in classes if any(name == "__len__" for name, _ in _methods(base.node)))
            found.update((one.path, one.node.lineno) for one in (*classes[:1], *list(lengths)[:1]))
    return found


def _files_of(trace: Trace) -> Iterator[str]:
    for module in trace.machine.program.modules.values():
        yield module.path


def _extended(names: ImportedNames, candidates: list[tuple[str, ast.ClassDef]]) -> set[tuple[str, int]]:
    """Candidates that another one inherits from."""
    by_name: dict[str, list[tuple[str, int]]] = {}
    for path, node in candidates:
        by_name.setdefault(node.name, []).append((path, node.lineno))
    return {
        (other, line)
        for path, node in candidates
        for name in map(_last_name, node.bases)
        for other, line in by_name.get(name, ())
        if (other == path and line < node.lineno) or (other != path and names.places(path, other, name))
    }


def _candidates(sources: Sources, files: tuple[str, ...], live: set[str]) -> Iterator[tuple[str, ast.ClassDef]]:
    for path in files:
        if not path.endswith(".py") or path.startswith(_SKIPPED) or ".ipynb_checkpoints/" in path:
            continue
        if path not in live and not _mentions_items(sources, path):
            continue
        try:
            tree = sources.module(path)
        except SourceError:
            continue
        for node in statements(tree):
            if isinstance(node, ast.ClassDef) and _has_interface(node):
                yield path, node


def _mentions_items(sources: Sources, path: str) -> bool:
    """A cheap look at the text before it is parsed."""
    try:
        text = sources.tree.read_bytes(path)
    except Exception:
        return False
    return b"def __len__" in text and (b"def __getitem__" in text or b"def get_item" in text or b"def sample" in text)


def _has_interface(node: ast.ClassDef) -> bool:
    names = {name for name, _ in _methods(node)}
    bases = [_last_name(base) for base in node.bases]
    if any(base.endswith("Dataset") for base in bases):
        return bool(names & {"__len__", "__getitem__", "__iter__"})
    if "Protocol" in bases or any(name.endswith("Sampler") for name in [node.name, *bases]):
        return False  # what a dataset looks like to a type checker; what draws indices for one
    shown = ("hdf5", "dataset", "loader", "episode", "replay", "traj")
    return "__len__" in names and (
        any(name.startswith(_ITEM_METHODS) for name in names) or any(word in node.name.lower() for word in shown)
    )


def _methods(node: ast.ClassDef) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [(item.name, item) for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _is_abstract(node: ast.ClassDef) -> bool:
    return any(name.startswith(_ITEM_METHODS) and _is_left_open(item) for name, item in _methods(node))


def _is_left_open(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method is for subclasses to write."""
    abstract = any(ast.unparse(item).endswith("abstractmethod") for item in method.decorator_list)
    return abstract or stub_body(method.body) == "raise NotImplementedError"


def _last_name(base: ast.expr) -> str:
    """``Dataset`` of ``torch.utils.data.Dataset[T]``."""
    return ast.unparse(base.value if isinstance(base, ast.Subscript) else base).rsplit(".", 1)[-1]


def _describe(
    sources: Sources,
    path: str,
    node: ast.ClassDef,
    launches: tuple[str, ...],
    imported: tuple[Location, ...],
    under: tuple[Message, ...],
    line_of: LineOf,
) -> DatasetClass:
    ref = ClassRef(node.name, path, node.lineno)
    bases = tuple(ast.unparse(base) for base in node.bases)
    stubs = _stubs(path, node)
    length, empty, chain = alone(sources, path, node, stubs, line_of)
    return DatasetClass(ref, length, empty, chain, stubs, (), launches, imported, under, bases)


def _stubs(path: str, node: ast.ClassDef) -> tuple[StubMethod, ...]:
    """Methods without a body that another method of the class calls."""
    calls: dict[str, Location] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            owner = part.func.value
            if isinstance(owner, ast.Name) and owner.id == "self":
                calls.setdefault(part.func.attr, Location(path, part.lineno, part.end_lineno))
    found: list[StubMethod] = []
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name in calls:
            body = stub_body(item.body)
            if body is not None:
                place = Location(path, item.lineno, item.end_lineno)
                found.append(StubMethod(item.name, place, body, calls[item.name]))
    return tuple(found)
