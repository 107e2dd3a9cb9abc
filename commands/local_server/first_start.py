"""First start: demo staff accounts and a published sample list, all synthetic.

A newcomer so has something to look at.

Everything is synthetic. Started again it does nothing; a first start that died is finished by the
next one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from commands.deployment_context import recipient_sync
from shared import samples
from shared.deployment import Deployment
from shared.staff.accounts import Role, Staff

DEMO_STAFF: Final = (
    ("operator@contoh.test", "Operator Contoh", Role.OPERATOR),
    ("verifikator@contoh.test", "Verifikator Contoh", Role.VERIFIER),
    ("auditor@contoh.test", "Auditor Contoh", Role.AUDITOR),
    ("admin@contoh.test", "Admin Contoh", Role.ADMIN),
)
SEED: Final = 1


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account made just now; its password is shown once, and kept nowhere."""

    email: str
    role: str
    password: str


def is_due(deployment: Deployment) -> bool:
    """Whether nothing has been published and only the demo's own staff exist."""
    if recipient_sync(deployment).head().sequence:
        return False
    known = {account.email for account in deployment.accounts.list(deployment.kelurahan.key)}
    return known <= {email for email, _, _ in DEMO_STAFF}


def add_staff(deployment: Deployment) -> Iterator[NewAccount]:
    """Add the demo's missing staff accounts, yielding one at a time."""
    key = deployment.kelurahan.key
    known = {account.email for account in deployment.accounts.list(key)}
    for email, name, role in DEMO_STAFF:
        if email not in known:
            password = secrets.token_urlsafe(15)
            added = deployment.accounts.add(email, name, role, key, password, is_example=True)
            details = {"role": role.value, "confirmation": "first"}
            deployment.audit.append("first-start", "staff.add", added.id, details)
            yield NewAccount(email, role.value, password)


def publish_sample(deployment: Deployment, path: Path) -> int:
    """Import the sample list as the operator, approve it as the verifier; return its people.

    The list stays at `path`, so that a newcomer finds somebody in it to look up.
    """
    key = deployment.kelurahan.key
    officers: list[Staff] = [
        deployment.accounts.by_email(email, key) for email, _, _ in DEMO_STAFF[:2]
    ]
    work = recipient_sync(deployment)
    samples.write(samples.make(deployment.kelurahan, seed=SEED), path, layout="bnba")
    batch = work.prepare(path, path.name, officers[0])
    if batch.submitted_at is None:
        work.submit(batch.id, officers[0])
    reason = "Daftar contoh buatan untuk mencoba sistem."
    return work.approve(batch.id, officers[1], reason).people
