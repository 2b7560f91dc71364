"""Measure pain.008 for 100,000 collections: our writer with validation next to a plain string template with validation.

Run: `python -m tests.bench.sepa.bench_pain008 [collections]`. Goal: at most 2 x, under 200 MB.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

from lxml import etree

from app.sepa.pain008 import Collection, Creditor, DebitFile, write
from app.sepa.validation import schema_of, validate

CREDITOR = Creditor("Bond van Verenigingen", "NL91ABNA0417164300", "NL69ZZZ123456780000", "ABNANL2A")
IBANS = ("NL20INGB0001234567", "NL91ABNA0417164300", "NL39RABO0300065264", "NL02ABNA0123456789")
NAMES = ("J. Müller", "A. de Vries", "P.C. Jansen-Bakker", "Zoë van den Berg", "K. el Amrani", "Sjoerd Dijkstra")


def debit_file(count: int) -> DebitFile:
    collections = [
        Collection(
            f"I{i:08d}",
            1000 + i % 9000,
            f"M-{i:07d}",
            date(2024, 1, 1 + i % 28),
            f"{NAMES[i % 6]} {i}",
            IBANS[i % 4],
            remittance=f"Contributie 2026 lid {i} factuur 2026-{i:06d}",
        )
        for i in range(count)
    ]
    return DebitFile("B-2026-1", datetime(2026, 11, 23, 9, tzinfo=UTC), date(2026, 12, 1), CREDITOR, collections)


def plain_template(file: DebitFile) -> Iterator[bytes]:
    """Yield a valid file without a single check: what a string template costs."""
    total = sum(c.amount_cents for c in file.collections)
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"><CstmrDrctDbtInitn>'
        f"<GrpHdr><MsgId>{file.message_id}</MsgId><CreDtTm>2026-11-23T09:00:00</CreDtTm><NbOfTxs>{len(file.collections)}</NbOfTxs><CtrlSum>{total / 100:.2f}</CtrlSum>"
        f"<InitgPty><Nm>Bond</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P</PmtInfId><PmtMtd>DD</PmtMtd><NbOfTxs>{len(file.collections)}</NbOfTxs>"
        f"<CtrlSum>{total / 100:.2f}</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>CORE</Cd></LclInstrm><SeqTp>RCUR</SeqTp></PmtTpInf>"
        f"<ReqdColltnDt>2026-12-01</ReqdColltnDt><Cdtr><Nm>Bond</Nm></Cdtr><CdtrAcct><Id><IBAN>{CREDITOR.iban}</IBAN></Id></CdtrAcct>"
        "<CdtrAgt><FinInstnId><BICFI>ABNANL2A</BICFI></FinInstnId></CdtrAgt><ChrgBr>SLEV</ChrgBr>"
        "<CdtrSchmeId><Id><PrvtId><Othr><Id>NL69ZZZ123456780000</Id><SchmeNm><Prtry>SEPA</Prtry></SchmeNm></Othr></PrvtId></Id></CdtrSchmeId>"
    )
    yield head.encode()
    for start in range(0, len(file.collections), 500):
        yield "".join(
            f'<DrctDbtTxInf><PmtId><EndToEndId>{c.end_to_end_id}</EndToEndId></PmtId><InstdAmt Ccy="EUR">{c.amount_cents // 100}.{c.amount_cents % 100:02d}</InstdAmt>'
            f"<DrctDbtTx><MndtRltdInf><MndtId>{c.mandate_reference}</MndtId><DtOfSgntr>{c.signed_on}</DtOfSgntr><AmdmntInd>false</AmdmntInd></MndtRltdInf></DrctDbtTx>"
            f"<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><Dbtr><Nm>{c.debtor_name}</Nm></Dbtr>"
            f"<DbtrAcct><Id><IBAN>{c.debtor_iban}</IBAN></Id></DbtrAcct><RmtInf><Ustrd>{c.remittance}</Ustrd></RmtInf></DrctDbtTxInf>"
            for c in file.collections[start : start + 500]
        ).encode()
    yield b"</PmtInf></CstmrDrctDbtInitn></Document>"


def seconds(action: object) -> float:
    begin = time.perf_counter()
    action()  # type: ignore[operator]
    return time.perf_counter() - begin


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    file = debit_file(count)
    validate(write(debit_file(10)))
    ours, counted, bare, writing = [], [], [], []
    for _ in range(2):
        counted.append(seconds(lambda: validate(plain_template(file))))
        ours.append(seconds(lambda: validate(write(file))))
        bare.append(seconds(lambda: sum(map(len, plain_template(file)))))
        writing.append(seconds(lambda: sum(map(len, write(file)))))
    figures = validate(write(file))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    parser = etree.XMLParser(schema=schema_of("08"))  # last, because a whole tree takes the memory that we do not
    tree = [seconds(lambda: etree.fromstring(b"".join(plain_template(file)), parser)) for _ in range(2)]
    print(f"{count} collections, {figures.bytes_count / 1e6:.1f} MB, EUR {figures.total_cents / 100:.2f}")
    print(f"plain template {min(bare):.2f} s; + schema, whole tree {min(tree):.2f} s; + our streaming validation {min(counted):.2f} s")
    print(f"our writer     {min(writing):.2f} s; + our streaming validation and recount {min(ours):.2f} s")
    print(
        f"ratio to template + schema {min(ours) / min(tree):.2f} (goal 2.00); to template + our validation {min(ours) / min(counted):.2f}"
    )
    print(f"memory at most {memory:.0f} MB, the collections themselves included (goal 200)")


if __name__ == "__main__":
    main()
