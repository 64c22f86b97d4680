"""Counts how often each occupation is meant in a CSV of titles with known occupations.

python -m infra.training.train_popularity TITLES.csv COLUMN OUT.json [--least 10]

COLUMN holds the code, or a URI that ends in it. Occupations meant fewer than LEAST
times are left out: the file stays small, and no single title decides anything. The
same titles give the same file.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from services.matching.skills.ranking.popularity import write_counts

LEAST = 10


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="train_popularity", description=__doc__)
    parser.add_argument("titles", type=Path)
    parser.add_argument("column")
    parser.add_argument("out", type=Path)
    parser.add_argument("--least", type=int, default=LEAST)
    asked = parser.parse_args(arguments)
    with asked.titles.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text)
        if asked.column not in (rows.fieldnames or ()):
            parser.error(f"{asked.titles} has no column {asked.column}")
        meant = Counter(row[asked.column].rpartition("/")[2] for row in rows)
    kept = {code: times for code, times in meant.items() if times >= asked.least}
    write_counts(asked.out, kept)


if __name__ == "__main__":
    main()
