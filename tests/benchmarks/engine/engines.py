"""Which engines are compared, all over one market and one list of queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from tests.benchmarks.engine.peers.numpy_filtering import NumpyFiltering
from tests.benchmarks.engine.peers.peer import Peer
from tests.benchmarks.engine.peers.postgres_covering import PostgresCovering
from tests.benchmarks.engine.peers.postgres_earthdistance import PostgresEarthdistance
from tests.benchmarks.engine.peers.postgres_server import tuned_server
from tests.benchmarks.engine.peers.rollcall import Rollcall

OURS = Rollcall.name
POSTGRES: Sequence[str] = (PostgresCovering.name, PostgresEarthdistance.name)
USUAL: Sequence[str] = (PostgresEarthdistance.name,)
TANTIVY = "Tantivy + numpy"


@contextmanager
def engines(scale: int) -> Iterator[list[Peer]]:
    """Not built yet; Tantivy only where the bench extra is installed."""
    with tuned_server(scale) as url, ExitStack() as open_ones:
        found: list[Peer] = [
            Rollcall(),
            PostgresCovering(url),
            PostgresEarthdistance(url),
            NumpyFiltering(),
        ]
        if find_spec("tantivy"):
            from tests.benchmarks.engine.peers.tantivy_rescoring import TantivyRescoring

            found.append(TantivyRescoring())
        for engine in found:
            open_ones.callback(engine.close)
        yield found
