"""A pasted advert or CV, read: each statement with where it stands."""

from __future__ import annotations

import pytest

from services.matching.extract.extract import Extract, extract
from shared.values import PayUnit


def skills(found: Extract) -> dict[str, bool]:
    """Each skill with whether the text denies it."""
    return {each.concept.id: each.negated for each in found.skills}


def certificates(found: Extract) -> dict[str, bool]:
    return {each.concept.id: each.negated for each in found.certificates}


@pytest.mark.parametrize(
    "text",
    [
        "Free cookies every Friday.",
        "Send your CV to us.",
        "R you ready? C you soon.",
        "Let's go to work and react quickly to change.",
        "Rust removal included in the price of the car.",
        "We excel at what we do and have access to new markets.",
        "The chain stretches from spring to autumn.",
        "确保安全，注意会议时间。",
    ],
)
def test_a_word_that_merely_looks_like_a_skill_is_none(text: str) -> None:
    assert skills(extract(text)) == {}


def test_javascript_is_not_java() -> None:
    assert skills(extract("Experience with JavaScript")) == {"javascript": False}


@pytest.mark.parametrize(
    "text",
    [
        "Skills: Go, Rust, Kubernetes",
        "Experience with Rust and Go and Kubernetes",
        "技能：Go、Rust、Kubernetes",
    ],
)
def test_everyday_words_are_skills_in_a_list_of_skills(text: str) -> None:
    assert {"go-language", "rust", "kubernetes"} <= skills(extract(text)).keys()


@pytest.mark.parametrize(
    "text",
    [
        "No forklift licence needed.",
        "You do not need a forklift licence",
        "A forklift licence is not required, training given",
        "No first aid, forklift licence or CSCS card needed",
        "Ein Staplerschein ist nicht erforderlich.",
        "Kein Staplerschein nötig",
        "Auch ohne Staplerschein",
        "不需要叉车证",
        "叉车证不要求",
        "无需叉车证，提供培训",
        "CACES non exigé",
        "No se requiere licencia de montacargas.",
        "Geen heftruckcertificaat nodig",
        "Heftruckcertificaat niet vereist",
        "不需要叉車證",
    ],
)
def test_what_is_not_needed_is_denied(text: str) -> None:
    assert certificates(extract(text))["forklift-licence"] is True


@pytest.mark.parametrize(
    "text",
    [
        "No experience needed, but a forklift licence is required",
        "Not only a forklift licence but also patience",
        "Keine Erfahrung nötig, aber Staplerschein erforderlich",
        "不限学历，要求有叉车证",
        "不限學歷，要求有叉車證",
        "Geen ervaring nodig, maar heftruckcertificaat vereist",
        "German is not required. Forklift licence",
        "No problem: forklift licence",
    ],
)
def test_a_denial_ends_with_its_clause(text: str) -> None:
    assert certificates(extract(text))["forklift-licence"] is False


@pytest.mark.parametrize(
    ("text", "skill", "level", "years"),
    [
        ("5+ years of Python", "python", None, 5),
        ("Python (3 years)", "python", None, 3),
        ("at least two years of welding", "welding", None, 2),
        ("mindestens 2 Jahre Python", "python", None, 2),
        ("3年以上Python经验", "python", None, 3),
        ("Expert in Python", "python", 5, None),
        ("Grundkenntnisse in Python", "python", 2, None),
        ("精通Python", "python", 5, None),
        ("6 months experience with Python", "python", None, 0.5),
        ("2 ans de Python", "python", None, 2),
        ("minimaal 2 jaar Python", "python", None, 2),
        ("Basiskennis Python", "python", 2, None),
    ],
)
def test_levels_and_years_go_with_their_skill(
    text: str, skill: str, level: int | None, years: float | None
) -> None:
    [found] = [each for each in extract(text).skills if each.concept.id == skill]
    assert (found.level, found.years) == (level, years)


@pytest.mark.parametrize(
    "text", ["You must be over 18 years old. Python", "Founded 20 years ago. Python"]
)
def test_ages_are_no_years_of_experience(text: str) -> None:
    assert [each.years for each in extract(text).skills] == [None]


@pytest.mark.parametrize(
    ("text", "occupation"),
    [
        (
            "Forklift driver wanted\nYou report to the warehouse supervisor",
            "forklift-driver",
        ),
        (
            "Great place!\nWe are looking for a welder to work with our painters.",
            "welder",
        ),
        ("Gesucht: Kellner (m/w/d)", "waiter"),
        ("急招电工5名", "electrician"),
        ("急招電工5名", "electrician"),
        ("Wij zoeken twee heftruckchauffeurs", "forklift-driver"),
        ("Jane Doe\nI am a carpenter. I have worked with electricians.", "carpenter"),
        ("Nous recherchons un plombier", "plumber"),
        ("Se busca camarera", "waiter"),
    ],
)
def test_the_occupation_is_the_one_the_text_is_about(
    text: str, occupation: str
) -> None:
    found = extract(text).occupation
    assert found is not None
    assert found.concept.id == occupation


