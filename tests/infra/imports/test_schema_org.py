"""schema.org JobPosting in every dress it comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.imports.places import named_place
from infra.imports.posting import Rules
from shared.values import Kind, Market
from tests.infra.imports.builders import (
    a_job_posting,
    document_of,
    draft_of,
    drafts_of,
    faults_of,
)

PAGE = """<!doctype html><html><head>
<script type="application/ld+json">{"@type": "Organization", "name": "Acme"}</script>
<script type="application/ld+json">%s</script>
<script type="application/ld+json">{"@type": "JobPosting", </script>
</head><body>text</body></html>"""


def test_one_object_is_read() -> None:
    (draft,) = drafts_of(a_job_posting())
    assert draft.id == "A-1"
    assert draft.documents[0]["source"] == {"system": "test", "id": "A-1"}


def test_a_list_is_read_in_its_order() -> None:
    drafts = drafts_of([a_job_posting(identifier=1), a_job_posting(identifier="2")])
    assert [(draft.row, draft.id) for draft in drafts] == [("1", "1"), ("2", "2")]


def test_a_graph_is_read_and_its_references_resolved() -> None:
    organisation = {"@id": "#org", "@type": "Organization", "name": "Acme"}
    place = {
        "@id": "#place",
        "@type": "Place",
        "address": {"addressLocality": "Leeds", "addressCountry": "United Kingdom"},
    }
    job = a_job_posting(
        hiringOrganization={"@id": "#org"}, jobLocation={"@id": "#place"}
    )
    (draft,) = drafts_of({"@graph": [organisation, place, job]})
    assert draft.documents[0]["place"]["label"] == "Leeds"


def test_references_in_a_circle_are_no_trap() -> None:
    organisation = {"@id": "#org", "name": "Acme", "employs": {"@id": "#job"}}
    job = a_job_posting(hiringOrganization={"@id": "#org"}) | {"@id": "#job"}
    (draft,) = drafts_of({"@graph": [organisation, job]})
    assert draft.faults == []


def test_a_web_page_is_read_and_its_broken_script_told() -> None:
    drafts = drafts_of(PAGE % json.dumps(a_job_posting()))
    assert drafts[0].id == "A-1"
    assert drafts[1].faults[0].reason.startswith("script 3 is not JSON")


def test_an_item_list_and_lines_of_objects_are_read() -> None:
    item = {"@type": "ListItem", "item": a_job_posting()}
    assert len(drafts_of({"@type": "ItemList", "itemListElement": [item, item]})) == 2
    lines = "\n".join(json.dumps(a_job_posting(identifier=n)) for n in (1, 2, 3))
    assert [draft.id for draft in drafts_of(lines)] == ["1", "2", "3"]


def test_prefixed_names_and_value_objects_are_plain_ones() -> None:
    node = {
        "@type": "schema:JobPosting",
        "http://schema.org/title": {"@value": "Forklift driver", "@language": "en"},
        "schema:identifier": "x",
        "https://schema.org/employmentType": "https://schema.org/PART_TIME",
        "schema:jobLocation": {"schema:address": "Paris, FR"},
    }
    (draft,) = drafts_of(node)
    (document,) = draft.documents
    assert document["kind"] == "part_time"
    assert document["place"]["country"] == "FR"


def test_a_nest_of_lists_is_a_fault_and_not_a_crash() -> None:
    (draft,) = drafts_of("[" * 300 + "]" * 300)
    assert "nested too deeply" in draft.faults[0].reason


def test_without_an_identifier_the_address_or_a_lasting_digest_names_the_row() -> None:
    assert draft_of(identifier=None, url="https://a.example/1").id.endswith("/1")
    first = draft_of(identifier=None, description="old")
    second = draft_of(identifier=None, description="corrected")
    other = draft_of(identifier=None, title="Data engineer")
    assert first.id == second.id != other.id


def test_html_becomes_text_with_lines() -> None:
    document = document_of(
        description="<p>One&nbsp;two</p><ul><li>a</li><li>b</li></ul><script>x</script>"
    )
    assert document["description"] == "One two\n- a\n- b\n\nEmployer: Acme"
    escaped = document_of(description="&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;")
    assert escaped["description"].startswith("One\nTwo\n")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("FULL_TIME", Kind.FULL_TIME),
        ("Part-time", Kind.PART_TIME),
        ("CONTRACTOR", Kind.CONTRACT),
        ("TEMPORARY", Kind.TEMPORARY),
        ("PER_DIEM", Kind.TEMPORARY),
        ("INTERN", Kind.INTERNSHIP),
        (["OTHER", "PART_TIME"], Kind.PART_TIME),
        (["CONTRACTOR", "FULL_TIME"], Kind.CONTRACT),
    ],
)
def test_every_employment_type_has_a_kind(told: object, kind: Kind) -> None:
    assert document_of(employmentType=told)["kind"] == kind


def test_volunteering_and_unknown_types_are_rejected() -> None:
    assert "volunteering" in faults_of(employmentType="VOLUNTEER")["employmentType"]
    assert "'SOMETIMES'" in faults_of(employmentType="SOMETIMES")["employmentType"]


def test_a_job_that_names_no_kind_waits_for_review_unless_a_default_is_given() -> None:
    assert "full time is assumed" in document_of(employmentType="OTHER")["hold"]
    rules = Rules(system="test", kind=Kind.PART_TIME)
    document = document_of(rules, employmentType=None)
    assert document["kind"] == "part_time"
    assert "hold" not in document


def test_a_title_nobody_knows_waits_for_review_and_gets_no_skills() -> None:
    document = document_of(title="Chief happiness wrangler")
    assert "not recognised" in document["hold"]
    assert not {"occupation", "required_skills"} & set(document)


def test_a_known_title_gives_the_essential_skills() -> None:
    document = document_of()
    assert document["occupation"] == "forklift-driver"
    assert [skill["skill"] for skill in document["required_skills"]] == [
        "forklift-driving",
        "loading",
    ]


def test_skills_that_are_named_count_instead_and_unknown_ones_are_left_out() -> None:
    draft = draft_of(skills=["Python, SQL; wizardry", {"name": "python"}])
    (document,) = draft.documents
    assert [skill["skill"] for skill in document["required_skills"]] == [
        "python",
        "sql",
    ]
    assert [(fault.field, fault.reason) for fault in draft.unknown] == [
        ("skills", "'wizardry' is no skill of the taxonomy")
    ]


@pytest.mark.parametrize(
    "category",
    ["8344", "8344 Lift truck operators", {"codeValue": "8344"}, ["x", "8344"]],
)
def test_an_occupational_code_names_the_occupation(category: object) -> None:
    document = document_of(title="Warehouse hero", occupationalCategory=category)
    assert document["occupation"] == "forklift-driver"
    assert "hold" not in document


def test_qualifications_that_are_certificates_are_asked_for() -> None:
    document = document_of(qualifications="Forklift licence, a good mood")
    assert document["certificates"] == ["forklift-licence"]
    assert "Qualifications: Forklift licence, a good mood" in document["description"]


@pytest.mark.parametrize(
    ("salary", "pay"),
    [
        (
            {"currency": "USD", "value": {"value": "65,000.50", "unitText": "YEAR"}},
            ("USD", "year", 6_500_050, 6_500_050),
        ),
        (
            {"currency": "JPY", "value": {"minValue": 1200, "unitText": "HOUR"}},
            ("JPY", "hour", 1_200, 1_200),
        ),
        (
            {"currency": "KWD", "value": {"value": 4.125, "unitText": "DAY"}},
            ("KWD", "day", 4_125, 4_125),
        ),
        (
            {"currency": "EUR", "minValue": 500, "maxValue": 600, "unitText": "WEEK"},
            ("EUR", "week", 50_000, 60_000),
        ),
        (
            {"currency": "BRL", "value": [{"value": "3.500,00", "unitText": "MONTH"}]},
            ("BRL", "month", 350_000, 350_000),
        ),
    ],
)
def test_pay_is_exact_whatever_its_dress(
    salary: object, pay: tuple[str, str, int, int]
) -> None:
    read = document_of(baseSalary=salary)["pay"]
    assert (read["currency"], read["unit"], read["minimum"], read["maximum"]) == pay


def test_salary_currency_completes_a_plain_number() -> None:
    told = faults_of(baseSalary=1500, salaryCurrency="EUR")
    assert "amount for what" in told["baseSalary.value.unitText"]


def test_pay_of_which_only_the_top_is_said_waits_for_review() -> None:
    salary = {"currency": "USD", "maxValue": 90000, "minValue": 0, "unitText": "YEAR"}
    document = document_of(baseSalary=salary)
    assert document["pay"]["minimum"] == document["pay"]["maximum"] == 9_000_000
    assert "only the highest pay" in document["hold"]


@pytest.mark.parametrize(
    ("salary", "field"),
    [
        ({"currency": "USD", "value": -5, "unitText": "HOUR"}, "minValue"),
        ({"currency": "USD", "value": "lots", "unitText": "HOUR"}, "minValue"),
        ({"currency": "USD", "value": 1.005, "unitText": "HOUR"}, "minValue"),
        ({"currency": "USD", "value": 20, "unitText": "FORTNIGHT"}, "unitText"),
        ({"value": {"value": 20, "unitText": "HOUR"}}, "currency"),
        ({"currency": "USD", "value": {"unitText": "HOUR"}}, "value"),
        ({"currency": "USD", "value": 0, "unitText": "HOUR"}, "maxValue"),
    ],
)
def test_pay_that_cannot_be_understood_is_rejected(salary: object, field: str) -> None:
    assert any(name.endswith(field) for name in faults_of(baseSalary=salary))


def test_each_of_several_places_gets_its_own_posting() -> None:
    places = [
        {"address": {"addressLocality": name, "addressCountry": country}}
        for name, country in (("Munich", "DE"), ("Kraków", "Poland"))
    ]
    draft = draft_of(jobLocation=places)
    found = {
        document["source"]["id"]: document["place"]["label"]
        for document in draft.documents
    }
    assert sorted(found.values()) == ["Kraków", "Munich"]
    again = draft_of(jobLocation=places[::-1])
    assert {document["source"]["id"] for document in again.documents} == set(found)


def test_coordinates_count_as_they_are() -> None:
    document = document_of(
        jobLocation={"geo": {"latitude": "40.7", "longitude": -74.02}}
    )
    assert document["place"] | {"label": None} == {
        "lat": 40.7,
        "lon": -74.02,
        "country": "US",
        "label": None,
    }
    assert document["zone"] == "America/New_York"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ({"address": "Atlantis, GR"}, "not a country known here"),
        ({"address": {"addressLocality": "Nowhere", "addressCountry": "GB"}}, "city"),
        ({"geo": {"latitude": 95, "longitude": 0}}, "not a place on Earth"),
        ({"geo": {"latitude": 0, "longitude": 0}}, "in the sea"),
        ({"geo": {"latitude": 51}}, "both"),
        ({"geo": {"latitude": -54.9, "longitude": -36.5}}, "time zone"),
        (None, "no place"),
    ],
)
def test_a_place_that_cannot_be_found_is_rejected(
    location: object, reason: str
) -> None:
    assert reason in faults_of(jobLocation=location)["jobLocation"]


def test_a_default_place_takes_the_rows_whose_place_is_not_known() -> None:
    rules = Rules(system="test", place=named_place("New York, US"))
    document = document_of(rules, jobLocation={"address": "Hoboken"})
    assert document["place"]["label"] == "New York"


def test_remote_work_needs_no_place() -> None:
    document = document_of(
        jobLocation=None,
        jobLocationType="TELECOMMUTE",
        applicantLocationRequirements={"@type": "Country", "name": "Germany"},
        jobStartDate="2027-01-04",
    )
    assert document["remote"] is True
    assert "place" not in document
    assert (document["zone"], document["starts_on"]) == ("Europe/Berlin", "2027-01-04")
    assert "TELECOMMUTE" in faults_of(jobLocationType="SPACE")["jobLocationType"]


def test_a_day_of_expiry_ends_at_local_midnight() -> None:
    assert document_of(validThrough="2099-06-30")["expires_at"].startswith(
        "2099-06-30T23:00"
    )
    exact = document_of(validThrough="2099-06-30T12:00:00+02:00")
    assert exact["expires_at"].startswith("2099-06-30T10:00")
    assert "expires_at" not in document_of(validThrough="9999-12-31")
    assert "date" in faults_of(validThrough="soon")["validThrough"]
    beyond = "0001-01-01T00:00:00+14:00"
    assert "beyond the calendar" in faults_of(validThrough=beyond)["validThrough"]


def test_opening_hours_become_a_weekly_pattern_and_prose_stays_prose() -> None:
    weekly = document_of(workHours="Mo-Tu 22:00-06:00, Sa 08:00-12:30")["weekly"]
    assert weekly == [
        {"weekday": 0, "start": "22:00", "end": "06:00"},
        {"weekday": 1, "start": "22:00", "end": "06:00"},
        {"weekday": 5, "start": "08:00", "end": "12:30"},
    ]
    prose = document_of(workHours="40 hours a week, flexible")
    assert "weekly" not in prose
    assert "Hours: 40 hours a week" in prose["description"]


def test_openings_are_the_headcount() -> None:
    assert document_of(totalJobOpenings="12")["headcount"] == 12
    assert "at least 1" in faults_of(totalJobOpenings=0)["totalJobOpenings"]
    assert "whole number" in faults_of(totalJobOpenings="many")["totalJobOpenings"]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    told = faults_of(
        title=" ", jobLocation=None, employmentType="?", totalJobOpenings=-1
    )
    assert set(told) == {"title", "jobLocation", "employmentType", "totalJobOpenings"}


@pytest.mark.parametrize(
    ("changes", "market"),
    [
        ({"employmentType": "TEMPORARY"}, Market.TEMPORARY),
        ({}, Market.LABOR),
        ({"title": "Data engineer"}, Market.TALENT),
        ({"title": "Data engineer", "employmentType": "TEMPORARY"}, Market.TALENT),
    ],
)
def test_the_market_follows_from_occupation_and_kind(
    changes: dict[str, Any], market: Market
) -> None:
    assert document_of(**changes)["market"] == market


KEYS = st.sampled_from(
    [
        *("value", "minValue", "maxValue", "unitText", "currency", "name", "address"),
        *("addressLocality", "addressCountry", "geo", "latitude", "longitude"),
        *("@id", "@value", "@type", "codeValue"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["12,5", "Mo-Fr 09:00-17:00", "GB", "2027-02-30", "HOUR", "1e999"]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=10,
)
PROPERTIES = st.sampled_from(
    [
        *a_job_posting(),
        *("skills", "qualifications", "occupationalCategory", "workHours", "url"),
        *("jobStartDate", "validThrough", "totalJobOpenings", "jobLocationType"),
        *("applicantLocationRequirements", "salaryCurrency", "estimatedSalary"),
    ]
)


@given(st.dictionaries(PROPERTIES, VALUES, max_size=4))
@settings(deadline=None)
def test_whatever_stands_in_a_property_the_row_lands_or_is_told(
    changes: dict[str, Any],
) -> None:
    for draft in drafts_of(a_job_posting() | changes):
        assert bool(draft.documents) != bool(draft.faults)
