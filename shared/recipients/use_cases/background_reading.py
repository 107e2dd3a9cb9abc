"""Background reading of long lists in a thread, with stored progress.

A list is read in a thread. Within a few seconds the answer is there, and nothing of this is kept;
after that a document tells how far it is, under an id that only its reader knows, until the batch
is there. A process that dies takes the thread along: its document is found stalled, and the same
file sent again takes the draft up.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final, cast

from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import AppError, Broken, NotFound
from shared.platform.store import Store
from shared.recipients.model.batch import Batch
from shared.recipients.use_cases.reading_progress import Report, Stage

if TYPE_CHECKING:
    from shared.deployment import Deployment

FORMAT: Final = DocumentFormat("registry", "readings", schema=1, is_signed=True)
PATIENCE_SECONDS: Final = 3.0
_BEAT_SECONDS: Final = 1.0
_STALLED_AFTER: Final = timedelta(seconds=60)
_KEPT: Final = timedelta(days=1)
_ENDS: Final = frozenset({Stage.READY, Stage.REFUSED})
_NOT_THERE = "Daftar yang sedang dibaca ini tidak ada. Lihat batch di halaman Sinkronisasi."


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a reading. `batch`: its id at the end; `detail`: why the list was refused."""

    id: str
    stage: Stage
    rows: int
    batch: str
    detail: str
    started_at: datetime


class BackgroundReadings:
    """The background readings of one kelurahan. `patience`: seconds before progress is stored."""

    def __init__(
        self,
        registry: Store,
        keys: Keyset,
        kelurahan_key: str,
        clock: Clock,
        *,
        patience: float = PATIENCE_SECONDS,
        beat: float = _BEAT_SECONDS,
    ) -> None:
        self._registry = registry
        self._keys = keys
        self._folder = f"kelurahan/{kelurahan_key}/readings"
        self._clock = clock
        self._patience = patience
        self._beat = beat

    @classmethod
    def of(cls, deployment: Deployment) -> BackgroundReadings:
        """Return the readings of a deployment's kelurahan."""
        key = deployment.kelurahan.key
        return cls(deployment.registry, deployment.registry_keys, key, deployment.clock)

    def begin(self, work: Callable[[Report], Batch], closing: ExitStack) -> Batch | str:
        """Read a list by `work`; return its batch, or the reading's id where that takes long.

        `closing` is closed when the list is read: what `work` reads lies in it. Raises what `work`
        raises, as long as somebody waits.
        """
        job = _Job(work, closing, self._clock())
        # the channel of the audit log goes along
        Thread(target=copy_context().run, args=(job.run,), name="reading", daemon=True).start()
        if job.finished.wait(self._patience):
            return job.outcome()
        reading_id = secrets.token_hex(8)
        self._keep(reading_id, job)
        Thread(target=self._watch, args=(reading_id, job), name="watching", daemon=True).start()
        return reading_id

    def get(self, reading_id: str) -> Progress:
        """Return how far a reading is; raises NotFound."""
        snapshot = self._registry.get(f"{self._folder}/{reading_id}")
        if not snapshot.exists:
            raise NotFound(_NOT_THERE)
        data = cast(dict[str, Any], FORMAT.current(verified(self._keys, snapshot)))
        stage = Stage(data["stage"])
        if stage not in _ENDS and self._clock() - data["updated_at"] > _STALLED_AFTER:
            stage = Stage.STALLED
        return Progress(
            reading_id, stage, data["rows"], data["batch"], data["detail"], data["created_at"]
        )

    def _watch(self, reading_id: str, job: _Job) -> None:
        is_over = False
        while not is_over:
            is_over = job.finished.wait(self._beat)
            with suppress(AppError):  # told again at the next beat; at the end it is found stalled
                self._keep(reading_id, job)

    def _keep(self, reading_id: str, job: _Job) -> None:
        path, now = f"{self._folder}/{reading_id}", self._clock()
        data = {
            "schema": FORMAT.schema,
            **job.told(),
            "created_at": job.started_at,
            "updated_at": now,
            "expires_at": now + _KEPT,
        }
        self._registry.set(path, signed(self._keys, path, data))


@dataclass
class _Job:
    """One list being read, by its own thread."""

    work: Callable[[Report], Batch]
    closing: ExitStack
    started_at: datetime
    finished: Event = field(default_factory=Event)
    stage: Stage = Stage.READING
    rows: int = 0
    batch: Batch | None = None
    error: AppError | None = None

    def run(self) -> None:
        try:
            with self.closing:
                self.batch = self.work(self._report)
        except AppError as error:
            self.error = error
        except Exception as error:
            logs.event("a list could not be read", severity="ERROR", **logs.place_of(error))
            self.error = Broken()
        finally:
            self.finished.set()

    def outcome(self) -> Batch:
        if self.batch is None:
            assert self.error is not None
            raise self.error
        return self.batch

    def told(self) -> dict[str, str | int]:
        if self.batch is not None:
            stage, batch, detail = Stage.READY, self.batch.id, ""
        elif self.error is not None:
            found = [each["detail"] for each in self.error.errors]
            stage, batch, detail = Stage.REFUSED, "", " ".join(found) or self.error.detail
        else:
            stage, batch, detail = self.stage, "", ""
        return {"stage": stage.value, "rows": self.rows, "batch": batch, "detail": detail}

    def _report(self, stage: Stage, rows: int) -> None:
        self.stage, self.rows = stage, rows
