"""Build CAMT.053 files for tests, in the form of version 02 or 08; the shape was proven against both ISO schemas."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

OUR_IBAN = "NL91ABNA0417164300"


@dataclass
class Tx:
    """One detail of an entry."""

    amount: str | None = None
    iban: str = ""
    name: str = ""
    text: list[str] = field(default_factory=list)
    reference: str = ""
    issuer: str = "CUR"
    end_to_end_id: str = ""
    mandate: str = ""
    return_code: str = ""
    instructed: str | None = None
    group_id: str = ""
    side: str | None = None
    extra: str = ""


@dataclass
class Line:
    """One entry; `amount` below zero is money out."""

    amount: str
    day: str = "2026-11-20"
    details: list[Tx] = field(default_factory=list)
    status: str = "BOOK"
    reversal: bool = False
    reference: str = ""
    batch_id: str = ""
    batch_count: int | None = None
    text: str = ""
    code: tuple[str, str] = ("RCDT", "ESCT")
    currency: str = "EUR"


@dataclass
class Stmt:
    """One statement; the closing balance is computed unless it is given."""

    lines: list[Line]
    opening: str = "1000.00"
    closing: str | None = None
    iban: str = OUR_IBAN
    number: int = 1
    name: str = "S-1"
    day: str = "2026-11-20"
    first_day: str | None = None
    last_day: str | None = None
    opening_kind: str = "OPBD"
    currency: str = "EUR"
    count: int | None = None


def cents(text: str) -> int:
    whole, _, part = text.lstrip("-").partition(".")
    value = int(whole or "0") * 100 + int((part + "00")[:2])
    return -value if text.startswith("-") else value


def plain(value: int) -> str:
    return f"{abs(value) // 100}.{abs(value) % 100:02d}"


def camt(*statements: Stmt, version: str = "08") -> bytes:
    body = "".join(_statement(s, version) for s in statements)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T06:00:00+01:00</CreDtTm></GrpHdr>\n{body}</BkToCstmrStmt></Document>\n"
    ).encode()


def _statement(s: Stmt, version: str) -> str:
    moved = sum(cents(line.amount) for line in s.lines if line.status == "BOOK")
    closing = s.closing if s.closing is not None else ("-" if cents(s.opening) + moved < 0 else "") + plain(cents(s.opening) + moved)
    period = f"<FrToDt><FrDtTm>{s.first_day}T00:00:00</FrDtTm><ToDtTm>{s.last_day}T23:59:59</ToDtTm></FrToDt>" if s.first_day else ""
    summary = f"<TxsSummry><TtlNtries><NbOfNtries>{s.count}</NbOfNtries></TtlNtries></TxsSummry>" if s.count is not None else ""
    return (
        f"<Stmt><Id>{s.name}</Id><ElctrncSeqNb>{s.number}</ElctrncSeqNb><CreDtTm>2026-11-21T06:00:00+01:00</CreDtTm>{period}"
        f"<Acct><Id><IBAN>{s.iban}</IBAN></Id><Ccy>{s.currency}</Ccy></Acct>"
        f"{_balance(s.opening_kind, s.opening, s.first_day or s.day)}{_balance('CLBD', closing, s.last_day or s.day)}{summary}\n"
        + "".join(_entry(line, version) for line in s.lines)
        + "</Stmt>\n"
    )


def _balance(kind: str, amount: str, day: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount.startswith('-') else 'CRDT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(line: Line, version: str) -> str:
    out = line.amount.startswith("-")
    status = line.status if version == "02" else f"<Cd>{line.status}</Cd>"
    batch = ""
    if line.batch_id or line.batch_count is not None:
        group = f"<PmtInfId>{line.batch_id}</PmtInfId>" if line.batch_id else ""
        count = f"<NbOfTxs>{line.batch_count}</NbOfTxs>" if line.batch_count is not None else ""
        batch = f"<Btch>{group}{count}</Btch>"
    details = "".join(_detail(tx, version, out=out) for tx in line.details)
    return (
        f'<Ntry><Amt Ccy="{line.currency}">{line.amount.lstrip("-")}</Amt><CdtDbtInd>{"DBIT" if out else "CRDT"}</CdtDbtInd>'
        + ("<RvslInd>true</RvslInd>" if line.reversal else "")
        + f"<Sts>{status}</Sts><BookgDt><Dt>{line.day}</Dt></BookgDt><ValDt><Dt>{line.day}</Dt></ValDt>"
        + (f"<AcctSvcrRef>{line.reference}</AcctSvcrRef>" if line.reference else "")
        + f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{line.code[0]}</Cd><SubFmlyCd>{line.code[1]}</SubFmlyCd></Fmly></Domn></BkTxCd>"
        + (f"<NtryDtls>{batch}{details}</NtryDtls>" if batch or details else "")
        + (f"<AddtlNtryInf>{escape(line.text)}</AddtlNtryInf>" if line.text else "")
        + "</Ntry>\n"
    )


def _detail(tx: Tx, version: str, *, out: bool) -> str:
    refs = "".join(
        f"<{name}>{escape(text)}</{name}>"
        for name, text in (("PmtInfId", tx.group_id), ("EndToEndId", tx.end_to_end_id), ("MndtId", tx.mandate))
        if text
    )
    own = instructed = ""
    if tx.instructed:
        instructed = f'<InstdAmt><Amt Ccy="EUR">{tx.instructed}</Amt></InstdAmt>'
    if tx.amount is not None:
        amount = f'<Amt Ccy="EUR">{tx.amount}</Amt>'
        if version == "02":
            instructed += f"<TxAmt>{amount}</TxAmt>"
        else:
            own = f"{amount}<CdtDbtInd>{'DBIT' if out else 'CRDT'}</CdtDbtInd>"
    details = f"<AmtDtls>{instructed}</AmtDtls>" if instructed else ""
    return (
        f"<TxDtls>{f'<Refs>{refs}</Refs>' if refs else ''}{own}{details}{_parties(tx, version, out=out)}{_remittance(tx)}"
        + (f"<RtrInf><Rsn><Cd>{tx.return_code}</Cd></Rsn></RtrInf>" if tx.return_code else "")
        + (f"<AddtlTxInf>{escape(tx.extra)}</AddtlTxInf>" if tx.extra else "")
        + "</TxDtls>"
    )


def _parties(tx: Tx, version: str, *, out: bool) -> str:
    if not tx.name and not tx.iban:
        return ""
    side = tx.side or ("Cdtr" if out else "Dbtr")
    name = f"<Nm>{escape(tx.name)}</Nm>" if version == "02" else f"<Pty><Nm>{escape(tx.name)}</Nm></Pty>"
    party = f"<{side}>{name}</{side}>" if tx.name else ""
    account = f"<{side}Acct><Id><IBAN>{tx.iban}</IBAN></Id></{side}Acct>" if tx.iban else ""
    return f"<RltdPties>{party}{account}</RltdPties>"


def _remittance(tx: Tx) -> str:
    inner = "".join(f"<Ustrd>{escape(text)}</Ustrd>" for text in tx.text)
    if tx.reference:
        inner += f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>{tx.issuer}</Issr></Tp><Ref>{tx.reference}</Ref></CdtrRefInf></Strd>"
    return f"<RmtInf>{inner}</RmtInf>" if inner else ""
