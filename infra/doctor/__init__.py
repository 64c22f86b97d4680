"""What can be wrong with an installation, each a named check."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from infra.doctor.findings import Finding
from infra.doctor.local import LOCAL_CHECKS
from infra.doctor.postgres import postgres_findings
from infra.doctor.production import production_findings
from infra.doctor.valkey import valkey_findings
from shared.settings import Settings

__all__ = ["Finding", "examine"]


def examine(
    data_dir: Path,
    settings: Settings | None,
    *,
    production: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> list[Finding]:
    """All checks; only the local ones without settings (nothing runs, none is set).

    For `production` also what is fine on a laptop and unsafe with people's lives in
    it; `environ` holds the variables that are no settings of ours.
    """
    findings = [check(data_dir) for check in LOCAL_CHECKS]
    if settings is None:
        why = "nothing runs here and no ROLLCALL_DATABASE_URL is set"
        state = Finding("servers", "fault" if production else "skipped", why)
        return [*findings, state]
    findings += [*postgres_findings(settings), *valkey_findings(settings)]
    if production:
        findings += production_findings(settings, environ)
    return findings
