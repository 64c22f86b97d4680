"""Adverts and words for tests of the importers."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from infra.imports.draft import Draft
from infra.imports.jsonld import find_job_postings
from infra.imports.lexicon import Occupation
from infra.imports.posting import Rules, draft_postings
from infra.imports.schema_org import read_job_posting
from shared.values import Market

RULES = Rules(system="test")


class FewWords:
    """A lexicon of a handful of words."""

    occupations: ClassVar = {
        "forklift driver": Occupation(
            "forklift-driver",
            (Market.TEMPORARY, Market.LABOR),
            ("forklift-driving", "loading"),
        ),
        "8344": Occupation(
            "forklift-driver", (Market.TEMPORARY, Market.LABOR), ("forklift-driving",)
        ),
        "data engineer": Occupation("data-engineer", (Market.TALENT,), ("python",)),
    }
    skills: ClassVar = {
        "python": "python",
        "sql": "sql",
        "forklift driving": "forklift-driving",
    }
    certificates: ClassVar = {"forklift licence": "forklift-licence"}

    def occupation(self, text: str) -> Occupation | None:
        return self.occupations.get(text.casefold())

    def skill(self, text: str) -> str | None:
        return self.skills.get(text.casefold())

    def certificate(self, text: str) -> str | None:
        return self.certificates.get(text.casefold())


def a_job_posting(**changes: Any) -> dict[str, Any]:
    """A complete schema.org JobPosting; a change to None takes a property away."""
    node = {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "name": "Acme", "value": "A-1"},
        "title": "Forklift driver",
        "description": "<p>Drive.</p><ul><li>Nights</li></ul>",
        "datePosted": "2026-11-01",
        "employmentType": "FULL_TIME",
        "hiringOrganization": {"@type": "Organization", "name": "Acme"},
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "addressLocality": "London",
                "addressCountry": "GB",
            },
        },
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": "GBP",
            "value": {
                "@type": "QuantitativeValue",
                "minValue": 14.5,
                "maxValue": "16.00",
                "unitText": "HOUR",
            },
        },
    } | changes
    return {name: value for name, value in node.items() if value is not None}


def drafts_of(content: str | bytes | object, rules: Rules = RULES) -> list[Draft]:
    """The drafts of a file's content, given as text, or as what to write as JSON."""
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return [
        draft_postings(read_job_posting(found), rules, FewWords())
        for found in find_job_postings(content)
    ]


def draft_of(rules: Rules = RULES, **changes: Any) -> Draft:
    """The draft of one JobPosting with these changes."""
    (draft,) = drafts_of(a_job_posting(**changes), rules)
    return draft


def document_of(rules: Rules = RULES, **changes: Any) -> dict[str, Any]:
    """The one document of an advert that must have no fault."""
    draft = draft_of(rules, **changes)
    assert draft.faults == []
    (document,) = draft.documents
    return document


def faults_of(rules: Rules = RULES, **changes: Any) -> dict[str, str]:
    """field → reason of an advert that must not land."""
    draft = draft_of(rules, **changes)
    assert draft.documents == []
    return dict(draft.faults)
