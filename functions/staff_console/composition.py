"""What the console works with, made once for a process, and the names of the staff."""

from __future__ import annotations

from collections.abc import Iterable

from functions.staff_console.labels import MACHINES
from shared.complaints.casework.service import Casework
from shared.complaints.casework.work_queue import WorkQueue
from shared.complaints.intake.service import IntakeService
from shared.deployment import Deployment
from shared.http.per_deployment import per_deployment
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.lookup.freshness import FreshnessReader
from shared.recipients.use_cases.background_reading import BackgroundReadings
from shared.recipients.use_cases.people_search import PeopleSearch
from shared.recipients.use_cases.source_import import SourceImport
from shared.recipients.use_cases.weekly_sync import RecipientSync


@per_deployment
def recipient_sync(deployment: Deployment) -> RecipientSync:
    """The weekly sync."""
    return RecipientSync.of(deployment, load_catalogue())


@per_deployment
def inbox(deployment: Deployment) -> SourceImport:
    """The sources of lists."""
    return SourceImport.of(deployment, recipient_sync(deployment))


@per_deployment
def readings(deployment: Deployment) -> BackgroundReadings:
    """The lists that are being read."""
    return BackgroundReadings.of(deployment)


@per_deployment
def board(deployment: Deployment) -> FreshnessReader:
    """How old the published list is."""
    kelurahan = deployment.kelurahan
    return FreshnessReader(deployment.lookup, kelurahan.key, kelurahan.timezone, deployment.clock)


@per_deployment
def people(deployment: Deployment) -> PeopleSearch:
    """The people on the list."""
    return PeopleSearch.of(deployment)


@per_deployment
def casework(deployment: Deployment) -> Casework:
    """The work on complaints."""
    return Casework.of(deployment)


@per_deployment
def work_queue(deployment: Deployment) -> WorkQueue:
    """The queue of complaints."""
    return WorkQueue.of(deployment)


@per_deployment
def desk(deployment: Deployment) -> IntakeService:
    """The desk that takes complaints."""
    return IntakeService.of(deployment)


def actor_names(deployment: Deployment, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of those who acted: staff, ended accounts too, and what isn't a person.

    Reads one document for each of the staff.
    """
    people = {each for each in ids if each} - MACHINES.keys()
    return {**MACHINES, **deployment.accounts.names(people, deployment.kelurahan.key)}
