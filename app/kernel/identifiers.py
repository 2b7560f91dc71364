"""Numbers with a check: a thin skin over schwifty, python-stdnum and phonenumbers with Dutch refusals."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.eu import at_02
from stdnum.nl import btw
from stdnum.nl import postcode as nl_postcode

from app.kernel.errors import DomainError
from app.kernel.periods import dutch_date

_LETTERS = str.maketrans({chr(ord("A") + place): str(10 + place) for place in range(26)})  # ISO 7064: A is 10, Z is 35
_RF = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
# Weights of the Dutch betalingskenmerk from the right. Source: Betaalvereniging, specificaties betalingskenmerk.
_KENMERK_WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)


def parse_iban(text: str) -> str:
    """Return an IBAN without spaces in capitals. Raises DomainError `iban_invalid`. Source: ISO 13616, mod 97-10."""
    bare = re.sub(r"[\s.\-]", "", text).upper()
    try:
        return str(IBAN(bare))
    except (SchwiftyException, ValueError):
        raise DomainError("iban_invalid", f"IBAN “{text}” klopt niet. Kijk of je twee cijfers hebt verwisseld.", value=text) from None


def bic_of(iban: str) -> str | None:
    """Return the BIC that belongs to an IBAN where the bank register knows it (all Dutch banks), else None."""
    try:
        found = IBAN(iban).bic
    except (SchwiftyException, ValueError):
        return None
    return str(found) if found else None


def parse_bic(text: str) -> str:
    """Return a BIC of 8 or 11 characters. Raises DomainError `bic_invalid`. Source: ISO 9362."""
    try:
        return str(BIC(text.replace(" ", "").upper()))
    except (SchwiftyException, ValueError):
        raise DomainError("bic_invalid", f"BIC “{text}” klopt niet. Een BIC heeft 8 of 11 tekens.", value=text) from None


def spaced_iban(iban: str) -> str:
    """Write an IBAN in groups of four."""
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def parse_postcode(text: str, country: str = "NL") -> str:
    """Return a Dutch postcode as `1234 AB`; of other countries only spaces are trimmed. Raises DomainError `postcode_invalid`."""
    bare = " ".join(text.upper().split())
    if country != "NL":
        return bare
    try:
        found = str(nl_postcode.validate(bare))
    except Exception:  # noqa: BLE001 - stdnum has one exception class per cause; to the user they are one
        raise DomainError("postcode_invalid", f"Postcode “{text}” klopt niet. Schrijf bijvoorbeeld 7201 AB.", value=text) from None
    return f"{found[:4]} {found[-2:]}"


def parse_email(text: str) -> str:
    """Return an e-mail address with its domain in small letters. Raises DomainError `email_invalid`."""
    try:
        return str(validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError:
        raise DomainError("email_invalid", f"E-mailadres “{text}” klopt niet. Mist er een @ of een punt?", value=text) from None


def parse_phone(text: str, country: str = "NL") -> str:
    """Return a phone number as E.164 (`+31612345678`). Raises DomainError `phone_invalid`. Source: ITU E.164."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise DomainError("phone_invalid", f"Telefoonnummer “{text}” klopt niet. Schrijf bijvoorbeeld 06 12345678.", value=text)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def shown_phone(e164: str) -> str:
    """Write a phone number the way people read it: national for Dutch ones, international for others."""
    number = phonenumbers.parse(e164, "NL")
    form = phonenumbers.PhoneNumberFormat.NATIONAL if number.country_code == 31 else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def parse_birth_date(day: date, today: date) -> date:
    """Return a date of birth that can be. Raises DomainError `birth_date_impossible` before 1900 or after today."""
    if day > today:
        raise DomainError("birth_date_impossible", f"Geboortedatum {dutch_date(day)} ligt in de toekomst.", value=day)
    if day < date(1900, 1, 1):
        raise DomainError("birth_date_impossible", f"Geboortedatum {dutch_date(day)} ligt voor 1900.", value=day)
    return day


