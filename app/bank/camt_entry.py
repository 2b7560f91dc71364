"""Turn the fields of one CAMT.053 entry and its details into plain facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.bank.camt_fields import Fields, cents_of, day_of, whole_of
from app.bank.statement import Entry, Payment

Refuse = Callable[[str, str, str], None]
_RETURNED = ("UPDD", "PRDD")  # unpaid direct debit; reversal of a direct debit. Source: ISO 20022 bank transaction codes
_SIGNS = {"CRDT": 1, "DBIT": -1}


class EntryUnreadable(Exception):
    """An entry lacks what no entry can do without; why was told to `refuse`."""


def entry_cents(fields: Fields, known: dict[str, str], refuse: Refuse) -> int:
    """Return the signed amount of an entry, or raise EntryUnreadable."""
    signs = [text for name, text in fields if name == "direction"]
    if len(signs) != 1 or signs[0] not in _SIGNS:
        refuse("CdtDbtInd", " en ".join(signs), "maar er moet één keer CRDT of DBIT staan")
        raise EntryUnreadable
    cents = amount_cents(known, "@amount", "Amt", refuse)
    return cents * _SIGNS[signs[0]]


def amount_cents(known: dict[str, str], name: str, element: str, refuse: Refuse) -> int:
    """Return an unsigned amount in euro cents, or raise EntryUnreadable."""
    text = known.get(name, "")
    if known.get(name + " Ccy") != "EUR":
        refuse(f"{element}/@Ccy", known.get(name + " Ccy", ""), "maar alleen EUR kan worden ingelezen")
        raise EntryUnreadable
    cents = cents_of(text)
    if cents is None:
        refuse(element, text, "maar er moet een bedrag van nul of meer met hoogstens twee decimalen staan")
        raise EntryUnreadable
    return cents


def booked_day(known: dict[str, str], refuse: Refuse) -> date:
    """Return the booking day, or raise EntryUnreadable."""
    day = day_of(known.get("booked", ""))
    if day is None:
        refuse("BookgDt", known.get("booked", ""), "maar er moet een datum als 2026-12-31 staan")
        raise EntryUnreadable
    return day


def build_entry(*, fields: Fields, details: list[Fields], own_iban: str, ordinal: int, line: int, raw_xml: str, refuse: Refuse) -> Entry:
    """Return one entry with its payments. Raises EntryUnreadable after telling `refuse` why."""
    known = dict(fields)
    cents = entry_cents(fields, known, refuse)
    bank_code = _bank_code(known)
    is_reversal = known.get("reversal") in ("true", "1")
    payments, is_split = _payments(known, details, own_iban, cents, is_reversal=is_reversal)
    return Entry(
        ordinal=ordinal,
        line=line,
        cents=cents,
        booked_on=booked_day(known, refuse),
        valued_on=day_of(known.get("valued", "")),
        bank_reference=known.get("bank_reference", ""),
        entry_reference=known.get("entry_reference", ""),
        bank_code=bank_code,
        proprietary_code=known.get("proprietary", ""),
        is_reversal=is_reversal,
        is_split=is_split,
        batch_id=known.get("batch_group") or known.get("batch_message", ""),
        batch_count=whole_of(known.get("batch_count", "")) or 0,
        text=known.get("entry_text", ""),
        payments=payments,
        raw_xml=raw_xml,
    )


def _payments(
    known: dict[str, str], details: list[Fields], own_iban: str, cents: int, *, is_reversal: bool
) -> tuple[tuple[Payment, ...], bool]:
    """Return the payments, and whether the entry was split: only when every detail has an amount and they add up."""
    if not details:
        return (_payment([], known, own_iban, cents, is_reversal=is_reversal),), False
    if len(details) == 1:
        return (_payment(details[0], known, own_iban, cents, is_reversal=is_reversal),), False
    direction = 1 if cents >= 0 else -1
    amounts = [_detail_cents(detail, direction) for detail in details]
    if None in amounts or sum(a for a in amounts if a is not None) != cents:
        return (_payment([], known, own_iban, cents, is_reversal=is_reversal),), False
    split = tuple(
        _payment(detail, known, own_iban, amount or 0, is_reversal=is_reversal) for detail, amount in zip(details, amounts, strict=True)
    )
    return split, True


def _detail_cents(detail: Fields, direction: int) -> int | None:
    found = dict(detail)
    sign = _SIGNS.get(found.get("direction", ""), direction)
    for name in ("@own_amount", "@transaction", "@instructed"):
        if name in found:
            cents = cents_of(found[name]) if found.get(name + " Ccy") == "EUR" else None
            return None if cents is None else sign * cents
    return None


def _payment(detail: Fields, entry: dict[str, str], own_iban: str, cents: int, *, is_reversal: bool) -> Payment:
    found = dict(detail)
    iban, name, bic = _counter_party(found, own_iban, cents)
    code = _bank_code(found) or _bank_code(entry)
    instructed = found.get("@instructed", found.get("@transaction", ""))
    currency = found.get("@instructed Ccy", found.get("@transaction Ccy", ""))
    return Payment(
        cents=cents,
        counter_iban=iban,
        counter_name=name,
        counter_bic=bic,
        text=_text(detail, found, entry),
        end_to_end_id=_given(found.get("end_to_end_id", "")),
        mandate_reference=_given(found.get("mandate_reference", "")),
        reference=found.get("reference", ""),
        reference_issuer=found.get("issuer", ""),
        message_id=_given(found.get("message_id") or entry.get("batch_message", "")),
        payment_group_id=_given(found.get("group_id") or entry.get("batch_group", "")),
        transaction_id=found.get("transaction_id") or found.get("detail_reference", ""),
        return_code=found.get("return_code", ""),
        return_text=found.get("return_text", ""),
        bank_code=code,
        is_return=is_reversal or "return_code" in found or code.endswith(_RETURNED),
        instructed_cents=cents_of(instructed) if currency == "EUR" else None,
    )


def _counter_party(found: dict[str, str], own_iban: str, cents: int) -> tuple[str, str, str]:
    """Return IBAN, name and BIC of the party that is not us; banks differ in which side they put it on."""
    debtor, creditor = found.get("debtor_iban", ""), found.get("creditor_iban", "")
    if own_iban and creditor == own_iban and debtor != own_iban:
        side = "debtor"
    elif own_iban and debtor == own_iban and creditor != own_iban:
        side = "creditor"
    elif bool(debtor) != bool(creditor):
        side = "debtor" if debtor else "creditor"
    elif bool(found.get("debtor_name")) != bool(found.get("creditor_name")):
        side = "debtor" if found.get("debtor_name") else "creditor"
    else:
        side = "debtor" if cents >= 0 else "creditor"
    get = found.get
    name = get(f"{side}_name") or get(f"{side}_account_name") or get(f"{side}_account_type") or ""
    return get(f"{side}_iban") or get(f"{side}_other") or "", name, get(f"{side}_bic") or ""


def _text(detail: Fields, found: dict[str, str], entry: dict[str, str]) -> str:
    """Join every text once: free text (its pieces were cut by the bank, so without a space), then the other kinds in a fixed order."""
    pieces = ["".join(text for name, text in detail if name == "free_text")]
    pieces += [text for name, text in detail if name == "more_text"]
    pieces += [found.get("detail_text", ""), found.get("return_text", ""), entry.get("entry_text", ""), found.get("ultimate_name", "")]
    return " ".join(dict.fromkeys(p.strip() for p in pieces if p and not p.isspace()))


def _given(text: str) -> str:
    return "" if text.upper() in ("NOTPROVIDED", "NOT PROVIDED", "NONREF") else text


def _bank_code(found: dict[str, str]) -> str:
    parts = [found.get(name, "") for name in ("domain", "family", "subfamily")]
    return "/".join(parts) if any(parts) else ""
