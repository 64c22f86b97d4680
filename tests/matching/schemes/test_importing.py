"""An import is repeatable, adds languages, retires what vanished, and never aborts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from services.matching.schemes.commands import (
    Imported,
    import_scheme,
    refresh_crosswalk,
)
from services.matching.schemes.csco import Csco
from services.matching.schemes.entries import BadRow, Source
from services.matching.schemes.errors import ImportUnderWay
from services.matching.schemes.esco import Esco
from services.matching.schemes.models import crosswalk, entry, entry_link, scheme
from services.matching.schemes.onet import Onet
from services.matching.schemes.rewriting import Count
from shared.database import Database
from tests.matching.schemes.builders import (
    OCCUPATION,
    OFFICIAL_OCCUPATIONS,
    SKILL,
    a_csco,
    an_official_esco,
    an_onet,
    german_occupations,
    write_csv,
)
from tests.matching.schemes.conftest import Import


async def rows(database: Database, table: Any) -> list[dict[str, Any]]:
    async with database.as_system() as session:
        found = await session.execute(select(table).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]


async def everything(database: Database) -> list[Any]:
    tables = (scheme, entry, entry_link, crosswalk)
    return [await rows(database, table) for table in tables]


async def entries(database: Database) -> dict[str, dict[str, Any]]:
    return {row["code"]: row for row in await rows(database, entry)}


async def test_all_of_a_directory_lands(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    done = await import_all(Esco(an_official_esco(tmp_path / "esco_v1.2.0")))
    assert done.entries == {
        "esco occupation": Count(created=2),
        "esco skill": Count(created=2),
        "esco group": Count(created=1),
        "isco08 group": Count(created=4),
    }
    assert (done.links, done.bad_rows) == (Count(created=3), 0)
    welder = (await entries(database))["7212.3"]
    assert welder["labels"] == {
        "en": {
            "preferred": "welder",
            "aliases": ["weld worker", "welding operative", "weldor"],
        }
    }
    assert welder["descriptions"] == {"en": "Welders join metal."}
    schemes = {row["id"]: row for row in await rows(database, scheme)}
    assert schemes["esco"]["version"] == "1.2.0"
    assert schemes["esco"]["counts"] == {
        "occupation": 2,
        "skill": 2,
        "group": 1,
        "link": 3,
    }
    assert schemes["isco08"]["counts"] == {"group": 4, "link": 0}
    assert schemes["esco"]["languages"] == ["en"]


async def test_a_second_import_changes_nothing_and_says_so(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    german_occupations(an_official_esco(tmp_path / "esco"), "Schweißer", "Punkt")
    sources: list[Source] = [
        Esco(tmp_path / "esco"),
        Onet(an_onet(tmp_path / "onet")),
        Csco(a_csco(tmp_path / "csco")),
    ]
    for source in sources:
        assert (await import_all(source)).changed
    before = await everything(database)
    for source in sources:
        again = await import_all(source)
        assert not again.changed
        assert sum(count.unchanged for count in again.entries.values()) > 2
    assert await everything(database) == before


async def test_a_second_language_lies_beside_the_first(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    english = an_official_esco(tmp_path / "en")
    await import_all(Esco(english))
    german = tmp_path / "de"
    german.mkdir()
    german_occupations(german, "Schweißer", "Punktschweißer")
    done = await import_all(Esco(german, "de"))
    assert done.entries["esco occupation"] == Count(updated=2)
    welder = (await entries(database))["7212.3"]
    assert {
        spoken: names["preferred"] for spoken, names in welder["labels"].items()
    } == {
        "en": "welder",
        "de": "Schweißer",
    }
    assert welder["extra"] == {"isco08": "7212"}
    assert welder["descriptions"] == {"en": "Welders join metal."}
    # and the first language again leaves the second as it is
    assert not (await import_all(Esco(english))).changed


async def test_a_changed_label_takes_the_place_of_the_old_one(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    german_occupations(tmp_path, "Schweisser", "Punktschweißer")
    await import_all(Esco(tmp_path, "de"))
    german_occupations(tmp_path, "Schweißer", "Punktschweißer")
    done = await import_all(Esco(tmp_path, "de"))
    assert done.entries["esco occupation"] == Count(updated=1, unchanged=1)
    welder = (await entries(database))["7212.3"]
    assert welder["labels"]["de"]["preferred"] == "Schweißer"


def without_spot_welder(directory: Path) -> None:
    occupations = directory / "occupations_en.csv"
    kept = [row for row in occupations.read_text().split("\n") if "spot" not in row]
    occupations.write_text("\n".join(kept))


async def test_an_entry_that_vanished_is_retired_and_may_come_back(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    without_spot_welder(tmp_path)
    done = await import_all(Esco(tmp_path))
    assert done.entries["esco occupation"] == Count(unchanged=1, gone=1)
    assert (await entries(database))["7212.3.1"]["retired"] is True
    assert not (await import_all(Esco(tmp_path))).changed
    back = await import_all(Esco(an_official_esco(tmp_path)))
    assert back.entries["esco occupation"] == Count(updated=1, unchanged=1)
    assert (await entries(database))["7212.3.1"]["retired"] is False


async def test_a_file_that_is_not_there_retires_nothing(
    import_all: Import, tmp_path: Path
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    (tmp_path / "skills_en.csv").unlink()
    (tmp_path / "occupationSkillRelations_en.csv").unlink()
    assert not (await import_all(Esco(tmp_path))).changed


async def test_nothing_is_retired_by_a_row_that_cannot_be_read(
    import_all: Import, database: Database, tmp_path: Path, bad_rows: list[BadRow]
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    without_spot_welder(tmp_path)
    with (tmp_path / "occupations_en.csv").open("a") as text:
        text.write("Occupation,cut short")
    done = await import_all(Esco(tmp_path))
    assert (done.changed, done.bad_rows) == (False, 1)
    assert bad_rows[0].reason == "has 2 columns instead of 14"
    assert (await entries(database))["7212.3.1"]["retired"] is False


async def test_an_entry_that_a_row_at_fault_names_has_not_vanished(
    import_all: Import, tmp_path: Path
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    occupations = tmp_path / "occupations_en.csv"
    occupations.write_text(occupations.read_text().replace("spot welder", ""))
    done = await import_all(Esco(tmp_path))
    assert (done.changed, done.bad_rows) == (False, 1)


async def test_a_link_that_vanished_is_deleted(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    write_csv(
        tmp_path / "occupationSkillRelations_en.csv",
        ("occupationUri", "relationType", "skillType", "skillUri"),
        [(f"{OCCUPATION}o-1", "essential", "", f"{SKILL}s-2")],
    )
    done = await import_all(Esco(tmp_path))
    assert done.links == Count(created=1, unchanged=1, gone=2)
    told = [
        (link["from_code"], link["relation"], link["to_code"])
        for link in await rows(database, entry_link)
    ]
    assert told == [("7212.3", "essential", "s-2"), ("s-1", "optional", "s-2")]


async def test_more_rows_than_a_commit_takes_land_all(
    import_all: Import, tmp_path: Path
) -> None:
    write_csv(
        tmp_path / "occupations_en.csv",
        OFFICIAL_OCCUPATIONS,
        [
            {
                "conceptUri": f"{OCCUPATION}o-{number}",
                "preferredLabel": f"worker {number}",
                "code": f"9{number:03}.1",
            }
            for number in range(2_100)
        ],
    )
    done = await import_all(Esco(tmp_path))
    assert done.entries["esco occupation"] == Count(created=2_100)


async def test_crosswalks_follow_whatever_was_imported_last(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    await import_all(Onet(an_onet(tmp_path / "onet")))
    assert not [
        row for row in await rows(database, crosswalk) if row["to_scheme"] == "esco"
    ]
    done = await import_all(Esco(an_official_esco(tmp_path / "esco")))
    assert done.crosswalk.created > 3
    await import_all(Csco(a_csco(tmp_path / "csco")))
    told = {
        (row["from_scheme"], row["from_code"], row["to_scheme"], row["to_code"]): row[
            "relation"
        ]
        for row in await rows(database, crosswalk)
    }
    assert told["esco", "7212.3", "isco08", "7212"] == "broad"
    assert told["onet", "51-4121.00", "esco", "7212.3"] == "exact"
    assert told["rollcall", "occupation:welder", "esco", "7212.3"] == "exact"
    assert told["csco", "6-18-02-04", "isco08", "7212"] == "broad"


async def test_crosswalk_rows_go_with_the_entries_they_lead_to(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    await import_all(Esco(an_official_esco(tmp_path)))
    without_spot_welder(tmp_path)
    done = await import_all(Esco(tmp_path))
    assert done.crosswalk.gone == 1
    codes = {row["from_code"] for row in await rows(database, crosswalk)}
    assert "7212.3.1" not in codes
    assert "7212.3" in codes
    assert not (await refresh_crosswalk(database)).changed


async def test_two_imports_at_once_do_not_meet(
    database: Database, tmp_path: Path
) -> None:
    source = Esco(an_official_esco(tmp_path))
    done = await asyncio.gather(
        *(import_scheme(database, source) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in done) == [
        ImportUnderWay.__name__,
        Imported.__name__,
    ]
    assert not (await import_scheme(database, source)).changed


async def test_the_app_login_reads_entries_and_cannot_write_them(
    import_all: Import, database: Database, tmp_path: Path
) -> None:
    await import_all(Csco(a_csco(tmp_path)))
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.as_nobody() as session:
            await session.execute(text("UPDATE matching.entry SET retired = true"))
