"""The tree of application errors: every error that is raised on purpose.

    AppError
    ├── Invalid              400 invalid-request       the request or a field of it is malformed
    │   ├── ProofRefused     400 proof-refused         no, a late or another's challenge solved
    │   └── FileRejected     422 file-rejected         a file can't be used (has a code)
    ├── Unauthenticated      401 unauthenticated       no session, or one that has ended
    ├── Forbidden            403 forbidden             signed in, but the role may not do this
    │   ├── OwnWork          403 own-work              one's own work needs a second person
    │   └── NamedInComplaint 403 named-in-complaint    it is about the very person who asks
    ├── NotFound             404 not-found             no such route or thing
    │   ├── DocumentMissing  404 document-missing      a store was told to update what isn't there
    │   └── TicketUnknown    404 ticket-unknown        no complaint with this number and secret
    ├── MethodNotAllowed     405 method-not-allowed
    ├── Conflict             409 conflict              the thing has moved on since it was read
    │   ├── AlreadyExists    409 already-exists        a store was told to create what is there
    │   ├── Busy             409 busy                  somebody else holds the lease
    │   ├── Contended        409 contended             a transaction lost against others too often
    │   ├── Overtaken        409 overtaken             somebody was quicker; carries the fresh state
    │   └── WrongState       409 wrong-state           the thing's state doesn't allow the step
    ├── TooSlow              408 too-slow              the request doesn't arrive in its time
    ├── TooLarge             413 too-large
    ├── UnsupportedMedia     415 unsupported-media-type
    ├── TooManyRequests      429 too-many-requests     carries retry_after_seconds
    │   ├── KkNeeded         429 kk-needed             only the KK number opens this NIK today
    │   └── Crowded          429 crowded               a form without a proof, under pressure
    ├── Broken               500 internal-error        a bug, or sealed data that doesn't open
    │   └── SealBroken       500 seal-broken           wrong key, wrong place, or tampered with
    └── Unavailable          503 unavailable           a store or a source doesn't answer

Each class has a slug (the last part of the problem's `type`), an HTTP status and a title in
Indonesian. `detail` is a sentence in Indonesian for the person, saying what to do next. No value
from a request or a document is ever put into an error: not in `detail`, not in `args`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

FOR_STAFF: Final[Mapping[str, str]] = {
    "STORAGE_FULL": (
        "Penyimpanan komputer ini penuh, jadi tidak ada yang disimpan, dan tidak ada yang hilang. "
        "Kosongkan penyimpanannya dulu, lalu ulangi."
    ),
    "DATA_OLDER": (
        "Data ini dari versi sebelumnya. Buat cadangan, lalu jalankan: manage.py migrate"
    ),
    "DATA_NEWER": "Data ini dari versi sistem yang lebih baru. Pasang versi itu, lalu coba lagi.",
    "RESTORE_UNFINISHED": "Pemulihan belum selesai. Jalankan lagi perintah restore yang sama.",
}
"""By code: what only those who keep the system can put right. Residents read the `detail`."""


class AppError(Exception):
    """The root of all application errors. `errors` lists field problems: {"pointer", "detail"}."""

    slug: ClassVar[str] = "internal-error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Terjadi kesalahan pada sistem"
    default_detail: ClassVar[str] = "Silakan coba lagi beberapa saat lagi."

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        errors: Sequence[dict[str, str]] = (),
    ) -> None:
        self.detail = detail or self.default_detail
        self.code = code
        self.errors = list(errors)
        super().__init__(self.slug if code is None else f"{self.slug}: {code}")

    @property
    def detail_for_staff(self) -> str:
        """The sentence for staff, where they can do more about it than residents."""
        return FOR_STAFF.get(self.code or "", self.detail)


class Invalid(AppError):
    """The request is malformed: wrong JSON, wrong type, or a field that breaks its rule."""

    slug = "invalid-request"
    status = 400
    title = "Isian belum benar"
    default_detail = "Periksa kembali isian Anda, lalu kirim lagi."


class ProofRefused(Invalid):
    """The proof of work isn't solved, has expired, or was made for another question."""

    slug = "proof-refused"
    title = "Pengecekan perlu diulangi"
    default_detail = "Tekan tombol Cek sekali lagi. Jika tetap gagal, muat ulang halaman."


class FileRejected(Invalid):
    """A file can't be used at all. `code` is one of the FILE codes, e.g. FILE_UNREADABLE."""

    slug = "file-rejected"
    status = 422
    title = "Berkas tidak dapat dipakai"
    default_detail = "Simpan ulang daftar sebagai berkas .xlsx, lalu unggah lagi."


class Unauthenticated(AppError):
    """Nobody is signed in, or the session has ended."""

    slug = "unauthenticated"
    status = 401
    title = "Anda belum masuk"
    default_detail = "Masuk dengan akun petugas Anda, lalu ulangi."


class Forbidden(AppError):
    """The person is known, but may not do this."""

    slug = "forbidden"
    status = 403
    title = "Anda tidak berwenang"
    default_detail = "Minta petugas yang berwenang untuk melakukannya."


class OwnWork(Forbidden):
    """A decision on one's own work: a second person has to take it."""

    slug = "own-work"
    title = "Perlu petugas kedua"
    default_detail = "Pekerjaan Anda sendiri harus diperiksa dan disetujui oleh petugas lain."


