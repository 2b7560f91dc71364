"""The ready chart of accounts for an association."""

from __future__ import annotations

from typing import NamedTuple


class ChartAccount(NamedTuple):
    """An account of the ready chart; `purpose` is what the program uses it for."""

    number: str
    name: str
    type: str
    purpose: str | None = None
    rgs_code: str | None = None


# Four figures, common Dutch practice. RGS codes only where they are certain.
CHART = (
    ChartAccount("0500", "Verenigingskapitaal", "equity", "equity", "BEivSev"),
    ChartAccount("0510", "Bestemmingsreserve", "equity"),
    ChartAccount("0520", "Bestemmingsfonds", "equity", None, "BEivBef"),
    ChartAccount("0590", "Resultaat boekjaar", "equity", "result"),
    ChartAccount("0800", "Voorzieningen", "liability"),
    ChartAccount("1000", "Kas", "asset"),
    ChartAccount("1100", "Bank", "asset", "bank"),
    ChartAccount("1110", "Spaarrekening", "asset"),
    ChartAccount("1150", "Incasso onderweg", "asset", "direct_debit"),
    ChartAccount("1190", "Kruisposten", "asset", None, "BLimKruKru"),
    ChartAccount("1300", "Debiteuren", "asset", "debtors", "BVorDebHad"),
    ChartAccount("1310", "Debiteuren contributie", "asset", "debtors"),
    ChartAccount("1400", "Vooruitbetaalde kosten", "asset"),
    ChartAccount("1410", "Nog te ontvangen", "asset"),
    ChartAccount("1420", "Rekening-courant afdelingen", "asset"),
    ChartAccount("1500", "Af te dragen btw", "liability", "vat_due"),
    ChartAccount("1510", "Te vorderen btw", "asset"),
    ChartAccount("1600", "Crediteuren", "liability", "creditors"),
    ChartAccount("1700", "Nog te betalen kosten", "liability"),
    ChartAccount("1800", "Rekening-courant landelijk", "liability"),
    ChartAccount("2020", "Vraagposten", "liability", "suspense"),
    ChartAccount("2100", "Vooruitontvangen contributies", "liability", "deferred"),
    ChartAccount("4000", "Personeelskosten", "expense"),
    ChartAccount("4100", "Huisvestingskosten", "expense"),
    ChartAccount("4200", "Kantoorkosten", "expense"),
    ChartAccount("4300", "Bestuurs- en vergaderkosten", "expense"),
    ChartAccount("4310", "Bankkosten", "expense", "bank_costs"),
    ChartAccount("4400", "Activiteiten", "expense"),
    ChartAccount("4500", "Communicatie en ledenblad", "expense"),
    ChartAccount("4600", "Afdracht landelijk", "expense"),
    ChartAccount("4850", "Afboeking oninbare posten", "expense", "write_off"),
    ChartAccount("4900", "Overige kosten", "expense"),
    ChartAccount("8000", "Contributies", "income"),
    ChartAccount("8010", "Inschrijfgeld", "income"),
    ChartAccount("8100", "Donaties", "income"),
    ChartAccount("8200", "Sponsoring", "income"),
    ChartAccount("8300", "Subsidies", "income"),
    ChartAccount("8400", "Opbrengst activiteiten", "income"),
    ChartAccount("8900", "Overige opbrengsten", "income"),
    ChartAccount("9000", "Rente", "income"),
)