def parse_creditor_id(text: str) -> str:
    """Return a SEPA creditor identifier (incassant-ID). Raises DomainError `creditor_id_invalid`. Source: EPC AT-02."""
    bare = text.replace(" ", "").upper()
    if not at_02.is_valid(bare):
        raise DomainError(
            "creditor_id_invalid",
            f"Incassant-ID “{text}” klopt niet. Neem het over van je bank, bijvoorbeeld NL69ZZZ123456780000.",
            value=text,
        )
    return bare


def creditor_id_for(kvk: str) -> str:
    """Return the Dutch creditor identifier of a KvK number of eight figures, with business code ZZZ. Source: EPC AT-02."""
    check = 98 - int("".join(str(int(c, 36)) for c in kvk + "0000" + "NL00")) % 97
    return f"NL{check:02d}ZZZ{kvk}0000"


def parse_vat_number(text: str) -> str:
    """Return a Dutch VAT number. Raises DomainError `vat_number_invalid`."""
    if not btw.is_valid(text):
        raise DomainError("vat_number_invalid", f"Btw-nummer “{text}” klopt niet. Schrijf bijvoorbeeld NL004495445B01.", value=text)
    return "NL" + str(btw.compact(text))


def parse_kvk(text: str) -> str:
    """Return a KvK number of eight figures. Raises DomainError `kvk_invalid`."""
    bare = text.replace(" ", "")
    if not re.fullmatch(r"[0-9]{8}", bare):
        raise DomainError("kvk_invalid", f"KvK-nummer “{text}” klopt niet. Het heeft acht cijfers.", value=text)
    return bare


def kenmerk(body: int) -> str:
    """Return the Dutch betalingskenmerk of 16 figures over a number of at most 15. Source: Betaalvereniging."""
    digits = f"{body:015d}"
    if len(digits) > 15:
        raise ValueError("a betalingskenmerk carries 15 figures")
    return f"{_kenmerk_check(digits)}{digits}"


def _kenmerk_check(digits: str) -> int:
    check = 11 - sum(int(d) * _KENMERK_WEIGHTS[i % 10] for i, d in enumerate(reversed(digits))) % 11
    return {10: 1, 11: 0}.get(check, check)


def is_kenmerk(text: str) -> bool:
    """Whether the text is a valid betalingskenmerk of 9 to 14 or 16 figures (of 7 there is no check, so never)."""
    bare = text.replace(" ", "")
    if not re.fullmatch(r"[0-9]{9,14}|[0-9]{16}", bare):
        return False
    if len(bare) < 16 and int(bare[1]) != (len(bare) - 2) % 10:
        return False
    return int(bare[0]) == _kenmerk_check(bare[1:])


def rf_reference(body: str) -> str:
    """Return the ISO 11649 creditor reference over at most 21 letters and figures."""
    return f"RF{_rf_check(body)}{body}"


def _rf_check(body: str) -> str:
    return f"{98 - int((body + 'RF00').translate(_LETTERS)) % 97:02d}"


def is_rf_reference(text: str) -> bool:
    """Whether the text is a valid ISO 11649 creditor reference; spaces and small letters make no difference."""
    bare = text.replace(" ", "").upper()
    return bool(_RF.fullmatch(bare)) and int((bare[4:] + bare[:4]).translate(_LETTERS)) % 97 == 1


def folded(text: str) -> str:
    """Return text as it is searched: small letters, no accents, no doubled spaces."""
    stripped = unicodedata.normalize(
        "NFKD",
        text.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("đ", "d").replace("æ", "ae").replace("ĳ", "ij"),
    )
    return " ".join("".join(c for c in stripped if not unicodedata.combining(c)).split())


def clean_text(text: str) -> str:
    """Return text as it is kept: NFC, outer spaces off. Raises DomainError `text_control` on NUL and other control characters."""
    composed = unicodedata.normalize("NFC", text).strip()
    for character in composed:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t":
            raise DomainError("text_control", "De tekst bevat een onzichtbaar teken dat niet bewaard kan worden. Typ de tekst opnieuw.")
    return composed
