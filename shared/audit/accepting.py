"""Going on after a restore, or after the anchors were lost: a person has looked.

The sealer stops where anchors and database do not fit. Accepting writes one more line
to the anchor file: from here on. It takes nothing away; verifying tells of it for ever.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.audit.anchors import Anchor, AnchorFile
from shared.audit.chain import beginning
from shared.audit.witnesses import Witnesses
from shared.values import now


class NotNow(RuntimeError):
    """A sealer is just writing this anchor file; ask again."""


async def accept(engine: AsyncEngine, service: str, directory: Path) -> Anchor:
    """Accept the log of `service` as the database has it now. Raises NotNow."""
    file = AnchorFile(directory, service)
    with file.held() as mine:
        if not mine:
            raise NotNow
        seal = await Witnesses(engine, service).last_seal()
        last = seal["last"] if seal else 0
        accepted = Anchor(
            service=service,
            number=seal["number"] if seal else 0,
            first=last + 1,
            last=last,
            digest=bytes(seal["digest"]) if seal else beginning(service),
            entries=(),
            hashes=(),
            sealed_at=now().isoformat(timespec="seconds"),
            accepted=True,
        )
        file.append(accepted)
        return accepted
