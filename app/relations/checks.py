"""What may stand on a card: the values of a form or draft, cleaned, or every refusal at its field.

The functions take the values by column name and give the same names back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.kernel import identifiers
from app.kernel.bsn import refuse_bsn
from app.kernel.errors import DomainError
from app.kernel.periods import Period, dutch_date
from app.relations.naming import initials_of, names_of

Values = Mapping[str, Any]
_LENGTHS = {
    "initials": (20, "De voorletters"),
    "first_name": (60, "De voornaam"),
    "prefix": (20, "Het tussenvoegsel"),
    "surname": (120, "De achternaam"),
    "street": (100, "De straat"),
    "house_number": (10, "Het huisnummer"),
    "suffix": (10, "De toevoeging"),
    "town": (80, "De woonplaats"),
    "holder": (70, "De naam van de rekeninghouder"),
}


class CardRefused(DomainError):
    """Some fields of a card do not hold: `refusals` has the sentence for each field."""

    def __init__(self, refusals: dict[str, DomainError]) -> None:
        self.refusals = refusals
        field, first = next(iter(refusals.items()))
        super().__init__(
            first.code if len(refusals) == 1 else "card_refused",
            " ".join(refusal.message for refusal in refusals.values()),
            field=field,
            fields={name: refusal.message for name, refusal in refusals.items()},
        )


class Fields:
    """Cleans values one by one and keeps what is refused, so that a form shows all of it at once."""

    def __init__(self, values: Values) -> None:
        self.values = dict(values)
        self.refusals: dict[str, DomainError] = {}

    def text(self, *names: str) -> None:
        """Clean texts: outer spaces off, empty is None, no control characters, not longer than fits."""
        for name in names:
            raw = self.values.get(name)
            if raw is None:
                continue
            cleaned = self.use(name, identifiers.clean_text, str(raw))
            limit, what = _LENGTHS.get(name, (0, ""))
            if cleaned and limit:
                cleaned = " ".join(cleaned.split())  # a name is one line
            if cleaned and limit and len(cleaned) > limit:
                self.refuse(name, "text_too_long", f"{what} is te lang: {len(cleaned)} tekens, er passen er {limit}. Kort het in.")
            if name == "remarks" and name not in self.refusals:
                self.look(name, cleaned)
            self.values[name] = cleaned or None

    def use(self, name: str, parse: Callable[..., Any], *arguments: Any) -> Any:
        """Put a field through a parser and keep its refusal."""
        try:
            self.values[name] = parse(*arguments)
        except DomainError as refusal:
            self.refusals.setdefault(name, refusal)
        return self.values.get(name)

    def look(self, name: str, text: str | None) -> None:
        """Refuse a free text that holds what may not be kept."""
        try:
            refuse_bsn(text, name)
        except DomainError as refusal:
            self.refusals.setdefault(name, refusal)

    def parse(self, name: str, parse: Callable[..., Any], *more: Any) -> None:
        """Put a field that is filled through a parser."""
        if self.values.get(name) not in (None, ""):
            self.use(name, parse, self.values[name], *more)

    def require(self, name: str, message: str) -> None:
        """Refuse an empty field."""
        if self.values.get(name) in (None, "") and name not in self.refusals:
            self.refuse(name, "field_required", message)

    def refuse(self, name: str, code: str, message: str) -> None:
        """Keep a refusal of our own."""
        self.refusals.setdefault(name, DomainError(code, message, field=name))

    def done(self) -> dict[str, Any]:
        """Return the cleaned values. Raises CardRefused with all refusals."""
        if self.refusals:
            raise CardRefused(self.refusals)
        return self.values


def relation_values(values: Values, today: date) -> dict[str, Any]:
    """Return the values of a card, cleaned, with the names that follow from them. Raises CardRefused."""
    fields = Fields(values)
    fields.text("initials", "first_name", "prefix", "surname", "remarks", "einvoice_id", "end_reason")
    kind = fields.values.get("kind") or "person"
    fields.require("surname", "Vul een achternaam in." if kind == "person" else "Vul een naam in.")
    fields.parse("birth_date", identifiers.parse_birth_date, today)
    fields.parse("kvk", identifiers.parse_kvk)
    fields.parse("vat_number", identifiers.parse_vat_number)
    _check_life(fields, today)
    if (fields.values.get("gift_cents") or 0) < 0:
        fields.refuse("gift_cents", "amount_negative", "Een gift is niet negatief. Vul 0 of meer in, of laat het leeg.")
    cleaned = fields.done()
    if kind == "person" and (cleaned.get("initials") or cleaned.get("first_name")):
        cleaned["initials"] = initials_of(cleaned.get("first_name") or "", cleaned.get("initials"))[:20] or None
    names = names_of(cleaned["surname"], cleaned.get("prefix"), cleaned.get("first_name"), cleaned.get("initials"), kind)
    return {
        **cleaned,
        "display_name": names.display_name,
        "sort_key": names.sort_key,
        "search_name": names.search_name,
        "sound_key": names.sound_key,
    }


def _check_life(fields: Fields, today: date) -> None:
    born, died = fields.values.get("birth_date"), fields.values.get("deceased_on")
    if died and died > today:
        fields.refuse("deceased_on", "death_in_future", f"Overlijdensdatum {dutch_date(died)} ligt in de toekomst. Kijk de datum na.")
    if died and born and died < born:
        fields.refuse(
            "deceased_on",
            "death_before_birth",
            f"Overlijdensdatum {dutch_date(died)} ligt voor de geboortedatum {dutch_date(born)}. Kijk beide na.",
        )
    since, until = fields.values.get("member_since"), fields.values.get("end_date")
    if since and until and until < since:
        fields.refuse(
            "end_date",
            "period_reversed",
            f"De einddatum {dutch_date(until)} ligt voor de datum “lid sinds” {dutch_date(since)}. Kijk beide na.",
        )


def address_values(values: Values) -> dict[str, Any]:
    """Return the values of an address, cleaned. Raises CardRefused."""
    fields = Fields(values)
    fields.values["country"] = (str(fields.values.get("country") or "NL")).strip().upper()
    fields.text("street", "house_number", "suffix", "town", "postcode")
    country = fields.values["country"]
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        fields.refuse("country", "country_invalid", f"“{country}” is geen landcode. Schrijf twee letters, bijvoorbeeld NL of BE.")
    fields.require("street", "Vul een straat in.")
    fields.require("house_number", "Vul een huisnummer in.")
    fields.require("town", "Vul een woonplaats in.")
    if country == "NL":
        fields.require("postcode", "Vul een postcode in, bijvoorbeeld 7201 AB.")
    fields.parse("postcode", identifiers.parse_postcode, country)
    first, last = fields.values.get("first_day"), fields.values.get("last_day")
    if first and last:
        try:
            Period(first, last)
        except DomainError as refusal:
            fields.refusals.setdefault("last_day", refusal)
    return fields.done()


_CONTACT_PARSERS: dict[str, Callable[[str], str]] = {
    "email": identifiers.parse_email,
    "phone": identifiers.parse_phone,
    "mobile": identifiers.parse_phone,
    "website": identifiers.clean_text,
}


def contact_values(values: Values) -> dict[str, Any]:
    """Return the values of a contact point, cleaned by its kind. Raises CardRefused."""
    fields = Fields(values)
    fields.text("value")
    fields.require("value", "Vul een adres of nummer in.")
    fields.parse("value", _CONTACT_PARSERS[fields.values.get("kind") or "email"])
    return fields.done()


def account_values(values: Values) -> dict[str, Any]:
    """Return the values of a bank account, cleaned, with its BIC where the bank is known. Raises CardRefused."""
    fields = Fields(values)
    fields.text("iban", "bic", "holder")
    fields.require("iban", "Vul een IBAN in.")
    fields.require("holder", "Vul de naam van de rekeninghouder in.")
    fields.parse("iban", identifiers.parse_iban)
    fields.parse("bic", identifiers.parse_bic)
    cleaned = fields.done()
    cleaned["bic"] = cleaned.get("bic") or identifiers.bic_of(cleaned["iban"])
    return cleaned
