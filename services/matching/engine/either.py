"""What workers and postings both have, under one name for the kernel.

The kernel's code is compiled for rows of one kind or of the other; which function a
name stands for is settled then.
"""

from __future__ import annotations

from typing import Any

from numba.extending import overload

from services.matching.engine.entries import signature
from services.matching.engine.entry_changes import posting_change, worker_change
from services.matching.engine.posting_rows import posting_words
from services.matching.engine.standing import (
    list_posting,
    list_worker,
    posting_entries,
    posting_sign,
    settle_posting,
    settle_worker,
    worker_entries,
)
from services.matching.engine.worker_rows import worker_words

# a field that says which kind a row is of
OF_A_POSTING = "requirements_n"


def either(for_worker: Any, for_posting: Any) -> Any:
    """The function for whichever kind of row comes first among the arguments."""

    def chosen(row: Any, *rest: Any) -> Any:
        ours = for_posting if OF_A_POSTING in row.dtype.names else for_worker
        return ours(row, *rest)

    # numba wants this function's signature to be that of what it returns
    def choose(row, *rest):  # type: ignore[no-untyped-def]
        ours = for_posting if OF_A_POSTING in row.fields else for_worker
        return lambda row, *rest: ours(row, *rest)

    overload(chosen)(choose)
    return chosen


words_of = either(worker_words, posting_words)
"""How many words a row's run has."""
most_entries = either(worker_entries, posting_entries)
"""At most so many entries it has."""
sign_of = either(signature, posting_sign)
"""The signature of all of its entries."""
list_entries = either(list_worker, list_posting)
"""Write where it stands; where that ends."""
change_of = either(worker_change, posting_change)
"""What its entries need."""
settle = either(settle_worker, settle_posting)
"""What is decided when it is put, by what is in the buckets."""
