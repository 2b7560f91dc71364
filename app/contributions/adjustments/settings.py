"""Fields of which the settings of adjustments are made: whole numbers only, with Dutch refusals.

A field says itself what it is called on screen (`says`), so that the form of a kind is made from its schema: the class of the field
decides the control (an amount, a percentage, a date, a choice, a row of another table, a table with rows).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import validate

from app.contributions.adjustments.face import Discount

REQUIRED = "Dit moet je invullen."
_DUTCH = {"required": REQUIRED, "null": REQUIRED, "invalid": "Deze waarde past hier niet."}
_NUMBER = re.compile(r"^-?\d{1,9}([.,]\d{1,6})?$|^-?\d{1,9}/[1-9]\d{0,8}$")


def says(label: str, help: str = "", **more: Any) -> dict[str, Any]:  # noqa: A002 - that is what it is
    """Return what a field is called on screen, its help, and `when=(field, values)`: only asked when that field has one of the values."""
    return {"label": label, "help": help, **more}


@dataclass(frozen=True)
class OneOf:
    """Of several fields exactly one is filled in: the form asks which, and shows only that one. `ways` is the Dutch word per field."""

    label: str
    ways: Mapping[str, str]


class SettingsSchema(ma.Schema):
    """Settings of one kind: what is unknown is refused. `MAKES` is the frozen dataclass that comes out."""

    MAKES: ClassVar[type[Any]]
    ONE_OF: ClassVar[Mapping[str, OneOf]] = {}
    ORDER: ClassVar[tuple[str, ...]] = ()  # of the fields on screen; the others come after these
    error_messages = {
        "unknown": "Deze instelling kent deze soort niet.",
        "type": "De instellingen moeten velden met waarden zijn.",
    }

    class Meta:
        unknown = ma.RAISE

    def on_screen(self) -> list[str]:
        """Return the names of the fields in the order in which they are asked."""
        return [*self.ORDER, *(name for name in self.fields if name not in self.ORDER)]

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the frozen settings."""
        return self.MAKES(**data)


class Whole(ma.fields.Integer):
    """A whole number; a text of figures counts, a float does not."""

    default_error_messages = {
        **_DUTCH,
        "invalid": "Dit is geen heel getal.",
        "too_large": "Dit getal is te groot.",
    }

    def _validated(self, value: Any) -> int:
        if isinstance(value, float | bool) or not isinstance(value, int | str):
            raise self.make_error("invalid", input=value)
        found = super()._validated(value)
        if found is None or abs(found) > 99_999_999_999:
            raise self.make_error("too_large", input=value)
        return int(found)


class Numbered(Whole):
    """One of a few whole numbers, each with its word on screen; which ones is for `validate`."""

    def __init__(self, words: Mapping[int, str], **options: Any) -> None:
        super().__init__(**options)
        self.words = {str(number): word for number, word in words.items()}


class Cents(Whole):
    """An amount in cents."""


class Points(Whole):
    """A percentage in basis points; below zero where that means something."""


class Reference(Whole):
    """The number of a row: `of` names what, such as function_type; a form offers the rows within scope."""

    def __init__(self, of: str, **options: Any) -> None:
        super().__init__(**options)
        self.of = of


class Hundredths(Whole):
    """An amount or a percentage, as another field says: both are kept in hundredths."""