class NamedInComplaint(Forbidden):
    """A complaint is about the person who asks for it."""

    slug = "named-in-complaint"
    title = "Pengaduan ini ditangani petugas lain"
    default_detail = "Pengaduan ini menyangkut Anda, jadi hanya petugas lain yang dapat membukanya."


class NotFound(AppError):
    """There is nothing at this address or by this id."""

    slug = "not-found"
    status = 404
    title = "Tidak ditemukan"
    default_detail = "Periksa kembali alamat yang Anda buka."


class DocumentMissing(NotFound):
    """A store was told to update a document that doesn't exist."""

    slug = "document-missing"
    default_detail = "Data ini tidak ada lagi. Muat ulang halaman."


class TicketUnknown(NotFound):
    """No complaint has this number and this secret: which of them is wrong is not told."""

    slug = "ticket-unknown"
    title = "Nomor atau kode rahasia tidak cocok"
    default_detail = (
        "Periksa nomor pengaduan dan kode rahasia pada tanda terima Anda, lalu coba lagi."
    )


class MethodNotAllowed(AppError):
    """The address exists, but not with this method. `allowed` goes into the Allow header."""

    slug = "method-not-allowed"
    status = 405
    title = "Cara permintaan tidak didukung"
    default_detail = "Buka layanan ini melalui halaman yang disediakan."

    def __init__(self, allowed: Sequence[str] = ()) -> None:
        super().__init__()
        self.allowed = tuple(allowed)


class Conflict(AppError):
    """What the request is about has changed, or its state doesn't allow the step."""

    slug = "conflict"
    status = 409
    title = "Keadaan sudah berubah"
    default_detail = "Muat ulang halaman, periksa keadaan terbaru, lalu ulangi bila perlu."


class AlreadyExists(Conflict):
    """A store was told to create a document that exists already."""

    slug = "already-exists"
    default_detail = "Data ini sudah ada."


class Busy(Conflict):
    """Another run of the same job holds the lease."""

    slug = "busy"
    title = "Sedang dikerjakan"
    default_detail = "Proses yang sama sedang berjalan. Tunggu sampai selesai, lalu ulangi."


class Contended(Conflict):
    """A transaction lost against concurrent ones too often."""

    slug = "contended"
    default_detail = "Sistem sedang ramai. Silakan ulangi sebentar lagi."


class Overtaken(Conflict):
    """Somebody else changed it meanwhile. `fresh` holds its present state in plain values."""

    slug = "overtaken"
    title = "Petugas lain lebih dahulu"
    default_detail = "Keadaannya baru saja berubah. Periksa keadaan terbaru, lalu putuskan lagi."

    def __init__(self, fresh: Mapping[str, str | int | None]) -> None:
        super().__init__()
        self.fresh = dict(fresh)


class WrongState(Conflict):
    """The thing is in a state that doesn't allow the step."""

    slug = "wrong-state"
    title = "Langkah ini tidak dapat dilakukan"
    default_detail = "Keadaannya sudah berubah. Muat ulang, lalu periksa lagi."


class TooSlow(AppError):
    """The request arrives too slowly, or has stopped to arrive."""

    slug = "too-slow"
    status = 408
    title = "Kiriman terlalu lambat"
    default_detail = "Periksa sambungan internet Anda, lalu kirim lagi."


class TooLarge(AppError):
    """The body is larger than the route takes."""

    slug = "too-large"
    status = 413
    title = "Kiriman terlalu besar"
    default_detail = "Perkecil berkas atau isian Anda, lalu kirim lagi."


class UnsupportedMedia(AppError):
    """The Content-Type isn't one the route reads."""

    slug = "unsupported-media-type"
    status = 415
    title = "Bentuk kiriman tidak didukung"
    default_detail = "Kirim melalui formulir yang disediakan."


class TooManyRequests(AppError):
    """A limit was reached. `retry_after_seconds` goes into the Retry-After header."""

    slug = "too-many-requests"
    status = 429
    title = "Terlalu banyak percobaan"
    default_detail = "Coba lagi nanti, atau datang ke kantor kelurahan."

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int = 3600) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class KkNeeded(TooManyRequests):
    """A NIK was asked for too often today; the end of the KK number still opens it."""

    slug = "kk-needed"
    title = "Nomor KK diperlukan"
    default_detail = (
        "NIK ini sudah terlalu banyak dicoba hari ini. Isi juga enam angka terakhir nomor KK, "
        "atau coba lagi besok."
    )

    def __init__(self, *, retry_after_seconds: int = 3600) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
        self.errors = [{"pointer": "#/kk_last6", "detail": self.detail}]


class Crowded(TooManyRequests):
    """So many ask in vain that only questions with a proof of work are answered for now."""

    slug = "crowded"
    title = "Cek NIK sedang sangat ramai"
    default_detail = (
        "Untuk sementara Cek NIK hanya menjawab peramban dengan JavaScript. Aktifkan JavaScript "
        "atau pakai peramban lain, coba lagi satu jam lagi, atau datang ke kantor kelurahan "
        "dengan KTP dan KK."
    )


class Broken(AppError):
    """A bug, or stored data that is damaged."""


class SealBroken(Broken):
    """A sealed value doesn't open: wrong key, moved from its place, or tampered with."""

    slug = "seal-broken"


class Unavailable(AppError):
    """A store or a source doesn't answer now; nothing was lost."""

    slug = "unavailable"
    status = 503
    title = "Layanan sedang tidak tersedia"
    default_detail = "Data Anda aman. Silakan coba lagi beberapa menit lagi."
