"""Measure a CAMT.053 of 10,000 entries against 100,000 open invoices: parsing alone next to parsing, checks, indexes and proposals.

Run: `python -m tests.bench.bank.bench_camt [entries] [invoices]`. Goal: at most 3 x with storing included; the set also tells how many
payments were placed and whether a certain one was wrong.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import time
from datetime import date

from lxml import etree

from app.bank.camt053 import read_statements
from app.bank.invariants import KnownAccount, check_file
from app.bank.knowledge import know
from app.bank.matching import payments_of, propose
from app.bank.proposals import Debtor, OpenInvoice
from app.kernel.identifiers import kenmerk
from tests.bank.camt_builder import OUR_IBAN, Line, Stmt, Tx, camt, plain

FIRST = ("Jan", "Piet", "Klaas", "Anna", "Sanne", "Lotte", "Daan", "Emma", "Mohamed", "Fatima", "Sjoerd", "Femke", "Thijs", "Noor")
STEMS = (
    "Jans",
    "Bakk",
    "Viss",
    "Smi",
    "Mul",
    "Dijk",
    "Boer",
    "Kuip",
    "Schip",
    "Hof",
    "Brand",
    "Kramp",
    "Wester",
    "Ooster",
    "Linde",
    "Veen",
    "Molen",
    "Berk",
    "Post",
    "Terp",
)
MIDDLES = ("", "el", "ing", "ker", "ste", "hui", "land", "bro", "ver", "zij")
ENDS = ("en", "er", "man", "stra", "sma", "ink", "mans", "kamp", "beek", "dam")
LAST = tuple(f"{prefix}{a}{m}{b}" for prefix in ("", "van ", "de ") for a in STEMS for m in MIDDLES for b in ENDS)
AMOUNTS = (2500, 4800, 6000, 6000, 6000, 7250, 8900, 12_500)


def administration(count: int, chance: random.Random) -> tuple[list[OpenInvoice], list[Debtor]]:
    debtors = [
        Debtor(
            i, f"{500_000 + i}", f"{chance.choice(FIRST)} {chance.choice(LAST)}", (f"NL{i % 90 + 10}BANK{i:010d}",) if i % 10 < 7 else ()
        )
        for i in range(count)
    ]
    due = date(2026, 12, 1)
    return [OpenInvoice(i, i, f"2026-{i:06d}", kenmerk(202600000000 + i), chance.choice(AMOUNTS), due) for i in range(count)], debtors


def statement(count: int, invoices: list[OpenInvoice], debtors: list[Debtor], chance: random.Random) -> tuple[bytes, list[int | None]]:
    """Return a file and the invoice that each payment is for; None is one that nobody can place."""
    lines: list[Line] = []
    truth: list[int | None] = []
    for invoice in chance.sample(invoices, count):
        debtor = debtors[invoice.debtor_id]
        iban = debtor.ibans[0] if debtor.ibans else f"NL99ELSE{invoice.id:010d}"
        name = f"{debtor.name[0]}. {debtor.name.split(' ', 1)[1]}"
        detail = Tx(plain(invoice.open_cents), iban, name, [], end_to_end_id="NOTPROVIDED")
        kind = chance.random()
        if kind < 0.45:
            detail.reference = invoice.reference
        elif kind < 0.65:
            detail.text = [f"contributie factuur {invoice.number}"]
        elif kind < 0.75:
            detail.text = [
                f"betalingskenmerk {invoice.reference[:4]} {invoice.reference[4:8]} {invoice.reference[8:12]} {invoice.reference[12:]}"
            ]
        elif kind < 0.90:
            detail.text = ["contributie"]
        elif kind < 0.95:
            digits = invoice.number[5:]
            place = chance.randrange(6)
            detail.text = [f"fact 2026-{digits[:place]}{(int(digits[place]) + 1 + chance.randrange(8)) % 10}{digits[place + 1 :]}"]
        else:
            detail = Tx(plain(invoice.open_cents + 1 + chance.randrange(90)), f"NL98NONE{invoice.id:010d}", "Onbekende Gever", ["gift"])
        truth.append(invoice.id if kind < 0.95 else None)
        lines.append(Line(detail.amount or "0", details=[detail], reference=f"R{invoice.id}"))
    return camt(Stmt(lines)), truth


def floor(content: bytes) -> None:
    for _, element in etree.iterparse(io.BytesIO(content), tag="{*}Ntry"):
        element.clear()


def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    open_invoices = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    chance = random.Random(7)
    invoices, debtors = administration(open_invoices, chance)
    content, truth = statement(entries, invoices, debtors, chance)
    accounts = {OUR_IBAN: KnownAccount(OUR_IBAN, date(2026, 1, 1), 100_000)}
    best = dict.fromkeys(("floor", "parse", "check", "index", "propose"), 1e9)
    for _ in range(3):
        moments = [time.perf_counter()]

        def mark(moments: list[float] = moments) -> None:
            moments.append(time.perf_counter())

        floor(content)
        mark()
        statements = read_statements(content, "a.xml")
        mark()
        checked = check_file(statements, "a.xml", accounts, date(2026, 11, 23))
        mark()
        known = know(invoices=invoices, debtors=debtors)
        mark()
        payments = [p for s in checked.statements for p in payments_of(s.statement.entries)]
        proposals = propose(payments, known)
        mark()
        for name, begin, end in zip(best, moments, moments[1:], strict=False):
            best[name] = min(best[name], end - begin)
    whole = best["parse"] + best["check"] + best["index"] + best["propose"]
    print(f"{entries} entries ({len(content) / 1e6:.1f} MB) against {open_invoices} open invoices")
    print(" · ".join(f"{name} {taken:.2f} s" for name, taken in best.items()))
    print(
        f"all without storing {whole:.2f} s = {whole / best['parse']:.2f} x our parsing, {whole / best['floor']:.1f} x the bare lxml walk"
    )
    pairs = list(zip(truth, proposals, strict=True))
    placed = sum(1 for t, p in pairs if t is not None and [x.id for x in p.targets if x.kind == "invoice"] == [t])
    certain = sum(1 for _, p in pairs if p.certainty == "certain")
    wrong = sum(1 for t, p in pairs if p.certainty == "certain" and [x.id for x in p.targets] != [t])
    can = sum(1 for t in truth if t is not None)
    print(f"placed {placed} of {can} that can be ({placed / can:.1%}), certain {certain}, wrongly certain {wrong}")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


if __name__ == "__main__":
    main()
