"""A private PostgreSQL for the peers, given all the memory that helps them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded.accounts import server_account
from infra.embedded.guard import Guard
from infra.embedded.places import (
    open_data_directory,
    server_files,
    socket_files,
)
from infra.embedded.postgres import ENDING, Postgres
from infra.embedded.servers import SERVER_STEP, delete_server_files

CONNECTIONS = 10
LEAST_BUFFERS_MB = 256
WORKERS_A_MB = 200  # tables and indexes of both peers fit several times over


class TunedPostgres(Postgres):
    """Everything in memory, nothing synced, no check at all on the way.

    Small reads are what is measured: pages are as cheap at random as in sequence.
    """

    buffers_mb = LEAST_BUFFERS_MB

    def _options(self) -> list[str]:
        tuned = {
            "shared_buffers": f"{self.buffers_mb}MB",
            "effective_cache_size": f"{3 * self.buffers_mb}MB",
            "work_mem": "256MB",
            "maintenance_work_mem": "512MB",
            "max_wal_size": "8GB",
            "checkpoint_timeout": "1h",
            "random_page_cost": "1.0",
            "jit": "off",
            "autovacuum": "off",
            "max_parallel_workers_per_gather": "0",
        }
        words = [word for item in tuned.items() for word in ("-c", "=".join(item))]
        return [*super()._options(), *words]


@contextmanager
def tuned_server(scale: int) -> Iterator[str]:
    """The URL of a server for a market of so many workers; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as directory:
        data_dir = Path(directory) / "data"
        account, guard = server_account(), Guard()
        open_data_directory(data_dir, account)
        log = data_dir / "postgres.log"
        server = TunedPostgres(
            server_files(data_dir, account),
            socket_files(data_dir, account),
            log,
            account,
            max_connections=CONNECTIONS,
            durable=False,
        )
        server.buffers_mb = max(LEAST_BUFFERS_MB, scale // WORKERS_A_MB)
        try:
            guard.watch(server.start(), step=SERVER_STEP, ending=ENDING)
            guard.watch(server.wait_ready(), step=SERVER_STEP, ending=ENDING)
            yield server.url
        finally:
            server.stop()
            guard.release()
            delete_server_files(data_dir)
