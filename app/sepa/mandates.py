"""When a mandate may be used for a collection, and what must be told about its changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.kernel.errors import DomainError
from app.kernel.identifiers import parse_iban
from app.kernel.periods import add_months, dutch_date
from app.sepa.characters import check_reference, transliterate

RECURRING = "RCUR"
ONE_OFF = "OOFF"
UNUSED_MONTHS = 36  # Source: EPC SDD Core rulebook: no collection for 36 months ends a mandate

# Countries and territories whose accounts can be reached. Source: EPC409-09, list of SEPA scheme countries.
SEPA_COUNTRIES = frozenset(
    [
        "AD",
        "AL",
        "AT",
        "BE",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GG",
        "GI",
        "GR",
        "HR",
        "HU",
        "IE",
        "IM",
        "IS",
        "IT",
        "JE",
        "LI",
        "LT",
        "LU",
        "LV",
        "MC",
        "MD",
        "ME",
        "MK",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "RS",
        "SE",
        "SI",
        "SK",
        "SM",
        "VA",
    ]
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is left out: a stable code and a Dutch sentence with what to do."""

    code: str
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class MandateFacts:
    """What the rules know of one mandate; `sort` is RCUR (doorlopend) or OOFF (eenmalig)."""

    reference: str
    sort: str
    signed_on: date | None
    iban: str
    holder: str
    creditor_id: str
    revoked_on: date | None = None
    is_blocked: bool = False
    last_used_on: date | None = None
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class MandateAsUsed:
    """What the bank was told of a mandate in its last collection that was not rejected."""

    reference: str
    iban: str
    creditor_id: str
    creditor_name: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What changed in a mandate since the last collection; `None` did not change."""

    original_reference: str | None = None
    original_creditor_id: str | None = None
    original_creditor_name: str | None = None
    is_other_account: bool = False


def last_day_of_use(mandate: MandateFacts) -> date | None:
    """Return the last day that the mandate can be used on when it is not used before: 36 months after last use or signing."""
    begin = mandate.last_used_on or mandate.signed_on
    return add_months(begin, UNUSED_MONTHS) if begin else None


def reasons_against(
    mandate: MandateFacts, day: date, *, creditor_id: str, today: date, countries: frozenset[str] = SEPA_COUNTRIES
) -> list[Reason]:
    """Return every reason why the mandate cannot be used for a collection on `day`; an empty list means it can.

    `countries` are those whose accounts the bank contract takes. Source: EPC SDD Core rulebook.
    """
    found: list[Reason] = []
    name = f"Machtiging {mandate.reference}"
    try:
        check_reference(mandate.reference, "Machtigingskenmerk")
    except DomainError as refused:
        found.append(Reason("mandate_reference", refused.message))
    if mandate.sort not in (RECURRING, ONE_OFF):
        found.append(Reason("mandate_sort", f"{name} heeft soort “{mandate.sort}”. Kies doorlopend of eenmalig."))
    if mandate.creditor_id != creditor_id:
        found.append(
            Reason(
                "mandate_creditor",
                f"{name} is gegeven aan incassant {mandate.creditor_id}, niet aan {creditor_id}. Vraag een nieuwe machtiging.",
            )
        )
    found += _against_signature(mandate, name, day, today)
    if mandate.is_blocked:
        found.append(Reason("mandate_blocked", f"{name} is geblokkeerd na een storno. Vraag het rekeningnummer na en hef de blokkade op."))
    if mandate.sort == ONE_OFF and mandate.last_used_on:
        found.append(
            Reason("mandate_used", f"{name} is eenmalig en gebruikt op {dutch_date(mandate.last_used_on)}. Vraag een nieuwe machtiging.")
        )
    until = last_day_of_use(mandate)
    if until and day > until and not (mandate.sort == ONE_OFF and mandate.last_used_on):
        found.append(
            Reason(
                "mandate_lapsed",
                f"{name} is {UNUSED_MONTHS} maanden niet gebruikt en gold tot en met {dutch_date(until)}. Vraag een nieuwe machtiging.",
            )
        )
    found += against_account(mandate.iban, countries)
    if not transliterate(mandate.holder):
        found.append(
            Reason(
                "holder_unwritable",
                f"{name}: de naam van de rekeninghouder “{mandate.holder}” kan niet in Latijnse letters. Vul die in Latijnse letters in.",
            )
        )
    return found


def _against_signature(mandate: MandateFacts, name: str, day: date, today: date) -> list[Reason]:
    found = []
    if mandate.signed_on is None:
        found.append(Reason("mandate_unsigned", f"{name} is niet ondertekend. Vul de datum van ondertekening in."))
    elif mandate.signed_on > today:
        found.append(
            Reason(
                "mandate_future", f"{name} is ondertekend op {dutch_date(mandate.signed_on)}: die dag moet nog komen. Verbeter de datum."
            )
        )
    if mandate.revoked_on and mandate.revoked_on <= day:
        found.append(
            Reason(
                "mandate_revoked",
                f"{name} is ingetrokken op {dutch_date(mandate.revoked_on)}. Laat het lid zelf betalen of vraag een nieuwe machtiging.",
            )
        )
    return found


def against_account(iban: str, countries: frozenset[str] = SEPA_COUNTRIES) -> list[Reason]:
    """Return why an account cannot be collected from: check figures, outside SEPA, or a country the bank refuses."""
    try:
        bare = parse_iban(iban)
    except DomainError as refused:
        return [Reason("iban_invalid", refused.message)]
    if bare[:2] not in SEPA_COUNTRIES:
        return [Reason("iban_outside_sepa", f"IBAN {bare} is van een land buiten SEPA. Laat het lid zelf betalen.")]
    if bare[:2] not in countries:
        return [
            Reason(
                "iban_foreign", f"IBAN {bare} is van een buitenlandse bank en jullie bank incasseert daar niet. Laat het lid zelf betalen."
            )
        ]
    return []


def check_direct_debit(
    mandate: MandateFacts | None, day: date, *, creditor_id: str, today: date, countries: frozenset[str] = SEPA_COUNTRIES
) -> None:
    """Refuse paying by direct debit without a mandate that can be used on `day`.

    Raises DomainError `mandate_missing` or the code of the first reason, with all reasons in the message.
    """
    if mandate is None:
        raise DomainError(
            "mandate_missing", "Automatische incasso kan niet zonder machtiging. Voeg eerst een ondertekende machtiging met IBAN toe."
        )
    found = reasons_against(mandate, day, creditor_id=creditor_id, today=today, countries=countries)
    if found:
        raise DomainError(
            found[0].code, "Automatische incasso kan niet. " + " ".join(r.message for r in found), reference=mandate.reference
        )


def amendment_since(used: MandateAsUsed | None, mandate: MandateFacts, creditor_name: str) -> Amendment | None:
    """Return what the next collection must tell about changes since the last one, or None.

    A new account is told as SMNDA, which holds for any bank. Sent in the first collection after the change, and again
    while that one is rejected: `used` is therefore the last collection that was not rejected.
    Source: EPC SDD Core C2B implementation guidelines, Amendment Information Details (from November 2016).
    """
    if used is None:
        return None
    found = Amendment(
        original_reference=used.reference if used.reference != mandate.reference else None,
        original_creditor_id=used.creditor_id if used.creditor_id != mandate.creditor_id else None,
        original_creditor_name=used.creditor_name if used.creditor_name != creditor_name else None,
        is_other_account=used.iban != mandate.iban,
    )
    return None if found == Amendment() else found
