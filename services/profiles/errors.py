"""Situations in which a profile cannot be written."""

from __future__ import annotations

from shared.problems import Conflict


class WorkerExists(Conflict):
    """This worker is registered already; edit the profile instead."""

    kind = "worker-exists"


class OrganisationExists(Conflict):
    """This organisation is registered already; edit it instead."""

    kind = "organisation-exists"
