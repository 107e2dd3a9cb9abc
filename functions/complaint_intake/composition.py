"""Objects that the complaint routes work with, made once for a deployment."""

from __future__ import annotations

from functions.complaint_intake.presentation import ComplaintPresenter
from shared.complaints.intake.service import IntakeService
from shared.complaints.model import kinds
from shared.deployment import Deployment
from shared.http.per_deployment import per_deployment
from shared.platform.limits.rate_limit import RateLimit


@per_deployment
def desk(deployment: Deployment) -> IntakeService:
    """The intake that residents use."""
    return IntakeService.of(deployment)


@per_deployment
def teller(deployment: Deployment) -> ComplaintPresenter:
    """The presenter of complaints in words for residents."""
    kelurahan = deployment.kelurahan
    return ComplaintPresenter(desk(deployment), kinds.load(kelurahan), kelurahan)


@per_deployment
def intake_limit(deployment: Deployment) -> RateLimit:
    """The limit on complaints that one address hands in, in this instance."""
    return _hourly(deployment)


@per_deployment
def guess_limit(deployment: Deployment) -> RateLimit:
    """The limit on wrong numbers and secrets of one address, in this instance."""
    return _hourly(deployment)


def _hourly(deployment: Deployment) -> RateLimit:
    """The kelurahan's limit for an address and hour, shared out among the instances."""
    share = deployment.kelurahan.complaints.per_address_hourly // deployment.settings.max_instances
    return RateLimit(max(1, share), deployment.clock)
