"""What is asked of who wants to become a member, and whether the answers hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.kernel import identifiers
from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date
from app.relations.checks import Fields
from app.relations.naming import initials_of, running_name, split_prefix

# What a form can ask, in order: name -> (label, sentence when it is missing).
ASKABLE = {
    "first_name": ("Voornaam", "Vul je voornaam in."),
    "initials": ("Voorletters", "Vul je voorletters in."),
    "surname": ("Achternaam", "Vul je achternaam in."),
    "gender": ("Geslacht", "Kies een geslacht."),
    "birth_date": ("Geboortedatum", "Vul je geboortedatum in, bijvoorbeeld 31-12-1990."),
    "address": ("Adres", "Vul je adres in."),
    "email": ("E-mailadres", "Vul je e-mailadres in."),
    "phone": ("Telefoonnummer", "Vul je telefoonnummer in."),
    "wanted_from": ("Lid vanaf", "Vul in vanaf wanneer je lid wilt zijn."),
    "remarks": ("Opmerking", "Vul een opmerking in."),
}
_ALWAYS = ("surname",)
_ADDRESS = {
    "street": "Vul je straat in.",
    "house_number": "Vul je huisnummer in.",
    "postcode": "Vul je postcode in, bijvoorbeeld 7201 AB.",
    "town": "Vul je woonplaats in.",
}
COLUMNS = (
    "initials", "first_name", "prefix", "surname", "gender", "birth_date", "street", "house_number", "suffix", "postcode", "town", "country",
    "email", "phone", "wants_direct_debit", "iban", "account_holder", "remarks", "consents", "wanted_from", "department_id", "function_type_id",
    "price_category_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What one form asks. The e-mail address is always needed on a public form: it carries the confirmation."""

    required: frozenset[str] = frozenset()
    asks_mandate: bool = False
    needs_consent: bool = False
    is_public: bool = False


def asked_by(fields: Mapping[str, Any], *, asks_mandate: bool, needs_consent: bool) -> Asked:
    """Return what a public form asks, from its own settings {name: "asked" | "required"}."""
    required = frozenset(name for name, how in fields.items() if how == "required") | {"email"}
    return Asked(required, asks_mandate, needs_consent, is_public=True)


def shown_fields(fields: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return (name, label, whether it is required) of what a public form shows, in our order."""
    chosen = {"surname": "required", "email": "required"} | {n: h for n, h in fields.items() if n not in ("surname", "email")}
    return [(name, ASKABLE[name][0], chosen[name] == "required") for name in ASKABLE if chosen.get(name) in ("asked", "required")]


def parse_slug(text: str) -> str:
    """Return the last part of a form's address. Raises DomainError `slug_invalid` for what cannot stand in one."""
    slug = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise DomainError(
            "slug_invalid",
            f"“{text}” kan geen adres zijn. Gebruik kleine letters, cijfers en streepjes, bijvoorbeeld zutphen.",
            field="slug",
        )
    return slug


def checked(values: Mapping[str, Any], asked: Asked, today: date) -> dict[str, Any]:
    """Return the answers cleaned, by column. Raises CardRefused with a sentence at every field that does not hold."""
    fields = Fields({name: values.get(name) for name in COLUMNS})
    fields.values["country"] = str(values.get("country") or "NL").strip().upper()[:2]
    fields.text(
        "initials",
        "first_name",
        "prefix",
        "surname",
        "gender",
        "street",
        "house_number",
        "suffix",
        "postcode",
        "town",
        "email",
        "phone",
        "iban",
    )
    fields.text("account_holder", "remarks")
    _split_surname(fields)
    _require(fields, asked)
    fields.parse("birth_date", identifiers.parse_birth_date, today)
    fields.parse("postcode", identifiers.parse_postcode, fields.values["country"])
    fields.parse("email", identifiers.parse_email)
    fields.parse("phone", identifiers.parse_phone)
    _check_account(fields, asked)
    _check_start(fields, asked, today)
    if asked.needs_consent and not fields.values.get("consents"):
        fields.refuse("consents", "consent_missing", "Zet een vinkje om akkoord te gaan. Zonder akkoord kunnen we je niet inschrijven.")
    cleaned = fields.done()
    if cleaned.get("first_name") or cleaned.get("initials"):
        cleaned["initials"] = initials_of(cleaned.get("first_name") or "", cleaned.get("initials"))[:20] or None
    cleaned["wants_direct_debit"] = bool(cleaned.get("wants_direct_debit"))
    cleaned["consents"] = bool(cleaned.get("consents"))
    return cleaned


def _split_surname(fields: Fields) -> None:
    """Take a prefix off that was typed before the surname in one box."""
    surname = fields.values.get("surname")
    if surname and not fields.values.get("prefix"):
        fields.values["prefix"], fields.values["surname"] = split_prefix(surname)


def _require(fields: Fields, asked: Asked) -> None:
    needed: Iterable[str] = (*_ALWAYS, *sorted(asked.required & ASKABLE.keys()))
    for name in (n for n in ASKABLE if n in needed):
        if name != "address":
            fields.require(name, ASKABLE[name][1])
    has_part = any(fields.values.get(name) for name in _ADDRESS)
    if "address" in asked.required or has_part:
        for name, sentence in _ADDRESS.items():
            if name != "postcode" or fields.values["country"] == "NL":
                fields.require(name, sentence)
    if fields.values.get("remarks") and len(fields.values["remarks"]) > 1000:
        fields.refuse("remarks", "text_too_long", "De opmerking is te lang. Houd het bij 1.000 tekens.")


def _check_account(fields: Fields, asked: Asked) -> None:
    if fields.values.get("wants_direct_debit"):
        fields.require("iban", "Vul je IBAN in, of kies zelf overmaken.")
    fields.parse("iban", identifiers.parse_iban)
    if fields.values.get("iban") and not fields.values.get("account_holder"):
        v = fields.values
        fields.values["account_holder"] = running_name(
            v.get("surname") or "", v.get("prefix"), initials_of(v.get("first_name") or "", v.get("initials"))
        )[:70]
    holder = fields.values.get("account_holder")
    if holder and len(holder) > 70:
        fields.refuse("account_holder", "text_too_long", "De naam van de rekeninghouder is te lang: er passen 70 tekens.")
    if asked.is_public and not asked.asks_mandate:
        fields.values["wants_direct_debit"] = False


def _check_start(fields: Fields, asked: Asked, today: date) -> None:
    wanted = fields.values.get("wanted_from")
    if asked.is_public and wanted and wanted < today:
        fields.refuse("wanted_from", "start_in_past", f"{dutch_date(wanted)} ligt in het verleden. Kies vandaag of later.")
