"""`manage.py audit`: verifies the audit log, also against whoever owns the database."""

from __future__ import annotations

import re
import sys

import click

from commands.deployment_context import opened
from commands.output import answer, json_option, refusals
from shared.platform.audit.log import Head

_HEAD = re.compile(r"([0-9]{1,12}):([0-9a-fA-F]{64})")


class _HeadType(click.ParamType[Head]):
    """SEQ:DIGEST, as `audit head` prints it."""

    name = "SEQ:DIGEST"

    def convert(
        self, value: str | Head, param: click.Parameter | None, ctx: click.Context | None
    ) -> Head:
        if isinstance(value, Head):
            return value
        found = _HEAD.fullmatch(value.strip())
        if found is None:
            self.fail("Tulis seperti yang dicetak `audit head`: NOMOR:SIDIK.", param, ctx)
        return Head(int(found[1]), found[2].lower())


@click.group()
def audit() -> None:
    """Catatan audit: buktikan utuh, dan simpan kepalanya di luar sistem."""


@audit.command()
@json_option
@refusals
def head(as_json: bool) -> None:
    """Cetak kepala catatan (nomor dan sidik terakhir), untuk disimpan di luar sistem ini."""
    with opened() as deployment:
        newest = deployment.audit.head()
    said = {"seq": newest.seq, "digest": newest.digest}
    answer(said, as_json, f"{newest.seq}:{newest.digest}")


@audit.command()
@click.option(
    "--head",
    "heads",
    type=_HeadType(),
    multiple=True,
    help="Kepala yang disimpan dahulu; catatan masih harus memuatnya. Boleh berulang.",
)
@json_option
@refusals
def verify(heads: tuple[Head, ...], as_json: bool) -> None:
    """Periksa setiap catatan dan urutannya. Keluar dengan 1 bila catatan tidak utuh.

    Tanpa --head, catatan yang dipotong akhirnya atau dikosongkan seluruhnya tidak ketahuan.
    """
    with opened() as deployment:
        verdict = deployment.audit.verify(heads)
    said = {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "first_bad": verdict.first_bad,
        "head": {"seq": verdict.head.seq, "digest": verdict.head.digest},
        "heads_checked": len(heads),
    }
    answer(said, as_json, " ".join(f"{name}={value}" for name, value in said.items()))
    if not verdict.ok:
        sys.exit(1)
