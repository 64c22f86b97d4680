"""Any text is answered, soon, with spans that say what stands there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.extract.extract import LONGEST, Extract, extract
from services.matching.extract.schemas import ExtractAnswer
from services.matching.extract.scripts import plain
from services.matching.extract.spans import Span, read
from services.matching.extract.views import answer

PIECES = (
    "forklift driver", "叉车司机", "Staplerschein", "no ", "不需要", "£14.50 an hour",
    "8000-12000元/月", "Mon–Fri 9–5", "早8晚6", "fluent English", "5+ years", "Python",
    "C++", "R&D", ", ", ".\n", "\u202e", "\u200d", "🚜", "\ud800", "e\u0301", "İ", "ﬁ",
    "ß", "①", "𝐏𝐲𝐭𝐡𝐨𝐧", "\x00", "（", "包吃住", "1万2", "�", "12月24日", "()",
)  # fmt: skip
BOUND = 30  # seconds; not a speed, only that it ends
"""Seconds of computing; three times what is meant, for machines that are busy."""


def spans(found: Extract) -> list[Span]:
    named = [*found.skills, *found.certificates]
    if found.occupation:
        named.append(found.occupation)
    return [
        *(each.span for each in named),
        *(each.spoken.span for each in found.languages),
        *(each.span for each in found.pay),
        *(each.span for each in found.schedule),
        *(each.span for each in found.lodging),
    ]


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=25).map("".join),
    st.sampled_from(["advert", "cv"]),
    st.sampled_from([None, "GB", "CN", "JP", "ZZ"]),
)
@settings(deadline=None)
def test_every_span_holds_its_text(text: str, kind: str, country: str | None) -> None:
    found = extract(text, "cv" if kind == "cv" else "advert", country)
    for span in spans(found):
        assert 0 <= span.start < span.end <= len(text)
    shown: ExtractAnswer = answer(text, found)
    for each in (*shown.skills, *shown.pay, *shown.schedule, *shown.languages):
        assert text[each.span.start : each.span.end] == each.span.text


@given(st.text(st.characters(codec=None)) | st.text(st.sampled_from("".join(PIECES))))
@settings(deadline=None)
def test_plain_text_is_as_long_as_it_was(text: str) -> None:
    assert len(plain(text)) == len(text)
    for atom in read(text).atoms:
        assert 0 <= atom.start < atom.end <= len(text)


@pytest.mark.parametrize(
    "piece",
    [
        "1", "1 ", "1-", "1,", "1'", "1 111 ", "12:00-", "1/1/", "5 years ", "€",
        "€1-2 ",
        "a", "a.", "ab\n", " ", "\n", ".", ",", "(", "-", "- ", "/ ", "'", "&", "c# ",
        "C1 ", "fork ", "python, ", "no ", "not required, ", "no x or y, ", "We offer ",
        "Mon, ", "9-5 ", "jan ", "12.12.2026 ", "English, ", "temporary ", "chef ",
        "we are hiring ", "good python ", "1万", "会计算", "不需要叉车", "周一",
        "\u0301",
        "e\u0301", "\u202e", "🚜", "\ud800", "1 per ", "per ", "1h", "1k ", "日结",
        "skills:\n", "skills: a, ", "skills:\nab\n", "job title: ", "job title: a\n",
    ],
)  # fmt: skip
def test_twenty_thousand_of_anything_take_a_bounded_time(piece: str) -> None:
    extract("Welder wanted, weldre")  # what is built once
    text = (piece * LONGEST)[:LONGEST]
    start = time.process_time()
    extract(text)
    assert time.process_time() - start < BOUND
