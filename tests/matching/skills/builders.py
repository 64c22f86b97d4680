"""Small taxonomies, written as the files a taxonomy is read from."""

from __future__ import annotations

from pathlib import Path

from services.matching.skills.files import (
    CERTIFICATE_COLUMNS,
    OCCUPATION_COLUMNS,
    SKILL_COLUMNS,
)
from services.matching.skills.taxonomy import Taxonomy, read_taxonomy

WELDING = "welding,Welding,焊接,weld work,电焊,soldering=0.6,"
SOLDERING = "soldering,Soldering,锡焊,,,,"
LICENCE = "welding-ticket,Welding ticket,焊工证,,"
WELDER = "welder,7212,Welder,焊工,,,labor|temporary,welding,soldering,welding-ticket"


def write_taxonomy(
    directory: Path,
    *,
    skills: tuple[str, ...] = (WELDING, SOLDERING),
    occupations: tuple[str, ...] = (WELDER,),
    certificates: tuple[str, ...] = (LICENCE,),
) -> Path:
    for folder in ("skills", "occupations"):
        (directory / folder).mkdir(exist_ok=True)
    _write(directory / "skills/metal.csv", SKILL_COLUMNS, skills)
    _write(directory / "occupations/metal.csv", OCCUPATION_COLUMNS, occupations)
    _write(directory / "certificates.csv", CERTIFICATE_COLUMNS, certificates)
    return directory


def a_taxonomy(
    directory: Path,
    *,
    skills: tuple[str, ...] = (WELDING, SOLDERING),
    occupations: tuple[str, ...] = (WELDER,),
    certificates: tuple[str, ...] = (LICENCE,),
) -> Taxonomy:
    return read_taxonomy(
        write_taxonomy(
            directory, skills=skills, occupations=occupations, certificates=certificates
        )
    )


def _write(file: Path, columns: tuple[str, ...], rows: tuple[str, ...]) -> None:
    file.write_text("\n".join([",".join(columns), *rows, ""]), encoding="utf-8")
