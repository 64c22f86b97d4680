"""Each language is read in its own way: compounds, bridges, noise, endings."""

from __future__ import annotations

import pytest

from services.matching.skills.concepts import Language
from services.matching.skills.folding import fold
from services.matching.skills.ranking.bridge import FrenchBridge, read_lexicon
from services.matching.skills.ranking.classification import Coded, rank_csco, rank_esco
from services.matching.skills.ranking.compounds import Compounds
from services.matching.skills.ranking.latent import Latent
from services.matching.skills.ranking.phrases import plain, read_synonyms, with_synonyms
from services.matching.skills.ranking.ranker import Entry, Name, Ranker
from services.matching.skills.ranking.readers import compounds_of, terms_in
from services.matching.skills.ranking.title_noise import without_marks, without_noise
from tests.benchmarks.skills.related import BY_NAME, RelatedTitles
from tests.matching.skills.ranking.builders import a_ranker, ids, named

LEXICON = read_lexicon(
    [
        "# a remark",
        "plombier: plumber",
        "poids lourd: lorry, truck",
        "conducteur: driver",
    ]
)


def a_bridge(*vocabulary: str) -> FrenchBridge:
    return FrenchBridge(LEXICON, vocabulary, terms_in("en"), fold)


# German


def test_a_compound_is_taken_apart_by_the_words_it_is_made_of() -> None:
    compounds = Compounds(["stapler", "fahrer", "taxi", "taxifahrer"])
    assert compounds.parts("staplerfahrer") == ("stapler", "fahrer")


def test_a_linking_letter_between_the_parts_is_no_part() -> None:
    compounds = Compounds(["verkehr", "planer", "stadt", "stadtplaner"])
    assert compounds.parts("verkehrsplaner") == ("verkehr", "planer")


@pytest.mark.parametrize("word", ["fahrer", "xylophonist", "", "staplerxyzfahrt"])
def test_a_word_with_an_unknown_part_stays_whole(word: str) -> None:
    compounds = Compounds(["stapler", "fahrer", "taxifahrer"])
    assert compounds.parts(word) == (word,)


def test_a_german_title_is_ranked_by_the_parts_of_its_compounds() -> None:
    occupations = [
        Coded("cook", {"de": ("Koch", "Schulkoch")}),
        Coded("driver", {"de": ("Fahrer", "Busfahrer", "Taxifahrerin")}),
        Coded("stapler", {"de": ("Fahrer für Stapler",)}),
    ]
    ranker = rank_esco(occupations, "de", usual={})
    assert ids(ranker.rank("Staplerfahrer", "de"))[0] == "stapler"


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("de", "verkaufer", "verkauferinnen"),
        ("de", "kauffrau", "kaufmann"),
        ("nl", "schoonmaker", "schoonmaaksters"),
        ("nl", "lasser", "lassers"),
        ("nl", "timmerman", "timmervrouw"),
        ("nl", "onderwijzer", "onderwijzeres"),
        ("es", "director", "directoras"),
        ("fr", "vendeur", "vendeuses"),
        ("fr", "infirmier", "infirmiere"),
        ("en", "witnesses", "witness"),
        ("en", "secretaries", "secretary"),
    ],
)
def test_number_and_gender_make_no_other_term(
    language: Language, one: str, other: str
) -> None:
    terms_of = terms_in(language)
    assert terms_of(one) == terms_of(other)


# Dutch


def test_a_dutch_compound_is_joined_in_its_own_way() -> None:
    names = ["hond", "trimmer", "kattentrimmer", "kinderen", "kind", "opvang", "katten"]
    compounds = compounds_of([*names, "naopvang", "trimmer opvang"], "nl")
    assert compounds is not None
    assert compounds.parts("hondentrimmer") == ("hond", "trimmer")
    assert compounds.parts("kinderopvang") == ("kind", "opvang")


def test_only_languages_that_write_them_as_one_word_have_compounds() -> None:
    assert compounds_of(["forklift", "driver"], "en") is None


def test_a_dutch_title_is_ranked_by_the_parts_of_its_compounds() -> None:
    occupations = [
        Coded("cook", {"nl": ("kok", "schoolkok")}),
        Coded("driver", {"nl": ("chauffeur", "buschauffeur", "taxichauffeur")}),
        Coded("truck", {"nl": ("chauffeur van een heftruck",)}),
    ]
    ranker = rank_esco(occupations, "nl", usual={})
    assert ids(ranker.rank("heftruckchauffeur", "nl"))[0] == "truck"


