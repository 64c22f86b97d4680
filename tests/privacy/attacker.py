"""Somebody with an organisation's token who wants one worker's home and pay floor.

Asks as often as they may, with any place, radius and pay, and looks at everything that
comes back: who is on the list, in which order, every figure, every count.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from services.matching.engine.geo import distance_km, point

Search = dict[str, Any]
Answer = dict[str, Any]
Asking = Callable[[Search], Answer]

START = (51.60, -0.30)
FARTHEST_KM = 60.0
RICHEST = 100_000
KM_A_DEGREE = 111.195


@dataclass(frozen=True, slots=True)
class Findings:
    """What was made of the answers: the best guesses and how sharp they are."""

    lat: float
    lon: float
    floor: int
    transcript: str
    searches: int

    def km_from(self, lat: float, lon: float) -> float:
        return distance_km(point(self.lat, self.lon), point(lat, lon))


class Attacker:
    """`target` is the id that earlier searches have shown."""

    def __init__(self, ask: Asking, target: str, searches: int) -> None:
        self._ask = ask
        self._target = target
        self._budget = searches
        self._asked = 0
        self._heard = hashlib.sha256()

    def attack(self) -> Findings:
        lat, lon = self._locate()
        floor = self._bisect_pay(lat, lon)
        self._probe(lat, lon, floor)
        return Findings(lat, lon, floor, self._heard.hexdigest(), self._asked)

    def _locate(self) -> tuple[float, float]:
        """Three distances by bisecting the radius; then again from nearby, where the
        earth is flat; the place fits the last three."""
        lat, lon = START
        for step in (0.2, 0.02, 0.005):
            anchors = [(lat, lon), (lat + step, lon), (lat, lon + step)]
            radii = [self._bisect_radius(*anchor) for anchor in anchors]
            lat, lon = _fitted(anchors, radii)
        return lat, lon

    def _bisect_radius(self, lat: float, lon: float) -> float:
        near, far = 0.0, FARTHEST_KM
        for _ in range(45):
            radius = (near + far) / 2
            if self._listed(_search(lat, lon, radius, RICHEST)):
                far = radius
            else:
                near = radius
        return far

    def _bisect_pay(self, lat: float, lon: float) -> int:
        refused, taken = 0, RICHEST
        while taken - refused > 1:
            pay = (refused + taken) // 2
            if self._listed(_search(lat, lon, 5.0, pay)):
                taken = pay
            else:
                refused = pay
        return taken

    def _probe(self, lat: float, lon: float, floor: int) -> None:
        """The rest of the searches, all around what was found: small steps of place,
        radius and pay, whose scores, bands, orders and counts might tell more."""
        random = Random(7)
        while self._asked < self._budget:
            search = _search(
                lat + random.gauss(0, 0.01),
                lon + random.gauss(0, 0.01),
                abs(random.gauss(0, 2)) + 0.001,
                max(1, floor + round(random.gauss(0, 60))),
            )
            if random.random() < 0.5:
                search["weights"] = {"pay_fit": 0.5, "closeness": 0.5}
            self._hear(search)

    def _listed(self, search: Search) -> bool:
        answer = self._hear(search)
        return any(match["worker"] == self._target for match in answer["matches"])

    def _hear(self, search: Search) -> Answer:
        answer = self._ask(search)
        self._asked += 1
        self._heard.update(orjson.dumps(answer, option=orjson.OPT_SORT_KEYS))
        return answer


def _search(lat: float, lon: float, radius_km: float, pay: int) -> Search:
    return {
        "market": "temporary",
        "required_skills": [{"skill": "forklift-driving", "level": 1, "weight": 1.0}],
        "place": {"lat": lat, "lon": lon, "country": "GB"},
        "radius_km": radius_km,
        "pay": {
            "currency": "GBP",
            "unit": "hour",
            "minimum": None,
            "maximum": pay,
            "hours_per_month": None,
        },
    }


def _fitted(
    anchors: list[tuple[float, float]], radii: list[float]
) -> tuple[float, float]:
    """Where three circles meet, on a plane around the first anchor."""
    (lat, lon), r0 = anchors[0], radii[0]
    scale = KM_A_DEGREE * math.cos(math.radians(lat))
    north = (anchors[1][0] - lat) * KM_A_DEGREE
    east = (anchors[2][1] - lon) * scale
    y = (r0**2 - radii[1] ** 2 + north**2) / (2 * north)
    x = (r0**2 - radii[2] ** 2 + east**2) / (2 * east)
    return lat + y / KM_A_DEGREE, lon + x / scale
