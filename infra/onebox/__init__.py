"""All of Rollcall on one machine, from one process: `with running() as box: …`."""

from infra.onebox.box import Box, BoxFailed, running
from infra.onebox.directory import AlreadyRunning

__all__ = ["AlreadyRunning", "Box", "BoxFailed", "running"]
