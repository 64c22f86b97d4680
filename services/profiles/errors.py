"""Situations in which a profile cannot be written."""

from __future__ import annotations

from shared.problems import Conflict, Problem


class WorkerExists(Conflict):
    """This worker is registered already; edit the profile instead."""

    kind = "worker-exists"


class OrganisationExists(Conflict):
    """This organisation is registered already; edit it instead."""

    kind = "organisation-exists"


class MandateExists(Conflict):
    """This agency has a mandate of the client already; end that one first."""

    kind = "mandate-exists"


class MandateHasEnded(Conflict):
    """The mandate has ended already."""

    kind = "mandate-has-ended"


class RepresentationExists(Conflict):
    """This agency may represent the worker there already; end that first."""

    kind = "representation-exists"


class RepresentationHasEnded(Conflict):
    """The right to represent has ended already."""

    kind = "representation-has-ended"


class WorkerMerged(Conflict):
    """This worker has been merged into another one already."""

    kind = "worker-merged"


class SuspicionDecided(Conflict):
    """Whether these two are one has been decided already."""

    kind = "suspicion-decided"


class ServiceUnreachable(Problem):
    """Another service that is needed for this does not answer; try again later."""

    status = 503
    kind = "service-unreachable"
