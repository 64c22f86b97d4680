"""A schema.org JobPosting as an Advert: https://schema.org/JobPosting.

Sources put a text where an object belongs, an object where a text belongs, and either
in a list; all of that is read. What is plainly of the wrong shape is a fault.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup

from infra.imports.advert import Advert, Raw, RawPay, RawPlace
from infra.imports.draft import RowFault
from infra.imports.jsonld import Found

NAMES = {
    "id": "identifier",
    "kind": "employmentType",
    "occupation": "occupationalCategory",
    "place": "jobLocation",
    "remote": "jobLocationType",
    "applicants_from": "applicantLocationRequirements",
    "pay": "baseSalary",
    "pay.minimum": "baseSalary.value.minValue",
    "pay.maximum": "baseSalary.value.maxValue",
    "pay.unit": "baseSalary.value.unitText",
    "pay.currency": "baseSalary.currency",
    "weekly": "workHours",
    "starts_on": "jobStartDate",
    "expires_at": "validThrough",
    "headcount": "totalJobOpenings",
    "certificates": "qualifications",
    "organisation": "hiringOrganization",
}
REMOTE = "telecommute"


def read_job_posting(found: Found) -> Advert:
    if found.node is None:
        fault = RowFault("", found.problem or "cannot be read")
        return Advert(row=found.row, faults=[fault])
    node = found.node
    advert = Advert(row=found.row, names=dict(NAMES))
    advert.id = _identifier(node)
    advert.title = _plain_text(_first_text(node.get("title") or node.get("name")))
    advert.employer = _first_text(node.get("hiringOrganization"))
    advert.kinds = list(_texts(node.get("employmentType")))
    advert.occupations = list(_codes(node.get("occupationalCategory")))
    advert.occupations += _codes(node.get("relevantOccupation"))
    advert.skills = list(_phrases(node.get("skills")))
    advert.certificates = list(_phrases(node.get("qualifications")))
    advert.places = [_place(item) for item in _list(node.get("jobLocation"))]
    location_types = {kind.casefold() for kind in _texts(node.get("jobLocationType"))}
    advert.remote = any(kind.endswith(REMOTE) for kind in location_types)
    if location_types and not advert.remote:
        reason = f"{min(location_types)!r} is not TELECOMMUTE"
        advert.faults.append(RowFault("jobLocationType", reason))
    advert.applicants_from = [
        name
        for area in _list(node.get("applicantLocationRequirements"))
        if (name := _area(area))
    ]
    advert.pay = _pay(node, advert.faults)
    advert.hours = _first_text(node.get("workHours"))
    advert.starts_on = _first_text(node.get("jobStartDate"))
    advert.expires_at = _first_text(node.get("validThrough"))
    advert.headcount = _scalar(node.get("totalJobOpenings"))
    advert.description = _description(node)
    return advert


def _identifier(node: Mapping[str, Any]) -> str:
    """What names this posting in its source, also when it is read again.

    Without an identifier and an address, a digest of what does not change in a
    correction: the title, who hires, where, and the day it was posted.
    """
    for item in _list(node.get("identifier")):
        value = item.get("value", item.get("name")) if isinstance(item, dict) else item
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    for name in ("url", "@id"):
        if text := _first_text(node.get(name)):
            return text
    lasting = ("title", "hiringOrganization", "jobLocation", "datePosted")
    told = json.dumps([node.get(name) for name in lasting], sort_keys=True)
    return "digest:" + hashlib.sha256(told.encode()).hexdigest()[:32]


def _place(item: Any) -> RawPlace:
    if isinstance(item, str):
        locality, _, country = item.rpartition(",")
        return RawPlace(locality.strip() or item, None, country.strip() or None)
    if not isinstance(item, dict):
        return RawPlace()
    geo = next((g for g in _list(item.get("geo")) if isinstance(g, dict)), item)
    address = next(iter(_list(item.get("address"))), item)
    if isinstance(address, str):
        # "55 Water St, New York, US": the parts are guesses that the resolver checks
        parts = [part.strip() for part in address.split(",")]
        address = {"addressLocality": parts[0]}
        if len(parts) > 1:
            address = {"addressLocality": parts[-2], "addressCountry": parts[-1]}
    if not isinstance(address, dict):
        address = {}
    return RawPlace(
        locality=_first_text(address.get("addressLocality")),
        region=_first_text(address.get("addressRegion")),
        country=_first_text(address.get("addressCountry")),
        lat=_scalar(geo.get("latitude")),
        lon=_scalar(geo.get("longitude")),
        street=_first_text(address.get("streetAddress")),
    )


def _area(area: Any) -> str | None:
    if isinstance(area, dict) and "address" in area:
        return _first_text(_place(area).country)
    return _first_text(area)


def _pay(node: Mapping[str, Any], faults: list[RowFault]) -> RawPay | None:
    stated = _list(node.get("baseSalary")) or _list(node.get("estimatedSalary"))
    if not stated:
        return None
    salary = stated[0]
    currency = _first_text(node.get("salaryCurrency"))
    if not isinstance(salary, dict):
        return RawPay(_scalar(salary), _scalar(salary), None, currency)
    currency = _first_text(salary.get("currency")) or currency
    value = next(iter(_list(salary.get("value"))), None)
    # many put the quantity straight into the MonetaryAmount
    amount = value if isinstance(value, dict) else salary | {"value": value}
    single = _scalar(amount.get("value"))
    minimum, maximum = (_scalar(amount.get(name)) for name in ("minValue", "maxValue"))
    if single is None and minimum is None and maximum is None:
        faults.append(RowFault("baseSalary.value", "names no amount"))
        return None
    unit = amount.get("unitText") or amount.get("unitCode")
    unit = unit or salary.get("unitText") or salary.get("duration")
    return RawPay(
        minimum=single if minimum is None else minimum,
        maximum=single if maximum is None else maximum,
        unit=_first_text(unit),
        currency=currency,
    )


def _description(node: Mapping[str, Any]) -> str:
    """The text, and below it what has no field of its own here."""
    parts = [_plain_text(_first_text(node.get("description")))]
    for name, title in (
        ("responsibilities", "Responsibilities"),
        ("qualifications", "Qualifications"),
        ("experienceRequirements", "Experience"),
        ("educationRequirements", "Education"),
        ("jobBenefits", "Benefits"),
        ("workHours", "Hours"),
    ):
        text = _plain_text("; ".join(_texts(node.get(name))))
        if text and text not in parts[0]:
            parts.append(f"{title}: {text}")
    return "\n\n".join(part for part in parts if part)


def _plain_text(text: str | None) -> str:
    """HTML as text: blocks on lines of their own, list items behind a dash."""
    if not text:
        return ""
    if "<" not in text and "&" not in text:
        return text.strip()
    # feeds often escape their HTML once more
    unescaped = html.unescape(text) if "&lt;" in text else text
    soup = BeautifulSoup(unescaped, "html.parser")
    for unwanted in soup.find_all(("script", "style")):
        unwanted.decompose()
    for item in soup.find_all("li"):
        item.insert(0, "- ")
    for block in soup.find_all(("br", "p", "li", "div", "h1", "h2", "h3", "h4", "tr")):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in soup.text.split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def _codes(value: Any) -> Iterator[str]:
    """Occupations as codes or names; "53-7051.00 Forklift operator" gives both."""
    for item in _list(value):
        if isinstance(item, dict):
            yield from _texts(item.get("codeValue") or item.get("termCode"))
            yield from _texts(item.get("name"))
            continue
        for text in _texts(item):
            coded = re.fullmatch(r"(\d[\d\-.]*)\s+[-–:]?\s*(.+)", text)
            yield from coded.groups() if coded else (text,)


def _phrases(value: Any) -> Iterator[str]:
    """Each term of "Python, SQL; Docker" or of a list of terms."""
    for text in _texts(value):
        for part in re.split(r"[,;\n•|]", _plain_text(text)):
            if part.strip(" -"):
                yield part.strip(" -")


def _texts(value: Any) -> Iterator[str]:
    for item in _list(value):
        if isinstance(item, dict):
            name = (
                item.get("name")
                or item.get("credentialCategory")
                or item.get("description")
                or item.get("text")
                or item.get("value")
            )
            yield from _texts(name)
        elif isinstance(item, str | int | float) and not isinstance(item, bool):
            yield from filter(None, [str(item).strip()])


def _first_text(value: Any) -> str | None:
    return next(_texts(value), None)


def _scalar(value: Any) -> Raw:
    for item in _list(value):
        if isinstance(item, dict):
            item = item.get("value")
        if isinstance(item, str | int | float):
            return item if not isinstance(item, str) or item.strip() else None
    return None


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