# French


@pytest.mark.parametrize(
    ("title", "english"),
    [
        ("Plombier", "plumber"),
        ("plombière (H/F)", "plumber"),
        ("Conducteur de poids lourds", "driver lorry"),
        ("conductrice d'autobus", "driver autobus"),
        ("Cardiologue", "cardiologist"),
        ("🚜", ""),
    ],
)
def test_a_french_title_is_read_in_english(title: str, english: str) -> None:
    bridge = a_bridge("plumber", "driver", "lorry", "autobus", "cardiologist")
    assert bridge.read(title).spelling == english


@pytest.mark.parametrize(
    ("title", "best"),
    [
        ("Plombier-chauffagiste", "plumber"),
        ("Chauffeur poids lourd", "truck-driver"),
        ("Cardiologue", "cardiologist"),
        ("Serveuse", "waiter"),
        ("Cuisinier", "cook"),
    ],
)
def test_a_french_title_finds_the_english_names(title: str, best: str) -> None:
    assert ids(a_ranker().rank(title, "fr"))[0] == best


def test_french_letters_are_compared_with_the_names_in_all_languages() -> None:
    names: dict[Language, tuple[str, ...]] = {
        "en": ("goldbeater",),
        "es": ("batihojista",),
    }
    ranker = rank_esco([Coded("x", names), Coded("y", {"en": ("cook",)})], usual={})
    assert ids(ranker.rank("batihojiste", "fr")) == ["x"]


# Chinese


@pytest.mark.parametrize(
    ("title", "work"),
    [
        ("急招叉车司机包吃住", "叉车司机"),
        ("高薪诚聘焊工8000元", "焊工"),
        ("日结 保洁员", "保洁员"),
        ("急招", "急招"),
    ],
)
def test_what_adverts_add_to_a_title_is_no_work(title: str, work: str) -> None:
    assert without_noise(title) == work


def test_noise_that_belongs_to_a_name_stays() -> None:
    names = "招聘专员\n日结工\n法律实习生"
    for title in ("招聘专员", "日结工", "法律实习生"):
        assert without_noise(title, names) == title
    assert without_noise("急招招聘专员包吃住", names) == "招聘专员"
    assert without_noise("招聘焊工 日结", names) == "焊工"


def test_the_marks_of_the_classification_are_no_part_of_a_name() -> None:
    assert without_marks("环境监测员L/S") == "环境监测员"
    assert without_marks("IT") == "IT"


def test_a_chinese_title_is_ranked_without_its_noise_and_with_synonyms() -> None:
    occupations = [
        Coded("1", {"zh": ("叉车司机",)}, "驾驶叉车搬运货物"),
        Coded("2", {"zh": ("中式烹调师",)}, "烹调菜肴"),
        Coded("3", {"zh": ("保洁员",)}, "清扫"),
    ]
    ranker = rank_csco(occupations)
    assert ids(ranker.rank("急招叉车工 包吃住 月入8000"))[0] == "1"
    assert ids(ranker.rank("炒锅"))[0] == "2"
    assert ranker.rank("forklift driver") == []


def test_a_synonym_counts_less_than_the_word_itself() -> None:
    synonyms = read_synonyms(["# a remark", "大厨: 厨师, 烹调"])
    phrase = with_synonyms("大厨", terms_in("zh"), synonyms)
    certainty = {term: share for group in phrase.groups for term, share in group}
    assert certainty["大厨"] == 1 > certainty["烹调"] > 0


# what phrases are about


def test_titles_without_a_common_word_are_akin_through_their_occupations() -> None:
    terms_of = terms_in("en")
    named_entries = {
        "baker": "bread dough oven",
        "pastry cook": "cake dough oven",
        "lawyer": "court law client",
    }
    entries = [
        Entry(name, (Name(name, tuple(terms_of(name))),)) for name in named_entries
    ]
    places = Latent([text.split() for text in named_entries.values()], 2).places
    ranker = Ranker(entries, named("x").reader, weights=BY_NAME)
    titles = list(named_entries)
    related = RelatedTitles(titles, terms_of, ranker, places)
    scores = related.scores(plain("baker", terms_of))
    assert scores[0] > scores[1] > scores[2]
