"""Synthetic lists of recipients, for a first start, for tests and for benches. No real person.

`make` a `Sample`, `next_week` of it, `write` it as one of `LAYOUTS`; `write_stream` for long files.
"""

from shared.samples.defects import Defect, defects_of
from shared.samples.expected_results import Ledger
from shared.samples.layout_writer import write, write_stream
from shared.samples.layouts import LAYOUTS
from shared.samples.sample import Sample, SamplePerson, make, next_week, stream

__all__ = [
    "LAYOUTS",
    "Defect",
    "Ledger",
    "Sample",
    "SamplePerson",
    "defects_of",
    "make",
    "next_week",
    "stream",
    "write",
    "write_stream",
]
