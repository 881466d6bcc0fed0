"""Single numbers of one file: rows of an array in it, members of a group, the last value of a list of ends.

Only metadata is read, by programs that nothing in the file can lead astray; and of lists of whole numbers the values.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from struct import error as struct_error
from typing import IO, Any

from auditor.model import Message, message
from auditor.probes.hdf5.pages import Doubt
from auditor.probes.hdf5.tree import Array, Blocked, Group
from auditor.probes.protocol import UnreadableFile
from auditor.probes.store import Folder, LocalStore


class NotTold(Exception):
    """The number cannot be told; ``reason`` says why."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def rows(path: Path, kind: str, member: str) -> int:
    """Length of the first axis of an array.  Raises :class:`NotTold`."""
    if kind == "hdf5":
        found = _in_hdf5(path, member)
        if isinstance(found, Array) and found.rows is not None:
            return found.rows
        raise _not_found(path, member)
    if kind == "zarr":
        return int(_zarr(path, member).rows)
    shape = _numpy_shape(path, member)
    if kind != "npz" or not shape:
        raise _not_found(path, member)
    return shape[0]


def members(path: Path, kind: str, member: str) -> tuple[str, ...]:
    """The names in a group.  Raises :class:`NotTold`."""
    found = _in_hdf5(path, member) if kind == "hdf5" else None
    if found is None or isinstance(found, Array):
        raise _not_found(path, member)
    return found if isinstance(found, tuple) else ()


def last(path: Path, kind: str, member: str) -> int:
    """The last of a list of whole numbers.  Raises :class:`NotTold`."""
    if kind == "zarr":
        from auditor.probes.zarr.vector import read_vector

        try:
            values = read_vector(LocalStore(), _zarr(path, member))
        except (UnreadableFile, OSError) as error:
            raise _not_found(path, member) from error
    elif kind == "npz":
        values = _numpy_values(path, member)
    else:
        raise _not_found(path, member)
    if not values:
        raise _not_found(path, member)
    return int(values[-1])


def _not_found(path: Path, member: str) -> NotTold:
    return NotTold(message("{member} of {path} cannot be counted", member=member or "/", path=path.name))


def _in_hdf5(path: Path, member: str) -> Array | tuple[str, ...]:
    """An array, or the names in a group."""
    from auditor.probes.hdf5.walker import WalkedFile

    try:
        with LocalStore().open(str(path)) as file:
            found: Group | Array | None = WalkedFile(file).root
            for name in filter(None, member.split("/")):
                found = found.get(name) if found is not None and not isinstance(found, Array) else None
            if found is None:
                raise _not_found(path, member)
            return found if isinstance(found, Array) else tuple(found.links())
    except (Doubt, Blocked, UnreadableFile, IndexError, OSError, struct_error) as error:
        raise _not_found(path, member) from error


def _zarr(path: Path, member: str) -> Any:
    from auditor.probes.zarr.array import is_array, read_array

    folder = Folder(LocalStore(), str(path))
    for name in filter(None, member.split("/")):
        folder = folder.sub(name)
    try:
        if not is_array(folder):
            raise _not_found(path, member)
        return read_array(folder)
    except (UnreadableFile, OSError) as error:
        raise _not_found(path, member) from error


# ------------------------------------------------------------------------------------------ numpy's own files

VALUES_LIMIT = 1 << 24
"""Bytes of the longest list of ends that is read."""


def _numpy_shape(path: Path, member: str) -> tuple[int, ...]:
    return _with_numpy(path, member, lambda stream: _header(stream)[0])  # type: ignore[no-any-return]


def _numpy_values(path: Path, member: str) -> list[int]:
    def read(stream: IO[bytes]) -> list[int]:
        import numpy

        shape, dtype = _header(stream)
        if len(shape) != 1 or dtype.kind not in "iu" or shape[0] * dtype.itemsize > VALUES_LIMIT:
            raise ValueError("no list of whole numbers")
        data = stream.read(shape[0] * dtype.itemsize)
        return numpy.frombuffer(data, dtype, shape[0]).tolist()  # type: ignore[no-any-return]

    return _with_numpy(path, member, read)  # type: ignore[no-any-return]


def _with_numpy(path: Path, member: str, read: Any) -> Any:
    try:
        if not zipfile.is_zipfile(path):
            if member:
                raise _not_found(path, member)
            with path.open("rb") as stream:
                return read(stream)
        with zipfile.ZipFile(path) as held, held.open(f"{member}.npy") as stream:
            return read(stream)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _not_found(path, member) from error


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], Any]:
    """Shape and type; a header is text that numpy takes as a literal, and nothing else."""
    from numpy.lib import format as npy

    version = npy.read_magic(stream)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError("a version of the format that is not known")
    shape, _, dtype = read(stream)
    return shape, dtype
