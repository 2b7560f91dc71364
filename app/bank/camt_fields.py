"""Which elements of CAMT.053 are read, as one table, and the walk that reads them.

Every path was compared over the schemas of camt.053.001.02 up to .14: where versions differ, both forms stand here,
and no path means two things. Source: ISO 20022 camt.053.001.02-.14.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

# A text is the name of the field; a table goes deeper, with "" for the text of the element itself; "@" adds the currency.


def _party(prefix: str) -> dict[str, Any]:
    return {"Nm": f"{prefix}_name", "Pty": {"Nm": f"{prefix}_name"}}


def _account(prefix: str) -> dict[str, Any]:
    return {
        "Id": {"IBAN": f"{prefix}_iban", "Othr": {"Id": f"{prefix}_other"}},
        "Nm": f"{prefix}_account_name",
        "Tp": {"Prtry": f"{prefix}_account_type"},
    }


def _agent(prefix: str) -> dict[str, Any]:
    return {"FinInstnId": {"BIC": f"{prefix}_bic", "BICFI": f"{prefix}_bic"}}


_BANK_CODE = {"Domn": {"Cd": "domain", "Fmly": {"Cd": "family", "SubFmlyCd": "subfamily"}}, "Prtry": {"Cd": "proprietary"}}
_DAY = {"Dt": "day", "DtTm": "day"}

STATEMENT: dict[str, Any] = {
    "Id": "statement_id",
    "ElctrncSeqNb": "number",
    "LglSeqNb": "legal_number",
    "CreDtTm": "created_at",
    "FrToDt": {"FrDtTm": "first_day", "ToDtTm": "last_day"},
    "Acct": {"Id": {"IBAN": "iban", "Othr": {"Id": "other_account"}}, "Ccy": "currency"},
    "TxsSummry": {"TtlNtries": {"NbOfNtries": "entries_count"}},
}
BALANCE: dict[str, Any] = {"Tp": {"CdOrPrtry": {"Cd": "type", "Prtry": "type"}}, "Amt": "@amount", "CdtDbtInd": "direction", "Dt": _DAY}
ENTRY: dict[str, Any] = {
    "NtryRef": "entry_reference",
    "Amt": "@amount",
    "CdtDbtInd": "direction",
    "RvslInd": "reversal",
    "Sts": {"": "status", "Cd": "status"},
    "BookgDt": {"Dt": "booked", "DtTm": "booked"},
    "ValDt": {"Dt": "valued", "DtTm": "valued"},
    "AcctSvcrRef": "bank_reference",
    "BkTxCd": _BANK_CODE,
    "AddtlNtryInf": "entry_text",
    "NtryDtls": {"Btch": {"PmtInfId": "batch_group", "MsgId": "batch_message", "NbOfTxs": "batch_count"}},
}
DETAIL: dict[str, Any] = {
    "Refs": {
        "MsgId": "message_id",
        "AcctSvcrRef": "detail_reference",
        "PmtInfId": "group_id",
        "EndToEndId": "end_to_end_id",
        "TxId": "transaction_id",
        "MndtId": "mandate_reference",
    },
    "Amt": "@own_amount",
    "CdtDbtInd": "direction",
    "AmtDtls": {"InstdAmt": {"Amt": "@instructed"}, "TxAmt": {"Amt": "@transaction"}},
    "BkTxCd": _BANK_CODE,
    "RltdPties": {
        "Dbtr": _party("debtor"),
        "Cdtr": _party("creditor"),
        "UltmtDbtr": _party("ultimate"),
        "UltmtCdtr": _party("ultimate"),
        "DbtrAcct": _account("debtor"),
        "CdtrAcct": _account("creditor"),
    },
    "RltdAgts": {"DbtrAgt": _agent("debtor"), "CdtrAgt": _agent("creditor")},
    "RmtInf": {
        "Ustrd": "free_text",
        "Strd": {"CdtrRefInf": {"Tp": {"Issr": "issuer"}, "Ref": "reference"}, "AddtlRmtInf": "more_text"},
    },
    "RtrInf": {"Rsn": {"Cd": "return_code", "Prtry": "return_code"}, "AddtlInf": "return_text"},
    "AddtlTxInf": "detail_text",
}

Fields = list[tuple[str, str]]


def _compiled(table: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Return the table with element names as lxml gives them."""
    return {
        (f"{{{namespace}}}{name}" if name else ""): _compiled(step, namespace) if isinstance(step, dict) else step
        for name, step in table.items()
    }


class Tables(NamedTuple):
    """The tables with the namespace of one file."""

    statement: dict[str, Any]
    balance: dict[str, Any]
    entry: dict[str, Any]
    detail: dict[str, Any]
    entry_tag: str
    balance_tag: str


@lru_cache(maxsize=32)
def tables_for(namespace: str) -> Tables:
    """Return the tables for one version."""
    statement, balance, entry, detail = (_compiled(table, namespace) for table in (STATEMENT, BALANCE, ENTRY, DETAIL))
    return Tables(statement, balance, entry, detail, f"{{{namespace}}}Ntry", f"{{{namespace}}}Bal")


def collect(element: Any, table: dict[str, Any], found: Fields) -> Fields:
    """Walk an element once and add each field of the table with its text, in the order of the file."""
    for child in element:
        step = table.get(child.tag)
        if step is None:
            continue
        if type(step) is dict:
            if "" in step and child.text:
                text = child.text.strip()
                if text:
                    found.append((step[""], text))
            collect(child, step, found)
        elif step[0] == "@":
            found.append((step, (child.text or "").strip()))
            found.append((step + " Ccy", child.get("Ccy", "")))
        elif child.text:
            found.append((step, child.text if step == "free_text" else child.text.strip()))
    return found


_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2})0{0,3})?")


def cents_of(text: str) -> int | None:
    """Return an ISO 20022 amount in cents, or None when it is not one, is negative, or counts parts of a cent."""
    found = _AMOUNT.fullmatch(text)
    if not found or not text.isascii():
        return None
    whole, part = found.groups()
    return int(whole) * 100 + (int(part) * (10 if len(part) == 1 else 1) if part else 0)


def day_of(text: str) -> date | None:
    """Return the day of an ISO date or moment as the bank wrote it, or None when it is not one."""
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None


def moment_of(text: str) -> datetime | None:
    """Return an ISO moment, or None when it is not one."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def whole_of(text: str) -> int | None:
    """Return a whole number of at most 18 figures, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
