"""The medians of all engines as one bar chart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from tests.benchmarks.engine.comparing import Times

INCHES = (10.0, 5.0)
COLOURS = ("#1b6ca8", "#7a7a7a", "#a8a8a8", "#d9a441", "#8fb996")
WITHIN = 0.85  # of the distance between kinds, for all bars of one


def draw(path: Path, times: Times, kinds: Mapping[str, slice], workers: int) -> None:
    """Save a chart to `path`: microseconds on a scale of powers of ten."""
    figure = Figure(figsize=INCHES, layout="constrained")
    axes = figure.subplots()
    width = WITHIN / len(times)
    for place, (engine, seconds) in enumerate(times.items()):
        medians = [float(np.median(seconds[rows])) * 1e6 for rows in kinds.values()]
        at = np.arange(len(kinds)) + (place + 0.5) * width - WITHIN / 2
        bars = axes.bar(
            at, medians, width, label=engine, color=COLOURS[place % len(COLOURS)]
        )
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=7, padding=1)
    axes.set_yscale("log")
    axes.set_ylabel("microseconds, median (less is better)")
    axes.set_xticks(np.arange(len(kinds)), list(kinds))
    axes.set_title(f"The exact best 50 of {workers:,} workers for a posting")
    figure.legend(loc="outside lower center", ncols=len(times), fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    # the same figures make the same file
    with mpl.rc_context({"svg.hashsalt": "engine"}):
        figure.savefig(path, metadata={"Date": None})