def test_what_an_employer_offers_is_no_skill() -> None:
    text = "Welder\n\nWe offer:\n- bookkeeping help\n- yoga\n\nSkills: TIG welding"
    assert skills(extract(text)) == {"tig-welding": False}


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("English breakfast, German cars, Polish bakery", {}),
        ("Fluent English and basic German", {"en": 5, "de": 2}),
        ("Deutsch (Muttersprache), Englisch B2", {"de": 6, "en": 4}),
        ("英语流利，会说普通话", {"en": 5, "zh": None}),
        ("anglais courant", {"en": 5}),
        ("inglés nivel B1", {"en": 3}),
        ("英语六级", {"en": 4}),
    ],
)
def test_languages_are_those_to_be_spoken(
    text: str, spoken: dict[str, int | None]
) -> None:
    found = extract(text).languages
    assert {each.spoken.language: each.spoken.level for each in found} == spoken


def test_a_language_that_is_not_needed_is_denied() -> None:
    [found] = extract("German is not required").languages
    assert (found.spoken.language, found.negated) == ("de", True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("招工，包吃包住", {"lodging": False, "meals": False}),
        ("不包住", {"lodging": True}),
        ("Accommodation provided, no free meals", {"lodging": False, "meals": True}),
        ("freie Kost und Logis", {"lodging": False, "meals": False}),
        ("nettoyage et repassage", {}),
    ],
)
def test_lodging_and_meals(text: str, told: dict[str, bool]) -> None:
    assert {each.kind: each.negated for each in extract(text).lodging} == told


def test_a_town_is_no_certificate() -> None:
    assert certificates(extract("Warehouse operative, Leeds. Day shifts.")) == {}


def test_the_word_that_announces_a_job_is_no_skill_of_it() -> None:
    found = extract("招聘焊工3名，需持焊工证。")
    assert found.occupation is not None
    assert found.occupation.concept.id == "welder"
    assert skills(found) == {}


def test_a_licence_named_after_the_machine_is_the_licence() -> None:
    found = extract("Must hold a counterbalance forklift licence.")
    assert certificates(found) == {"forklift-licence": False}


def test_an_advert_in_traditional_characters_is_read_and_its_places_stay() -> None:
    text = "誠聘叉車司機，需持叉車證，三年以上經驗。會計優先，不需要英語。"
    found = extract(text, country="HK")
    assert found.occupation is not None
    assert found.occupation.concept.id == "forklift-driver"
    span = found.occupation.span
    assert text[span.start : span.end] == "叉車司機"
    assert [skill.concept.id for skill in found.skills] == ["accounting"]
    assert certificates(found) == {"forklift-licence": False}
    assert [(each.spoken.language, each.negated) for each in found.languages] == [
        ("en", True)
    ]


def test_a_dutch_advert_is_read() -> None:
    text = (
        "Heftruckchauffeur m/v gezocht. € 15,50 per uur, maandag tot en met vrijdag "
        "van 6 tot 14 uur. Heftruckcertificaat vereist, geen rijbewijs nodig. Goede "
        "kennis van Nederlands. Laden en lossen, vanaf 1 mei. Huisvesting beschikbaar."
    )
    found = extract(text, country="NL", language="nl")
    assert found.occupation is not None
    assert found.occupation.concept.id == "forklift-driver"
    assert [skill.concept.id for skill in found.skills] == ["loading-unloading"]
    assert certificates(found) == {"forklift-licence": False, "driving-licence-b": True}
    assert [(each.spoken.language, each.spoken.level) for each in found.languages] == [
        ("nl", 4)
    ]
    [pay] = found.pay
    assert (pay.currency, pay.minimum, pay.unit) == ("EUR", 1550, PayUnit.HOUR)
    weekly, starts = found.schedule
    assert (weekly.days, weekly.start, weekly.end) == (
        (0, 1, 2, 3, 4),
        "06:00",
        "14:00",
    )
    assert (starts.kind, starts.day) == ("starts", "--05-01")
    assert [board.kind for board in found.lodging] == ["lodging"]


def test_swimming_pools_are_no_language() -> None:
    assert extract("You clean pools and saunas. Good references.").languages == ()
