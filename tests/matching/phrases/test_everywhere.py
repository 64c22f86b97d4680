"""A binding is a name wherever names are read; what has none is counted there, too."""

from __future__ import annotations

from typing import Any

from services.matching.phrases.understanding import Understanding
from services.matching.skills.bound import Bound
from services.matching.skills.bound_completing import suggest_with
from services.matching.skills.completing import usualness
from services.matching.skills.concepts import Concept, Kind
from services.matching.skills.suggest import suggest
from services.matching.skills.taxonomy import load_taxonomy
from tests.matching.phrases.conftest import BINDINGS, Process

ADVERT = """\
Job title: Flange tickler

Requirements:
- Flange wrangling
- welding, grommet lore and zorbing
- You must be able to lift 25 kg every single day
- 3 years experience
- no widget polishing needed
- search and rescue at sea
"""


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in found]


async def test_a_bound_skill_is_found_wherever_skills_are(process: Process) -> None:
    text = "Welder wanted. No flange  wrangling, but welding."
    assert ids((await process.read(text))["skills"]) == ["welding"]
    own = await process.completed("flange wr")

    binding = (await process.bound("flange wrangling", "brazing")).json()
    await process.refresh()
    [typed] = await process.typed("Flange wrangling")
    assert typed["concept"]["id"] == "brazing"
    [found, _] = (await process.read(text))["skills"]
    assert (found["id"], found["negated"]) == ("brazing", True)
    assert found["span"] == {"start": 18, "end": 35, "text": "flange  wrangling"}
    completed = await process.completed("flange wr")
    assert completed == [("brazing", "flange wrangling"), *own]

    await process.call("DELETE", f"{BINDINGS}/{binding['id']}")
    await process.refresh()
    [typed] = await process.typed("Flange wrangling")
    assert typed["concept"] is None
    assert ids((await process.read(text))["skills"]) == ["welding"]
    assert await process.completed("flange wr") == own


async def test_a_bound_title_is_found_wherever_titles_are(process: Process) -> None:
    title, text = "Grommet boss", "Grommet boss (m/f/d)\nCome and join."
    before = await process.ranked(title, limit=1)
    assert before != [["welder"]]
    assert (await process.read(text))["occupation"] is None

    binding = (await process.bound(title, "welder", "occupation")).json()
    await process.refresh()
    assert await process.ranked(title, limit=1) == [["welder"]]
    assert await process.ranked(title, limit=1, language="zh") == [["welder"]]
    assert await process.ranked(title, limit=1, scheme="isco08") == [["7212"]]
    assert (await process.read(text))["occupation"]["id"] == "welder"
    [first, *_] = await process.completed("gromm", kind="occupation")
    assert first == ("welder", "grommet boss")

    await process.call("DELETE", f"{BINDINGS}/{binding['id']}")
    await process.refresh()
    assert await process.ranked(title, limit=1) == before
    assert (await process.read(text))["occupation"] is None


async def test_a_label_of_a_bound_title_is_in_the_asked_language(
    process: Process,
) -> None:
    await process.bound("grommet boss", "welder", "occupation")
    await process.refresh()
    body = {"titles": ["grommet boss"], "language": "zh", "limit": 1}
    answer = await process.call("POST", "/v1/skills/titles", json=body)
    [best] = answer.json()["results"][0]["ranked"]
    assert best["label"] == load_taxonomy().occupations["welder"].label_zh


async def test_in_a_text_a_name_goes_before_a_binding(process: Process) -> None:
    welding = load_taxonomy().skills["welding"]
    names: dict[tuple[Kind, str], Concept] = {
        ("skill", "forklift driving"): welding,
        ("skill", "drug test"): welding,
    }
    process.app.state.understanding = Understanding(Bound(1, names))
    found = (await process.read("Forklift driving, drug test"))["skills"]
    assert ids(found) == ["forklift-driving", "welding"]


async def test_unknown_terms_of_a_list_of_skills_are_counted(process: Process) -> None:
    for _ in range(2):
        await process.read(ADVERT)
    await process.flush()
    counted = {item["folded"] for item in await process.listed(kind="skill")}
    assert counted == {"flange wrangling", "grommet lore", "zorbing"}
    [title] = await process.listed(kind="occupation")
    assert (title["example"], title["count"]) == ("Flange tickler", 2)


async def test_of_any_other_part_of_a_text_nothing_is_counted(process: Process) -> None:
    for _ in range(2):
        await process.read("Jane Smythe\nZorbing, flange wrangling\nReferees: P. Jones")
        await process.read("We offer:\n- zorbing\n\nSkills: welding, 12 zorbs", "cv")
    await process.flush()
    assert await process.rows("phrase") == []


async def test_what_a_list_has_twice_or_too_much_of_counts_little(
    process: Process,
) -> None:
    many = ", ".join(f"zorb {letter}ing" for letter in "abcdefghijklmnopqrstuvwxyz")
    for _ in range(2):
        await process.read(f"Skills: zorbing, Zorbing, {many}", "cv")
    await process.flush()
    phrases = await process.listed()
    assert len(phrases) == 20
    assert {phrase["count"] for phrase in phrases} == {2}


async def test_titles_that_resolve_to_nothing_are_counted(process: Process) -> None:
    for _ in range(2):
        await process.ranked("Grommet boss", "welder")
    await process.flush()
    [phrase] = await process.listed()
    assert (phrase["kind"], phrase["folded"]) == ("occupation", "grommet boss")


def test_bound_completions_stand_by_how_usual_they_are() -> None:
    taxonomy = load_taxonomy()
    usual = usualness(taxonomy)
    own = suggest("weld", "skill", "en", 50)
    begun = {one.concept.id for one in own if one.name.startswith("weld")}
    others = [s for id, s in taxonomy.skills.items() if id not in begun]
    top = max(others, key=lambda skill: usual["skill", skill.id])
    low = min(others, key=lambda skill: usual["skill", skill.id])
    bound = Bound(1, {("skill", "weldage a"): low, ("skill", "weldage z"): top})
    found = suggest_with(bound, "weld", "skill", "en", 50)
    places = {one.concept.id: place for place, one in enumerate(found)}
    assert places[top.id] < places[low.id]
    assert len(places) == len(found)
    assert [one for one in found if not one.name.startswith("weldage")] == [
        one for one in own if one.concept.id not in (top.id, low.id)
    ]
    [first, *_] = suggest_with(bound, "weldage a", "skill", "en", 50)
    assert first.concept is low
    assert suggest_with(bound, "weld", "skill", "en", 1)[0] in (found[0],)
