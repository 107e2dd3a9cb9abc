"""`manage.py complaints`: list, show, step, note, assign, name, erase, export.

The officer is always named, and proves who they are: every read of what a complaint says is in the
audit log under their name.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Any

import click

from commands.acting_officer import ActingOfficer, acting_as
from commands.complaints.officer import OfficerSession, at_desk, line, page
from commands.complaints.verify import verify
from commands.output import answer, json_option, refusals
from shared.complaints.casework.export import ENDINGS, write_export
from shared.complaints.casework.service import Filter
from shared.complaints.model.lifecycle import ENDED, Outcome, State, Step
from shared.platform.errors import SealBroken
from shared.platform.files.private_file import private_file

_as = acting_as("Petugas yang bekerja.")
_ticket = click.argument("ticket", metavar="NOMOR")
_version = click.option(
    "--version", required=True, type=click.IntRange(1), help="Versi yang dilihat, dari show."
)
_internal = click.option("--internal", default="", help="Catatan untuk petugas saja.")
_out = click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
_STEPS = {step.value: step for step in (Step.VERIFY, Step.ACT, Step.CLOSE)}
_NOT_WHOLE = (
    "Ada pengaduan yang rusak (docs/runbooks.md). Periksa dengan complaints verify, atau pakai "
    "--without-damaged untuk mengunduh yang lain saja."
)
_OUTCOMES = [outcome.value for outcome in Outcome if outcome is not Outcome.WITHDRAWN]
_FILTERS = (
    click.option("--state", type=click.Choice([state.value for state in State])),
    click.option("--kind", metavar="KODE", help="Jenis pengaduan, misalnya deduction."),
    click.option("--rw", help="Misalnya 03."),
    click.option("--late", is_flag=True, help="Hanya yang lewat tenggat."),
    click.option(
        "--open/--all",
        "is_open",
        default=True,
        show_default=True,
        help="Yang masih terbuka menurut tenggatnya, atau semua, yang terbaru lebih dulu.",
    ),
    click.option(
        "--handler", metavar="EMAIL", help="Petugas yang menangani; - untuk yang belum ada."
    ),
)


def _filters(command: Any) -> Any:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def _answer_all_but(damaged: int, said: dict[str, Any], as_json: bool, lines: list[str]) -> None:
    """Print the answer and how many complaints were left out; exit with 1 where there are any."""
    if damaged:
        lines.append(f"Tidak ikut karena rusak: {damaged}. Lihat docs/runbooks.md.")
    answer(said, as_json, "\n".join(lines))
    if damaged:
        sys.exit(1)


def _wanted(desk: OfficerSession, given: dict[str, Any]) -> Filter:
    handler, state = given["handler"], given["state"]
    if handler is not None:
        handler = "" if handler == "-" else desk.colleague(handler)
    return Filter(
        is_open=True if given["is_open"] and state not in ENDED else None,
        state=state,
        kind=given["kind"],
        rw=given["rw"],
        handler=handler,
        is_late=given["late"] or None,
    )


@click.group()
def complaints() -> None:
    """Pengaduan: daftar, baca, tindak lanjuti, serahkan, unduh."""


@complaints.command("list")
@_filters
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@_as
@json_option
@refusals
def list_(limit: int, who: ActingOfficer, as_json: bool, **given: Any) -> None:
    """Daftar pengaduan, tanpa data pribadi dan tanpa isinya.

    Yang rusak tidak ikut. Keluar dengan 1 bila ada.
    """
    with at_desk(who) as desk:
        cases = desk.work.cases(desk.officer, _wanted(desk, given))
        found = [desk.shown(case) for case in islice(cases, limit + 1)]
        damaged = desk.damaged
    has_more = len(found) > limit
    lines = [line(one) for one in found[:limit]]
    if has_more:
        lines.append("... dan masih ada lagi. Pakai --limit yang lebih besar.")
    said = {"complaints": found[:limit], "has_more": has_more, "damaged": damaged}
    _answer_all_but(damaged, said, as_json, lines or ["Tidak ada pengaduan."])


@complaints.command()
@_ticket
@click.option("--identity", "reason", metavar="ALASAN", help="Tampilkan juga siapa pelapornya.")
@click.option("--nik", "with_nik", is_flag=True, help="Bersama --identity: NIK seutuhnya.")
@_as
@json_option
@refusals
def show(
    ticket: str, reason: str | None, with_nik: bool, who: ActingOfficer, as_json: bool
) -> None:
    """Satu pengaduan: isi dan riwayatnya. Setiap pembacaan dicatat."""
    if with_nik and reason is None:
        raise click.UsageError("--nik hanya bersama --identity ALASAN.")
    with at_desk(who) as desk:
        file = desk.work.show(desk.officer, desk.case(ticket).id, identity_reason=reason)
        said = desk.told(file, with_identity=reason is not None, with_nik=with_nik)
    answer(said, as_json, page(said))


@complaints.command()
@_ticket
@click.argument("step", type=click.Choice(list(_STEPS)))
@_version
@click.option("--public", default="", help="Jawaban untuk pelapor; wajib untuk close.")
@_internal
@click.option("--outcome", type=click.Choice(_OUTCOMES), help="Hasilnya; wajib untuk close.")
@click.option("--field-check", is_flag=True, help="Perlu pemeriksaan lapangan; untuk act.")
@_as
@json_option
@refusals
def step(
    ticket: str,
    step: str,
    version: int,
    public: str,
    internal: str,
    outcome: str | None,
    field_check: bool,
    who: ActingOfficer,
    as_json: bool,
) -> None:
    """Langkah berikutnya: verify, act, atau close.

    Bila petugas lain lebih dahulu, keadaan terbaru dicetak dan tidak ada yang berubah.
    """
    with at_desk(who) as desk:
        changed = desk.work.step(
            desk.officer,
            desk.case(ticket).id,
            _STEPS[step],
            version=version,
            public=public,
            internal=internal,
            outcome=None if outcome is None else Outcome(outcome),
            field_check=field_check,
        )
        desk.say(changed, as_json)


@complaints.command()
@_ticket
@_version
@click.option("--public", default="", help="Kabar untuk pelapor.")
@_internal
@_as
@json_option
@refusals
def note(
    ticket: str, version: int, public: str, internal: str, who: ActingOfficer, as_json: bool
) -> None:
    """Tambah catatan, tanpa mengubah keadaannya."""
    with at_desk(who) as desk:
        changed = desk.work.step(
            desk.officer,
            desk.case(ticket).id,
            Step.NOTE,
            version=version,
            public=public,
            internal=internal,
        )
        desk.say(changed, as_json)


@complaints.command()
@_ticket
@click.option("--to", required=True, metavar="EMAIL", help="Petugas yang menerima.")
@_version
@click.option("--why", default="", help="Alasan, untuk petugas saja.")
@_as
@json_option
@refusals
def assign(ticket: str, to: str, version: int, why: str, who: ActingOfficer, as_json: bool) -> None:
    """Serahkan pengaduan kepada petugas lain."""
    with at_desk(who) as desk:
        case, colleague = desk.case(ticket), desk.colleague(to)
        changed = desk.work.assign(desk.officer, case.id, colleague, version=version, why=why)
        desk.say(changed, as_json)


@complaints.command()
@_ticket
@click.option("--staff", "named", multiple=True, metavar="EMAIL", help="Boleh berulang.")
@click.option("--nobody", is_flag=True, help="Tidak ada petugas yang diadukan.")
@_version
@_as
@json_option
@refusals
def name(
    ticket: str,
    named: tuple[str, ...],
    nobody: bool,
    version: int,
    who: ActingOfficer,
    as_json: bool,
) -> None:
    """Tetapkan petugas yang diadukan; ia tidak dapat melihatnya lagi. Hanya verifikator."""
    if bool(named) == nobody:
        raise click.UsageError("Sebutkan petugas dengan --staff, atau pakai --nobody.")
    with at_desk(who) as desk:
        ids = [desk.colleague(each) for each in named]
        changed = desk.work.name(desk.officer, desk.case(ticket).id, ids, version=version)
        desk.say(changed, as_json)


@complaints.command()
@_ticket
@click.option("--reason", required=True, metavar="ALASAN", help="Mengapa; ikut dicatat.")
@_version
@_as
@json_option
@refusals
def erase(ticket: str, reason: str, version: int, who: ActingOfficer, as_json: bool) -> None:
    """Hapus isi, foto, dan pelapor pengaduan yang sudah selesai, atas permintaan pelapor.

    Yang tersisa hanya catatan untuk statistik. Tidak dapat dibatalkan. Hanya verifikator.
    """
    with at_desk(who) as desk:
        case = desk.case(ticket)
        desk.say(desk.work.erase(desk.officer, case.id, reason, version=version), as_json)


@complaints.command()
@_ticket
@click.argument("number", metavar="FOTO", type=click.IntRange(1))
@_out
@_as
@json_option
@refusals
def photo(ticket: str, number: int, out: Path, who: ActingOfficer, as_json: bool) -> None:
    """Simpan sebuah foto (JPEG) ke berkas yang belum ada."""
    with at_desk(who) as desk, private_file(out) as file:
        content = desk.work.photo(desk.officer, desk.case(ticket).id, number)
        file.write(content)
    said = {"file": out.name, "bytes": len(content)}
    answer(said, as_json, f"{out.name}: {len(content)} bita. Hapus sesudah selesai.")


@complaints.command()
@_filters
@_out
@click.option("--reason", required=True, metavar="ALASAN", help="Untuk apa; ikut dicatat.")
@click.option("--force", is_flag=True, help="Ganti berkas yang sudah ada.")
@click.option("--without-damaged", is_flag=True, help="Unduh juga bila ada yang rusak, tanpa itu.")
@_as
@json_option
@refusals
def export(
    out: Path,
    reason: str,
    force: bool,
    without_damaged: bool,
    who: ActingOfficer,
    as_json: bool,
    **given: Any,
) -> None:
    """Unduh pengaduan beserta isinya ke berkas .xlsx atau .csv, tanpa pelapornya."""
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise click.UsageError("Nama berkas harus berakhiran .xlsx atau .csv.")
    with (
        at_desk(who) as desk,
        private_file(out, overwrite=force) as file,
        desk.deployment.workspace.directory() as scratch,
    ):
        rows = write_export(
            file,
            ending,
            desk.work.files(desk.officer, _wanted(desk, given), reason),
            titles=desk.work.titles(),
            timezone=desk.deployment.kelurahan.timezone,
            days_late=desk.work.days_late,
            promised_on=desk.work.promised_on,
            officers=desk.work.officers(),
            scratch=scratch,
        )
        damaged = desk.damaged
        if damaged and not without_damaged:  # nobody is to take the file for whole
            raise SealBroken(_NOT_WHOLE)
    said = {"file": out.name, "complaints": rows, "damaged": damaged}
    lines = [f"{rows} pengaduan di {out.name}. Hapus sesudah selesai."]
    _answer_all_but(damaged, said, as_json, lines)


complaints.add_command(verify)
