"""A field that is a table: rows of other fields, with a few empty ones to fill in."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, Form

from app.contributions.adjustments.face import shown_number
from app.kernel.errors import DomainError
from views.fields import PlainInput, _Typed

EMPTY = 3  # rows to fill in below those that are there
MOST = 500


class ExactField(_Typed):
    """A number with a comma, kept exactly as text, "12.5" or "2/3"; `scale` 100 is typed in euros and kept in cents."""

    widget = PlainInput("bn-short", inputmode="decimal", autocomplete="off")

    def __init__(self, *args: Any, scale: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scale = scale

    def read(self, text: str) -> str:
        """Return the number as text."""
        if not re.fullmatch(r"-?\d{1,7}([.,]\d{1,6})?", text) or not text.isascii():
            raise DomainError("decimal_unreadable", f"“{text}” is geen getal. Schrijf bijvoorbeeld 1,5.", value=text)
        return self._plain(Fraction(text.replace(",", ".")) * self.scale)

    def write(self, value: Any) -> str:
        """Return 1,5."""
        return shown_number(Fraction(str(value).replace(",", ".")) / self.scale)

    @staticmethod
    def _plain(exact: Fraction) -> str:
        whole, part = divmod(abs(exact * 10**6), 10**6)
        shown = f"{whole}.{int(part):06d}".rstrip("0").rstrip(".")
        return f"-{shown}" if exact < 0 else shown


class RowsField(Field):
    """A table. `data` is a list with a mapping for each row that has something in it.

    A table that `is_plain` has one column, of which the place counts: an empty row between two filled ones stays.
    """

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        columns: dict[str, Any],
        is_plain: bool = False,
        ordinal: str = "",
        most: int = MOST,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.row_class = type("Row", (Form,), columns)
        self.columns = [(name, column.kwargs.get("label", "")) for name, column in columns.items()]
        self.is_plain, self.ordinal, self.most = is_plain, ordinal, min(most, MOST)
        self.rows: list[Form] = []

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:  # noqa: ARG002 - the face is WTForms'
        """Read the rows that were sent, or take those that are kept."""
        self.process_errors, self.rows = [], []
        numbers = self._sent(formdata)
        if numbers:
            self.rows = [self.row_class(formdata, prefix=f"{self.name}-{number}-") for number in numbers]
        else:
            kept = data if isinstance(data, list) else self.default or []
            self.rows = [self._row(place, values) for place, values in enumerate(kept[: self.most])]
        empty = self.most if self.ordinal else len([row for row in self.rows if _is_filled(row)]) + EMPTY
        following = max(numbers, default=len(self.rows) - 1) + 1
        while len(self.rows) < min(empty, self.most):
            self.rows.append(self._row(following, {}))
            following += 1

    def _row(self, number: int | str, values: dict[str, Any]) -> Form:
        return self.row_class(prefix=f"{self.name}-{number}-", data=values)

    def _sent(self, formdata: Any) -> list[int]:
        found = set()
        for key in formdata or ():
            match = re.fullmatch(rf"{re.escape(self.name)}-(\d{{1,4}})-\w+", key)
            if match:
                found.add(int(match[1]))
        return sorted(found)[: self.most]

    @property
    def blank(self) -> Form:
        """Return a row to copy when one more is asked."""
        return self._row("__nr__", {})

    @property
    def filled(self) -> list[Form]:
        """Return the rows that count."""
        if not self.is_plain:
            return [row for row in self.rows if _is_filled(row)]
        last = max((place for place, row in enumerate(self.rows) if _is_filled(row)), default=-1)
        return self.rows[: last + 1]

    @property
    def data(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """Return the rows that count."""
        return [dict(row.data) for row in self.filled]

    @data.setter
    def data(self, value: Any) -> None:
        """Say nothing: rows come from `process`."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:  # noqa: ARG002 - the face is WTForms'
        """Check each cell; the table says in which rows something is not right."""
        self.errors = []
        for place, row in enumerate(self.rows, 1):
            if _is_filled(row) and not row.validate():
                self.errors = [*self.errors, *(self._said(place, cell, cell.errors[0]) for cell in row if cell.errors)]
        return not self.errors

    def refuse(self, path: str, message: str) -> None:
        """Put a refusal at a cell, as `1.price` (the second row that counts), or at the table."""
        number, _dot, name = path.partition(".")
        filled = self.filled
        if number.isdigit() and int(number) < len(filled):
            row = filled[int(number)]
            cell = row[name] if name in row else row["value"] if "value" in row else next(iter(row))
            cell.errors = [*cell.errors, message]
            message = self._said(self.rows.index(row) + 1, cell, message)
        self.errors = [*self.errors, message]

    def _said(self, place: int, cell: Any, message: str) -> str:
        return _("Row %(place)s, %(label)s: %(message)s", place=place, label=str(cell.label.text), message=message)


def _is_filled(row: Form) -> bool:
    return any(
        (field.raw_data and str(field.raw_data[0]).strip()) or (not field.raw_data and field.data not in (None, "", False)) for field in row
    )
