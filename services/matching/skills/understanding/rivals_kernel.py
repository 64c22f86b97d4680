"""How a query compares with each of some rival names: one row of figures a rival."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from services.matching.skills.understanding.native import compiled

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

# how alike words are that a word list pairs; no other likeness is just so
TOLD = 0.85
FEATURES = tuple(
    """
    cosine popular cosine*popular same_letters same_stems asked_covered
    name_covered both_covered asked_missing name_missing name_shorter name_longer
    edits name_inside asked_inside name_inside*popular asked_inside*popular
    initials initials*popular initials_of_asked squeezed*popular squeezed_initials
    squeezed_name number_only_asked number_only_name number_same number_differs
    last_same first_same first_letter more_words asked_found name_found
    asked_found*popular name_found*popular asked_droppable name_droppable told
    """.split()  # noqa: SIM905
)


@compiled
def edits(a: Bytes, b: Bytes) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours."""
    n, m = len(a), len(b)
    before = np.zeros(m + 1, np.int32)
    last = np.arange(m + 1).astype(np.int32)
    now = np.zeros(m + 1, np.int32)
    for i in range(1, n + 1):
        now[0] = i
        for j in range(1, m + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            best = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, before[j - 2] + 1)
            now[j] = best
        before, last, now = last, now, before
    return int(last[m])


@compiled
def _starts_with(a: Bytes, b: Bytes) -> int:
    """How many first bytes are the same."""
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same


@compiled
def _inside(a: Bytes, b: Bytes) -> bool:
    for start in range(len(b) - len(a) + 1):
        if _starts_with(a, b[start:]) == len(a):
            return True
    return False


@compiled
def _squeezed(a: Bytes, b: Bytes) -> bool:
    """Whether leaving letters of `b` out gives `a`."""
    at = 0
    for byte in b:
        if at < len(a) and a[at] == byte:
            at += 1
    return at == len(a)


@compiled
def first_squeezed(asked: Bytes, names: Bytes, starts: Ints, most: int) -> Ints:
    """Places of the first names from which leaving letters out gives `asked`."""
    found = np.empty(most, np.int32)
    count = 0
    for place in range(len(starts) - 1):
        if _squeezed(asked, names[starts[place] : starts[place + 1]]):
            found[count] = place
            count += 1
            if count == most:
                break
    return found[:count]


@compiled
def _is_skeleton(a: Bytes, b: Bytes) -> bool:
    """Whether `a` is `b` without its vowels, the first letter kept."""
    at = 0
    for place in range(len(b)):
        byte = b[place]
        vowel = byte == 97 or byte == 101 or byte == 105 or byte == 111 or byte == 117
        if place == 0 or not vowel:
            if at == len(a) or a[at] != byte:
                return False
            at += 1
    return at == len(a)


@compiled
def _word_likeness(x: Bytes, y: Bytes, sx: int, sy: int, pairs: Ints) -> float:
    same = _starts_with(x, y)
    least = min(len(x), len(y))
    if same == len(x) == len(y):
        return 1.0
    if sx >= 0 and sx == sy:
        return 0.95
    for row in range(pairs.shape[0]):
        if pairs[row, 0] == sx and pairs[row, 1] == sy:
            return TOLD
    if least >= 3 and same == least:
        return 0.7
    if least >= 4 and abs(len(x) - len(y)) <= 2:
        distance = edits(x, y)
        if distance == 1:
            return 0.8
        if distance == 2 and least >= 7:
            return 0.6
    if same >= 1 and least >= 2 and (_is_skeleton(x, y) or _is_skeleton(y, x)):
        return 0.7
    return 0.4 if same >= 5 else 0.0


@compiled
def _initials_of_run(x: Bytes, initials: Bytes, covering: int) -> bool:
    """Whether `x` is the initials of words in a row (that include `covering`)."""
    length = len(x)
    if length < 2 or length > 4:
        return False
    for start in range(len(initials) - length + 1):
        covered = covering < 0 or start <= covering < start + length
        if covered and _starts_with(x, initials[start:]) == length:
            return True
    return False


@compiled
def _matched(
    a: Bytes,
    a_ends: Ints,
    a_stems: Ints,
    b: Bytes,
    b_ends: Ints,
    b_stems: Ints,
    pairs: Ints,
) -> Floats:
    """For each word of `a`, how well some word or words of `b` stand for it."""
    out = np.zeros(len(a_ends))
    a_initials = np.zeros(len(a_ends), np.uint8)
    b_initials = np.zeros(len(b_ends), np.uint8)
    for i in range(len(a_ends)):
        a_initials[i] = a[a_ends[i - 1] if i else 0]
    for j in range(len(b_ends)):
        b_initials[j] = b[b_ends[j - 1] if j else 0]
    for i in range(len(a_ends)):
        x = a[(a_ends[i - 1] if i else 0) : a_ends[i]]
        best = 0.0
        for j in range(len(b_ends)):
            y = b[(b_ends[j - 1] if j else 0) : b_ends[j]]
            best = max(best, _word_likeness(x, y, a_stems[i], b_stems[j], pairs))
            if best < 0.8 and _initials_of_run(y, a_initials, i):
                best = 0.8
        if best < 0.8 and _initials_of_run(x, b_initials, -1):
            best = 0.8
        if (
            best < 0.95
            and len(b_ends) > 1
            and len(x) == len(b)
            and _starts_with(x, b) == len(x)
        ):
            best = 0.95
        out[i] = best
    return out


