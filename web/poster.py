"""The poster for the notice board: one A4 PDF with QR codes to Cek NIK and Pengaduan.

The same kelurahan gives the same bytes. The standard fonts of PDF are used, so nothing is embedded
and any printer can print it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Final

import segno
from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from shared.kelurahan.configuration import Kelurahan
from shared.recipients.lookup.question_texts import ASKED

_GREEN: Final = HexColor("#0b4a3a")
_SUN: Final = HexColor("#ffc533")
_WIDTH, _HEIGHT = A4
_MARGIN: Final = 18 * mm
_QR: Final = 66 * mm
_QUIET_MODULES: Final = 4  # ISO/IEC 18004: white around a code, or phones don't find it


@dataclass(frozen=True)
class _Door:
    path: str
    title: str
    text: str


def _doors(kelurahan: Kelurahan) -> tuple[_Door, ...]:
    papers = ASKED[kelurahan.lookup_factor].papers
    return (
        _Door(
            "/cek-nik/",
            "Cek NIK",
            f"Apakah Anda terdaftar sebagai penerima bansos? Siapkan {papers}.",
        ),
        _Door(
            "/pengaduan/",
            "Pengaduan",
            "Bantuan belum sampai, dipotong, atau datanya salah? Laporkan, kapan saja.",
        ),
    )


def poster(kelurahan: Kelurahan) -> bytes:
    """Return the poster of a kelurahan as PDF."""
    target = BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(f"Poster MY NUTERA {kelurahan.title}")
    canvas.setAuthor(kelurahan.title)
    canvas.setSubject("Kode QR untuk Cek NIK dan Pengaduan")
    _head(canvas, kelurahan)
    top = _HEIGHT - 86 * mm
    for door in _doors(kelurahan):
        _door(canvas, door, kelurahan.site.base_url, top)
        top -= _QR + 12 * mm
    _foot(canvas, kelurahan)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _head(canvas: Canvas, kelurahan: Kelurahan) -> None:
    canvas.setFillColor(_GREEN)
    canvas.rect(0, _HEIGHT - 44 * mm, _WIDTH, 44 * mm, stroke=0, fill=1)
    canvas.setFillColor(_SUN)
    canvas.rect(0, _HEIGHT - 47 * mm, _WIDTH, 3 * mm, stroke=0, fill=1)
    _write(canvas, "<b>MY NUTERA</b>", _HEIGHT - 10 * mm, size=34, color=white)
    _write(canvas, escape(kelurahan.title), _HEIGHT - 26 * mm, size=18, color=white)
    _write(canvas, "<b>Bansos: cek dan laporkan sendiri</b>", _HEIGHT - 54 * mm, size=27)
    _write(canvas, "Arahkan kamera HP ke kotak di bawah. Gratis.", _HEIGHT - 70 * mm, size=17)


def _door(canvas: Canvas, door: _Door, base_url: str, top: float) -> None:
    address = f"{base_url}{door.path}"
    _qr(canvas, address, _MARGIN, top - _QR)
    left = _MARGIN + _QR + 10 * mm
    at = _write(canvas, f"<b>{door.title}</b>", top - 4 * mm, size=30, left=left)
    at = _write(canvas, door.text, at - 3 * mm, size=17, left=left)
    _write(canvas, f"<b>{escape(address)}</b>", at - 4 * mm, size=13, left=left)


def _qr(canvas: Canvas, text: str, left: float, bottom: float) -> None:
    """Draw a QR code that still reads with a quarter of it dirty or torn."""
    code = segno.make_qr(text, error="q")
    side = code.symbol_size(border=_QUIET_MODULES)[0]
    module = _QR / side
    canvas.setStrokeColor(_GREEN)
    canvas.setLineWidth(1.5)
    canvas.rect(left, bottom, _QR, _QR, stroke=1, fill=0)
    canvas.setFillColor(black)
    outline = canvas.beginPath()
    for row, modules in enumerate(code.matrix_iter(border=_QUIET_MODULES)):
        for column, dark in enumerate(modules):
            if dark:
                x, y = left + column * module, bottom + (side - 1 - row) * module
                outline.rect(x, y, module, module)
    canvas.drawPath(outline, stroke=0, fill=1)


def _foot(canvas: Canvas, kelurahan: Kelurahan) -> None:
    contact = kelurahan.contact
    told = [contact.office, contact.hours]
    told += [f"Telepon {contact.phone}"] if contact.phone else []
    at = 52 * mm
    canvas.setStrokeColor(_SUN)
    canvas.setLineWidth(3)
    canvas.line(_MARGIN, at, _WIDTH - _MARGIN, at)
    at = _write(canvas, "<b>Tidak punya HP? Petugas membantu Anda.</b>", at - 3 * mm, size=16)
    at = _write(canvas, "<br/>".join(map(escape, told)), at - 1 * mm, size=12)
    _write(canvas, "<b>Jangan membayar kepada siapa pun.</b>", at - 2 * mm, size=14)


def _write(
    canvas: Canvas,
    markup: str,
    top: float,
    *,
    size: int,
    left: float = _MARGIN,
    color: Color = black,
) -> float:
    """Write text from `top` down, wrapped at the margin; return where the next may begin."""
    style = ParagraphStyle(
        "poster",
        fontName="Helvetica",
        fontSize=size,
        leading=size * 1.2,
        textColor=color,
        splitLongWords=1,
    )
    paragraph = Paragraph(markup, style)
    _, height = paragraph.wrap(_WIDTH - _MARGIN - left, top)
    paragraph.drawOn(canvas, left, top - height)
    return float(top - height)
