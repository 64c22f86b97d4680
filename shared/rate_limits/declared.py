"""Which class a route is in: as it says, or by its method."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi import Depends
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute

from shared.rates import RateClass

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Rated:
    """A route's own class, where its method does not tell it."""

    def __init__(self, rate_class: RateClass) -> None:
        self.rate_class = rate_class

    async def __call__(self) -> None:
        """Nothing is left to do: the limit was checked before the body was read."""


def rated(rate_class: RateClass) -> DependsParam:
    """For `dependencies=[…]` of a route whose class is not that of its method."""
    declared: DependsParam = Depends(Rated(rate_class))
    return declared


def rate_class(route: APIRoute) -> RateClass:
    """As the route says, else reads for GET and writes for the others."""
    for dependency in route.dependencies:
        if isinstance(dependency.dependency, Rated):
            return dependency.dependency.rate_class
    return method_class(*route.methods or ())


def method_class(*methods: str) -> RateClass:
    return RateClass.READS if SAFE.issuperset(methods) else RateClass.WRITES


class RateClasses:
    """The class of each request of an app, known before it is routed.

    Only routes that name a class are looked for: the first that fits the path, as in
    routing; all others go by method.
    """

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._own: dict[str, list[tuple[re.Pattern[str], RateClass]]] = {}
        for route in routes:
            own = rate_class(route)
            for method in route.methods or ():
                if own is not method_class(method):
                    self._own.setdefault(method, []).append((route.path_regex, own))

    def of(self, method: str, path: str) -> RateClass:
        for pattern, own in self._own.get(method, ()):
            if pattern.match(path):
                return own
        return method_class(method)
