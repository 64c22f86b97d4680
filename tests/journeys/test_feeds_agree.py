"""What one service tells, the other understands."""

from __future__ import annotations

from services.matching.intake import blocklists as blocklist_intake
from services.matching.intake import postings as posting_intake
from services.matching.intake import workers as worker_intake
from services.postings.blocklist import state as blocklists
from services.postings.hiring import profiles_feed as hiring
from services.postings.postings import lifecycle
from services.profiles.agencies import state as agencies
from services.profiles.workers import state


def test_matching_applies_every_event_of_a_posting() -> None:
    told = {*lifecycle.EVENTS.values(), lifecycle.RELEASED, lifecycle.EDITED}
    assert set(posting_intake.TYPES) == told


def test_matching_applies_every_event_of_a_worker() -> None:
    told = {state.REGISTERED, state.CHANGED, state.REMOVED}
    assert set(worker_intake.ENTITY_TYPES) == told


def test_matching_applies_the_event_of_a_blocklist() -> None:
    assert blocklist_intake.CHANGED == blocklists.CHANGED


def test_every_way_to_be_open_queues_a_run() -> None:
    opening = {
        lifecycle.event_of(verb)
        for verb, step in lifecycle.STEPS.items()
        if step.after is lifecycle.Status.OPEN
    }
    assert opening | {lifecycle.EDITED} == set(posting_intake.REASONS)


def test_hiring_applies_every_event_of_mandates_and_representations() -> None:
    assert {agencies.MANDATE_GRANTED, agencies.MANDATE_ENDED} == hiring.MANDATES
    assert {
        agencies.REPRESENTATION_GRANTED,
        agencies.REPRESENTATION_ENDED,
    } == hiring.REPRESENTATIONS
    assert hiring.REMOVED == state.REMOVED
