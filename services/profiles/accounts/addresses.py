"""E-mail addresses and phone numbers in one spelling each, so that they are found."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.fields import PLAIN_EMAIL, ShortText, fault, shown

# without what a mail header reads as more than an address: x<victim@example.org> would
# be a login of its own, and its codes would go to the victim
PART = r"[^@\s<>()\[\],;:\\\"]"
EMAIL = re.compile(rf"{PART}{{1,64}}@(?:(?!\.){PART})+(?:\.(?:(?!\.){PART})+)*")
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
PUNCTUATION = re.compile(r"[\s().\-/]")


class AddressKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is reached, and what they sign in with."""

    kind: AddressKind
    normal: str


def email_address(text: str) -> Address:
    """Case and Unicode form do not tell mailboxes apart; raises ValueError."""
    normal = unicodedata.normalize("NFKC", text).strip().casefold()
    if not EMAIL.fullmatch(normal):
        raise ValueError("is no e-mail address")
    return Address(AddressKind.EMAIL, normal)


def phone_number(text: str) -> Address:
    """E.164 with its country code, whatever stands between; raises ValueError."""
    normal = PUNCTUATION.sub("", text)
    if normal.startswith("00"):
        normal = "+" + normal[2:]
    if not PHONE.fullmatch(normal):
        raise ValueError("is no phone number with its country code")
    return Address(AddressKind.PHONE, normal)


def any_address(text: str) -> Address:
    """What somebody typed as their user name; raises ValueError."""
    return email_address(text) if "@" in text else phone_number(text)


def _email(text: str) -> str:
    try:
        return email_address(text).normal
    except ValueError:
        raise fault("email", "must be an e-mail address") from None


def _phone(text: str) -> str:
    try:
        return phone_number(text).normal
    except ValueError:
        raise fault(
            "phone", "must be a phone number with its country code: +44 20 7946 0001"
        ) from None


_GAP = r"[ ().\-/]*"
Email = Annotated[
    ShortText,
    AfterValidator(_email),
    Field(examples=["amara@example.org"]),
    shown(pattern=PLAIN_EMAIL),
]
Phone = Annotated[
    ShortText,
    AfterValidator(_phone),
    Field(examples=["+44 20 7946 0001"]),
    shown(pattern=rf"^{_GAP}(\+|00){_GAP}[1-9]({_GAP}[0-9]){{6,14}}{_GAP}$"),
]
