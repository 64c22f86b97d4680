"""Units, currencies and the words around amounts, as adverts of several languages write
them (in the plain characters of `scripts.plain`)."""

from __future__ import annotations

import re

from shared.values import Settlement

_PER = r"(?:/|per|an?|each|pro|je|die|der|im|par|de l'|la|a la|al|por|de|by the|p\.?)"

UNIT_AFTER = re.compile(
    r"(?:"
    rf"(?P<hour>(?:{_PER}\s?)(?:hours?|hrs?\b|h\b|stunde|std\b\.?|heure|hora|uur)"
    rf"|/\s?h(?:ou)?rs?\b"
    r"|p\.?\s?h\.?(?![a-z])|\bph\b|\bhourly|\bstundlich|horaires?\b|de l'heure"
    r"|/?\s?每?个?小时|/\s?时|/\s?h\b|一个?小时|每小时|per hr)"
    rf"|(?P<shift>(?:{_PER}\s?)(?:shift|schicht|turno|dienst)\b|/\s?班|一班(?!次))"
    rf"|(?P<day>(?:{_PER}\s?)(?:day|tag|jour|dia|dag)\b|p\.?\s?d\.?(?![a-z])|\bdaily"
    rf"|\btaglich"
    r"|/\s?[天日]|每[天日]|[一]天|per diem)"
    rf"|(?P<week>(?:{_PER}\s?)(?:week|wk|woche|semaine|semana)\b|p\.?\s?w\.?(?![a-z])"
    r"|\bweekly|\bwochentlich|/\s?周|每周|一周)"
    rf"|(?P<month>(?:{_PER}\s?)(?:month|mth|monat|mois|mes|maand)\b"
    rf"|p\.?\s?c\.?\s?m\.?(?![a-z])"
    r"|\bmonthly|\bmonatlich|\bmensuel(?:le)?s?|\bmensuale?s?|/\s?月|每月|一个月|一月"
    r"|[·x*]\s?1[2-8]\s?薪)"
    rf"|(?P<year>(?:{_PER}\s?)(?:year|yr|annum|jahr|an\b|ano|jaar)\b"
    rf"|p\.?\s?a\.?(?![a-z])"
    r"|\bannually|\bannual|\byearly|\bjahrlich|\bannuels?|\banuale?s?|/\s?年|每年|一年)"
    rf"|(?P<piece>(?:{_PER}\s?)(?:piece|item|parcel|stuck|stuk|pieza|drop)\b"
    rf"|/\s?[件单个]"
    r"|[每一][件单个])"
    r")"
)
UNIT_BEFORE = re.compile(
    r"(?P<hour>hourly|per hour|stundenlohn|stundensatz|uurloon|taux horaire"
    r"|salaire horaire"
    r"|por hora|时薪|小时工资|每小时|工价)"
    r"|(?P<shift>per shift|每班)"
    r"|(?P<day>day rate|daily (?:rate|wage|pay)|tagessatz|tageslohn|dagloon"
    r"|taux journalier"
    r"|日薪|日工资|每天|一天|日结)"
    r"|(?P<week>weekly (?:rate|wage|pay)|wochenlohn|weekloon|周薪)"
    r"|(?P<month>monthly (?:salary|rate|wage|pay)|monatslohn|monatsgehalt|monatlich"
    r"|maandsalaris|maandloon"
    r"|salaire mensuel|sueldo mensual|salario mensual|月薪|月工资|月入|月收入|底薪"
    r"|每月)"
    r"|(?P<year>annual salary|yearly salary|annual|jahresgehalt|jahreslohn|jaarsalaris"
    r"|salaire annuel|salario anual|年薪|年收入)"
)
BEFORE = re.compile(
    r"\b(?:salary|pay|paying|wages?|rate|compensation|earn\w*|remuneration|ote|package"
    r"|gehalt|lohn|salaris|loon|uurloon|maandsalaris|verdienst|vergutung|bezahlung"
    r"|zahlen|stundenlohn|monatslohn"
    r"|jahresgehalt|monatsgehalt|tagessatz|stundensatz|gehaltsvorstellung"
    r"|salaire|remuneration|taux|retribution|salario|sueldo|pago|paga)\b"
    r"|薪|工资|待遇|收入|底薪|月入|日结|报酬|价格|薪资|期望"
)
NO_PAY_BEFORE = re.compile(
    r"(?:bonus(?:es)?|voucher|gift card|discount|deposit|turnover|revenue|budget"
    r"|fund\w*"
    r"|up to|over|worth|referral|refer a friend|sign-on|relocation|pramie|bonus von"
    r"|gutschein|umsatz|rabatt|zuschuss|prime de|chiffre d'affaires|bono de|押金|报名费"
    r"|奖金|补贴|餐补|房补|全勤奖?|提成|社保|体检费|注册资金)"
    r"(?:\s(?:of|von|de|uber|to|up to|the|a))?[\s:]{0,2}$"
)
NO_PAY_AFTER = re.compile(
    r"\s?(?:million|mio|billion|bn\b|mrd|m\b(?!on)|%|percent|years?\b(?! salary)"
    r"|voucher"
    r"|gift|bonus|sign|discount|deposit|turnover|revenue|budget|gutschein|pramie|rabatt"
    r"|off\b|welcome|referral|亿|奖金|补贴|餐补|全勤|押金|红包|平米|平方"
    r"|(?:hours?|hrs?|stunden|heures|horas|uren|uur)\b|kg|lbs|km|miles)"
)
SETTLEMENTS: tuple[tuple[Settlement, re.Pattern[str]], ...] = (
    (
        Settlement.DAILY,
        re.compile(
            r"\bpaid (?:daily|same day)|\bdaily pay\b|same[- ]day pay"
            r"|tagliche auszahlung|dagelijks(?:e)? (?:uit)?betaald|paye (?:chaque"
            r"|par) jour|日结|当天结|现结"
        ),
    ),
    (
        Settlement.WEEKLY,
        re.compile(
            r"\bpaid weekly|\bweekly pay\b|wochentliche (?:aus)?zahlung"
            r"|wekelijks(?:e)? (?:uit)?betaald|paye (?:chaque|par) semaine"
            r"|pago semanal|周结"
        ),
    ),
    (
        Settlement.MONTHLY,
        re.compile(r"\bpaid monthly|monatliche (?:aus)?zahlung|pago mensual|月结"),
    ),
)
DOLLARS = frozenset(["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "JMD"])
BY_SIGN = {
    "us$": "USD", "ca$": "CAD", "c$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD",
    "s$": "SGD", "hk$": "HKD", "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "£": "GBP",
    "€": "EUR", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "₫": "VND", "₱": "PHP",
    "฿": "THB", "zł": "PLN", "rmb": "CNY", "euro": "EUR", "euros": "EUR",
    "pound": "GBP", "pounds": "GBP", "sfr": "CHF", "fr": "CHF", "kr": "SEK",
    "新币": "SGD", "新加坡元": "SGD", "港币": "HKD", "港元": "HKD", "台币": "TWD",
    "新台币": "TWD", "美元": "USD", "美金": "USD", "欧元": "EUR", "英镑": "GBP",
    "日元": "JPY", "円": "JPY", "人民币": "CNY",
}  # fmt: skip
BY_COUNTRY = {
    "GB": "GBP", "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "IN": "INR",
    "CN": "CNY", "HK": "HKD", "TW": "TWD", "SG": "SGD", "MO": "MOP", "JP": "JPY",
    "KR": "KRW", "CH": "CHF", "LI": "CHF", "SE": "SEK", "NO": "NOK", "DK": "DKK",
    "PL": "PLN", "CZ": "CZK", "HU": "HUF", "RO": "RON", "TR": "TRY", "AE": "AED",
    "SA": "SAR", "QA": "QAR", "MX": "MXN", "BR": "BRL", "ZA": "ZAR", "MY": "MYR",
    "PH": "PHP", "TH": "THB", "VN": "VND", "ID": "IDR", "JM": "JMD", "AR": "ARS",
    "CL": "CLP", "CO": "COP", "PE": "PEN", "NG": "NGN", "KE": "KES", "EG": "EGP",
    **dict.fromkeys(
        ["DE", "FR", "ES", "IT", "AT", "BE", "NL", "IE", "PT", "FI", "GR", "LU", "SI",
         "SK", "EE", "LV", "LT", "MT", "CY", "HR", "BG"],
        "EUR",
    ),
}  # fmt: skip
"""ISO 3166 country → the currency that its adverts mean when they do not say."""
