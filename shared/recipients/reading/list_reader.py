"""Reading of a whole list from its file: its people, and the problems of its rows."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

from shared.kelurahan.configuration import Kelurahan
from shared.programmes.catalogue import Catalogue
from shared.recipients.model.reading_result import Reading
from shared.recipients.reading import merging
from shared.recipients.reading.rows import RowReader
from shared.recipients.reading.table import read_table

RULES = 1
"""Raised when the reading of lists changes, so that a list sent again is read again."""


def read(path: Path, filename: str, kelurahan: Kelurahan, catalogue: Catalogue) -> Reading:
    """Read and check a whole file; raises FileRejected where it can't be used at all."""
    table = read_table(
        path,
        filename=filename,
        aliases=kelurahan.column_aliases,
        limits=kelurahan.limits,
        catalogue=catalogue.with_aliases(kelurahan.programme_aliases),
    )
    with closing(table):
        reader = RowReader(table, kelurahan, catalogue)
        people = merging.without(merging.build(reader), reader.conflicted)
        return Reading(
            people=people,
            headers=[column.header for column in table.columns],
            problems=reader.problems,
            faulty=reader.faulty,
            held=frozenset(reader.held),
            rows=reader.row_count,
            error_rows=reader.error_rows,
            other_sheets=len(table.other_sheets),
        )


def fingerprint(path: Path, kelurahan: Kelurahan, catalogue: Catalogue) -> str:
    """Return a hash of a file's content and of the rules it is read by."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256")
    content.update(repr((RULES, kelurahan, catalogue)).encode())
    return content.hexdigest()
