"""What stands for what: certain where a code says so, sure to a degree by names."""

from __future__ import annotations

from services.matching.schemes.crosswalks import CrosswalkRow, Names, crosswalk
from services.matching.schemes.evidence import Named, key, likeness

GROUPS = frozenset({"7212", "5120", "2221"})
WELDER = Named("7212.3", "welder", ("weld worker", "welding operative"))
COOK = Named("5120.1", "cook", ("kitchen cook",))
NURSE = Named("2221.1", "nurse", ("registered nurse",))
ESCO = (WELDER, COOK, NURSE)


def rows(names: Names, ends: str) -> list[tuple[str, str, str, float]]:
    """(from, to, relation, confidence) of the rows between "one > other"."""
    return [
        (row.from_code, row.to_code, row.relation, row.confidence)
        for row in crosswalk(names)
        if f"{row.from_scheme} > {row.to_scheme}" == ends
    ]


def test_an_esco_code_begins_with_its_isco_group() -> None:
    unknown = Named("9999.1", "somebody")
    names = Names(isco08=GROUPS, esco_occupations=(WELDER, unknown))
    assert rows(names, "esco > isco08") == [("7212.3", "7212", "broad", 1.0)]


def test_the_same_title_is_the_same_occupation_though_in_plural() -> None:
    names = Names(
        isco08=GROUPS, esco_occupations=ESCO, onet_occupations=(Named("51", "Welders"),)
    )
    assert rows(names, "onet > esco") == [("51", "7212.3", "exact", 1.0)]
    assert key("Welders") == key("welder")
    assert key("Tradesmen") == key("tradesman")
    assert key("glass press") == "glass press"


def test_shared_names_make_a_close_match_and_chance_words_none() -> None:
    onet = (
        Named("51", "Welding, Soldering Workers", ("Weld Worker", "Welder")),
        Named("35", "Food Batchmakers", ("Mixer",)),
    )
    names = Names(isco08=GROUPS, esco_occupations=ESCO, onet_occupations=onet)
    [(onet_code, esco_code, relation, confidence)] = rows(names, "onet > esco")
    assert (onet_code, esco_code, relation) == ("51", "7212.3", "close")
    assert 0.7 <= confidence < 1
    assert rows(names, "onet > isco08") == [("51", "7212", "broad", 0.9)]


def test_two_that_are_equally_alike_are_no_match() -> None:
    onet = (
        Named("51-1", "Metal Joiner, Hand", ("welding operative",)),
        Named("51-2", "Metal Joiner, Arc", ("welding operative",)),
    )
    names = Names(isco08=GROUPS, esco_occupations=ESCO, onet_occupations=onet)
    assert rows(names, "onet > esco") == []


def test_likeness_is_between_every_two_and_needs_a_common_word() -> None:
    score = likeness(ESCO, (Named("51", "welder"), Named("35", "baker")))
    assert score.shape == (3, 2)
    assert score[0, 0] > 0.3
    assert score[0, 1] == score[1, 0] == score[2, 1] == 0


def test_rollcall_and_esco_meet_in_the_same_isco_group() -> None:
    names = Names(
        isco08=GROUPS,
        esco_occupations=(*ESCO, Named("5120.9", "nurse")),
        rollcall_occupations=(
            Named("occupation:welder", "Welder"),
            Named("occupation:nurse", "Ward sister", ("Nurse",)),
        ),
        rollcall_isco08={"occupation:welder": "7212", "occupation:nurse": "2221"},
    )
    assert rows(names, "rollcall > esco") == [
        ("occupation:nurse", "2221.1", "close", 0.9),
        ("occupation:welder", "7212.3", "exact", 1.0),
    ]
    assert rows(names, "rollcall > isco08") == [
        ("occupation:nurse", "2221", "broad", 1.0),
        ("occupation:welder", "7212", "broad", 1.0),
    ]


def test_skills_match_by_equal_names_only_never_by_alike_ones() -> None:
    names = Names(
        esco_skills=(
            Named("s-1", "Java (computer programming)", ("Java",)),
            Named("s-2", "JavaScript"),
            Named("s-3", "use tools", ("C++",)),
        ),
        onet_skills=(
            Named("T-1", "Java"),
            Named("T-2", "Oracle Java"),
            Named("T-3", "JavaScript"),
            Named("T-4", "C"),
            Named("T-5", "hammers", ("use hammers",)),
        ),
    )
    assert rows(names, "onet > esco") == [
        ("T-1", "s-1", "close", 0.9),
        ("T-3", "s-2", "exact", 1.0),
    ]


def test_skills_whose_labels_have_no_word_in_common_are_less_sure() -> None:
    names = Names(
        esco_skills=(
            Named("s-1", "search engines", ("Google",)),
            Named("s-2", "Eclipse (software)", ("Eclipse IDE",)),
        ),
        onet_skills=(Named("T-1", "Google"), Named("T-2", "Eclipse IDE")),
    )
    assert rows(names, "onet > esco") == [
        ("T-1", "s-1", "close", 0.6),
        ("T-2", "s-2", "close", 0.9),
    ]


def test_a_name_of_several_matches_none_of_them() -> None:
    both = (Named("s-1", "one", ("crane",)), Named("s-2", "two", ("crane",)))
    names = Names(esco_skills=both, onet_skills=(Named("T-1", "Crane"),))
    assert rows(names, "onet > esco") == []


def chinese(*csco: Named) -> Names:
    return Names(
        isco08=GROUPS,
        esco_occupations=ESCO,
        csco_occupations=csco,
        rollcall_occupations=(
            Named("occupation:welder", "Welder"),
            Named("occupation:arc-welder", "Arc welder"),
            Named("occupation:cook", "Cook"),
        ),
        rollcall_zh=(
            Named("occupation:welder", "焊工", ("电焊工",)),
            Named("occupation:arc-welder", "弧焊工", ("电焊工",)),
            Named("occupation:cook", "厨师", ("师傅",)),
        ),
        rollcall_isco08={
            "occupation:welder": "7212",
            "occupation:arc-welder": "7212",
            "occupation:cook": "5120",
        },
    )


def test_a_chinese_name_leads_through_rollcall_to_isco_and_esco() -> None:
    names = chinese(Named("6-18", "焊工"), Named("4-03", "中式烹调师", ("厨师",)))
    assert rows(names, "csco > rollcall") == [
        ("4-03", "occupation:cook", "close", 0.75),
        ("6-18", "occupation:welder", "exact", 1.0),
    ]
    assert rows(names, "csco > isco08") == [
        ("4-03", "5120", "broad", 0.75),
        ("6-18", "7212", "broad", 1.0),
    ]
    assert rows(names, "csco > esco") == [
        ("4-03", "5120.1", "close", 0.75),
        ("6-18", "7212.3", "close", 1.0),
    ]


def test_a_chinese_name_of_several_leads_to_what_they_agree_on() -> None:
    names = chinese(Named("6-18", "电焊工"), Named("9-99", "工人", ("焊工", "厨师")))
    assert rows(names, "csco > rollcall") == []
    assert rows(names, "csco > isco08") == [("6-18", "7212", "broad", 0.9)]


def test_rows_come_in_the_same_order_whatever_the_order_of_entries() -> None:
    names = Names(isco08=GROUPS, esco_occupations=ESCO)
    turned = Names(isco08=GROUPS, esco_occupations=ESCO[::-1])
    assert crosswalk(names) == crosswalk(turned)
    assert crosswalk(Names()) == []
    assert crosswalk(names)[0] == CrosswalkRow(
        "esco", "2221.1", "isco08", "2221", "broad", 1.0, "code"
    )
