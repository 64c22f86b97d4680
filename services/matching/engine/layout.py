"""How a worker or a posting lies in memory: a row of fixed width, and a run of words.

The row is a record; what there may be any number of stands in the run that it names by
`at`, one section behind the other in a fixed order. A word is 32 bits; sections with
64-bit figures come first, so that those are aligned. How many there are of each is in
the row, as `<section>_n`.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import raw_memmove
from numba.extending import intrinsic
from numpy.typing import NDArray

from services.matching.engine.native import inlined

FLAG, I2, U2, I4, U4 = np.uint8, np.int16, np.uint16, np.int32, np.uint32
I8, U8, F8 = np.int64, np.uint64, np.float64

whole: Any = np.int64
"""In the kernel: as a number of 64 bits, with its sign.

Constants that are handed to functions are made so: for each plain one numba would
compile the function anew."""

MOST = 65_535  # of anything in one worker or posting
LEVEL_BITS = 3
SCANNED = 24  # so many words are rather read than searched


class Table(NamedTuple):
    """What the kernels read of all workers, or of all postings."""

    rows: NDArray[Any]
    words: NDArray[Any]


ENVELOPE = {"id_high": U8, "id_low": U8, "at": I8, "version": I4}
FLAGS = {"held": FLAG, "live": FLAG}


def row_type(fixed: Mapping[str, Any], sections: Mapping[str, int]) -> Any:
    """The record: ids and place of the run, the fixed fields, and the counts."""
    counts = {f"{name}_n": U2 for name in sections}
    return np.dtype([*(ENVELOPE | FLAGS | dict(fixed) | counts).items()], align=True)


class Run(NamedTuple):
    """A packed row, with its run at word 0, and the words of that run, as bytes."""

    row: bytes
    words: bytes


_CODES = {"u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I"}
_CODES |= {"i8": "q", "u8": "Q", "f8": "d"}


class Rows:
    """Makes the records of a kind, as bytes, from their values in order."""

    def __init__(self, kind: Any) -> None:
        codes, end = [], 0
        for name in kind.names:
            field, offset = kind.fields[name][:2]
            count = int(np.prod(field.shape))
            codes.append(f"{offset - end}x{count}{_CODES[field.base.str[1:]]}")
            end = offset + field.itemsize
        self._struct = struct.Struct("<" + "".join(codes) + f"{kind.itemsize - end}x")

    def pack(self, *values: Any) -> bytes:
        """Raises ValueError for a number that its field cannot hold."""
        try:
            return self._struct.pack(*values)
        except struct.error as fault:
            raise ValueError(str(fault)) from fault


def _reader(kind: Any, machine_type: Any) -> Any:
    @intrinsic
    def read(typing: Any, words: Any, place: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, given[0])
            word = builder.gep(array.data, [given[1]])
            return builder.load(builder.bitcast(word, machine_type.as_pointer()))

        return kind(words, types.intp), generate

    return read


f8_at = _reader(types.float64, ir.DoubleType())
"""In the kernel: the float64 in the two words from an even place on."""
i8_at = _reader(types.int64, ir.IntType(64))
"""In the kernel: the whole number in the two words from an even place on."""


@intrinsic
def _prefetch(typing: Any, array: Any, element: Any, beyond: Any) -> Any:
    """In the kernel: begin to fetch the cache line `beyond` bytes into an element."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        begin = builder.bitcast(builder.gep(data, [given[1]]), byte)
        address = builder.gep(begin, [given[2]])
        builder.call(function, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(array, types.intp, types.intp), generate


prefetch: Any = _prefetch


@intrinsic
def _move(typing: Any, array: Any, to: Any, at: Any, count: Any) -> Any:
    """In the kernel: copy `count` cells from the cell `at` on to the cell `to` and on,
    which may overlap; cells are counted over all axes."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        raw_memmove(  # type: ignore[no-untyped-call]
            builder,
            builder.gep(data, [given[1]]),
            builder.gep(data, [given[2]]),
            given[3],
            context.get_abi_sizeof(data.type.pointee),
        )
        return context.get_dummy_value()

    return types.none(array, types.intp, types.intp, types.intp), generate


move: Any = _move


def leveled(id: int, level: int) -> int:
    """An id and its level of 0 to 7 as one word; sorting words sorts ids."""
    return id << LEVEL_BITS | level


@inlined
def level_of(word: int) -> int:
    return word & 7


@inlined
def id_of(word: int) -> int:
    return word >> LEVEL_BITS


@inlined
def find_leveled(words: Any, at: int, count: int, id: int) -> int:
    """The word of an id in a sorted section of them, or -1."""
    if count <= SCANNED:
        # of a few the processor guesses wrong less often than when halving
        found = whole(-1)
        for place in range(at, at + count):
            word = whole(words[place])
            found = word if id_of(word) == id else found
        return found
    low, high = at, at + count
    while low < high:
        middle = (low + high) // 2
        if id_of(whole(words[middle])) < id:
            low = middle + 1
        else:
            high = middle
    if low < at + count and id_of(whole(words[low])) == id:
        return whole(words[low])
    return -1
