"""Active ISO 4217 codes that somebody can be paid in (no funds, metals or test codes).

As of amendment 180 and the withdrawals of 2026: BGN, HRK, ANG, CUC, SLL and ZWL are
history.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from shared.fields import Currency, fault, shown

CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN
    BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB
    EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
    ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD
    MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR
    PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(CODES.split())


def _known(code: str) -> str:
    if code not in CURRENCIES:
        raise fault("currency", "is no active ISO 4217 currency")
    return code


KnownCurrency = Annotated[Currency, AfterValidator(_known), shown(format="iso-4217")]