@compiled
def compare(
    asked: Bytes,
    asked_ends: Ints,
    asked_stems: Ints,
    asked_numbers: Ints,
    rivals: Ints,
    cosines: Floats,
    letters: Bytes,
    letter_starts: Ints,
    ends: Ints,
    stems: Ints,
    word_starts: Ints,
    numbers: Ints,
    number_starts: Ints,
    rarity: Floats,
    droppable: Floats,
    unseen: Floats,
    popular: Floats,
    pairs: Ints,
) -> Floats:
    """Rows of FEATURES. `asked` and `letters` hold only the letters; `ends` counts from
    the start of the name; `unseen` is (rarity, droppable) of a stem no name has."""
    rows = np.zeros((len(rivals), 38))
    for row in range(len(rivals)):
        rival = rivals[row]
        name = letters[letter_starts[rival] : letter_starts[rival + 1]]
        low, high = word_starts[rival], word_starts[rival + 1]
        name_ends, name_stems = ends[low:high], stems[low:high]
        name_numbers = numbers[number_starts[rival] : number_starts[rival + 1]]
        known = popular[rival]
        out = rows[row]
        out[0] = cosines[row]
        out[1] = known
        out[2] = cosines[row] * known
        of_asked = _matched(
            asked, asked_ends, asked_stems, name, name_ends, name_stems, pairs
        )
        of_name = _matched(
            name, name_ends, name_stems, asked, asked_ends, asked_stems, pairs
        )
        for side in range(2):
            match = of_asked if side == 0 else of_name
            its = asked_stems if side == 0 else name_stems
            whole = covered = drop = 0.0
            least = 1.0 if len(match) else 0.0
            for i in range(len(match)):
                rare = rarity[its[i]] if its[i] >= 0 else unseen[0]
                whole += rare
                covered += rare * match[i]
                drop += (1 - match[i]) * (
                    droppable[its[i]] if its[i] >= 0 else unseen[1]
                )
                least = min(least, match[i])
                if side == 0 and match[i] == TOLD:
                    out[37] = 1.0
            out[5 + side] = covered / whole if whole > 0 else 0.0
            out[8 + side] = (whole - covered) / 10
            out[31 + side] = 1.0 if least > 0.5 else 0.0
            out[33 + side] = out[31 + side] * known
            out[35 + side] = drop
        out[7] = out[5] * out[6]
        out[37] *= out[31]
        n, m = len(asked), len(name)
        same_numbers = len(asked_numbers) == len(name_numbers)
        for i in range(min(len(asked_numbers), len(name_numbers))):
            same_numbers &= (
                asked_numbers[i] == name_numbers[i] and asked_numbers[i] >= 0
            )
        out[3] = (
            1.0 if same_numbers and n == m and _starts_with(asked, name) == n else 0.0
        )
        same_stems = len(asked_stems) == len(name_stems) and same_numbers
        for i in range(min(len(asked_stems), len(name_stems))):
            same_stems &= asked_stems[i] == name_stems[i] and asked_stems[i] >= 0
        out[4] = 1.0 if same_stems else 0.0
        if n and m:
            out[10] = min(m / n, 1.0)
            out[11] = min(n / m, 1.0)
            out[12] = 1 - edits(asked, name) / max(n, m)
            out[13] = 1.0 if _inside(name, asked) else 0.0
            out[14] = 1.0 if _inside(asked, name) else 0.0
            out[29] = 1.0 if asked[0] == name[0] else 0.0
            if n <= 5 and out[29] > 0 and _squeezed(asked, name):
                out[20] = known
                inside = len(name_ends) > 1
                for j in range(len(name_ends)):
                    first = name[name_ends[j - 1] if j else 0]
                    inside &= first in asked
                out[21] = 1.0 if inside else 0.0
            out[22] = 1.0 if m <= 5 and out[29] > 0 and _squeezed(name, asked) else 0.0
        out[15] = out[13] * known
        out[16] = out[14] * known
        if len(name_ends) > 1 and len(name_ends) == n:
            out[17] = 1.0
            for j in range(n):
                if asked[j] != name[name_ends[j - 1] if j else 0]:
                    out[17] = 0.0
        out[18] = out[17] * known
        if len(asked_ends) > 1 and len(asked_ends) == m:
            out[19] = 1.0
            for j in range(m):
                if name[j] != asked[asked_ends[j - 1] if j else 0]:
                    out[19] = 0.0
        has, its_has = len(asked_numbers) > 0, len(name_numbers) > 0
        out[23] = 1.0 if has and not its_has else 0.0
        out[24] = 1.0 if its_has and not has else 0.0
        out[25] = 1.0 if has and same_numbers else 0.0
        out[26] = 1.0 if has and its_has and not same_numbers else 0.0
        if len(asked_stems) and len(name_stems):
            out[27] = (
                1.0
                if asked_stems[-1] == name_stems[-1] and asked_stems[-1] >= 0
                else 0.0
            )
            out[28] = (
                1.0 if asked_stems[0] == name_stems[0] and asked_stems[0] >= 0 else 0.0
            )
        out[30] = len(name_ends) - len(asked_ends)
    return rows
