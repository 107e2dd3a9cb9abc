"""All stored document formats, as a migration goes through them."""

from __future__ import annotations

from typing import Final

from shared.complaints.intake import receipts
from shared.complaints.model import documents
from shared.housekeeping import clock_check, daily_run
from shared.platform import leases
from shared.platform.audit import entries, log
from shared.platform.document_format import DocumentFormat
from shared.platform.limits import failure_limits
from shared.recipients.batches import sealed_chunks
from shared.recipients.lookup import projection, public_state
from shared.recipients.model import batch
from shared.recipients.publishing import manifest, register_documents, register_head
from shared.recipients.use_cases import background_reading, source_import
from shared.staff import account_repository, roster
from shared.staff.sign_in import failed_sign_ins

FORMATS: Final[tuple[DocumentFormat, ...]] = (
    register_documents.FORMAT,
    register_head.FORMAT,
    *manifest.FORMATS,
    batch.FORMAT,
    sealed_chunks.DIFFERENCES_FORMAT,
    sealed_chunks.PROBLEMS_FORMAT,
    background_reading.FORMAT,
    source_import.FORMAT,
    account_repository.FORMAT,
    failed_sign_ins.FORMAT,
    entries.FORMAT,
    log.HEAD_FORMAT,
    leases.FORMAT,
    *failure_limits.FORMATS,
    documents.FORMAT,
    documents.EVENT_FORMAT,
    receipts.FORMAT,
    daily_run.DELETIONS_FORMAT,
    clock_check.FORMAT,
    roster.FORMAT,
    projection.FORMAT,
    public_state.FORMAT,
)