class Share(Points):
    """A percentage in basis points, from 0 % to 100 %."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Range(0, 10_000, error="Een percentage ligt tussen 0 en 100."), **options)


class Number(ma.fields.Field):
    """A number kept exactly: 3, "1,5" or "2/3"; never a float."""

    default_error_messages = {**_DUTCH, "invalid": "Dit is geen getal. Schrijf bijvoorbeeld 1,5."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Fraction:  # noqa: ARG002
        text = str(value).strip()
        if isinstance(value, float | bool) or not _NUMBER.match(text):
            raise self.make_error("invalid", input=value)
        return Fraction(text.replace(",", "."))


class Text(ma.fields.String):
    """A text of at most 200 characters."""

    default_error_messages = {**_DUTCH, "invalid_utf8": "Deze tekst is niet leesbaar."}

    def __init__(self, *, least: int = 0, **options: Any) -> None:
        wanted = validate.Length(least, 200, error="Schrijf hier ten minste {min} en hoogstens {max} tekens.")
        super().__init__(validate=wanted, **options)


class FieldName(Text):
    """The formula name of a card field, such as person.honorary."""


class FormulaText(Text):
    """A formula; see `formulas`."""


class YesNo(ma.fields.Boolean):
    """Yes or no."""

    default_error_messages = {**_DUTCH, "invalid": "Kies ja of nee."}


class Choice(ma.fields.String):
    """One of a set of codes."""

    default_error_messages = dict(_DUTCH)

    def __init__(self, words: Mapping[str, Any], **options: Any) -> None:
        self.words = {code: str(getattr(word, "name", word)) for code, word in words.items()}
        super().__init__(validate=validate.OneOf(list(words), error=f"Kies een van: {', '.join(self.words.values())}."), **options)


class Day(ma.fields.Date):
    """A day, written 2026-12-31."""

    default_error_messages = {**_DUTCH, "invalid": "Dit is geen datum.", "format": "Dit is geen datum."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return value if type(value) is date else super()._deserialize(value, attr, data, **options)


class Rows(ma.fields.List):
    """A table: one or more rows of one schema, kept as a tuple."""

    default_error_messages = {**_DUTCH, "invalid": "Dit moet een lijst met regels zijn."}

    def __init__(self, row: Any, *, least: int = 1, **options: Any) -> None:
        wanted = validate.Length(least, 500, error="Vul ten minste {min} en hoogstens {max} regels in.")
        super().__init__(row, validate=wanted, **options)

    def _deserialize(self, *arguments: Any, **options: Any) -> Any:
        return tuple(super()._deserialize(*arguments, **options))


def nested(schema: type[SettingsSchema]) -> ma.fields.Nested:
    """Return a row of a table."""
    messages = {**_DUTCH, "type": "Deze regel moet uit velden met waarden bestaan."}
    return ma.fields.Nested(schema, error_messages=messages)


class EuroNumber(Number):
    """An exact number of cents that people type in euros: "1250" is € 12,50 and "0.5" is half a cent."""


class DiscountFields(SettingsSchema):
    """An amount or a percentage off; below zero it is a surcharge. Gives the fields to a kind that takes a discount."""

    discount_cents = Cents(load_default=None, allow_none=True, metadata=says("Bedrag eraf", "Onder nul, zoals −5,00, is een toeslag."))
    discount_basis_points = Points(
        load_default=None,
        metadata=says("Percentage eraf", "100 is gratis; onder nul is een toeslag."),
        allow_none=True,
        validate=validate.Range(-100_000, 10_000, error="Een korting is hoogstens 100 %, een toeslag (onder nul) hoogstens 1000 %."),
    )
    may_go_below_zero = YesNo(load_default=False, metadata=says("Mag onder nul uitkomen"))
    NEEDED: ClassVar[bool] = True
    ONE_OF = {"discount": OneOf("Korting als", {"discount_cents": "Bedrag", "discount_basis_points": "Percentage"})}

    @ma.validates_schema
    def one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse both, and (where one is needed) neither."""
        given = [name for name in ("discount_cents", "discount_basis_points") if data.get(name) is not None]
        if len(given) == 2:
            raise ma.ValidationError("Vul een bedrag of een percentage in, niet allebei.", "discount_basis_points")
        if self.NEEDED and not given:
            raise ma.ValidationError("Vul een bedrag of een percentage in.", "discount_cents")

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        """Make the frozen settings, with the discount as one value."""
        cents, points = data.pop("discount_cents"), data.pop("discount_basis_points")
        below = data.pop("may_go_below_zero")
        discount = None if cents is None and points is None else Discount(cents, points, below)
        return self.MAKES(discount=discount, **data)


def flat(messages: Any, path: str = "") -> dict[str, str]:
    """Return nested refusals as reason per path, such as `rows.0.discount_cents`."""
    if isinstance(messages, dict):
        found: dict[str, str] = {}
        for name, inner in messages.items():
            found.update(flat(inner, path if name == "_schema" else f"{path}.{name}" if path else str(name)))
        return found
    return {path: " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)}


def called(schema: ma.Schema, path: str) -> str:
    """Return what a path is called on screen: `rows.0.discount_cents` is “Korting per nummer, regel 1, Bedrag eraf”."""
    words: list[str] = []
    for part in path.split("."):
        field = schema.fields.get(part)
        if part.isdigit():
            words.append(f"regel {int(part) + 1}")
        elif field is not None:
            words.append(str(field.metadata.get("label", part)))
            inner = getattr(field, "inner", None)
            schema = inner.schema if isinstance(inner, ma.fields.Nested) else schema
        elif isinstance(schema, SettingsSchema) and part in schema.ONE_OF:
            words.append(schema.ONE_OF[part].label)
        elif part:
            words.append(part)
    return ", ".join(words) or "instellingen"
