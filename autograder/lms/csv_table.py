"""Writes tables as CSV files that spreadsheets and LMSs read, and no cell runs in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Row = Sequence[str | float]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Table:
    """A file to write.

    Attributes:
        rows: All rows, with the headers.
        notes: What the person who exports has to know, in sentences.
        byte_order_mark: Whether the file begins with the mark by which spreadsheets know UTF-8.
        quote_texts: Whether all texts are quoted, and not just those that need it.
    """

    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    byte_order_mark: bool = True
    quote_texts: bool = False

    def write(self, path: Path) -> None:
        """Write the file, with no cell that a spreadsheet would take for a formula."""
        text = io.StringIO()
        quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if self.quote_texts else csv.QUOTE_MINIMAL
        writer = csv.writer(text, quoting=quoting)
        for row in self.rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        encoding = "utf-8-sig" if self.byte_order_mark else "utf-8"
        path.write_bytes(text.getvalue().encode(encoding))


def harmless(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula, and that stays on one line."""
    is_formula = cell.lstrip(" ").startswith(_FORMULA) and cell.strip() != "-"
    line = " ".join(cell.split())
    return f"'{line}" if is_formula else line
