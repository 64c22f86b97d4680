"""Where a check is told to look away, and why: the only such table.

What stands here is what a JSON schema cannot say. A request that fits the schema may be
refused for these reasons, and for no other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from schemathesis import Case
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import RejectedPositiveData

FIELDS = "compares fields with each other"
CLOCK = "compares with the time it is"
STORED = "compares with what is stored"
CALLER = "depends on who asks"
VOCABULARY = "asks a vocabulary that changes, or is too long to list"
OURS = "takes only what an earlier answer gave"
UNIQUE = "compares the entries of a list by some of their fields"

RULES: Mapping[str, str] = {
    "clock_gap": "asks the time zone whether the clocks skip that hour",
    "code_address": FIELDS,
    "commitment": FIELDS,
    "consent_until": CLOCK,
    "currency": VOCABULARY,
    "cursor": OURS,
    "day": "the days of a month differ",
    "document_number": "counts the letters and digits of any script",
    "duplicate": UNIQUE,
    "duplicate_shift": UNIQUE,
    "duplicate_source": UNIQUE,
    "each_once": UNIQUE,
    "email": "is judged in its Unicode normal form",
    "empty_interval": FIELDS,
    "exactly_one": FIELDS,
    "expired": CLOCK,
    "expiry_in_the_past": CLOCK,
    "fixed_once_open": STORED,
    "future": CLOCK,
    "instant": "the days of a month differ",
    "key_lifetime": CLOCK,
    "lane": CALLER,
    "local_time": "the days of a month differ",
    "needed_to_open": FIELDS,
    "no_end": FIELDS,
    "not_listed": STORED,
    "not_yours": CALLER,
    "one_address": FIELDS,
    "one_schedule": FIELDS,
    "one_worker": FIELDS,
    "operator_only": CALLER,
    "organisation": CALLER,
    "overlap": UNIQUE,
    "own_id": CALLER,
    "own_kind": CALLER,
    "paper_reference": FIELDS,
    "password_common": "asks a list of ten thousand passwords",
    "password_length": "is counted in its Unicode normal form",
    "pay_range": FIELDS,
    "period": FIELDS,
    "phrase": "asks Unicode what is a letter or a digit",
    "place_required": FIELDS,
    "posting_has_ended": STORED,
    "reason": FIELDS,
    "removed": STORED,
    "scope": CALLER,
    "shift_in_the_past": CLOCK,
    "shift_length": FIELDS,
    "shift_order": FIELDS,
    "together": FIELDS,
    "too_far_ahead": CLOCK,
    "too_old": CLOCK,
    "unknown_agency": STORED,
    "unknown_certificate": VOCABULARY,
    "unknown_occupation": VOCABULARY,
    "unknown_organisation": STORED,
    "unknown_part": VOCABULARY,
    "unknown_shift": STORED,
    "unknown_skill": VOCABULARY,
    "unknown_worker": STORED,
    "weights": FIELDS,
    "verb_state": FIELDS,
    "wording_changed": STORED,
    "zone": VOCABULARY,
    "zone_required": FIELDS,
}
"""Rule of a fault (422, under `errors`) -> what it does that no schema says."""

RULES_OF: Mapping[str, Mapping[str, str]] = {
    "apply_to_posting": {"worker": CALLER},
    "edit_posting": {"missing": "looks at the posting with the patch laid over it"},
    "grant_mandate": {"order": FIELDS, "past": CLOCK},
    "grant_representation": {"past": CLOCK},
    "may_work": {"past": CLOCK, "too_long": FIELDS},
    "merge_worker": {"another": "compares the body with the path"},
    "read_feed_snapshot": {"uuid": OURS},
    "record_acting_consent": {"worker": STORED},
    "record_work_papers": {"missing": FIELDS},
}
"""Operation -> rules of its own."""

PROBLEMS: Mapping[str, str] = {
    "code-refused": OURS,
    "idempotency-key-reused": STORED,
    "invitation-spent": OURS,
}
"""Kind of a problem (422, the end of `type`) -> what it does that no schema says."""

OAUTH: Mapping[str, str] = {
    "invalid_grant": OURS,
    "invalid_request": "RFC 6749: what a grant asks for differs by grant",
    "invalid_scope": CALLER,
    "invalid_target": "RFC 8693: what a token is exchanged for",
    "unsupported_grant_type": VOCABULARY,
}
"""`error` of the token endpoint (400) -> likewise."""

JUDGE_EACH_ROW = frozenset({"import_postings", "register_worker_batch"})
"""An import takes what it can: the result of a bad row is `rejected`, under 200."""

CHECKS: Mapping[tuple[str, str], str] = {
    ("read_erasure", "ensure_resource_availability"): "a new worker has none to read",
}
"""(operation, check) -> why the check is wrong about it."""

MORE_STATUSES: Mapping[str, tuple[str, ...]] = {
    # If-Match: whether a version still stands is not for a schema to say
    "positive_data_acceptance": ("412",),
    "negative_data_rejection": ("412",),
}
"""Check -> statuses that are a proper answer besides those that Schemathesis takes."""


def is_excused(failure: Failure, case: Case[Any], response: Response) -> bool:
    """Whether the tables say why the check is wrong about this answer."""
    operation = str(case.operation.definition.raw["operationId"])
    answer = document(response)
    if isinstance(failure, AcceptedNegativeData):
        return operation in JUDGE_EACH_ROW and any(
            row["result"] == "rejected" for row in answer.get("results", ())
        )
    if not isinstance(failure, RejectedPositiveData):
        return False
    known = RULES.keys() | RULES_OF.get(operation, {})
    faults = answer.get("errors", ())
    if faults:
        return all(
            fault["rule"] in known
            or (fault["rule"] == "int_type" and _is_whole(case.body, fault))
            for fault in faults
        )
    kind = str(answer.get("type", "")).rpartition(":")[2]
    return kind in PROBLEMS or answer.get("error") in OAUTH


def _is_whole(body: Any, fault: Mapping[str, Any]) -> bool:
    """Whether a fault is about 6.0: an integer to JSON schema, none to our fields."""
    for part in str(fault.get("pointer", "")).split("/")[1:]:
        body = body[int(part)] if isinstance(body, list) else body.get(part)
    return isinstance(body, float) and body.is_integer()


def rules_broken(answer: Mapping[str, Any]) -> set[str]:
    return {fault["rule"] for fault in answer.get("errors", ())}


def document(response: Response | None) -> Mapping[str, Any]:
    """The body where it is a JSON object, else nothing."""
    if response is None:
        return {}
    try:
        body = json.loads(response.content or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


ENDLESS = {
    "watch_queues": "goes on for as long as it is listened to;"
    " tests/matching/runs/test_watching.py",
}
"""Operations that are not asked at all, and why."""
