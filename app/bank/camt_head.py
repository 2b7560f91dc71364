"""Read the head and the balances of one CAMT.053 statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from app.bank.camt_entry import EntryUnreadable, amount_cents
from app.bank.camt_fields import Tables, collect, day_of, moment_of, whole_of
from app.bank.statement import StatementHead

Refuse = Callable[[str, str, str], None]
_SIGNS = {"CRDT": 1, "DBIT": -1}


def read_head(element: Any, tables: Tables, ordinal: int, line: int, seen_entries: int, refuse: Refuse) -> StatementHead | None:
    """Return the head of a statement whose entries were read, or None after telling `refuse` what is missing."""
    fields = dict(collect(element, tables.statement, []))
    where = f"afschrift {ordinal} (regel {line})"
    balances = _balances(element, tables, where, refuse)
    counted = whole_of(fields.get("entries_count", ""))
    if counted is not None and counted != seen_entries:
        refuse(f"{where}, TxsSummry", str(counted), f"boekingen, maar er staan er {seen_entries} in het bestand")
    if fields.get("currency", "EUR") != "EUR":
        refuse(f"{where}, Acct/Ccy", fields["currency"], "maar alleen rekeningen in EUR kunnen worden ingelezen")
    if not fields.get("iban"):
        refuse(f"{where}, Acct/Id", fields.get("other_account", ""), "maar er moet een IBAN staan")
    opening, closing = balances.get("OPBD") or balances.get("PRCD"), balances.get("CLBD")
    if opening is None:
        refuse(f"{where}, Bal", "", "het beginsaldo (OPBD of PRCD) ontbreekt")
    if closing is None:
        refuse(f"{where}, Bal", "", "het eindsaldo (CLBD) ontbreekt")
    if opening is None or closing is None:
        return None
    return StatementHead(
        ordinal=ordinal,
        line=line,
        statement_id=fields.get("statement_id", ""),
        iban=fields.get("iban", ""),
        currency="EUR",
        number=whole_of(fields.get("number", "")),
        legal_number=whole_of(fields.get("legal_number", "")),
        created_at=moment_of(fields.get("created_at", "")),
        first_day=day_of(fields.get("first_day", "")),
        last_day=day_of(fields.get("last_day", "")),
        opening_cents=opening[0],
        opening_on=opening[1],
        closing_cents=closing[0],
        closing_on=closing[1],
    )


def _balances(element: Any, tables: Tables, where: str, refuse: Refuse) -> dict[str, tuple[int, date | None]]:
    found: dict[str, tuple[int, date | None]] = {}
    for balance in element.iterchildren(tables.balance_tag):
        known = dict(collect(balance, tables.balance, []))
        kind, sign = known.get("type", ""), _SIGNS.get(known.get("direction", ""))
        if kind not in ("OPBD", "PRCD", "CLBD"):
            continue
        place = f"{where}, Bal {kind}"
        if sign is None:
            refuse(f"{place}, CdtDbtInd", known.get("direction", ""), "maar er moet CRDT of DBIT staan")
            continue
        if kind in found:
            refuse(place, "", "staat er twee keer in")
        try:
            cents = amount_cents(known, "@amount", f"{place}, Amt", refuse)
        except EntryUnreadable:
            continue
        found[kind] = (sign * cents, day_of(known.get("day", "")))
    return found
