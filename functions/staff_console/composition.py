"""Composition of the console: its services, made once per process, and staff names."""

from __future__ import annotations

from collections.abc import Iterable

from functions.staff_console.labels import MACHINES
from shared.complaints.casework import named_staff
from shared.complaints.casework.service import Casework
from shared.complaints.casework.work_queue import WorkQueue
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.context import ComplaintContext
from shared.deployment import Deployment
from shared.http.per_deployment import per_deployment
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.lookup.freshness import FreshnessReader
from shared.recipients.use_cases.background_reading import BackgroundReadings
from shared.recipients.use_cases.people_search import PeopleSearch
from shared.recipients.use_cases.source_import import SourceImport
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Staff


@per_deployment
def recipient_sync(deployment: Deployment) -> RecipientSync:
    """Return the weekly sync."""
    return RecipientSync.of(deployment, load_catalogue())


@per_deployment
def inbox(deployment: Deployment) -> SourceImport:
    """Return the sources of lists."""
    return SourceImport.of(deployment, recipient_sync(deployment))


@per_deployment
def readings(deployment: Deployment) -> BackgroundReadings:
    """Return the background readings of lists."""
    return BackgroundReadings.of(deployment)


@per_deployment
def board(deployment: Deployment) -> FreshnessReader:
    """Return the reader of the published list's freshness."""
    kelurahan = deployment.kelurahan
    return FreshnessReader(deployment.lookup, kelurahan.key, kelurahan.timezone, deployment.clock)


@per_deployment
def people(deployment: Deployment) -> PeopleSearch:
    """Return the search for people on the list."""
    return PeopleSearch.of(deployment)


@per_deployment
def casework(deployment: Deployment) -> Casework:
    """Return the casework on complaints."""
    return Casework.of(deployment)


@per_deployment
def work_queue(deployment: Deployment) -> WorkQueue:
    """Return the queue of complaints."""
    return WorkQueue.of(deployment)


def cases_naming(deployment: Deployment, staff: Staff, ids: Iterable[str]) -> frozenset[str]:
    """Return which of these complaints are about this officer, who must not find them."""
    return named_staff.cases_naming(ComplaintContext.of(deployment), staff, ids)


@per_deployment
def desk(deployment: Deployment) -> IntakeService:
    """Return the intake of complaints."""
    return IntakeService.of(deployment)


def actor_names(deployment: Deployment, ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those who acted: staff, ended accounts too, and jobs.

    Reads one document for each of the staff.
    """
    people = {each for each in ids if each} - MACHINES.keys()
    return {**MACHINES, **deployment.accounts.names(people, deployment.kelurahan.key)}
