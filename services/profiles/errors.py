"""Situations in which a profile cannot be written."""

from __future__ import annotations

from shared.problems import Conflict, Problem


class WorkerExists(Conflict):
    """This worker is registered already; edit the profile instead."""

    kind = "worker-exists"


class OrganisationExists(Conflict):
    """This organisation is registered already; edit it instead."""

    kind = "organisation-exists"


class ServiceUnreachable(Problem):
    """Another service that is needed for this does not answer; try again later."""

    status = 503
    kind = "service-unreachable"
