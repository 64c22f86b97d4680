"""Tables: a mapping that is checked, and rows as messy as people send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.imports.draft import Draft
from infra.imports.mapping import (
    POSTING_FIELDS,
    WORKER_FIELDS,
    MappingInvalid,
    read_mapping,
)
from infra.imports.sources import Choices, SourceUnusable, posting_drafts, worker_drafts
from tests.infra.imports.builders import FewWords

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"

MAPPING = """
system = "board"
[columns]
id = "Ref"
title = "Job"
kind = "Type"
place.locality = "City"
place.country = "Country"
pay.minimum = "From"
pay.maximum = "To"
pay.unit = "Per"
starts_on = "Start"
headcount = "People"
skills = ["Must", "Should"]
[values.kind]
FT = "full_time"
"" = "part_time"
[values.pay.unit]
"p.h." = "hour"
[constants]
pay.currency = "EUR"
[defaults]
place.country = "DE"
[dates]
formats = ["%d.%m.%Y"]
[csv]
delimiter = ";"
separator = "/"
"""
HEADER = "Ref;Job;Type;City;Country;From;To;Per;Start;People;Must;Should"


def drafts_of(
    folder: Path, *rows: str, mapping: str = MAPPING, header: str = HEADER
) -> list[Draft]:
    table, rules = folder / "jobs.csv", folder / "jobs.toml"
    table.write_text("\n".join((header, *rows)), encoding="utf-8-sig")
    rules.write_text(mapping, encoding="utf-8")
    _, drafts = posting_drafts(table, Choices(mapping=rules), FewWords())
    return drafts


def test_a_row_becomes_a_posting(tmp_path: Path) -> None:
    row = "7;Data engineer;ft;Munich;;50,5;60;p.h.;01.03.2027;2;python/sql;"
    (draft,) = drafts_of(tmp_path, row)
    assert draft.documents == [
        {
            "title": "Data engineer",
            "kind": "full_time",
            "market": "talent",
            "occupation": "data-engineer",
            "required_skills": [
                {"skill": "python", "level": 1},
                {"skill": "sql", "level": 1},
            ],
            "pay": {
                "currency": "EUR",
                "unit": "hour",
                "minimum": 5050,
                "maximum": 6000,
            },
            "headcount": 2,
            "publish": True,
            "source": {"system": "board", "id": "7"},
            "place": {"lat": 48.14, "lon": 11.58, "country": "DE", "label": "Munich"},
            "remote": False,
            "zone": "Europe/Berlin",
            "starts_on": "2027-03-01",
        }
    ]


def test_an_empty_cell_has_its_value_too(tmp_path: Path) -> None:
    (draft,) = drafts_of(tmp_path, "7;Forklift driver;;Berlin;DE;;;;;;;")
    assert draft.documents[0]["kind"] == "part_time"


def test_every_faulty_row_is_told_by_line_field_and_reason(tmp_path: Path) -> None:
    drafts = drafts_of(
        tmp_path,
        "1;Forklift driver;FT;Berlin;DE;15;16;p.h.;;;;",
        "2;;FT;Berlin;DE;15;16;p.h.;;;;",
        "3;Forklift driver;sometimes;Berlin;DE;15;16;p.h.;;;;",
        "4;Forklift driver;FT;Gotham;DE;15;16;p.h.;;;;",
        "5;Forklift driver;FT;Berlin;DE;fifteen;;p.h.;;;;",
        "6;Forklift driver;FT;Berlin;DE;15;16;per moon;;;;",
        "7;Forklift driver;FT;Berlin;DE;15;16;p.h.;2027-03-01;;;",
        "8;Forklift driver;FT;Berlin;DE;15;16;p.h.;;none;;",
        ";Forklift driver;FT;Berlin;DE;15;16;p.h.;;;;",
        "10;too;few",
        "",
        '12;"Forklift\ndriver";FT;Berlin;DE;15;16;p.h.;;;;',
    )
    told = {
        draft.row: [(fault.field, fault.reason) for fault in draft.faults]
        for draft in drafts
        if draft.faults
    }
    assert told == {
        "3": [("Job", "is missing")],
        "4": [("Type", "'sometimes' is not a kind of employment")],
        "5": [
            (
                "City",
                "'Gotham, DE' is not a city known here, and has no coordinates",
            )
        ],
        "6": [
            ("From", "'fifteen' is not an amount"),
            ("To", "'fifteen' is not an amount"),
        ],
        "7": [("Per", "'per moon' is not a unit of pay")],
        "8": [("Start", "'2027-03-01' is not a date like %d.%m.%Y")],
        "9": [("People", "'none' is not a whole number")],
        "10": [("Ref", "is missing: a repeated import could not find the row")],
        "11": [("", "has 3 cells where the header has 12")],
    }
    assert [draft.row for draft in drafts if not draft.faults] == ["2", "14"]
    assert drafts[-1].documents[0]["title"] == "Forklift driver"


def test_amounts_finer_than_a_cent_need_a_rule_to_round(tmp_path: Path) -> None:
    row = "1;Forklift driver;FT;Berlin;DE;18.8112;24.2999;p.h.;;;;"
    (draft,) = drafts_of(tmp_path, row)
    assert "finer than the smallest unit" in draft.faults[0].reason
    (draft,) = drafts_of(tmp_path, row, mapping=MAPPING + '[pay]\nrounding = "down"\n')
    pay = draft.documents[0]["pay"]
    assert (pay["minimum"], pay["maximum"]) == (1881, 2429)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (MAPPING.replace('id = "Ref"', ""), "columns.id"),
        (MAPPING.replace("title =", "titel ="), "columns.titel: is no field"),
        (MAPPING.replace('"Job"', '"Position"'), "no column 'Position'"),
        (MAPPING.replace("[values.kind]", "[values.mood]"), "values.mood"),
        (MAPPING + "[surprise]\nx = 1\n", "surprise"),
        (MAPPING + '[pay]\nrounding = "up"\n', "pay.rounding"),
        (MAPPING + '[dates]\nformats = "%d"\n', "dates"),
        (MAPPING.replace('system = "board"', ""), "system"),
        ("columns = [", "jobs.toml"),
        (MAPPING + 'quotes = "none"\n', "csv.quotes"),
        (
            MAPPING.replace("[defaults]", '[defaults]\nplace = "Atlantis"').replace(
                'place.country = "DE"', ""
            ),
            "'Atlantis' is not a city",
        ),
    ],
)
def test_a_mapping_nobody_could_follow_is_refused_before_any_row(
    tmp_path: Path, broken: str, complaint: str
) -> None:
    with pytest.raises(SourceUnusable, match=complaint.replace(".", r"\.")):
        drafts_of(tmp_path, "1;Forklift driver;;Berlin;;;;;;;;", mapping=broken)


def test_the_examples_are_valid() -> None:
    assert read_mapping(EXAMPLES / "city-jobs.toml", POSTING_FIELDS).system
    assert read_mapping(EXAMPLES / "people.toml", WORKER_FIELDS).system


def test_a_mapping_of_postings_is_not_one_of_people() -> None:
    with pytest.raises(MappingInvalid, match="is no field"):
        read_mapping(EXAMPLES / "city-jobs.toml", WORKER_FIELDS)


def test_the_example_of_city_jobs_reads_its_three_units_of_pay(tmp_path: Path) -> None:
    table = tmp_path / "jobs.csv"
    columns = (
        "Job ID,Agency,# Of Positions,Business Title,Civil Service Title,Job Category,"
        "Full-Time/Part-Time indicator,Salary Range From,Salary Range To,"
        "Salary Frequency,Work Location,Division/Work Unit"
    )
    table.write_text(
        f"{columns}\n"
        "1,PARKS,2,Data engineer,IT,Tech,F,51907.68,54580.32,Annual,1 Centre St,A\n"
        "2,PARKS,1,Forklift driver,AIDE,,P,14.3113,19.9186,Hourly,Nowhere Rd,B\n"
        "3,PARKS,1,Hero,Wizard,,,343,343,Daily,,C\n"
    )
    choices = Choices(mapping=EXAMPLES / "city-jobs.toml")
    system, drafts = posting_drafts(table, choices, FewWords())
    documents = [draft.documents[0] for draft in drafts]
    assert system == "nyc-city-jobs"
    assert [
        (pay["unit"], pay["minimum"], pay["maximum"])
        for pay in (document["pay"] for document in documents)
    ] == [("year", 5190768, 5458032), ("hour", 1431, 1991), ("day", 34300, 34300)]
    assert [document.get("occupation") for document in documents] == [
        "data-engineer",
        "forklift-driver",
        None,
    ]
    assert "hold" not in documents[0]
    assert "'Hero' is not recognised" in documents[2]["hold"]
    assert "Address: 1 Centre St" in documents[0]["description"]


PEOPLE = (
    "No,Name,E-mail,Looks for,Kind,Skills,Certificates,Languages,Town,Country,"
    "Travels (km),Free,Pay from,Per,Asked on"
)


def people_of(folder: Path, *rows: str) -> list[Draft]:
    table = folder / "people.csv"
    table.write_text("\n".join((PEOPLE, *rows)), encoding="utf-8")
    choices = Choices(mapping=EXAMPLES / "people.toml")
    _, drafts = worker_drafts(table, choices, FewWords())
    return drafts


def test_a_row_becomes_a_person(tmp_path: Path) -> None:
    (draft,) = people_of(
        tmp_path,
        "1,Jo Reed,jo@a.example,shifts;job,,Forklift driving:4;juggling,"
        "Forklift licence:01/05/2099,en:5;pl,Leeds,,15,"
        '"Mo-Tu 22:00-06:00",12.50,hour,01/11/2026',
    )
    assert draft.faults == []
    assert draft.unknown[0].reason == "'juggling' is no skill of the taxonomy"
    assert draft.documents == [
        {
            "source": {"system": "spreadsheet", "id": "1"},
            "display_name": "Jo Reed",
            "email": "jo@a.example",
            "markets": ["temporary", "labor"],
            "kinds": ["temporary"],
            "skills": [{"skill": "forklift-driving", "level": 4}],
            "certificates": [
                {"certificate": "forklift-licence", "expires_on": "2099-05-01"}
            ],
            "languages": [
                {"language": "en", "level": 5},
                {"language": "pl", "level": 3},
            ],
            "places": [
                {"lat": 53.8, "lon": -1.55, "radius_km": 15.0, "label": "Leeds"}
            ],
            "zone": "Europe/London",
            "accepts_remote": False,
            "accepts_lodging": False,
            "weekly": [
                {"weekday": 0, "start": "22:00", "end": "06:00"},
                {"weekday": 1, "start": "22:00", "end": "06:00"},
            ],
            "pay_floors": [{"unit": "hour", "amount": 1250, "currency": "GBP"}],
            "confirmed_at": "2026-11-01T00:00:00+00:00",
        }
    ]


def test_faults_of_people_are_told_by_field(tmp_path: Path) -> None:
    (draft,) = people_of(
        tmp_path,
        "1,,,chess,,Forklift driving:high,,english,Gotham,,far,always,x,hour,"
        "01/01/2999",
    )
    assert draft.documents == []
    assert {fault.field for fault in draft.faults} == {
        "Name",
        "Looks for",
        "Skills",
        "Languages",
        "Town",
        "Travels (km)",
        "Free",
        "Pay from",
        "Asked on",
    }


def test_people_as_json_keep_their_shape(tmp_path: Path) -> None:
    file = tmp_path / "people.ndjson"
    file.write_text(
        '{"id": 7, "display_name": "Jo"}\n{"display_name": "Al"}\nnot json\n'
    )
    system, drafts = worker_drafts(file, Choices(), FewWords())
    assert system == "people"
    assert drafts[0].documents == [
        {"display_name": "Jo", "source": {"system": "people", "id": "7"}}
    ]
    assert [draft.faults[0].field for draft in drafts[1:]] == ["source", ""]


def test_a_table_without_a_mapping_and_an_empty_file_are_refused(
    tmp_path: Path,
) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text("[]")
    with pytest.raises(SourceUnusable, match="holds no job"):
        posting_drafts(empty, Choices(), FewWords())
    table = tmp_path / "jobs.csv"
    table.write_text("a,b\n")
    with pytest.raises(SourceUnusable, match="--mapping"):
        posting_drafts(table, Choices(), FewWords())
