"""Values of custom fields: how what is typed is kept, what may not be kept, and how it is shown.

On the holder a value stands under the number of its field, and is never empty: what is not filled in is not there.

| kind | kept as |
|---|---|
| text, choice | text |
| number | whole thousandths: 2,5 is 2500 |
| amount | whole cents |
| date | text, 2026-12-31 |
| yes_no | true; no is not kept |
| choices | list of texts, in the order of the field |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final, NamedTuple

from app.kernel.errors import DomainError
from app.kernel.money import euros
from app.kernel.periods import dutch_date

LONGEST_TEXT: Final = 500
LARGEST_NUMBER: Final = 10**12
MOST_CHOICES: Final = 100
CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
Stored = Mapping[str, Any]


class Field(NamedTuple):
    """A custom field, as far as its values go."""

    field_id: int
    holder: str
    code: str
    label: str
    kind: str
    is_required: bool = False
    help: str = ""
    choices: tuple[str, ...] = ()
    is_on_list: bool = False

    @property
    def key(self) -> str:
        """Return under what its value is kept on the holder."""
        return str(self.field_id)


def check_code(code: str, field: str = "code") -> str:
    """Return a name for formulas, cleaned. Raises DomainError `code_wrong`."""
    cleaned = code.strip().lower()
    if not CODE.fullmatch(cleaned):
        raise DomainError(
            "code_wrong",
            f"“{code}” kan geen naam in formules zijn. Gebruik kleine letters zonder accenten, cijfers en _, te beginnen met een letter: "
            "bijvoorbeeld bedrag_per_maand.",
            field=field,
        )
    return cleaned


def check_choices(kind: str, choices: Sequence[str]) -> list[str]:
    """Return the choices of a field, cleaned. Raises DomainError `choices_wrong`."""
    cleaned = [" ".join(text.split()) for text in choices if text.strip()]
    if kind not in ("choice", "choices"):
        if cleaned:
            raise DomainError("choices_wrong", "Alleen een keuzeveld heeft keuzes. Maak dit leeg, of kies de soort keuze.", field="choices")
        return []
    if not 1 <= len(cleaned) <= MOST_CHOICES:
        raise DomainError("choices_wrong", f"Vul 1 tot {MOST_CHOICES} keuzes in, elk op een eigen regel.", field="choices")
    if twice := next((text for text in cleaned if cleaned.count(text) > 1), None):
        raise DomainError("choices_wrong", f"Keuze “{twice}” staat er twee keer. Haal er een weg.", field="choices")
    if long := next((text for text in cleaned if len(text) > 80), None):
        raise DomainError("choices_wrong", f"Keuze “{long[:40]}…” is te lang: er passen 80 tekens.", field="choices")
    return cleaned


def stored(field: Field, value: Any) -> Any:
    """Return a value as it is kept, or None for none. Raises DomainError `custom_value_wrong` with the field's name on the form."""
    if value is None or value in ("", [], ()):
        return None
    if field.kind == "date":
        return value.isoformat() if isinstance(value, date) else _refuse(field, value, "een datum, bijvoorbeeld 31-12-2026")
    if field.kind == "yes_no":
        return value if isinstance(value, bool) else _refuse(field, value, "ja of nee")
    if field.kind in ("number", "amount"):
        if type(value) is not int or abs(value) > LARGEST_NUMBER:
            _refuse(field, value, "een getal" if field.kind == "number" else "een bedrag")
        return value
    if field.kind == "choices":
        given = list(value) if isinstance(value, list | tuple) else [value]
        if wrong := next((one for one in given if one not in field.choices), None):
            _refuse(field, wrong, f"een van de keuzes: {', '.join(field.choices)}")
        return [one for one in field.choices if one in given]
    if not isinstance(value, str):
        _refuse(field, value, "een tekst")
    if field.kind == "choice" and value not in field.choices:
        _refuse(field, value, f"een van de keuzes: {', '.join(field.choices)}")
    if len(value) > LONGEST_TEXT:
        raise DomainError(
            "custom_value_wrong",
            f"“{field.label}” is te lang: {len(value)} tekens, er passen er {LONGEST_TEXT}. Kort het in.",
            field=f"custom_{field.key}",
        )
    return value


def _refuse(field: Field, value: Any, expected: str) -> None:
    raise DomainError(
        "custom_value_wrong", f"“{value}” past niet bij “{field.label}”. Vul in: {expected}.", field=f"custom_{field.key}", value=str(value)
    )


def merged(fields: Iterable[Field], given: Mapping[str, Any], before: Stored | None) -> dict[str, Any]:
    """Return what a holder keeps after a form: the values given under the fields' keys, and of fields that the form does not show the old.

    Raises DomainError `custom_value_missing` for a required field without a value, and `custom_value_wrong`.
    """
    kept = dict(before or {})
    for field in fields:
        value = stored(field, given.get(field.key))
        if value is None or value is False:  # no and not filled in are the same
            if field.is_required and field.kind != "yes_no":
                raise DomainError("custom_value_missing", f"Vul “{field.label}” in.", field=f"custom_{field.key}")
            kept.pop(field.key, None)
        else:
            kept[field.key] = value
    return kept


def parse_number(text: str) -> int:
    """Return a number as it is kept: 2,5 is 2500. Raises DomainError `decimal_unreadable`."""
    found = re.fullmatch(r"(-?)([0-9]{1,9})(?:[,.]([0-9]{1,3}))?", text.strip())
    if not found:
        raise DomainError("decimal_unreadable", f"“{text}” is geen getal. Schrijf bijvoorbeeld 2,5.", value=text)
    whole = int(found[2]) * 1000 + int((found[3] or "").ljust(3, "0"))
    return -whole if found[1] else whole


def typed(field: Field, values: Stored | None) -> Any:
    """Return the value as a form field takes it: a date as a date, the others as they are kept; None for none."""
    value = (values or {}).get(field.key)
    return date.fromisoformat(value) if value is not None and field.kind == "date" else value


def computed(kind: str, value: Any) -> int | Fraction | bool | str | date | None:
    """Return a kept value as formulas and plans take it: amounts in euros; a yes/no that nobody filled in is no."""
    if kind == "yes_no":
        return bool(value)
    if value is None:
        return None
    if kind in ("number", "amount"):
        exact = Fraction(value, 1000 if kind == "number" else 100)
        return exact.numerator if exact.denominator == 1 else exact
    if kind == "date":
        return date.fromisoformat(value)
    return ", ".join(value) if isinstance(value, list) else str(value)


def shown(kind: str, value: Any) -> str:
    """Return a kept value in Dutch; empty for none."""
    if value is None:
        return ""
    if kind == "yes_no":
        return "ja" if value else "nee"
    if kind == "amount":
        return euros(value)
    if kind == "date":
        return dutch_date(date.fromisoformat(value))
    if kind == "number":
        whole, part = divmod(abs(value), 1000)
        return f"{'-' if value < 0 else ''}{whole},{part:03d}".rstrip("0").rstrip(",")
    return ", ".join(value) if isinstance(value, list) else str(value)
