"""The files of the taxonomy are read whole or refused, with every fault named."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.matching.engine.taxonomy import RelatedSkills
from services.matching.skills.taxonomy import (
    DATA,
    FULFILS,
    Taxonomy,
    TaxonomyInvalid,
    load_taxonomy,
    read_taxonomy,
)
from shared.values import Market
from tests.matching.skills.builders import (
    LICENCE,
    SOLDERING,
    WELDER,
    WELDING,
    a_taxonomy,
    write_taxonomy,
)


def test_a_taxonomy_is_read_as_it_is_written(tmp_path: Path) -> None:
    taxonomy = a_taxonomy(tmp_path)
    welder = taxonomy.occupations["welder"]
    assert welder.isco08 == "7212"
    assert welder.markets == (Market.LABOR, Market.TEMPORARY)
    assert (welder.essential, welder.optional) == (("welding",), ("soldering",))
    assert welder.certificates == ("welding-ticket",)
    assert taxonomy.skills["welding"].aliases_zh == ("电焊",)
    assert [concept.id for concept in taxonomy.concepts()] == [
        "welding",
        "soldering",
        "welder",
        "welding-ticket",
    ]


def test_the_shipped_taxonomy_has_no_fault() -> None:
    assert read_taxonomy(DATA).version == load_taxonomy().version


@pytest.mark.parametrize(
    ("skill", "fault"),
    [
        ("Arc Welding,Arc welding,弧焊,,,,", "'Arc Welding' is no slug"),
        ("arc_welding,Arc welding,弧焊,,,,", "'arc_welding' is no slug"),
        (f"{'a' * 81},Arc welding,弧焊,,,,", "is no slug"),
        ("welding,Arc welding,弧焊,,,,", "'welding' stands in metal.csv:2 already"),
        ("arc,WELD-Work,弧焊,,,,", "'weld work' is a name of welding too"),
        ("arc,Arc,电 焊,,,soldering=0.6|gone=0.5,", "there is no skill 'gone'"),
        ("arc,Arc welding,电焊,,,,", "'电焊' is a name of welding too"),
        ("arc,Arc,弧焊,ｗｅｌｄｉｎｇ,,,", "'welding' is a name of welding too"),
        ("arc,Arc,弧焊,...,,,", "the name '...' (en) is empty"),
        ("arc,,弧焊,,,,", "the name '' (en) is empty"),
        ("arc,Arc,,,,,", "the name '' (zh) is empty"),
        ("arc,Arc,弧焊,,,arc=0.6,", "arc is related to itself"),
        ("arc,Arc,弧焊,,,flying=0.6,", "there is no skill 'flying'"),
        ("arc,Arc,弧焊,,,welder=0.6,", "there is no skill 'welder'"),
        ("arc,Arc,弧焊,,,welding=1,", "credit for welding not in (0, 1)"),
        ("arc,Arc,弧焊,,,welding=0,", "credit for welding not in (0, 1)"),
        ("arc,Arc,弧焊,,,welding=0.6|welding=0.7,", "arc: welding is linked twice"),
        ("arc,Arc,弧焊,,,welding=2,", "'welding=2' is no link"),
        ("arc,Arc,弧焊,,,welding,", "'welding' is no link"),
        ("arc,Arc,弧焊,,", "must have 7 columns"),
        ("arc,Arc,弧焊,,,,,", "must have 7 columns"),
    ],
)
def test_a_skill_that_is_ambiguous_dangling_or_malformed_is_refused(
    tmp_path: Path, skill: str, fault: str
) -> None:
    with pytest.raises(TaxonomyInvalid) as refused:
        a_taxonomy(tmp_path, skills=(WELDING, SOLDERING, skill))
    assert any("metal.csv:4" in told and fault in told for told in refused.value.faults)


@pytest.mark.parametrize(
    ("occupation", "fault"),
    [
        ("arc,72,Arc welder,弧焊工,,,labor,welding,,", "'72' is no ISCO-08 unit group"),
        ("arc,721a,Arc welder,弧焊工,,,labor,welding,,", "is no ISCO-08 unit group"),
        ("arc,７２１２,Arc welder,弧焊工,,,labor,welding,,", "no ISCO-08 unit group"),
        ("arc,7212,Arc welder,弧焊工,,,,welding,,", "no market"),
        ("arc,7212,Arc welder,弧焊工,,,sea,welding,,", "'sea' is not a valid Market"),
        ("arc,7212,Arc welder,弧焊工,,,labor,flying,,", "there is no skill 'flying'"),
        ("arc,7212,Arc welder,弧焊工,,,labor,welding,x,", "there is no skill 'x'"),
        ("arc,7212,Arc welder,弧焊工,,,labor,,,welding", "no certificate 'welding'"),
        ("arc,7212,Arc welder,弧焊工,,,labor,welding,welding,", "'welding' twice"),
        ("arc,7212,Arc welder,弧焊工,Welder,,labor,welding,,", "is a name of welder"),
    ],
)
def test_an_occupation_with_a_bad_code_market_or_reference_is_refused(
    tmp_path: Path, occupation: str, fault: str
) -> None:
    with pytest.raises(TaxonomyInvalid, match=fault):
        a_taxonomy(tmp_path, occupations=(WELDER, occupation))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyInvalid) as refused:
        a_taxonomy(
            tmp_path,
            skills=(WELDING, SOLDERING, "Arc,Welding,弧焊,,,Arc=0.5,"),
            certificates=(LICENCE, LICENCE),
        )
    assert len(refused.value.faults) == 4


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    write_taxonomy(tmp_path)
    (tmp_path / "skills/more.csv").write_text("id,label\nx,y\n", encoding="utf-8")
    with pytest.raises(
        TaxonomyInvalid, match=r"more.csv:1: columns must be id,label_en"
    ):
        read_taxonomy(tmp_path)


def test_one_name_may_mean_concepts_of_different_kinds(tmp_path: Path) -> None:
    skill = "flying,Pilot,飞行,,,,"
    occupation = "pilot,3153,Pilot,飞行员,,,talent,flying,,"
    taxonomy = a_taxonomy(
        tmp_path,
        skills=(WELDING, SOLDERING, skill),
        occupations=(WELDER, occupation),
    )
    assert "pilot" in taxonomy.occupations
    assert "flying" in taxonomy.skills


def test_a_link_both_ways_is_credited_in_both_directions(tmp_path: Path) -> None:
    assert a_taxonomy(tmp_path).related_credits() == {
        "soldering": {"welding": 0.6},
        "welding": {"soldering": 0.6},
    }


def test_a_one_way_link_credits_only_who_covers_the_asked_skill(tmp_path: Path) -> None:
    welding = WELDING.replace("soldering=0.6", "soldering>0.8")
    taxonomy = a_taxonomy(tmp_path, skills=(welding, SOLDERING))
    assert taxonomy.related_credits() == {"soldering": {"welding": 0.8}}


def test_a_one_way_link_decides_its_direction_of_a_link_both_ways(
    tmp_path: Path,
) -> None:
    soldering = "soldering,Soldering,锡焊,,,welding>0.9,"
    taxonomy = a_taxonomy(tmp_path, skills=(soldering, WELDING))
    assert taxonomy.related_credits() == {
        "soldering": {"welding": 0.6},
        "welding": {"soldering": 0.9},
    }


def test_of_two_links_both_ways_the_lower_credit_counts(tmp_path: Path) -> None:
    for credit, counted in ((0.8, 0.6), (0.5, 0.5)):
        soldering = f"soldering,Soldering,锡焊,,,welding={credit},"
        for skills in ((soldering, WELDING), (WELDING, soldering)):
            taxonomy = a_taxonomy(tmp_path, skills=skills)
            assert taxonomy.related_credits() == {
                "soldering": {"welding": counted},
                "welding": {"soldering": counted},
            }


def test_a_weak_link_does_not_stand_in_for_an_asked_skill(tmp_path: Path) -> None:
    taxonomy = a_taxonomy(tmp_path, skills=(WELDING.replace("=0.6", "=0.4"), SOLDERING))
    assert taxonomy.related_credits() == {}
    assert taxonomy.related_credits(least=0.1)["welding"] == {"soldering": 0.4}


ARC = "arc,Arc welding,弧焊,,,,welding"
ORBITAL = "orbital,Orbital welding,管道全位置焊,,,{related},arc"
PLAIN = "welding,Welding,焊接,,,,"


def test_who_holds_the_narrower_skill_covers_the_broader_ones(tmp_path: Path) -> None:
    taxonomy = a_taxonomy(
        tmp_path, skills=(PLAIN, SOLDERING, ARC, ORBITAL.format(related=""))
    )
    assert taxonomy.related_credits() == {
        "welding": {"arc": 0.8, "orbital": 0.64},
        "arc": {"orbital": 0.8},
    }


@pytest.mark.parametrize(
    ("related", "covered"),
    [
        ("welding>0.9", {"arc": 0.8, "orbital": 0.9}),
        ("arc>0.9", {"arc": 0.8, "orbital": 0.72}),
        ("welding=0.3", {"arc": 0.8}),
        ("arc>0.1", {"arc": 0.8}),
    ],
)
def test_a_link_decides_what_a_skill_is_worth_of_a_broader_one(
    tmp_path: Path, related: str, covered: dict[str, float]
) -> None:
    orbital = ORBITAL.format(related=related)
    taxonomy = a_taxonomy(tmp_path, skills=(PLAIN, SOLDERING, ARC, orbital))
    assert taxonomy.related_credits()["welding"] == covered


def test_skills_broader_than_each_other_are_refused(tmp_path: Path) -> None:
    circle = PLAIN + "orbital"
    with pytest.raises(TaxonomyInvalid) as refused:
        a_taxonomy(
            tmp_path, skills=(circle, SOLDERING, ARC, ORBITAL.format(related=""))
        )
    assert refused.value.faults == tuple(
        f"metal.csv:{line}: {skill} is broader than itself"
        for line, skill in ((2, "welding"), (4, "arc"), (5, "orbital"))
    )


def with_german(directory: Path, *rows: str) -> Taxonomy:
    write_taxonomy(directory)
    text = "\n".join(["kind,id,names", *rows, ""])
    (directory / "german.csv").write_text(text, encoding="utf-8")
    return read_taxonomy(directory)


def test_names_in_a_further_language_are_aliases(tmp_path: Path) -> None:
    taxonomy = with_german(
        tmp_path,
        "occupation,welder,Schweißer|Schweißerin",
        "skill,welding,Schweißen",
        "certificate,welding-ticket,Schweißerschein",
    )
    welder = taxonomy.occupations["welder"]
    assert welder.aliases("de") == ("Schweißer", "Schweißerin")
    assert welder.aliases("fr") == ()
    assert [*welder.names()][-1] == ("de", "Schweißerin")
    assert welder.label("de") == "Welder"
    assert taxonomy.skills["welding"].aliases("de") == ("Schweißen",)
    assert taxonomy.certificates["welding-ticket"].aliases("de") == ("Schweißerschein",)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("occupation,baker,Bäcker", "there is no occupation 'baker'"),
        ("trade,welder,Schweißer", "there is no trade 'welder'"),
        ("skill,soldering,Weld work", "'weld work' is a name of welding too"),
        ("skill,soldering,...", "the name '...' (de) is empty"),
        ("skill,welding", "must have 3 columns"),
        ("skill,welding,A\nskill,welding,B", "german.csv:3: skill 'welding' stands"),
    ],
)
def test_a_further_name_that_is_ambiguous_or_of_nothing_is_refused(
    tmp_path: Path, row: str, fault: str
) -> None:
    with pytest.raises(TaxonomyInvalid) as refused:
        with_german(tmp_path, row)
    assert any(fault in told for told in refused.value.faults)


def test_the_version_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    first, again, swapped, changed = (tmp_path / name for name in "abcd")
    for directory in (first, again, swapped, changed):
        directory.mkdir()
    version = a_taxonomy(first).version
    assert a_taxonomy(again).version == version
    assert a_taxonomy(swapped, skills=(SOLDERING, WELDING)).version == version
    other = WELDING.replace("weld work", "weld works")
    assert a_taxonomy(changed, skills=(other, SOLDERING)).version != version


def test_the_taxonomy_of_this_package_is_whole_and_large_enough() -> None:
    taxonomy = load_taxonomy()
    assert len(taxonomy.occupations) >= 400
    assert len(taxonomy.skills) >= 1250
    for market in Market:
        within = [o for o in taxonomy.occupations.values() if market in o.markets]
        assert len(within) >= 30, market
    assert all(occupation.essential for occupation in taxonomy.occupations.values())


def test_in_this_package_a_broader_skill_does_not_cover_a_narrower_one() -> None:
    taxonomy = load_taxonomy()
    credits = taxonomy.related_credits(least=0)
    covering = {
        (narrower.id, broader)
        for narrower in taxonomy.skills.values()
        for broader in narrower.broader
        if broader in credits.get(narrower.id, {})
    }
    assert covering == set()


def test_the_engine_takes_the_credits_of_this_package() -> None:
    credits = load_taxonomy().related_credits()
    related = RelatedSkills(credits)
    members = {member.skill for member in related.group("forklift-driving")}
    assert {"forklift-driving", "reach-truck-driving"} <= members
    assert all(
        FULFILS <= credit < 1 for group in credits.values() for credit in group.values()
    )
