"""Import of a list from a configured source, with a record of what was taken from it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from shared.kelurahan.configuration import Kelurahan
from shared.platform.clock import Clock
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Invalid
from shared.platform.files.workspace import Workspace
from shared.platform.store import Store
from shared.recipients.model.batch import Batch, State
from shared.recipients.sources import fetching
from shared.recipients.use_cases.reading_progress import Report, no_report
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Staff

if TYPE_CHECKING:
    from shared.deployment import Deployment

FORMAT: Final = DocumentFormat("registry", "sources", schema=1)
_MIB = 1024 * 1024
_STANDS = (State.WAITING, State.BLOCKED, State.PUBLISHED)


class SourceImport:
    """The sources of one kelurahan; what was last taken from each is at .../sources/<name>."""

    def __init__(
        self,
        sync: RecipientSync,
        registry: Store,
        kelurahan: Kelurahan,
        clock: Clock,
        workspace: Workspace,
        outside: fetching.Outside = fetching.PRODUCTION,
    ) -> None:
        self._sync = sync
        self._registry = registry
        self._kelurahan = kelurahan
        self._clock = clock
        self._workspace = workspace
        self._outside = outside

    @classmethod
    def of(cls, deployment: Deployment, sync: RecipientSync) -> SourceImport:
        """Return the source import of a deployment's kelurahan."""
        return cls(
            sync,
            deployment.registry,
            deployment.kelurahan,
            deployment.clock,
            deployment.workspace,
        )

    def prepare(
        self, name: str, staff: Staff, *, as_of: date | None = None, report: Report = no_report
    ) -> Batch:
        """Return the batch of what a source holds now.

        Where the source says that nothing has changed since its last batch, and that batch still
        waits or stands published, the answer is that batch. Raises Invalid for an unknown source,
        Unavailable where it can't be reached, and what `RecipientSync.prepare` raises.
        """
        source = self._kelurahan.sources.get(name)
        if source is None:
            detail = "Sumber ini tidak ada di berkas kelurahan. Periksa namanya."
            raise Invalid(detail, errors=[{"pointer": "#/source", "detail": detail}])
        last = self._last(name)
        with self._workspace.directory() as folder:
            fetched = fetching.fetch(
                source,
                folder,
                etag=last[0] if last else None,
                max_bytes=self._kelurahan.limits.upload_mib * _MIB,
                outside=self._outside,
            )
            if isinstance(fetched, fetching.NotModified):
                assert last is not None
                return last[1]
            batch = self._sync.prepare(
                fetched.path, fetched.filename, staff, as_of=as_of, source=name, report=report
            )
        self._remember(name, fetched.etag, batch)
        return batch

    def _last(self, name: str) -> tuple[str, Batch] | None:
        data = self._registry.get(self._path(name)).data
        if data is None:
            return None
        data = FORMAT.current(data)
        if not isinstance(data["etag"], str):
            return None
        batch = self._sync.batch(str(data["batch"]))
        stands = batch.state in _STANDS and self._sync.head().sequence in (
            batch.base,
            batch.base + 1,
        )
        return (data["etag"], batch) if stands else None

    def _remember(self, name: str, etag: str | None, batch: Batch) -> None:
        now = self._clock()
        self._registry.merge(
            self._path(name),
            {
                "schema": FORMAT.schema,
                "etag": etag,
                "batch": batch.id,
                "created_at": now,
                "updated_at": now,
            },
        )

    def _path(self, name: str) -> str:
        return f"kelurahan/{self._kelurahan.key}/sources/{name}"
