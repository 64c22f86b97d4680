"""Arrays handed to the kernel by their addresses, all of a place in one array.

To take an array out of its Python object, a call needs some 25 ns; where that object is
no longer in the cache, a microsecond. A question needs fifteen arrays, and is asked and
answered in less than ten of them would take. They stay where they are from one change
of the index's size to the next, so their addresses are noted once.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array
from numpy.typing import NDArray

Door = NDArray[np.int64]
"""(address, length) of one array after the other. As long as it is there, so are they.
"""


class _Held:
    """What numpy takes for the memory of a door."""

    def __init__(self, noted: NDArray[Any], arrays: tuple[NDArray[Any], ...]) -> None:
        self.__array_interface__ = noted.__array_interface__
        self.held = noted, arrays


def door_of(*arrays: NDArray[Any]) -> Door:
    """Each array must be of the type that it is opened with, and without gaps."""
    assert all(each.flags.c_contiguous for each in arrays)
    noted = [(each.__array_interface__["data"][0], len(each)) for each in arrays]
    return np.asarray(_Held(np.array(noted, np.int64).ravel(), arrays))


def opener(kind: Any, *arrays: tuple[Any, int] | Any) -> Any:
    """In the kernel: from a door and the number of an array in it, the `kind` of named
    tuple whose arrays begin there.

    Each array is given by what it holds, one with rows of some width by both.
    """
    fields = [each if isinstance(each, tuple) else (each, 0) for each in arrays]
    found = [
        types.Array(numba.from_dtype(np.dtype(held)), 2 if width else 1, "C")
        for held, width in fields
    ]
    opened = types.BaseTuple.from_types(found, kind)  # type: ignore[no-untyped-call]

    @intrinsic
    def open(typing: Any, door: Any, first: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            words = context.make_array(signature.args[0])(context, builder, given[0])
            word = ir.IntType(64)

            def noted(number: int) -> Any:
                at = builder.add(builder.mul(given[1], word(2)), word(number))
                return builder.load(builder.gep(words.data, [at]))

            made = []
            for number, ((_, width), array) in enumerate(
                zip(fields, found, strict=True)
            ):
                value = context.make_array(array)(context, builder)
                size = context.get_abi_sizeof(context.get_data_type(array.dtype))
                length = noted(2 * number + 1)
                shape = [length, word(width)] if width else [length]
                strides = [word(size * width), word(size)] if width else [word(size)]
                populate_array(  # type: ignore[no-untyped-call]
                    value,
                    data=builder.inttoptr(noted(2 * number), value.data.type),
                    shape=shape,
                    strides=strides,
                    itemsize=word(size),
                    meminfo=None,
                )
                made.append(value._getvalue())
            return context.make_tuple(builder, opened, made)

        return opened(door, types.intp), generate

    return open
